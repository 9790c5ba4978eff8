// The figures of repeats: middle, spread, ratios of pairs.
import { expect, test } from 'vitest';
import { median, pairedRatio, spread } from '../../bench/statistics.mjs';

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[10, 2, 4, 100], 7],
])('the median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle);
});

test('there is no median of nothing', () => {
  expect(() => median([])).toThrow(RangeError);
});

test('a spread names the middle and both ends, and leaves the values in their order', () => {
  const values = [4, 9, 1];
  expect(spread(values)).toEqual({ median: 4, min: 1, max: 9 });
  expect(values).toEqual([4, 9, 1]);
});

test('a ratio is that of each pair: a slow moment that hit both does not move it', () => {
  expect(pairedRatio([2, 20, 2], [1, 10, 1])).toEqual({ median: 2, min: 2, max: 2 });
});

test('a repeat without its pair is left out, and so is one that would divide by nothing', () => {
  expect(pairedRatio([6, 8], [2])).toEqual({ median: 3, min: 3, max: 3 });
  expect(pairedRatio([6, 8], [0, 4])).toEqual({ median: 2, min: 2, max: 2 });
  expect(pairedRatio([1], [])).toBeUndefined();
});
