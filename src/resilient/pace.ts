// How fast a client says things, so that the server has no reason to send it away with 4029: after a time away many wait.

/** How many seconds' worth may go at once. */
const BURST_SECONDS = 4;
const SECOND = 1_000;

/** So many in a second, and a few seconds' worth at once. */
export class Pace {
  readonly #rate: number;
  #room: number;
  #at: number;

  /**
   * @param rate in a second; 0: no limit.
   * @param now milliseconds.
   */
  constructor(rate: number, now: number) {
    this.#rate = rate;
    this.#room = rate * BURST_SECONDS;
    this.#at = now;
  }

  /** Takes one. Returns 0 when it may go now, otherwise the milliseconds after which to ask again. */
  take(now: number): number {
    if (this.#rate === 0) return 0;
    this.#room = Math.min(this.#rate * BURST_SECONDS, this.#room + ((now - this.#at) / SECOND) * this.#rate);
    this.#at = now;
    if (this.#room < 1) return Math.ceil(((1 - this.#room) / this.#rate) * SECOND);
    this.#room--;
    return 0;
  }
}
