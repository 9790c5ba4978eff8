// One timer for all connections of the process: RFC 6455 sets no times, but every limit in time (handshake, heartbeat,
// unfinished message, closing handshake) needs one. A heap by deadline: nothing runs while nothing is due.

/** Somebody with something to do at a certain time. */
export interface Timed {
  /** Where it stands in the clock's heap; the clock's own, -1 when it is not there. */
  clockIndex: number;
  /** When, in the milliseconds of {@link Clock.now}; the clock's own. */
  clockDeadline: number;
  /** The time has come. It is not in the clock any more, and may schedule itself again. */
  onTime(now: number): void;
}

/** The longest delay that Node's timers take, in milliseconds. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** A clock for any number of {@link Timed}. Keeps no process alive. */
export class Clock {
  readonly #heap: Timed[] = [];
  #timer: NodeJS.Timeout | undefined = undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  readonly #run = (): void => this.#ring();

  /** Steady milliseconds: never set back, unlike the time of day. */
  now(): number {
    return performance.now();
  }

  /** How many are waiting. */
  get size(): number {
    return this.#heap.length;
  }

  /** Calls `timed.onTime` at `deadline` or soon after; replaces what it was scheduled for before. */
  schedule(timed: Timed, deadline: number): void {
    timed.clockDeadline = deadline;
    if (timed.clockIndex === -1) {
      timed.clockIndex = this.#heap.length;
      this.#heap.push(timed);
    }
    this.#up(timed);
    this.#down(timed);
    this.#arm();
  }

  /** Forgets `timed`. */
  cancel(timed: Timed): void {
    const index = timed.clockIndex;
    if (index === -1) return;
    timed.clockIndex = -1;
    const last = this.#heap.pop() as Timed;
    if (last !== timed) {
      this.#place(last, index);
      this.#up(last);
      this.#down(last);
    }
    // The timer may ring for nobody: cheaper than setting it anew each time. With nobody left it must go.
    if (this.#heap.length === 0) this.#stop();
  }

  #ring(): void {
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.now();
    for (let first = this.#heap[0]; first !== undefined && first.clockDeadline <= now; first = this.#heap[0]) {
      this.cancel(first);
      first.onTime(now);
    }
    this.#arm();
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.clockDeadline >= this.#timerAt) return;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timerAt = first.clockDeadline;
    // Rounded up: a timer of Node may ring a fraction early, and would then find nothing due.
    const delay = Math.min(LONGEST_DELAY, Math.max(1, Math.ceil(first.clockDeadline - this.now())));
    this.#timer = setTimeout(this.#run, delay);
    this.#timer.unref();
  }

  #stop(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #place(timed: Timed, index: number): void {
    this.#heap[index] = timed;
    timed.clockIndex = index;
  }

  #up(timed: Timed): void {
    let index = timed.clockIndex;
    while (index > 0) {
      const parent = this.#heap[(index - 1) >> 1] as Timed;
      if (parent.clockDeadline <= timed.clockDeadline) break;
      this.#place(parent, index);
      index = (index - 1) >> 1;
    }
    this.#place(timed, index);
  }

  #down(timed: Timed): void {
    let index = timed.clockIndex;
    for (;;) {
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      if (left === undefined) break;
      const child = right !== undefined && right.clockDeadline < left.clockDeadline ? right : left;
      if (child.clockDeadline >= timed.clockDeadline) break;
      const below = child.clockIndex;
      this.#place(child, index);
      index = below;
    }
    this.#place(timed, index);
  }
}

/** The clock of this process. */
export const clock = new Clock();
