// One buffer that grows while a message arrives: RFC 6455 §5.4 says how a message may come in pieces, not how to keep
// them. Short pieces are copied together at once, and long ones kept as they are until the last has come: so memory
// follows the bytes received, never the number of pieces, and never the length that a peer merely announced.
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

/**
 * A piece of at least this many bytes is kept as it came, unless more than as much again stands around it. Half of what Node
 * reads at a time: a megabyte is then copied once, and into no memory but its own.
 */
const KEEP_FROM = 32_768;

const EMPTY = Buffer.alloc(0);

/** Bytes appended in order, handed out as one `Buffer`. */
export class GrowingBuffer {
  /** Long pieces, and what was copied together between them. */
  #kept: Buffer[] | undefined = undefined;
  #keptBytes = 0;
  /** What came behind those, copied together. */
  #buffer: Buffer = EMPTY;
  #length = 0;

  /** How many bytes have been appended since the last {@link take} or {@link clear}. */
  get length(): number {
    return this.#keptBytes + this.#length;
  }

  /** How many bytes of memory stand behind them, without what stands around pieces that were kept. */
  get capacity(): number {
    return this.#keptBytes + this.#buffer.length;
  }

  /**
   * Puts `chunk[start, end)` at the end. The bytes are copied, or a view of them is kept: they must not change.
   *
   * @param expected how many bytes will have been appended in the end, 0 where nobody knows: growth stops there, so
   *   that a message of a known size ends in a buffer of exactly that size. It is believed only as far as four times
   *   the bytes that have come.
   * @returns whether there was memory for it: if not, all is lost but what {@link clear} gives back.
   */
  append(chunk: Uint8Array, start: number, end: number, expected: number): boolean {
    const size = end - start;
    if (size >= KEEP_FROM && size * 2 >= chunk.buffer.byteLength) this.#keep(chunk, start, end);
    else if (size > 0 && !this.#copy(chunk, start, end, expected - this.#keptBytes)) return false;
    return this.#kept === undefined || this.length !== expected || this.#join();
  }

  #keep(chunk: Uint8Array, start: number, end: number): void {
    this.#kept ??= [];
    if (this.#length > 0) this.#kept.push(this.#contents);
    this.#kept.push(Buffer.from(chunk.buffer, chunk.byteOffset + start, end - start));
    this.#keptBytes += this.#length + (end - start);
    this.#buffer = EMPTY;
    this.#length = 0;
  }

  #copy(chunk: Uint8Array, start: number, end: number, expected: number): boolean {
    const length = this.#length + (end - start);
    if (length > this.#buffer.length && !this.#grow(length, expected)) return false;
    this.#buffer.set(start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end), this.#length);
    this.#length = length;
    return true;
  }

  /** Everything has come: makes one buffer of it. */
  #join(): boolean {
    const joined = allocate(this.length);
    if (joined === undefined) return false;
    let at = 0;
    for (const piece of [...(this.#kept as Buffer[]), this.#contents]) {
      joined.set(piece, at);
      at += piece.length;
    }
    this.clear();
    this.#buffer = joined;
    this.#length = at;
    return true;
  }

  /**
   * Hands out what was appended and forgets it: the bytes belong to the caller from now on.
   *
   * @throws RangeError when nobody said how many bytes to expect, and there is no memory for so many in one piece.
   */
  take(): Buffer {
    if (this.#kept !== undefined && !this.#join()) throw new RangeError(`there is no memory for ${this.length} bytes`);
    const taken = this.#contents;
    this.clear();
    // A caller may transfer what it owns to another thread: never the memory that all empty buffers share.
    return taken === EMPTY ? Buffer.alloc(0) : taken;
  }

  /** Forgets everything and gives the memory back. */
  clear(): void {
    this.#kept = undefined;
    this.#keptBytes = 0;
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
    const grown = allocate(capacity);
    if (grown === undefined) return false;
    grown.set(this.#contents, 0);
    this.#buffer = grown;
    return true;
  }
}

/** Memory that nobody else has; `undefined` when there is none left. */
function allocate(size: number): Buffer | undefined {
  // Not from Node's pool: the message may live long, and must not hold a pool of other people's bytes with it.
  // Uninitialised memory is safe here because nothing past what was written is ever handed out.
  try {
    return Buffer.allocUnsafeSlow(size);
  } catch {
    return undefined;
  }
}
