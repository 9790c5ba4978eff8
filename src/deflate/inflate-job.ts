// RFC 7692 §7.2.2 for one long message: inflates in zlib's thread pool, counts every byte that comes out, and stops at
// the limit. Settles exactly once, whatever zlib does. Never inflates past the limit by more than one chunk: zlib's own
// `maxOutputLength` does not bind its streams.
import { createInflateRaw, type InflateRaw } from 'node:zlib';
import { failureOf, type InflateFailure, InflateFailures } from './inflate-failure.ts';
import type { Job, JobQueue } from './job-queue.ts';
import { SlidingWindow } from './sliding-window.ts';

/**
 * Two blocks to follow the payload. First the four bytes that the sender cut off (§7.2.2 step 1): they end its last
 * block. Then an empty block with BFINAL set: zlib reports the end of the stream only if it gets there, so a truncated
 * message cannot pass for a whole one (§7.2.2(A)).
 */
export const TAIL_AND_FINAL_BLOCK: Buffer = Buffer.from([0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff]);

/**
 * How many times one message may make zlib start again. A block with BFINAL set is legal anywhere (§7.2.3.4(A)) and takes
 * two bytes, while starting again takes 3 µs inside a call and 75 in the thread pool: without a bound, 1 MiB of such
 * blocks would be half a minute of work.
 */
export const MAX_RESTARTS = 64;

/** Output per trip to the thread pool (bytes). A 1 MiB bomb: 5 ms with 64 KiB, 23 ms with zlib's default of 16 KiB. */
const CHUNK_SIZE = 64 * 1024;

/** What an {@link InflateJob} needs to know. */
export interface InflateJobOptions {
  /** The compressed message; must stay unchanged until the job has settled. */
  readonly payload: Buffer;
  /** The most that may come out (bytes), `Infinity` for no limit. */
  readonly maxLength: number;
  /** The sender's window, 8 to 15. */
  readonly windowBits: number;
  /** What the sender may refer to: empty without context takeover. */
  readonly history: Buffer;
  /** Output per step (bytes). */
  readonly chunkSize: number | undefined;
  /** The queue this job waits in. */
  readonly jobs: JobQueue;
  /** Told the outcome once. */
  readonly onSettled: (result: Buffer | InflateFailure) => void;
}

/** One message on its way through zlib. */
export class InflateJob implements Job {
  readonly #options: InflateJobOptions;
  readonly #output: Buffer[] = [];
  #outputLength = 0;
  /** How much of the payload the streams before the present one have taken. */
  #consumed = 0;
  #restarts = 0;
  /** The history and the output so far. Only a message with a BFINAL block in it has one. */
  #window: SlidingWindow | undefined = undefined;
  /** How many pieces of output are in the window. */
  #remembered = 0;
  #stream: InflateRaw | undefined = undefined;
  #settled = false;

  /**
   * @param options - the message and whom to tell; {@link submit} it to begin
   */
  constructor(options: InflateJobOptions) {
    this.#options = options;
  }

  /**
   * Begins now or stands in line.
   *
   * @returns a failure when it could not even begin; then it is over and `onSettled` is not called
   */
  submit(): InflateFailure | undefined {
    if (!this.#options.jobs.enter(this)) return undefined;
    const failure = this.#inflateFrom(0, this.#options.history);
    if (failure !== undefined) this.cancel();
    return failure;
  }

  /** Called by the queue. */
  start(): void {
    const failure = this.#inflateFrom(0, this.#options.history);
    if (failure !== undefined) this.#settle(failure);
  }

  /** Nobody wants the result any more: gives everything back, tells nobody. May be called again, and after the end. */
  cancel(): void {
    this.#settled = true;
    this.#stream?.close();
    this.#options.jobs.leave(this);
  }

  /** Opens a stream at this byte of the payload; answers why when there is none to be had. */
  #inflateFrom(start: number, history: Buffer): InflateFailure | undefined {
    const { payload, windowBits, chunkSize = CHUNK_SIZE } = this.#options;
    let stream: InflateRaw;
    try {
      stream = createInflateRaw({ windowBits, chunkSize, dictionary: history.length === 0 ? undefined : history });
    } catch (error) {
      return failureOf(error);
    }
    this.#stream = stream;
    // After an error zlib calls back nobody who waits for a write or a flush; only this listener hears of it.
    stream.on('error', (error) => this.#settle(failureOf(error)));
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    stream.on('end', () => this.#onEnd(stream.bytesWritten));
    // Two writes rather than one joined buffer: the payload may be megabytes.
    stream.write(payload.subarray(start));
    stream.end(TAIL_AND_FINAL_BLOCK);
    return undefined;
  }

  #onData(chunk: Buffer): void {
    this.#outputLength += chunk.length;
    // §7.2.2(B): no further.
    if (this.#outputLength > this.#options.maxLength) this.#settle(InflateFailures.TooBig);
    else this.#output.push(chunk);
  }

  /** zlib met a block with BFINAL set: ours, and that was the message, or one of the peer's. */
  #onEnd(consumed: number): void {
    this.#consumed += consumed;
    if (this.#consumed >= this.#options.payload.length) {
      this.#settle(Buffer.concat(this.#output, this.#outputLength));
      return;
    }
    this.#restarts += 1;
    if (this.#restarts > MAX_RESTARTS) {
      this.#settle(InflateFailures.TooManyFinalBlocks);
      return;
    }
    // §7.2.3.4(a): BFINAL ends zlib's stream but neither the message nor the sender's window. Go on with a new stream.
    this.#stream!.close();
    const failure = this.#inflateFrom(this.#consumed, this.#historySoFar());
    if (failure !== undefined) this.#settle(failure);
  }

  #historySoFar(): Buffer {
    if (this.#window === undefined) {
      this.#window = new SlidingWindow(this.#options.windowBits);
      this.#window.append(this.#options.history);
    }
    for (; this.#remembered < this.#output.length; this.#remembered += 1) {
      this.#window.append(this.#output[this.#remembered]!);
    }
    return this.#window.contents;
  }

  #settle(result: Buffer | InflateFailure): void {
    if (this.#settled) return;
    try {
      this.cancel();
    } finally {
      // The next in line may have failed on the spot, and its sink thrown: that must not cost this message its answer.
      this.#options.onSettled(result);
    }
  }
}
