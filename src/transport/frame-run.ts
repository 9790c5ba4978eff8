// Frames that were made before, said in a row: kept as they are until they leave, then joined to one piece. What a room is
// told is told to all its members, so a run is shared by all who are told the same: of a burst to a thousand, each step is
// made once and found 999 times. Never changes.
import type { ByteSink } from '../bytes/index.ts';

/** The most bytes that are joined. */
const MOST_BYTES = 16_384;
/** The most frames: each of them takes some 60 bytes as long as somebody has not sent them. */
const MOST_FRAMES = 256;

/** The run that began last. */
let lastBegun: FrameRun | undefined;

/** One or more frames in a row. */
export class FrameRun {
  /** How many bytes they have together. */
  readonly bytes: number;
  readonly #last: Buffer;
  /** What was said before {@link #last}. */
  readonly #before: FrameRun | undefined;
  readonly #count: number;
  /** The longer run that somebody made of this one last. */
  #longer: FrameRun | undefined = undefined;
  #joined: Buffer | undefined = undefined;

  private constructor(last: Buffer, before: FrameRun | undefined, bytes: number, count: number) {
    this.bytes = bytes;
    this.#last = last;
    this.#before = before;
    this.#count = count;
  }

  /** The run of one frame, the same for all who begin with it. */
  static of(frame: Buffer): FrameRun {
    const { length } = frame;
    if (lastBegun !== undefined && lastBegun.#last === frame) return lastBegun;
    const run = new FrameRun(frame, undefined, length, 1);
    // A long one is alone for ever, and would only be held on to.
    if (length < MOST_BYTES) lastBegun = run;
    return run;
  }

  /** This run and `frame` behind it, the same for all who go on so; `undefined` when that would be too many. */
  with(frame: Buffer): FrameRun | undefined {
    const longer = this.#longer;
    if (longer !== undefined && longer.#last === frame) return longer;
    const bytes = this.bytes + frame.length;
    if (bytes > MOST_BYTES || this.#count === MOST_FRAMES) return undefined;
    this.#longer = new FrameRun(frame, this, bytes, this.#count + 1);
    return this.#longer;
  }

  /** Shares them with `sink`, one by one. */
  shareWith(sink: ByteSink): void {
    this.#before?.shareWith(sink);
    sink.share(this.#last);
  }

  /** All of them as one piece, which belongs to others too: it must not be changed. */
  join(): Buffer {
    if (this.#before === undefined) return this.#last;
    if (this.#joined === undefined) {
      const frames: Buffer[] = [];
      for (let run: FrameRun | undefined = this; run !== undefined; run = run.#before) frames.push(run.#last);
      this.#joined = Buffer.concat(frames.reverse(), this.bytes);
    }
    return this.#joined;
  }
}
