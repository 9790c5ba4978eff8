import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AddressLimitSettings,
  AddressLimits,
  isRejection,
  type Lease,
  leaseOf,
  NO_LEASE,
  rememberLease,
} from '../../src/server/address-limits.ts';

function limitsOf(settings: Partial<AddressLimitSettings>): AddressLimits {
  return new AddressLimits({ connections: 0, handshakes: undefined, failures: undefined, ...settings });
}

/** A connection that must be allowed. */
function taken(limits: AddressLimits, key: string, now = 0): Lease {
  const lease = limits.take(key, now);
  if (isRejection(lease)) throw new Error(`${key} was refused`);
  return lease;
}

const TOO_MANY = { status: 429, headers: {} };

describe('the connections of an address', () => {
  it('are as many as it may have, and no more', () => {
    const limits = limitsOf({ connections: 2 });
    taken(limits, 'a');
    taken(limits, 'a');
    expect(limits.take('a', 0)).toEqual(TOO_MANY);
    taken(limits, 'b');
    expect(limits.counts).toEqual({ connections: 3, addresses: 2, handshakes: 0, failures: 0 });
  });

  it('are given back once each', () => {
    const limits = limitsOf({ connections: 2 });
    const first = taken(limits, 'a');
    taken(limits, 'a');
    first.release();
    first.release();
    taken(limits, 'a');
    expect(limits.take('a', 0)).toEqual(TOO_MANY);
  });

  it('leave nothing behind', () => {
    const limits = limitsOf({ connections: 1 });
    const lease = taken(limits, 'a');
    expect(limits.counts.addresses).toBe(1);
    lease.release();
    expect(limits.counts).toEqual({ connections: 0, addresses: 0, handshakes: 0, failures: 0 });
  });

  it('are not limited by 0, and those without an address not at all', () => {
    const off = limitsOf({});
    expect(off.areOn).toBe(false);
    for (let count = 0; count < 1_000; count++) taken(off, 'a').release();
    const one = limitsOf({ connections: 1, handshakes: { limit: 1, interval: 1 } });
    expect(one.areOn).toBe(true);
    taken(one, '');
    expect(taken(one, '')).toBe(NO_LEASE);
    expect(one.counts).toEqual({ connections: 0, addresses: 0, handshakes: 0, failures: 0 });
  });

  it('agree with a plain count in any order of coming and going', () => {
    const action = fc.record({ key: fc.constantFrom('a', 'b', '__proto__'), comes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(action), fc.integer({ min: 1, max: 3 }), (actions, connections) => {
        const limits = limitsOf({ connections });
        const open = new Map<string, Lease[]>();
        for (const { key, comes } of actions) {
          const leases = open.get(key) ?? [];
          open.set(key, leases);
          if (!comes) leases.pop()?.release();
          else {
            const lease = limits.take(key, 0);
            expect(isRejection(lease)).toBe(leases.length === connections);
            if (!isRejection(lease)) leases.push(lease);
          }
        }
        const all = [...open.values()];
        expect(limits.counts.addresses).toBe(all.filter(({ length }) => length > 0).length);
        expect(limits.counts.connections).toBe(all.flat().length);
      }),
    );
  });
});

describe('the handshakes of an address', () => {
  it('are so many in so much time, whether their connections last or not', () => {
    const limits = limitsOf({ handshakes: { limit: 2, interval: 10_000 } });
    taken(limits, 'a').release();
    taken(limits, 'a').release();
    // RFC 6585 §4: in whole seconds, and not too few of them.
    expect(limits.take('a', 1)).toEqual({ status: 429, headers: { 'Retry-After': '5' } });
    taken(limits, 'b', 1);
    taken(limits, 'a', 5_000);
    expect(limits.counts).toMatchObject({ connections: 2, handshakes: 2 });
  });

  it('are not limited by a limit of 0', () => {
    const limits = limitsOf({ handshakes: { limit: 0, interval: 1 } });
    expect(limits.areOn).toBe(false);
  });
});

describe('failed authentications of an address', () => {
  it('keep it out for a while when they are too many, however its connections ended', () => {
    const limits = limitsOf({ failures: { limit: 2, interval: 60_000 } });
    const lease = taken(limits, 'a');
    lease.fail(0);
    lease.release();
    expect(limits.counts.failures).toBe(1);
    taken(limits, 'a');
    lease.fail(0);
    expect(limits.take('a', 0)).toEqual({ status: 429, headers: { 'Retry-After': '30' } });
    taken(limits, 'b');
    taken(limits, 'a', 30_000);
  });

  it('are counted under what a WebSocket was counted under', () => {
    const lease = taken(limitsOf({ connections: 1 }), 'a');
    const websocket = {};
    expect(leaseOf(websocket)).toBe(NO_LEASE);
    rememberLease(websocket, lease);
    expect(leaseOf(websocket)).toBe(lease);
  });

  it('mean nothing without a limit', () => {
    const limits = limitsOf({ connections: 1 });
    const lease = taken(limits, 'a');
    for (let count = 0; count < 100; count++) lease.fail(0);
    NO_LEASE.fail(0);
    NO_LEASE.release();
    lease.release();
    taken(limits, 'a');
  });
});

describe('requests that are no upgrades', () => {
  it('are connections as long as they last, and no handshakes: those have been counted', () => {
    const limits = limitsOf({ connections: 1, handshakes: { limit: 1, interval: 1_000 } });
    const lease = limits.hold('a', 0) as Lease;
    expect(limits.hold('a', 0)).toEqual(TOO_MANY);
    expect(limits.counts).toMatchObject({ connections: 1, handshakes: 0 });
    lease.release();
    lease.release();
    expect(limits.counts).toMatchObject({ connections: 0, addresses: 0 });
    expect([limits.hold('', 0), limits.look('', 0)]).toEqual([NO_LEASE, NO_LEASE]);
  });

  it('that are answered at once are no connections, but may fail', () => {
    const limits = limitsOf({ connections: 1, failures: { limit: 1, interval: 1_000 } });
    taken(limits, 'a');
    const lease = limits.look('a', 0) as Lease;
    expect(limits.counts.connections).toBe(1);
    lease.release();
    expect(limits.counts.connections).toBe(1);
    lease.fail(0);
    for (const refused of [limits.look('a', 0), limits.hold('a', 0), limits.take('a', 0)]) {
      expect(refused).toEqual({ status: 429, headers: { 'Retry-After': '1' } });
    }
  });
});
