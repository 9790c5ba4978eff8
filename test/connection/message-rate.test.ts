import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MessageRate, type RateLimit } from '../../src/connection/message-rate.ts';

/** A rate, and what it answers to one message at each of these moments. */
function rateOf(limit: RateLimit): { rate: MessageRate; at: (...moments: number[]) => boolean[] } {
  const rate = new MessageRate(limit);
  return {
    rate,
    at: (...moments) =>
      moments.map((now) => {
        rate.refill(now);
        return rate.take();
      }),
  };
}

test('a burst is allowed at once, and not one message more', () => {
  const { at } = rateOf({ perSecond: 1, burst: 3 });
  expect(at(0, 0, 0, 0)).toEqual([true, true, true, false]);
});

test('a burst is allowed before anybody has told the time, and at any time of the clock', () => {
  expect(new MessageRate({ perSecond: 1, burst: 1 }).take()).toBe(true);
  expect(rateOf({ perSecond: 1, burst: 1 }).at(-1e9, -1e9)).toEqual([true, false]);
});

test('time brings messages back, at the rate of the limit', () => {
  const { at } = rateOf({ perSecond: 2, burst: 1 });
  expect(at(0, 499, 1_000)).toEqual([true, false, true]);
});

test('a long silence saves up no more than a burst', () => {
  const { at } = rateOf({ perSecond: 10, burst: 2 });
  expect(at(1e9, 1e9, 1e9)).toEqual([true, true, false]);
});

test('is spent when the next message would be one too many', () => {
  const { rate, at } = rateOf({ perSecond: 1, burst: 2 });
  at(0);
  expect(rate.isSpent).toBe(false);
  at(0);
  expect(rate.isSpent).toBe(true);
  rate.refill(999);
  expect(rate.isSpent).toBe(true);
  rate.refill(1_000);
  expect(rate.isSpent).toBe(false);
});

test('waits for one message where they are rare, and for fifty milliseconds’ worth where they are not', () => {
  const waitOf = (limit: RateLimit): number => {
    const { rate } = rateOf(limit);
    rate.refill(0);
    while (rate.take());
    return rate.wait;
  };
  expect(waitOf({ perSecond: 1, burst: 5 })).toBe(1_000);
  expect(waitOf({ perSecond: 20, burst: 20 })).toBe(50);
  expect(waitOf({ perSecond: 1_000, burst: 1_000 })).toBe(50);
  // More than a burst never comes together.
  expect(waitOf({ perSecond: 1_000, burst: 2 })).toBe(2);
  expect(new MessageRate({ perSecond: 1, burst: 5 }).wait).toBe(0);
});

test('never are more allowed than the burst and what the time has brought, and after the wait one always is', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.nat(500)),
      (perSecond, burst, pauses) => {
        const { rate, at } = rateOf({ perSecond, burst });
        let now = 0;
        let allowed = 0;
        for (const pause of pauses) {
          now += pause;
          if (at(now)[0]) allowed++;
        }
        expect(allowed).toBeLessThanOrEqual(burst + (now * perSecond) / 1_000);
        // A hair more, for the sake of what a sum of fractions loses.
        expect(at(now + rate.wait + 1e-6)).toEqual([true]);
      },
    ),
  );
});
