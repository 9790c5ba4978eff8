// The octets of one head while it arrives: the caller's chunk while that is enough, an own copy as soon as it is not.
// Serves head.ts and chunked.ts. RFC 9112 says nothing about memory, RFC 6585 §5 that there is a limit.
// Never holds more than the limit, never reads an octet beyond it.

/** The smallest own copy, in octets: most heads that come in pieces are a browser's, of 500 to 700 octets. */
const SMALLEST_COPY = 1024;

const EMPTY = Buffer.alloc(0);

/** One head from offset 0 on, however many chunks it comes in. */
export class HeadBuffer {
  /** Where the octets of the head stand. Octet n of the head is `bytes[n]`. */
  bytes: Buffer = EMPTY;
  /** How many octets of {@link bytes} belong to the head as far as it has come. */
  end = 0;
  readonly #limit: number;
  /** How many octets of the head came before the last chunk. */
  #before = 0;

  /** @param limit how many octets the head may have. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True when not one octet more can be taken. */
  get isFull(): boolean {
    return this.end === this.#limit;
  }

  /** Takes as much of `chunk` as the limit allows. What was taken before stays where it was. */
  offer(chunk: Buffer): void {
    const before = this.end;
    const end = Math.min(before + chunk.length, this.#limit);
    if (before === 0) {
      this.bytes = chunk;
    } else {
      if (end > this.bytes.length) this.#copyInto(end);
      chunk.copy(this.bytes, before, 0, end - before);
    }
    this.#before = before;
    this.end = end;
  }

  /** Makes what came so far our own, for the chunk may be overwritten once the caller goes on. */
  keep(): void {
    if (this.#before === 0 && this.end > 0) this.#copyInto(this.end);
  }

  /** What `chunk`, the last one offered, holds after octet `position` of the head: a view, not a copy. */
  rest(chunk: Buffer, position: number): Buffer {
    const used = position - this.#before;
    return used === chunk.length ? EMPTY : chunk.subarray(used);
  }

  /** Lets go of everything. */
  clear(): void {
    this.bytes = EMPTY;
    this.end = 0;
    this.#before = 0;
  }

  /** Doubling makes the copying linear in the size of the head, however small the chunks are. */
  #copyInto(needed: number): void {
    const capacity = Math.min(Math.max(SMALLEST_COPY, needed * 2), this.#limit);
    // Uninitialised memory is safe: nothing past `end` is ever read.
    const copy = Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(copy, 0, 0, this.end);
    this.bytes = copy;
  }
}
