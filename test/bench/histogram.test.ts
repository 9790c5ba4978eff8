// Latencies are read back as they were recorded, up to the width of a bucket.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Histogram } from '../../bench/histogram.mjs';

/** A bucket is a sixty-fourth of a power of two. */
const WIDTH = 1 / 64;

test('a single value is read back, at most a bucket too low and never too high', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 60_000, noNaN: true }), (milliseconds) => {
      const histogram = new Histogram();
      histogram.record(milliseconds);
      const found = histogram.percentile(0.5);
      expect(found).toBeLessThanOrEqual(milliseconds);
      expect(found).toBeGreaterThanOrEqual(milliseconds * (1 - WIDTH) - 1e-6);
    }),
  );
});

test('a percentile is the value that so many do not exceed', () => {
  const histogram = new Histogram();
  for (let value = 1; value <= 100; value++) histogram.record(value);
  expect(histogram.count).toBe(100);
  for (const [part, value] of [
    [0.5, 50],
    [0.99, 99],
    [1, 100],
    [0, 1],
  ] as const) {
    expect(histogram.percentile(part)).toBeLessThanOrEqual(value);
    expect(histogram.percentile(part)).toBeGreaterThan(value * (1 - WIDTH) - 1e-6);
  }
});

test('what is longer than all buckets goes into the last one, what is shorter than any into the first', () => {
  const histogram = new Histogram();
  histogram.record(1e12);
  expect(histogram.percentile(1)).toBeGreaterThan(1e6);
  histogram.record(-1);
  expect(histogram.percentile(0)).toBe(0);
});

test('nothing is left after a reset', () => {
  const histogram = new Histogram();
  histogram.record(5);
  histogram.reset();
  expect([histogram.count, histogram.percentile(0.99)]).toEqual([0, 0]);
});
