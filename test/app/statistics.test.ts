import { expect, test } from 'vitest';
import { Statistics } from '../../src/app/statistics.ts';

test('refusals are counted by status, and only refusals', () => {
  const statistics = new Statistics();
  for (const status of [200, 204, 304, 401, 401, 429]) statistics.answered(status);
  const counted = [...statistics.refusals].filter(([, count]) => count > 0);
  expect(counted).toEqual([
    ['401', 2],
    ['429', 1],
  ]);
});

test('closes are counted by code, and those of slow readers once more', () => {
  const statistics = new Statistics();
  for (const code of [1000, 1013, 1013, 4029]) statistics.closed(code);
  expect([...statistics.closes].filter(([, count]) => count > 0)).toEqual([
    ['1000', 1],
    ['1013', 2],
    ['4029', 1],
  ]);
  expect(statistics.slow).toEqual({ websocket: 2, sse: 0 });
});

test('what a client chooses never becomes a name of its own', () => {
  const statistics = new Statistics();
  const [statuses, codes] = [statistics.refusals.size, statistics.closes.size];
  for (let number = 3_000; number < 5_000; number++) {
    statistics.answered(number);
    statistics.closed(number);
  }
  expect([statistics.refusals.size, statistics.closes.size]).toEqual([statuses, codes]);
  expect(statistics.refusals.get('other')).toBe(2_000);
  expect(statistics.closes.get('other')).toBe(1_997);
});
