// One buffer that grows while a message arrives: RFC 6455 §5.4 says how a message may come in pieces, not how to keep
// them. Pieces are copied together at once, so memory follows the bytes received, never the number of pieces, and
// never the length that a peer merely announced.
import { constants } from 'node:buffer';

/** The smallest allocation, in bytes: small enough for a chat message in two fragments. */
const SMALLEST_CAPACITY = 256;

/**
 * How much room to make when the buffer is full, as a multiple of what it holds. Twice where nobody knows how much will
 * come, so that at most half of the memory is idle. Four times on the way to a known size: a megabyte that arrives in
 * 64 KiB reads is then moved twice (64 KiB, 256 KiB) before it has its final place.
 */
const GROWTH = 2;
const GROWTH_TO_KNOWN_SIZE = 4;

const EMPTY = Buffer.alloc(0);

/** Bytes appended in order, handed out as one `Buffer`. */
export class GrowingBuffer {
  #buffer: Buffer = EMPTY;
  #length = 0;

  /** How many bytes have been appended since the last {@link take} or {@link clear}. */
  get length(): number {
    return this.#length;
  }

  /** How many bytes of memory stand behind them. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /**
   * Copies `chunk[start, end)` to the end.
   *
   * @param expected how many bytes will have been appended in the end, 0 where nobody knows: growth stops there, so
   *   that a message of a known size ends in a buffer of exactly that size. It is believed only as far as four times
   *   the bytes that have come.
   * @returns whether there was memory for it: if not, nothing was appended, and what came before is still there.
   */
  append(chunk: Uint8Array, start: number, end: number, expected: number): boolean {
    if (start === end) return true;
    const length = this.#length + (end - start);
    if (length > this.#buffer.length && !this.#grow(length, expected)) return false;
    this.#buffer.set(start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end), this.#length);
    this.#length = length;
    return true;
  }

  /** Hands out what was appended and forgets it: the bytes belong to the caller from now on. */
  take(): Buffer {
    const taken = this.#contents;
    this.clear();
    // A caller may transfer what it owns to another thread: never the memory that all empty buffers share.
    return taken === EMPTY ? Buffer.alloc(0) : taken;
  }

  /** Forgets everything and gives the memory back. */
  clear(): void {
    this.#buffer = EMPTY;
    this.#length = 0;
  }

  get #contents(): Buffer {
    return this.#length === this.#buffer.length ? this.#buffer : this.#buffer.subarray(0, this.#length);
  }

  #grow(needed: number, expected: number): boolean {
    const capacity =
      expected >= needed
        ? Math.min(Math.max(SMALLEST_CAPACITY, needed * GROWTH_TO_KNOWN_SIZE), expected)
        : Math.min(Math.max(SMALLEST_CAPACITY, needed * GROWTH), constants.MAX_LENGTH);
    // Not from Node's pool: the message may live long, and must not hold a pool of other people's bytes with it.
    // Uninitialised memory is safe here because nothing past #length is ever handed out.
    let grown: Buffer;
    try {
      grown = Buffer.allocUnsafeSlow(capacity);
    } catch {
      return false;
    }
    grown.set(this.#contents, 0);
    this.#buffer = grown;
    return true;
  }
}
