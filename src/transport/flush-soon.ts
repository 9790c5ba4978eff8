// What was written to outside a turn of its own connection is flushed in one microtask: everything that a piece of
// application code says leaves together, to however many connections it speaks.

/** Something with bytes that shall leave soon. */
export interface Flushable {
  /** Lets them go. */
  flush(): void;
}

let waiting: Flushable[] = [];

/** Flushes `flushable` when the code that is running has returned. Those who call see to it that they call once. */
export function flushSoon(flushable: Flushable): void {
  if (waiting.length === 0) queueMicrotask(flushAll);
  waiting.push(flushable);
}

function flushAll(): void {
  const flushables = waiting;
  waiting = [];
  let done = 0;
  try {
    while (done < flushables.length) (flushables[done++] as Flushable).flush();
  } finally {
    // A listener of 'drain' has thrown: the others must not wait for ever.
    while (done < flushables.length) flushSoon(flushables[done++] as Flushable);
  }
}
