// Messages that cannot be framed yet, because one before them is still being compressed or read. RFC 6455 §5.4 and RFC
// 7692 §7.2.1: messages leave in the order they were sent. Empty on the hot path, and then not even made.

/** Something that leaves when its turn comes. */
export interface QueuedSend {
  /** Bytes it counts for in `bufferedAmount` until it has been framed. */
  readonly size: number;
  /**
   * Its turn has come. Returns `true` when it has left, `false` when it takes its time and the owner of the queue will
   * be told; then nothing behind it moves. Never throws.
   */
  start(): boolean;
  /** The connection is over before its turn came or ended. */
  abandon(error: Error): void;
}

/** First in, first out, one at a time. */
export class SendQueue {
  readonly #waiting: QueuedSend[] = [];
  /** Index of the first that waits: shifting an array is not for long queues. */
  #first = 0;
  #current: QueuedSend | undefined = undefined;
  #size = 0;

  /** Whether nothing waits and nothing is under way. */
  get idle(): boolean {
    return this.#current === undefined;
  }

  /** Bytes of everything that has not left. */
  get size(): number {
    return this.#size;
  }

  /** Puts `item` at the end, and starts it when nothing is before it. */
  push(item: QueuedSend): void {
    this.#size += item.size;
    this.#waiting.push(item);
    if (this.#current === undefined) this.#run();
  }

  /** The item under way has left: the next ones go. */
  advance(): void {
    if (this.#current === undefined) return;
    this.#size -= this.#current.size;
    this.#current = undefined;
    this.#run();
  }

  /** The connection is over: forgets everything. Returns what has not left, in order. */
  clear(): QueuedSend[] {
    const items = this.#waiting.slice(this.#first);
    if (this.#current !== undefined) items.unshift(this.#current);
    this.#waiting.length = 0;
    this.#first = 0;
    this.#current = undefined;
    this.#size = 0;
    return items;
  }

  #run(): void {
    while (this.#first < this.#waiting.length) {
      const item = this.#waiting[this.#first++] as QueuedSend;
      this.#current = item;
      if (!item.start()) return;
      // An item may have ended the connection, and with it this queue.
      if (this.#current !== item) return;
      this.#size -= item.size;
      this.#current = undefined;
    }
    this.#waiting.length = 0;
    this.#first = 0;
  }
}

/**
 * Tells all of them, in order, that the connection is over.
 *
 * @throws what the first of their callbacks threw that did, when all have been told.
 */
export function abandonAll(items: readonly QueuedSend[], error: Error): void {
  let threw = false;
  let first: unknown;
  for (const item of items) {
    try {
      item.abandon(error);
    } catch (thrown) {
      if (!threw) first = thrown;
      threw = true;
    }
  }
  if (threw) throw first;
}
