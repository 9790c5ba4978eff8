import { describe, expect, test } from 'vitest';
import { RoomLog } from '../../src/app/room-log.ts';

function logOf(count: number, most = 100): RoomLog {
  const log = new RoomLog(most);
  for (let offset = 1; offset <= count; offset++) log.append((id) => `event ${offset} ${id}`);
  return log;
}

function textAt(log: RoomLog, offset: number): string | undefined {
  return log.at(offset)?.payload.toString();
}

test('offsets rise by one from 1, and an event knows its id', () => {
  const log = logOf(2);
  expect([log.start, log.last]).toEqual([0, 2]);
  expect(textAt(log, 1)).toBe(`event 1 ${log.idOf(1)}`);
  expect(textAt(log, 2)).toBe(`event 2 ${log.idOf(2)}`);
  expect(log.at(0)).toBeUndefined();
  expect(log.at(3)).toBeUndefined();
});

describe('an id', () => {
  test('is an epoch and an offset', () => {
    expect(logOf(0).idOf(7)).toMatch(/^[0-9a-f]{12}-7$/);
  });

  test('names its offset, 0 before the first event included', () => {
    const log = logOf(3);
    for (let offset = 0; offset <= 3; offset++) expect(log.offsetOf(log.idOf(offset))).toBe(offset);
  });

  test('of the future names nothing', () => {
    const log = logOf(3);
    expect(log.offsetOf(log.idOf(4))).toBeUndefined();
  });

  test('of another log names nothing: two logs never have one epoch', () => {
    expect(logOf(3).offsetOf(logOf(3).idOf(1))).toBeUndefined();
  });

  test.each([
    '',
    '-',
    '-1',
    'x-1',
    '__proto__',
    '000000000000-',
    '000000000000--1',
    '000000000000-1e3',
    '000000000000-01 ',
  ])('that is none names nothing: %j', (id) => {
    expect(logOf(3).offsetOf(id)).toBeUndefined();
  });
});

describe('a log that is full', () => {
  test('forgets its oldest event', () => {
    const log = logOf(5, 3);
    expect([log.start, log.last]).toEqual([2, 5]);
    expect(log.at(2)).toBeUndefined();
    expect(textAt(log, 3)).toContain('event 3');
    expect(textAt(log, 5)).toContain('event 5');
  });

  test('of no events forgets each at once, and still counts', () => {
    const log = logOf(2, 0);
    expect([log.start, log.last, log.size]).toEqual([2, 2, 0]);
  });
});

test('the size is that of the events that are kept', () => {
  const log = new RoomLog(2);
  log.append(() => 'four');
  log.append(() => 'fünf');
  expect(log.size).toBe(9);
  log.append(() => 'x');
  expect(log.size).toBe(6);
  log.forget(2);
  expect([log.size, log.start, log.last]).toEqual([0, 3, 3]);
});

test('an event that is given out is the one that is kept, made once for all', () => {
  const log = new RoomLog(2);
  const event = log.append(() => 'a');
  expect(log.at(1)).toBe(event);
});
