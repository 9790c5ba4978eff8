// Who waits for bytes to be taken, and for how many: the callbacks of send(), in order. Made only for a connection that
// uses them; never loses one because another has thrown.

/** Called once: without an error when the bytes have been taken, with the reason why they never will. */
export type WriteCallback = (error?: Error | null) => void;

/** The callbacks of one outbox. */
export class WriteCallbacks {
  #callbacks: WriteCallback[] = [];
  /** For each callback the number of bytes that must have been taken. Never falls from one to the next. */
  #marks: number[] = [];

  /** @param mark how many bytes must have been taken, counted by the owner. */
  add(callback: WriteCallback, mark: number): void {
    this.#callbacks.push(callback);
    this.#marks.push(mark);
  }

  /** Takes out those that wait for `mark` bytes or less; `undefined` when there are none. */
  take(mark: number): WriteCallbacks | undefined {
    const marks = this.#marks;
    let due = 0;
    while (due < marks.length && (marks[due] as number) <= mark) due++;
    if (due === 0) return undefined;
    const taken = new WriteCallbacks();
    taken.#marks = marks.splice(0, due);
    taken.#callbacks = this.#callbacks.splice(0, due);
    return taken;
  }

  /** Calls all of them. None is left, also when one throws. */
  callAll(error: Error | null | undefined): void {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    this.#marks = [];
    callEach(callbacks, error, 0);
  }
}

function callEach(callbacks: readonly WriteCallback[], error: Error | null | undefined, from: number): void {
  let next = from;
  try {
    while (next < callbacks.length) (callbacks[next++] as WriteCallback)(error);
  } finally {
    // An exception is the application's business, but not that of those who wait behind it.
    if (next < callbacks.length) queueMicrotask(() => callEach(callbacks, error, next));
  }
}
