// Cuts one direction of a connection into its pieces: a head where one is expected, then frames (RFC 6455 §5.2). Keeps the
// beginning of each piece and counts the rest, so that no peer decides how much memory looking costs. Judges nothing.
import { LONGEST_HEADER, readFrameLength } from './frame-length.ts';
import { endOfHead } from './head-dissector.ts';

/** One head or one frame. */
export interface Piece {
  readonly isHead: boolean;
  /** Its beginning, or all of it; bytes of its own. */
  readonly bytes: Buffer;
  /** Its whole length on the wire. */
  readonly length: number;
}

/** A longer head is cut. */
const MOST_OF_HEAD = 16_384;

/** Cuts one direction of one connection. */
export class Splitter {
  readonly #onPiece: (piece: Piece) => void;
  readonly #most: number;
  #expectsHead: boolean;
  /** The beginning of the piece under way. */
  #kept = Buffer.alloc(0);
  /** Bytes of the piece under way that have come. */
  #seen = 0;
  /** Its whole length; 0 while unknown. */
  #length = 0;

  /**
   * @param expectsHead whether a head comes before the first frame.
   * @param most bytes that are kept of a frame; at least its header is.
   * @param onPiece told of each piece when its last byte has come.
   */
  constructor(expectsHead: boolean, most: number, onPiece: (piece: Piece) => void) {
    this.#expectsHead = expectsHead;
    this.#most = Math.max(most, LONGEST_HEADER);
    this.#onPiece = onPiece;
  }

  /** Reads on. The chunk is copied as far as it is kept: it may change afterwards. */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) at += this.#take(chunk.subarray(at));
  }

  /** What has come of a piece that is not whole; `undefined` between two pieces. */
  get rest(): Piece | undefined {
    if (this.#seen === 0) return undefined;
    return { isHead: this.#expectsHead, bytes: this.#kept, length: this.#length === 0 ? this.#seen : this.#length };
  }

  /** Takes what belongs to the piece under way, and returns how many bytes that were: at least one. */
  #take(bytes: Buffer): number {
    const before = this.#seen;
    const limit = this.#expectsHead ? MOST_OF_HEAD : this.#most;
    if (this.#kept.length < limit) {
      this.#kept = Buffer.concat([this.#kept, bytes.subarray(0, limit - this.#kept.length)]);
    }
    if (this.#length === 0) this.#length = this.#expectsHead ? headLength(this.#kept, limit) : frameLength(this.#kept);
    const left = this.#length === 0 ? bytes.length : Math.min(bytes.length, this.#length - before);
    this.#seen = before + left;
    if (this.#seen === this.#length) this.#finish();
    return left;
  }

  #finish(): void {
    // What was copied from behind the end belongs to the next piece, which takes it again.
    const piece = { isHead: this.#expectsHead, bytes: this.#kept.subarray(0, this.#length), length: this.#length };
    this.#expectsHead = false;
    this.#kept = Buffer.alloc(0);
    this.#seen = 0;
    this.#length = 0;
    this.#onPiece(piece);
  }
}

/** A head without an end within the limit ends there. */
function headLength(kept: Buffer, limit: number): number {
  const end = endOfHead(kept);
  if (end !== -1) return end;
  return kept.length === limit ? limit : 0;
}

function frameLength(kept: Buffer): number {
  const measures = readFrameLength(kept);
  return measures === undefined ? 0 : measures.header + measures.payload;
}
