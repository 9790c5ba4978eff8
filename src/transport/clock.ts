// One timer for all connections of the process: RFC 6455 sets no times, but every limit in time (handshake, heartbeat,
// unfinished message, closing handshake) needs one. A heap by deadline: nothing runs while nothing is due.

/** Somebody with something to do at a certain time. */
export interface Timed {
  /** Where it stands in the clock's heap; the clock's own, -1 when it is not there. */
  clockIndex: number;
  /** When, in whole milliseconds of {@link Clock.now}: a fraction would be an object of its own. The clock's own. */
  clockDeadline: number;
  /** The time has come. It is not in the clock any more, and may schedule itself again. */
  onTime(now: number): void;
}

/** Where a clock has its time from. */
export interface TimeSource {
  /** Steady milliseconds. */
  now(): number;
  /** Calls back once, after at least `delay` milliseconds, without keeping the process alive. */
  start(callback: () => void, delay: number): unknown;
  /** Takes back what `start` returned. */
  stop(timer: unknown): void;
}

/** The time of this machine. */
const SYSTEM_TIME: TimeSource = {
  now: () => performance.now(),
  start: (callback, delay) => {
    const timer: { unref?(): void } = setTimeout(callback, delay);
    // Where a timer is a number, as in Deno, a server that listens keeps the process alive anyhow.
    timer.unref?.();
    return timer;
  },
  stop: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** The shortest and the longest delay that Node's timers take, in milliseconds. */
const SHORTEST_DELAY = 1;
const LONGEST_DELAY = 2 ** 31 - 1;

/** A timer that rings this much too late, in milliseconds, says that it was we who stood still. */
const OWN_STALL = 1_000;

const NEVER = Number.POSITIVE_INFINITY;
const ALWAYS = Number.NEGATIVE_INFINITY;

/** A clock for any number of {@link Timed}. Keeps no process alive. */
export class Clock {
  readonly #time: TimeSource;
  readonly #heap: Timed[] = [];
  #timer: unknown = undefined;
  #timerAt = NEVER;
  /** Nobody is called for a deadline before this: while the clock rings, what is due again is due the next time. */
  #soonest = ALWAYS;
  /** After a stall of ours the loop has been let run first. */
  #hasWaited = false;
  readonly #run = (): void => this.#ring();

  /** @param time the machine's, unless a test brings its own. */
  constructor(time: TimeSource = SYSTEM_TIME) {
    this.#time = time;
  }

  /** Steady milliseconds: never set back, unlike the time of day. */
  now(): number {
    return this.#time.now();
  }

  /** How many are waiting. */
  get size(): number {
    return this.#heap.length;
  }

  /** Calls `timed.onTime` at `deadline` or up to a millisecond after; replaces what it was scheduled for before. */
  schedule(timed: Timed, deadline: number): void {
    timed.clockDeadline = Math.ceil(Math.max(deadline, this.#soonest));
    if (timed.clockIndex === -1) {
      timed.clockIndex = this.#heap.length;
      this.#heap.push(timed);
    }
    this.#up(timed);
    this.#down(timed);
    if (this.#soonest === ALWAYS) this.#arm();
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
    const now = this.now();
    const lateness = now - this.#timerAt;
    this.#timer = undefined;
    this.#timerAt = NEVER;
    if (lateness > OWN_STALL && !this.#hasWaited) {
      // The process was stopped, or busy. What peers said meanwhile has not been read: first that, then judge them.
      this.#hasWaited = true;
      this.#arm();
      return;
    }
    this.#hasWaited = false;
    this.#soonest = now + SHORTEST_DELAY;
    try {
      for (let first = this.#heap[0]; first !== undefined && first.clockDeadline <= now; first = this.#heap[0]) {
        this.cancel(first);
        first.onTime(now);
      }
    } finally {
      // Also when somebody has thrown: the others must not wait for ever.
      this.#soonest = ALWAYS;
      this.#arm();
    }
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.clockDeadline >= this.#timerAt) return;
    if (this.#timer !== undefined) this.#time.stop(this.#timer);
    this.#timerAt = first.clockDeadline;
    // Rounded up: a timer of Node may ring a fraction early, and would then find nothing due.
    const delay = Math.ceil(first.clockDeadline - this.now());
    this.#timer = this.#time.start(this.#run, Math.min(LONGEST_DELAY, Math.max(SHORTEST_DELAY, delay)));
  }

  #stop(): void {
    if (this.#timer !== undefined) this.#time.stop(this.#timer);
    this.#timer = undefined;
    this.#timerAt = NEVER;
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
