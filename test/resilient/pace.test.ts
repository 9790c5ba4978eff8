import { expect, test } from 'vitest';
import { Pace } from '../../src/resilient/pace.ts';

test('so many in a second, and four seconds of them at once', () => {
  const pace = new Pace(10, 0);
  let taken = 0;
  while (pace.take(0) === 0) taken++;
  expect(taken).toBe(40);
  expect(pace.take(0)).toBe(100);
  expect(pace.take(99)).toBeGreaterThan(0);
  expect(pace.take(100)).toBe(0);
});

test('rest fills it again, but not beyond', () => {
  const pace = new Pace(10, 0);
  let taken = 0;
  while (pace.take(1_000_000) === 0) taken++;
  expect(taken).toBe(40);
});

test('0 is no limit', () => {
  const pace = new Pace(0, 0);
  for (let count = 0; count < 1_000; count++) expect(pace.take(0)).toBe(0);
});
