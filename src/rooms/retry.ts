// When something that failed is tried again: later each time, until it succeeds.
import { clock, type Timed } from '../transport/index.ts';

/** In milliseconds: before the first time, and at most. */
export const FIRST_DELAY = 50;
export const LONGEST_DELAY = 5_000;

/** One thing that is tried again. */
export class Retry implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly #attempt: () => void;
  #delay = FIRST_DELAY;

  constructor(attempt: () => void) {
    this.#attempt = attempt;
  }

  /** Whether it will be tried without anybody's doing. */
  get isPending(): boolean {
    return this.clockIndex !== -1;
  }

  /** It has failed. */
  later(): void {
    clock.schedule(this, clock.now() + this.#delay);
    this.#delay = Math.min(this.#delay * 2, LONGEST_DELAY);
  }

  /** It has succeeded. */
  succeeded(): void {
    this.#delay = FIRST_DELAY;
  }

  /** There is reason to hope: what is pending is tried now. */
  now(): void {
    if (!this.isPending) return;
    clock.cancel(this);
    this.#attempt();
  }

  cancel(): void {
    clock.cancel(this);
  }

  onTime(): void {
    this.#attempt();
  }
}
