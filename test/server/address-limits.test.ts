import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressLimits, type Lease } from '../../src/server/address-limits.ts';

describe('AddressLimits', () => {
  it('lets an address have as many connections as it may, and no more', () => {
    const limits = new AddressLimits(2);
    expect(limits.take('a')).toBeDefined();
    expect(limits.take('a')).toBeDefined();
    expect(limits.take('a')).toBeUndefined();
    expect(limits.take('b')).toBeDefined();
  });

  it('counts a connection that was given back twice once', () => {
    const limits = new AddressLimits(2);
    const first = limits.take('a') as Lease;
    limits.take('a');
    first.release();
    first.release();
    expect(limits.take('a')).toBeDefined();
    expect(limits.take('a')).toBeUndefined();
  });

  it('keeps nothing of an address without connections', () => {
    const limits = new AddressLimits(1);
    const lease = limits.take('a') as Lease;
    expect(limits.size).toBe(1);
    lease.release();
    expect(limits.size).toBe(0);
  });

  it('counts nothing without a limit, nor peers without an address', () => {
    const off = new AddressLimits(0);
    for (let count = 0; count < 1_000; count++) off.take('a')?.release();
    expect(off.take('a')).toBeDefined();
    expect(off.size).toBe(0);
    const one = new AddressLimits(1);
    one.take('');
    expect(one.take('')).toBeDefined();
    expect(one.size).toBe(0);
  });

  it('agrees with a plain count in any order of coming and going', () => {
    const action = fc.record({ key: fc.constantFrom('a', 'b', '__proto__'), comes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(action), fc.integer({ min: 1, max: 3 }), (actions, most) => {
        const limits = new AddressLimits(most);
        const open = new Map<string, Lease[]>();
        for (const { key, comes } of actions) {
          const leases = open.get(key) ?? [];
          open.set(key, leases);
          if (!comes) leases.pop()?.release();
          else {
            const lease = limits.take(key);
            expect(lease === undefined).toBe(leases.length === most);
            if (lease !== undefined) leases.push(lease);
          }
        }
        expect(limits.size).toBe([...open.values()].filter(({ length }) => length > 0).length);
      }),
    );
  });
});
