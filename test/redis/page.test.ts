// What the script that reads a log answers becomes a page.
import { expect, test } from 'vitest';
import { readPage } from '../../src/redis/page.ts';

test('the head says where the log ends, and two places are one event', () => {
  expect(readPage(['ab', '7', '1700', '0', '6-1600', '\n{}', '7-1700', '"ada"\n{"a":1}'])).toEqual({
    epoch: 'ab',
    last: 7,
    isGap: false,
    events: [
      { offset: 6, time: 1600, data: '{}', except: undefined },
      { offset: 7, time: 1700, data: '{"a":1}', except: 'ada' },
    ],
  });
  expect(readPage(['ab', '0', '0', '1'])).toEqual({ epoch: 'ab', last: 0, isGap: true, events: [] });
});

test('what no broker has written is refused by name', () => {
  expect(() => readPage(['ab', '7', '1700', '0', '6-1600', 'nonsense'])).toThrow(
    'the event 6-1600 in Redis cannot be read',
  );
});
