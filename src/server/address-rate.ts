// How often something may happen for one address: so many times at once, and as many in each interval in the long run. One
// number for each address, in a table that never grows past its bound. Pure: it is told the time.

/** So many in so much time. */
export interface AddressRate {
  /** How many: at once, and in each `interval` in the long run. 0: no limit. */
  readonly limit: number;
  /** Milliseconds. */
  readonly interval: number;
}

/**
 * Addresses that are remembered. An attacker with more of them pushes out those that were quiet longest, and gains nothing by
 * it that a new address would not give: nobody else is refused for it.
 */
const MOST_ADDRESSES = 65_536;
/** Sums of fractions are not exact: this share of the time between two events is forgiven. */
const ROUNDING = 1e-6;

/**
 * Events of each address. An address owes `interval / limit` milliseconds for each of its events, and pays as time passes;
 * who would owe more than `interval` has to wait. (Traffic control calls it the generic cell rate algorithm.)
 */
export class AddressRates {
  readonly #interval: number;
  /** What one event costs, in milliseconds. */
  readonly #cost: number;
  /** When each address will have paid for everything, in milliseconds. Those heard of since {@link #since}, */
  #recent = new Map<string, number>();
  /** and those heard of before. Two tables: to find in one who was quiet longest takes time in proportion to its size. */
  #earlier = new Map<string, number>();
  #since = 0;

  constructor({ limit, interval }: AddressRate) {
    this.#interval = interval;
    this.#cost = interval / limit;
  }

  /** How many addresses are remembered, of 65,536 at most. */
  get size(): number {
    return this.#recent.size + this.#earlier.size;
  }

  /** Milliseconds until one event more is allowed to the address; 0 for now. Counts nothing. */
  wait(key: string, now: number): number {
    const owed = this.#owed(key, now);
    return owed + this.#cost * (1 - ROUNDING) <= this.#interval ? 0 : owed + this.#cost - this.#interval;
  }

  /** Counts an event if it is allowed. Returns 0, or the milliseconds until it would be. */
  take(key: string, now: number): number {
    const wait = this.wait(key, now);
    this.#remember(key, now + this.#owed(key, now) + (wait === 0 ? this.#cost : 0), now);
    return wait;
  }

  /** Counts an event that has happened, allowed or not. No more is ever owed than `interval`. */
  charge(key: string, now: number): void {
    this.#remember(key, now + Math.min(this.#owed(key, now) + this.#cost, this.#interval), now);
  }

  #owed(key: string, now: number): number {
    return Math.max(0, (this.#recent.get(key) ?? this.#earlier.get(key) ?? now) - now);
  }

  #remember(key: string, paidAt: number, now: number): void {
    const age = now - this.#since;
    if (age >= this.#interval || this.#recent.size >= MOST_ADDRESSES / 2) {
      // Who was not heard of for an interval has paid; with too many addresses, others are forgotten as well.
      this.#earlier = age < 2 * this.#interval ? this.#recent : new Map();
      this.#recent = new Map();
      this.#since = now;
    }
    this.#earlier.delete(key);
    this.#recent.set(key, paidAt);
  }
}
