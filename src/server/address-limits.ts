// How many connections an address may have open at once. Each is given back exactly once, on whatever path it ends.

/** The connections of each address. */
export class AddressLimits {
  readonly #most: number;
  readonly #counts = new Map<string, number>();

  /** @param most connections that one address may have; 0 for no limit. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Whether anything is counted. */
  get areOn(): boolean {
    return this.#most > 0;
  }

  /** How many addresses have connections: no entry outlives its last connection. */
  get size(): number {
    return this.#counts.size;
  }

  /**
   * Counts one connection more.
   *
   * @param key the address; the empty string for a peer that has none (a Unix socket), who is not counted.
   * @returns what gives it back, or `undefined` when the address has as many as it may.
   */
  take(key: string): Lease | undefined {
    if (this.#most === 0 || key === '') return NO_LEASE;
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#most) return undefined;
    this.#counts.set(key, count + 1);
    return new CountedLease(this.#counts, key);
  }
}

/** One connection that was counted. */
export interface Lease {
  /** Gives it back; the second time does nothing. */
  release(): void;
}

/** Of a connection that is not counted. */
export const NO_LEASE: Lease = { release() {} };

class CountedLease implements Lease {
  #counts: Map<string, number> | undefined;
  readonly #key: string;

  constructor(counts: Map<string, number>, key: string) {
    this.#counts = counts;
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
}
