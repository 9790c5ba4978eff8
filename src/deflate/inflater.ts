// RFC 7692 §7.2.2: compressed payloads become messages again. Nothing of zlib is kept between messages: the context that
// is taken over is the last 2^n bytes, handed to a fresh inflater as its dictionary. So a short message is inflated
// inside the call either way, and a block with BFINAL set ends nothing. Never inflates past the limit.
import { type InflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib';
import { failureOf, type InflateFailure, InflateFailures } from './inflate-failure.ts';
import { InflateJob, MAX_RESTARTS, TAIL_AND_FINAL_BLOCK } from './inflate-job.ts';
import type { JobQueue } from './job-queue.ts';
import { inflateSettingsOf } from './options.ts';
import { assertWindowBits } from './parameters.ts';
import { SlidingWindow } from './sliding-window.ts';

/**
 * The most output (bytes) of an inflation inside the call; more goes to the thread pool. Measured on JSON, Node 20 (CPU):
 * 1 KiB 5 µs, 4 KiB 10 µs, 16 KiB 22 µs, 128 KiB 130 µs, and 5 µs more for a full window as the dictionary; a stream of
 * its own takes 75 to 125 µs before its first byte. A bomb costs 40 µs here before it is found out.
 */
export const INFLATE_AT_ONCE_LIMIT = 128 * 1024;

/** Longer payloads (bytes) go to the thread pool directly: JSON shrinks to a quarter, so they would pass the limit. */
export const INFLATE_AT_ONCE_PAYLOAD_LIMIT = INFLATE_AT_ONCE_LIMIT / 4;

/** Output buffers are this many times the payload, so that most messages come out in one piece. */
const EXPECTED_RATIO = 4;

/** The least and the most of such a buffer (bytes). Below 4 KiB it comes from Node's pool. */
const MIN_CHUNK_SIZE = 1024;
const MAX_CHUNK_SIZE = 64 * 1024;

const NO_HISTORY = Buffer.alloc(0);

/**
 * What an inflation inside the call reads: one for all of them, for zlib has read it when it answers. A buffer from Node's
 * pool for each would use up the pool, whose parts are kept by the output buffers in them (see `Deflater`).
 */
const INPUT = Buffer.allocUnsafeSlow(INFLATE_AT_ONCE_PAYLOAD_LIMIT + TAIL_AND_FINAL_BLOCK.length);

/** Where the message goes when it could not be had at once. */
export interface InflateSink {
  /** The message. The buffer is the receiver's to keep and to write into. */
  onInflated(data: Buffer): void;
  /** There is no message: fail the connection with the row's status. */
  onInflateFailed(failure: InflateFailure): void;
}

/** What an {@link Inflater} needs to know. */
export interface InflaterOptions {
  /** The agreed window for this direction, 8 to 15. */
  readonly windowBits: number;
  /** Whether messages may refer to earlier ones. */
  readonly contextTakeover: boolean;
  /** zlib's `chunkSize`; whatever else is in it is not used. */
  readonly zlibOptions?: ZlibOptions | undefined;
  /** The queue shared by all connections. */
  readonly jobs: JobQueue;
}

/** What zlib's one-shot calls answer with `info: true`; the types of Node do not say it. */
interface OneShotResult {
  readonly buffer: Buffer;
  readonly engine: InflateRaw;
}

/** Decompresses the messages of one direction of one connection, one at a time and in order. */
export class Inflater {
  readonly #windowBits: number;
  readonly #chunkSize: number | undefined;
  readonly #jobs: JobQueue;
  #window: SlidingWindow | undefined;
  #job: InflateJob | undefined = undefined;
  #closed = false;

  /**
   * @param options - what was agreed
   * @throws RangeError or TypeError when an option is out of range or of the wrong type
   */
  constructor(options: InflaterOptions) {
    assertWindowBits('windowBits', options.windowBits);
    this.#windowBits = options.windowBits;
    this.#chunkSize = inflateSettingsOf(options.zlibOptions).chunkSize;
    this.#jobs = options.jobs;
    // §7.2.2(b)(c): what the sender may refer to.
    this.#window = options.contextTakeover ? new SlidingWindow(options.windowBits) : undefined;
  }

  /**
   * Decompresses one whole message.
   *
   * @param payload - the payloads of all its frames, joined. Never written to. When the answer is `undefined` it must
   *   stay unchanged until the sink is called.
   * @param maxLength - the most the message may have (bytes), `Infinity` for no limit
   * @param sink - told the outcome when it cannot be returned: exactly once, never inside this call, never after `close`
   * @returns the message, the caller's to keep and to write into; or the row of {@link InflateFailures} that says why
   *   there is none; or `undefined`, the sink will be told
   * @throws TypeError when an earlier message was not answered yet, or after `close`
   * @throws RangeError when `maxLength` is negative or not a number
   */
  inflate(payload: Buffer, maxLength: number, sink: InflateSink): Buffer | InflateFailure | undefined {
    if (this.#closed) throw new TypeError('this Inflater is closed');
    if (this.#job !== undefined) throw new TypeError('an Inflater takes one message at a time');
    if (!(maxLength >= 0)) throw new RangeError(`maxLength must not be negative, got ${maxLength}`);

    // §7.2.3.6 has a sender write one byte for an empty message. No byte at all can mean nothing else.
    if (payload.length === 0) return Buffer.alloc(0);

    if (payload.length <= INFLATE_AT_ONCE_PAYLOAD_LIMIT) {
      const result = this.#inflateAtOnce(payload, Math.min(maxLength, INFLATE_AT_ONCE_LIMIT));
      if (result !== InflateFailures.TooBig || maxLength <= INFLATE_AT_ONCE_LIMIT) return result;
    }

    const job = new InflateJob({
      payload,
      maxLength,
      windowBits: this.#windowBits,
      history: this.#window?.contents ?? NO_HISTORY,
      chunkSize: this.#chunkSize,
      jobs: this.#jobs,
      onSettled: (result) => {
        this.#job = undefined;
        if (!Buffer.isBuffer(result)) {
          sink.onInflateFailed(result);
          return;
        }
        this.#window?.append(result);
        sink.onInflated(result);
      },
    });
    const failure = job.submit();
    if (failure === undefined) this.#job = job;
    return failure;
  }

  /** Gives everything back, also in the middle of a message, whose sink is then never called. May be called again. */
  close(): void {
    this.#closed = true;
    this.#job?.cancel();
    this.#job = undefined;
    this.#window = undefined;
  }

  /**
   * Inflates inside the call; `TooBig` when more than `limit` came out: §7.2.2(B). The window moves on only with a whole
   * message.
   */
  #inflateAtOnce(payload: Buffer, limit: number): Buffer | InflateFailure {
    // §7.2.2(a), step 1. A copy, since the caller's buffer may go on behind the payload.
    payload.copy(INPUT);
    TAIL_AND_FINAL_BLOCK.copy(INPUT, payload.length);
    const input = INPUT.subarray(0, payload.length + TAIL_AND_FINAL_BLOCK.length);

    // §7.2.2(a), step 2; §7.2.3.3(a), §7.2.3.5(a): of blocks of any kind and number.
    let message: Buffer;
    try {
      const { buffer, engine } = this.#inflateOneShot(input, limit, this.#window?.contents ?? NO_HISTORY);
      if (engine.bytesWritten >= payload.length) message = buffer;
      else {
        const result = this.#goOnAfterFinalBlock(input, engine.bytesWritten, payload.length, buffer, limit);
        if (!Buffer.isBuffer(result)) return result;
        message = result;
      }
    } catch (error) {
      return failureOf(error);
    }
    if (message.length > limit) return InflateFailures.TooBig;
    this.#window?.append(message);
    return message;
  }

  /** §7.2.3.4(a)(A): BFINAL ended zlib's stream, but neither the message nor the sender's window. Rare, so not hurried. */
  #goOnAfterFinalBlock(
    input: Buffer,
    consumed: number,
    payloadLength: number,
    first: Buffer,
    limit: number,
  ): Buffer | InflateFailure {
    const window = new SlidingWindow(this.#windowBits);
    if (this.#window !== undefined) window.append(this.#window.contents);
    window.append(first);
    const output = [first];
    let length = first.length;
    for (let restarts = 0; restarts < MAX_RESTARTS; restarts += 1) {
      const { buffer, engine } = this.#inflateOneShot(input.subarray(consumed), limit - length, window.contents);
      window.append(buffer);
      output.push(buffer);
      length += buffer.length;
      consumed += engine.bytesWritten;
      if (consumed >= payloadLength) return Buffer.concat(output, length);
    }
    return InflateFailures.TooManyFinalBlocks;
  }

  #inflateOneShot(input: Buffer, limit: number, history: Buffer): OneShotResult {
    return inflateRawSync(input, {
      windowBits: this.#windowBits,
      dictionary: history.length === 0 ? undefined : history,
      chunkSize: Math.min(Math.max(input.length * EXPECTED_RATIO, MIN_CHUNK_SIZE), MAX_CHUNK_SIZE),
      // zlib wants at least 1, so where nothing more may come a byte can: `#inflateAtOnce` judges the whole length.
      maxOutputLength: Math.max(limit, 1),
      info: true,
    }) as unknown as OneShotResult;
  }
}
