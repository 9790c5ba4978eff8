// Frames that were made before, said in a row: kept as they are until they leave, then joined to one piece. What a room is
// told is told to all its members, so the last join is remembered: of a burst to a thousand, one is made and 999 are found.

/** The most bytes that are joined. */
const MOST_BYTES = 16_384;
/** The most frames: finding a join costs a comparison for each of them. */
const MOST_FRAMES = 256;

/** The last join, and what it was made of. No frame ever changes, so it is as good as a new one. */
let lastFrames: readonly Buffer[] = [];
let lastJoin: Buffer = Buffer.alloc(0);

/** One or more frames in a row. */
export class FrameRun {
  readonly #first: Buffer;
  #all: Buffer[] | undefined = undefined;
  #bytes: number;

  constructor(first: Buffer) {
    this.#first = first;
    this.#bytes = first.length;
  }

  /** How many bytes they have together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Puts `frame` behind the others. Returns `false` when that would be too many. */
  add(frame: Buffer): boolean {
    const bytes = this.#bytes + frame.length;
    if (bytes > MOST_BYTES || this.#all?.length === MOST_FRAMES) return false;
    this.#bytes = bytes;
    if (this.#all === undefined) this.#all = [this.#first, frame];
    else this.#all.push(frame);
    return true;
  }

  /** All of them as one piece, which belongs to others too: it must not be changed. */
  join(): Buffer {
    const frames = this.#all;
    if (frames === undefined) return this.#first;
    if (!areSame(frames, lastFrames)) {
      lastJoin = Buffer.concat(frames, this.#bytes);
      lastFrames = frames;
    }
    return lastJoin;
  }
}

function areSame(frames: readonly Buffer[], others: readonly Buffer[]): boolean {
  if (frames.length !== others.length) return false;
  // From the end: of two bursts that begin with the same frame the last ones differ.
  for (let index = frames.length - 1; index >= 0; index--) {
    if (frames[index] !== others[index]) return false;
  }
  return true;
}
