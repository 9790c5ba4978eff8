// How many messages one connection may send: a bucket that is full at first and fills up again as time passes. Pure: it is
// told the time, in milliseconds of any steady clock.

const SECOND = 1_000;

/** A limit of messages. */
export interface RateLimit {
  /** Messages in a second, in the long run. */
  readonly perSecond: number;
  /** Messages at once. */
  readonly burst: number;
}

/** The messages of one connection. */
export class MessageRate {
  readonly #limit: RateLimit;
  #left: number;
  #at: number;

  constructor(limit: RateLimit, now: number) {
    this.#limit = limit;
    this.#left = limit.burst;
    this.#at = now;
  }

  /** Counts one message. Returns whether it was allowed. */
  take(now: number): boolean {
    const { perSecond, burst } = this.#limit;
    this.#left = Math.min(burst, this.#left + ((now - this.#at) * perSecond) / SECOND);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
