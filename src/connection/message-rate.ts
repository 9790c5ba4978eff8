// How many messages a peer may send: a bucket that is full at first and fills up again as time passes. RFC 6455 §10.4 leaves
// such limits to the endpoint. Pure: it is told the time, in milliseconds of any steady clock.

const SECOND = 1_000;

/** Whoever waits for more waits for so many milliseconds' worth, or for one message: fewer and larger turns cost less. */
const BATCH = 50;

/** A limit of messages. */
export interface RateLimit {
  /** Messages in a second, in the long run. */
  readonly perSecond: number;
  /** Messages at once; 1 at least. */
  readonly burst: number;
}

/** What happens when a peer sends more than that: nothing more is read for a while, or the connection fails. */
export type FastProducerPolicy = 'pause' | 'close';

/** The messages of one connection. */
export class MessageRate {
  readonly #limit: RateLimit;
  #left: number;
  /** When it was filled up last; long ago. */
  #at = Number.NEGATIVE_INFINITY;

  constructor(limit: RateLimit) {
    this.#limit = limit;
    this.#left = limit.burst;
  }

  /** Fills up what the time until `now` has brought. Called once for many messages: hence apart from {@link take}. */
  refill(now: number): void {
    const { perSecond, burst } = this.#limit;
    this.#left = Math.min(burst, this.#left + ((now - this.#at) * perSecond) / SECOND);
    this.#at = now;
  }

  /** Counts one message. Returns whether it was allowed. */
  take(): boolean {
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  /** Whether the next message would be one too many. */
  get isSpent(): boolean {
    return this.#left < 1;
  }

  /** Milliseconds from the last {@link refill} until it is worth while to go on. */
  get wait(): number {
    const { perSecond, burst } = this.#limit;
    const enough = Math.min(burst, Math.max(1, (perSecond * BATCH) / SECOND));
    return Math.max(0, ((enough - this.#left) * SECOND) / perSecond);
  }
}
