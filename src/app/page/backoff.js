// When to try again: each time twice as late as before, up to a limit, and never when everybody else does.

/** Milliseconds. */
const FIRST = 500;
const LONGEST = 15_000;

/** The waits of one client. */
export class Backoff {
  #tries = 0;

  /** The server has answered. */
  reset() {
    this.#tries = 0;
  }

  /**
   * Milliseconds until the next try: between half and all of what the try allows.
   *
   * @param {number | undefined} asked what the server has asked for, which is the least
   */
  next(asked) {
    const most = Math.min(LONGEST, FIRST * 2 ** this.#tries++);
    return Math.max(asked ?? 0, most / 2 + (Math.random() * most) / 2);
  }
}
