import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../scripts/herd/simulation.mjs';
import { delayBefore, hintOfReason, hintOfRetryAfter } from '../../src/resilient/backoff.ts';
import { ResilientDefaults } from '../../src/resilient/options.ts';

const DELAYS = 10_000;

describe('a delay', () => {
  test('doubles from 1 s to 60 s, and no further', () => {
    const means = Array.from({ length: 12 }, (_, index) => delayBefore(index + 1, undefined, ResilientDefaults, 0.5));
    expect(means).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60].map((seconds) => seconds * 1_000));
    expect(delayBefore(5_000, undefined, ResilientDefaults, 0.5)).toBe(60_000);
  });

  test.each([1, 2, 3, 7, 10])('is from 0.7 to 1.3 times that, evenly: 10,000 delays before attempt %i', (attempt) => {
    const mean = delayBefore(attempt, undefined, ResilientDefaults, 0.5);
    const random = seededRandom(attempt);
    const factors = Array.from(
      { length: DELAYS },
      () => delayBefore(attempt, undefined, ResilientDefaults, random()) / mean,
    );
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.7);
    expect(Math.max(...factors)).toBeLessThan(1.3);
    // The standard error of the mean of 10,000 is 0.0017.
    expect(factors.reduce((sum, factor) => sum + factor) / DELAYS).toBeCloseTo(1, 2);
    for (let tenth = 0; tenth < 10; tenth++) {
      const from = 0.7 + tenth * 0.06;
      const share = factors.filter((factor) => factor >= from && factor < from + 0.06).length / DELAYS;
      expect(share, `from ${from}`).toBeGreaterThan(0.085);
      expect(share, `from ${from}`).toBeLessThan(0.115);
    }
  });

  test('is drawn anew for each attempt: of 1,000 clients no two are in step', () => {
    const random = seededRandom(7);
    const clients = Array.from({ length: 1_000 }, () =>
      [1, 2, 3, 4, 5].map((attempt) => delayBefore(attempt, undefined, ResilientDefaults, random())).join(),
    );
    expect(new Set(clients).size).toBe(1_000);
    const ratios = Array.from(
      { length: 1_000 },
      () =>
        delayBefore(2, undefined, ResilientDefaults, random()) / delayBefore(1, undefined, ResilientDefaults, random()),
    );
    // One factor for all attempts of a client would always make it 2.
    expect(new Set(ratios.map((ratio) => ratio.toFixed(3))).size).toBeGreaterThan(300);
  });

  test('is what the server asks for, never less, and up to 0.3 more', () => {
    const random = seededRandom(3);
    const delays = Array.from({ length: DELAYS }, () => delayBefore(9, 2_000, ResilientDefaults, random()));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(2_000);
    expect(Math.max(...delays)).toBeLessThan(2_600);
    expect(delays.reduce((sum, delay) => sum + delay) / DELAYS).toBeCloseTo(2_300, -2);
  });
});

describe('the reason of a Close frame', () => {
  test.each([
    ['the server restarts; retry=742', 742],
    ['retry=0', 0],
    ['the server restarts', undefined],
    ['entry=5', undefined],
    ['retry=soon', undefined],
    ['', undefined],
  ])('%j', (reason, hint) => expect(hintOfReason(reason)).toBe(hint));
});

describe('Retry-After (RFC 9110 §10.2.3)', () => {
  const now = Date.parse('Sun, 06 Nov 1994 08:49:37 GMT');
  test.each([
    ['120', 120_000],
    ['0', 0],
    ['Sun, 06 Nov 1994 08:50:37 GMT', 60_000],
    ['Sun, 06 Nov 1994 08:49:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('%j', (value, hint) => expect(hintOfRetryAfter(value, now)).toBe(hint));
});
