import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressRates } from '../../src/server/address-rate.ts';

const MINUTE = 60_000;

describe('the events of one address', () => {
  it('are so many at once, and no more', () => {
    const rates = new AddressRates({ limit: 3, interval: MINUTE });
    expect([0, 0, 0].map(() => rates.take('a', 5_000))).toEqual([0, 0, 0]);
    expect(rates.take('a', 5_000)).toBeCloseTo(20_000);
    expect(rates.take('b', 5_000)).toBe(0);
  });

  it('are allowed again when the time is over that a refusal names', () => {
    const rates = new AddressRates({ limit: 2, interval: 1_000 });
    rates.take('a', 0);
    rates.take('a', 0);
    const wait = rates.take('a', 100);
    expect(wait).toBe(400);
    expect(rates.wait('a', 100 + wait - 1)).toBeGreaterThan(0);
    expect(rates.take('a', 100 + wait)).toBe(0);
    expect(rates.take('a', 100 + wait)).toBe(500);
  });

  it('cost nothing when they are refused', () => {
    const rates = new AddressRates({ limit: 1, interval: 1_000 });
    rates.take('a', 0);
    for (let now = 1; now < 1_000; now += 37) expect(rates.take('a', now)).toBeGreaterThan(0);
    expect(rates.take('a', 1_000)).toBe(0);
  });

  it('are looked at without being counted by wait()', () => {
    const rates = new AddressRates({ limit: 1, interval: 1_000 });
    for (let count = 0; count < 9; count++) expect(rates.wait('a', 0)).toBe(0);
    expect(rates.size).toBe(0);
  });

  it('that are charged are counted whether they are allowed or not, and cost one interval at most', () => {
    const rates = new AddressRates({ limit: 2, interval: 1_000 });
    rates.charge('a', 0);
    expect(rates.wait('a', 0)).toBe(0);
    for (let count = 0; count < 1_000; count++) rates.charge('a', 0);
    expect(rates.wait('a', 0)).toBe(500);
    expect(rates.wait('a', 500)).toBe(0);
  });

  it('are never more in any interval than twice the limit, and never fewer than the limit, however they come', () => {
    const rate = fc.record({ limit: fc.integer({ min: 1, max: 20 }), interval: fc.integer({ min: 1, max: 100_000 }) });
    fc.assert(
      fc.property(
        rate,
        fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 }),
        ({ limit, interval }, gaps) => {
          const rates = new AddressRates({ limit, interval });
          const allowed: number[] = [];
          let now = 1_000_000;
          for (const gap of gaps) {
            now += gap;
            const inInterval = allowed.filter((at) => at > now - interval).length;
            const isAllowed = rates.take('a', now) === 0;
            if (isAllowed) allowed.push(now);
            if (inInterval >= 2 * limit) expect(isAllowed).toBe(false);
            if (allowed.length < limit) expect(isAllowed).toBe(true);
          }
        },
      ),
    );
  });
});

describe('the table', () => {
  // Four times as many addresses as it holds, each of a /64 of its own: one customer can have 65,536 of them and more.
  it('holds 65,536 addresses at most, in less than 16 MiB', () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const rates = new AddressRates({ limit: 10, interval: MINUTE });
    collect();
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    for (let index = 0; index < 262_144; index++) {
      rates.take(`2001:db8:${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}::/64`, index / 1_000);
      most = Math.max(most, rates.size);
    }
    expect(most).toBe(65_536);
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16 * 1024 * 1024);
    expect(rates.size).toBeGreaterThan(32_767);
  });

  it('forgets first who was quiet longest, and not who keeps on knocking', () => {
    const rates = new AddressRates({ limit: 1, interval: MINUTE });
    rates.take('quiet', 0);
    rates.take('loud', 0);
    for (let index = 0; index < 65_536; index++) {
      rates.take(`${index}`, 1);
      if (index % 30_000 === 0) expect(rates.take('loud', 1)).toBeGreaterThan(0);
    }
    expect(rates.wait('quiet', 1)).toBe(0);
    expect(rates.wait('loud', 1)).toBeGreaterThan(0);
  });

  it('empties itself as others come, when their time is over', () => {
    const rates = new AddressRates({ limit: 1, interval: 1_000 });
    for (let index = 0; index < 1_000; index++) rates.take(`${index}`, 0);
    rates.take('a', 1_000);
    expect(rates.size).toBe(1_001);
    rates.take('b', 2_000);
    expect(rates.size).toBe(2);
    rates.take('c', 9_000);
    expect(rates.size).toBe(1);
  });
});
