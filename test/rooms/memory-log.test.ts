import { expect, test } from 'vitest';
import { COST_OF_EVENT, MemoryLog } from '../../src/rooms/memory-log.ts';

test('a log that is trimmed all the time reads the same wherever its array is cut', () => {
  const log = new MemoryLog('lobby');
  for (let number = 1; number <= 1_000; number++) {
    log.append(`${number}`, number, undefined);
    log.trim(10, 0);
    const first = Math.max(1, number - 9);
    const { events } = log.read({ epoch: log.epoch, offset: first - 1 }, 3);
    expect(events.map(({ data }) => data)).toEqual(
      [first, first + 1, first + 2].filter((n) => n <= number).map(String),
    );
    expect(log.count).toBe(Math.min(10, number));
  }
  expect(log.size).toBe(9 * (COST_OF_EVENT + 3) + COST_OF_EVENT + 4);
});

test('what was appended before a time goes, what was appended then stays', () => {
  const log = new MemoryLog('lobby');
  for (const time of [1, 2, 2, 3]) log.append('{}', time, undefined);
  log.trim(100, 2);
  expect(log.read(undefined, 100).events.map(({ time }) => time)).toEqual([2, 2, 3]);
});
