// The connections of one listener whose opening handshake is under way, in the order in which they came. All of them have the
// same time for it, so the first is the first to be late: the clock has one entry for all, and seldom has to be asked. A list whose
// members know their neighbours: whoever leaves it does so at once, and points to nobody afterwards.
import { clock, type Timed } from '../transport/index.ts';
import type { Opening } from './opening.ts';

/** A line of openings. */
export class Openings implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly #onTimeout: (opening: Opening) => void;
  #first: Opening | undefined = undefined;
  #last: Opening | undefined = undefined;

  /** @param onTimeout told of an opening whose time is over; {@link remove}s it. */
  constructor(onTimeout: (opening: Opening) => void) {
    this.#onTimeout = onTimeout;
  }

  /** Puts `opening` at the end. */
  add(opening: Opening): void {
    const last = this.#last;
    this.#last = opening;
    if (last === undefined) {
      this.#first = opening;
    } else {
      opening.earlier = last;
      last.later = opening;
    }
    if (this.clockIndex === -1 && opening.deadline > 0) clock.schedule(this, opening.deadline);
  }

  /** Takes `opening` out. While others are there the clock is left as it is, and may call once for nobody. */
  remove(opening: Opening): void {
    const { earlier, later } = opening;
    if (earlier === undefined) this.#first = later;
    else earlier.later = later;
    if (later === undefined) this.#last = earlier;
    else later.earlier = earlier;
    opening.earlier = undefined;
    opening.later = undefined;
    if (this.#first === undefined) clock.cancel(this);
  }

  /** Ends all of them. Each is forgotten when its socket says that it is gone, in a later turn. */
  end(): void {
    for (let opening = this.#first; opening !== undefined; opening = opening.later) opening.socket.destroy();
  }

  onTime(now: number): void {
    try {
      for (let first = this.#first; first !== undefined && first.deadline <= now; first = this.#first) {
        this.#onTimeout(first);
      }
    } finally {
      // Also when somebody has thrown: the others must not wait for ever.
      if (this.#first !== undefined) clock.schedule(this, this.#first.deadline);
    }
  }
}
