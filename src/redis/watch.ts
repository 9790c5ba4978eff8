// The only thing that happens by itself: a look at everything that may have gone wrong without a sign. Keeps no process alive.
import { type Clock, clock, type Timed } from '../transport/index.ts';

/** Looks in an interval, so that the work is spread. */
const LOOKS = 5;

/** Looks round, again and again. */
export class Watch implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly #period: number;
  readonly #look: (elapsed: number) => void;
  readonly #clock: Clock;
  #count = 0;
  #lastLook = 0;

  /** @param interval milliseconds within which everything is looked at; `look` is told how many have passed. */
  constructor(interval: number, look: (elapsed: number) => void, time = clock) {
    this.#period = Math.max(1, interval / LOOKS);
    this.#look = look;
    this.#clock = time;
  }

  /** Steady milliseconds. */
  get now(): number {
    return this.#clock.now();
  }

  /** Whether this look is the one in each interval that also does what is done once. */
  get isRound(): boolean {
    return this.#count % LOOKS === 0;
  }

  start(): void {
    this.#lastLook = this.now;
    this.#clock.schedule(this, this.#lastLook + this.#period);
  }

  stop(): void {
    this.#clock.cancel(this);
  }

  onTime(now: number): void {
    const elapsed = now - this.#lastLook;
    this.#lastLook = now;
    this.#count++;
    this.#clock.schedule(this, now + this.#period);
    this.#look(elapsed);
  }
}
