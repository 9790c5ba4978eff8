// One array that grows while bytes arrive in pieces, for a folder that runs in browsers too: no `Buffer`, as
// bytes/growing-buffer.ts has. Memory follows the bytes received, never the number of pieces.

/** The smallest allocation, in bytes. */
const SMALLEST_CAPACITY = 256;
/** How much room to make when the array is full, as a multiple of what it has to hold. */
const GROWTH = 2;
/** An array above this many bytes is given back when it has been read: one large event does not cost for ever. */
const LARGEST_CAPACITY_KEPT = 65_536;

const EMPTY = new Uint8Array(0);

/** Bytes appended in order, read in one piece. */
export class GatheredBytes {
  #array = EMPTY;
  #length = 0;

  /** How many bytes have been appended since the last {@link clear}. */
  get length(): number {
    return this.#length;
  }

  /** How many bytes of memory stand behind them. */
  get capacity(): number {
    return this.#array.length;
  }

  /** What was appended: a view, good until the next call of {@link append} or {@link clear}. */
  get bytes(): Uint8Array {
    return this.#array.subarray(0, this.#length);
  }

  /** Copies `piece` to the end. */
  append(piece: Uint8Array): void {
    this.#makeRoomFor(this.#length + piece.length);
    this.#array.set(piece, this.#length);
    this.#length += piece.length;
  }

  /** Writes one byte to the end. */
  appendByte(byte: number): void {
    this.#makeRoomFor(this.#length + 1);
    this.#array[this.#length++] = byte;
  }

  /** Forgets everything, and gives memory back that was needed once only. */
  clear(): void {
    this.#length = 0;
    if (this.#array.length > LARGEST_CAPACITY_KEPT) this.#array = EMPTY;
  }

  #makeRoomFor(length: number): void {
    if (length <= this.#array.length) return;
    const grown = new Uint8Array(Math.max(SMALLEST_CAPACITY, length * GROWTH));
    grown.set(this.bytes);
    this.#array = grown;
  }
}
