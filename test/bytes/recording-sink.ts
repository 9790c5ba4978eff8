// A ByteSink that remembers what was written, and holds the writer to the rule of use: reserve, write at most that much
// and nowhere else, commit.
import type { ByteSink } from '../../src/bytes/byte-sink.ts';

/** What nobody wrote. */
const POISON = 0xee;
const BEFORE = 3;
const BEHIND = 5;

/** Some bytes that left. */
export interface WrittenPiece {
  readonly bytes: Buffer;
  /** Attached, without a copy, and not written into the sink's memory. */
  readonly attached: boolean;
}

export class RecordingSink implements ByteSink {
  readonly pieces: WrittenPiece[] = [];
  #target = Buffer.alloc(0);
  #reserved = -1;

  get target(): Buffer {
    return this.#target;
  }

  /** Everything so far, in order. */
  get bytes(): Buffer {
    return Buffer.concat(this.pieces.map((piece) => piece.bytes));
  }

  reserve(size: number): number {
    this.#require(this.#reserved === -1);
    this.#reserved = size;
    this.#target = Buffer.alloc(BEFORE + size + BEHIND, POISON);
    return BEFORE;
  }

  commit(size: number): void {
    this.#require(size <= this.#reserved);
    const outside = [this.#target.subarray(0, BEFORE), this.#target.subarray(BEFORE + this.#reserved)];
    this.#require(Buffer.concat(outside).equals(Buffer.alloc(BEFORE + BEHIND, POISON)));
    this.pieces.push({ bytes: this.#target.subarray(BEFORE, BEFORE + size), attached: false });
    this.#reserved = -1;
  }

  attach(payload: Uint8Array): void {
    this.#require(this.#reserved === -1);
    this.pieces.push({
      bytes: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
      attached: true,
    });
  }

  share(frame: Buffer): void {
    this.attach(frame);
  }

  #require(kept: boolean): void {
    if (!kept) throw new Error('the writer broke the rule of use of ByteSink');
  }
}
