// What one address may do: how many connections it has open, how many handshakes it begins, how often it fails to prove who it
// is. Each connection is given back exactly once, on whatever path it ends.
import type { Rejection } from '../handshake/index.ts';
import { type AddressRate, AddressRates } from './address-rate.ts';

/** The limits of one address. */
export interface AddressLimitSettings {
  /** Connections at once; 0 for no limit. */
  readonly connections: number;
  readonly handshakes: AddressRate | undefined;
  readonly failures: AddressRate | undefined;
}

/** How much is remembered of addresses. */
export interface AddressCounts {
  /** Connections that are counted now, over all addresses. */
  readonly connections: number;
  /** Addresses that have connections. */
  readonly addresses: number;
  /** Addresses with handshakes that count: 65,536 at most. */
  readonly handshakes: number;
  /** Addresses with failed authentications that count: 65,536 at most. */
  readonly failures: number;
}

/** RFC 6585 §4. */
const TOO_MANY_REQUESTS = 429;
const SECOND = 1_000;

/** The counts of each address. */
export class AddressLimits {
  readonly #most: number;
  readonly #counts = new Map<string, number>();
  readonly #handshakes: AddressRates | undefined;
  readonly #failures: AddressRates | undefined;

  constructor({ connections, handshakes, failures }: AddressLimitSettings) {
    this.#most = connections;
    this.#handshakes = ratesOf(handshakes);
    this.#failures = ratesOf(failures);
  }

  /** Whether anything is counted. */
  get areOn(): boolean {
    return this.#most > 0 || this.#handshakes !== undefined || this.#failures !== undefined;
  }

  /** How much is remembered. No address outlives its last connection, and no rate its interval for long. */
  get counts(): AddressCounts {
    let connections = 0;
    for (const count of this.#counts.values()) connections += count;
    return {
      connections,
      addresses: this.#counts.size,
      handshakes: this.#handshakes?.size ?? 0,
      failures: this.#failures?.size ?? 0,
    };
  }

  /**
   * Counts one handshake and one connection more.
   *
   * @param key the address; the empty string for a peer that has none (a Unix socket), who is not counted.
   * @param now steady milliseconds.
   * @returns what gives it back, or the answer to an address that has as many as it may.
   */
  take(key: string, now: number): Lease | Rejection {
    if (key === '') return NO_LEASE;
    const wait = Math.max(this.#failures?.wait(key, now) ?? 0, this.#handshakes?.take(key, now) ?? 0);
    return wait > 0 ? tooSoon(wait) : this.#count(key);
  }

  /** As {@link take}, of a connection whose beginning has been counted already. */
  hold(key: string, now: number): Lease | Rejection {
    if (key === '') return NO_LEASE;
    const wait = this.#failures?.wait(key, now) ?? 0;
    return wait > 0 ? tooSoon(wait) : this.#count(key);
  }

  /** Of a request that is answered at once: counts nothing, but may {@link Lease.fail} and be refused for it. */
  look(key: string, now: number): Lease | Rejection {
    if (key === '') return NO_LEASE;
    const wait = this.#failures?.wait(key, now) ?? 0;
    return wait > 0 ? tooSoon(wait) : new CountedLease(undefined, this.#failures, key);
  }

  #count(key: string): Lease | Rejection {
    const count = this.#counts.get(key) ?? 0;
    // When a place will be free, nobody knows.
    if (this.#most > 0 && count >= this.#most) return tooMany({});
    this.#counts.set(key, count + 1);
    return new CountedLease(this.#counts, this.#failures, key);
  }
}

/** One connection that was counted. */
export interface Lease {
  /** Gives it back; the second time does nothing. */
  release(): void;
  /** Its client has not proved who it is: counts against the address, also when the connection is over. */
  fail(now: number): void;
}

/** Of a connection that is not counted. */
export const NO_LEASE: Lease = { release() {}, fail() {} };

class CountedLease implements Lease {
  #counts: Map<string, number> | undefined;
  readonly #failures: AddressRates | undefined;
  readonly #key: string;

  /** @param counts `undefined`: it is not counted. */
  constructor(counts: Map<string, number> | undefined, failures: AddressRates | undefined, key: string) {
    this.#counts = counts;
    this.#failures = failures;
    this.#key = key;
  }

  release(): void {
    const counts = this.#counts;
    if (counts === undefined) return;
    this.#counts = undefined;
    const left = (counts.get(this.#key) ?? 1) - 1;
    if (left === 0) counts.delete(this.#key);
    else counts.set(this.#key, left);
  }

  fail(now: number): void {
    this.#failures?.charge(this.#key, now);
  }
}

/** What each WebSocket is counted under, for who finds out later that its client is not who it should be. */
const leases = new WeakMap<object, Lease>();

/** Says what a WebSocket is counted under. */
export function rememberLease(websocket: object, lease: Lease): void {
  leases.set(websocket, lease);
}

/** What a WebSocket is counted under. */
export function leaseOf(websocket: object): Lease {
  return leases.get(websocket) ?? NO_LEASE;
}

/** Whether a connection was refused. */
export function isRejection(taken: Lease | Rejection): taken is Rejection {
  return 'status' in taken;
}

function tooSoon(wait: number): Rejection {
  return tooMany({ 'Retry-After': String(Math.ceil(wait / SECOND)) });
}

function tooMany(headers: Readonly<Record<string, string>>): Rejection {
  return { status: TOO_MANY_REQUESTS, headers };
}

function ratesOf(rate: AddressRate | undefined): AddressRates | undefined {
  return rate === undefined || rate.limit === 0 ? undefined : new AddressRates(rate);
}
