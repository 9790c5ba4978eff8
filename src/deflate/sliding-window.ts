// RFC 7692 §7.1.1: the context that is taken over from message to message, the last 2^n bytes of what was sent (§7.1.2).
// A DEFLATE block can refer to nothing else, so with these bytes as its dictionary any fresh inflater goes on where the
// last one stopped. Never keeps a reference to a message: the application owns those and may write into them.

/** Below this there is no sense in growing step by step (bytes; the smallest window is 256). */
const SMALLEST_ALLOCATION = 1024;

/**
 * The last bytes of a sequence of messages: §7.2.2(b)(c). Takes no memory before the first message and at most the
 * window's size.
 */
export class SlidingWindow {
  readonly #size: number;
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  /**
   * @param windowBits - the window's size as a power of two, 8 to 15
   */
  constructor(windowBits: number) {
    this.#size = 1 << windowBits;
  }

  /**
   * The remembered bytes, oldest first. A view that is only good until the next {@link append}; not to be written to.
   */
  get contents(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /**
   * Remembers the end of a message and forgets what no longer fits. Copies at most the window's size.
   *
   * @param message - the message as the application sees it; it is copied from, not kept
   */
  append(message: Uint8Array): void {
    const added = message.length > this.#size ? message.subarray(message.length - this.#size) : message;
    this.#makeRoomFor(added.length);
    this.#bytes.set(added, this.#length);
    this.#length += added.length;
  }

  #makeRoomFor(added: number): void {
    const wanted = this.#length + added;
    if (wanted > this.#bytes.length && this.#bytes.length < this.#size) {
      let capacity = Math.min(SMALLEST_ALLOCATION, this.#size);
      while (capacity < wanted && capacity < this.#size) capacity *= 2;
      // Not from Node's pool: a few bytes that live as long as the connection must not pin a slab.
      const bytes = Buffer.allocUnsafeSlow(capacity);
      this.#bytes.copy(bytes, 0, 0, this.#length);
      this.#bytes = bytes;
    }
    const surplus = wanted - this.#size;
    if (surplus <= 0) return;
    this.#bytes.copyWithin(0, surplus, this.#length);
    this.#length -= surplus;
  }
}
