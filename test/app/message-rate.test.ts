import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MessageRate } from '../../src/app/message-rate.ts';

test('a burst is allowed at once, and not one message more', () => {
  const rate = new MessageRate({ perSecond: 1, burst: 3 }, 0);
  expect([0, 0, 0, 0].map((now) => rate.take(now))).toEqual([true, true, true, false]);
});

test('time brings messages back, at the rate of the limit', () => {
  const rate = new MessageRate({ perSecond: 2, burst: 1 }, 0);
  expect(rate.take(0)).toBe(true);
  expect(rate.take(499)).toBe(false);
  expect(rate.take(1_000)).toBe(true);
});

test('a long silence saves up no more than a burst', () => {
  const rate = new MessageRate({ perSecond: 10, burst: 2 }, 0);
  expect([1e9, 1e9, 1e9].map((now) => rate.take(now))).toEqual([true, true, false]);
});

test('never are more allowed than the burst and what the time has brought', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.nat(500)),
      (perSecond, burst, pauses) => {
        const rate = new MessageRate({ perSecond, burst }, 0);
        let now = 0;
        let allowed = 0;
        for (const pause of pauses) {
          now += pause;
          if (rate.take(now)) allowed++;
        }
        expect(allowed).toBeLessThanOrEqual(burst + (now * perSecond) / 1_000);
      },
    ),
  );
});
