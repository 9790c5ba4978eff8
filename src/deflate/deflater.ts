// RFC 7692 §7.2.1: the payload of a message becomes DEFLATE blocks, without the last four bytes of the last one.
// Without context takeover nothing is kept: a short message is compressed on the spot, in a window no larger than itself.
// With it, one zlib stream lives as long as the connection. Knows no frame, no RSV1 and no threshold.
import { constants, createDeflateRaw, type DeflateRaw, deflateRawSync, type ZlibOptions } from 'node:zlib';
import type { Job, JobQueue } from './job-queue.ts';
import { type DeflateSettings, deflateSettingsOf } from './options.ts';
import { assertWindowBits, MAX_WINDOW_BITS } from './parameters.ts';

/**
 * The longest message (bytes) compressed inside the call when there is no context takeover.
 * Measured at level 6 on JSON, Node 20 (CPU): 1 KiB 12 µs, 4 KiB 27 µs, 16 KiB 90 µs, 64 KiB 515 µs inside the call;
 * 60 to 140 µs more for a stream of its own and the way through the thread pool. At 16 KiB the two are even.
 */
export const DEFLATE_AT_ONCE_LIMIT = 16 * 1024;

/** `00 00 ff ff`: the four bytes that close an empty block without compression: §7.2.1(a). */
const TAIL_LENGTH = 4;

/**
 * zlib cannot compress with raw windows of 2^8 bytes. With 2^9 it stays legal where 2^8 was agreed: it never reaches
 * back further than the window less 262 bytes, and 250 is below 256. A test proves it on every Node we support.
 */
const ZLIB_MIN_WINDOW_BITS = 9;

/** What zlib keeps free in its window (its MIN_LOOKAHEAD): a window reaches back its size less this (bytes). */
const ZLIB_LOOKAHEAD = 262;

/**
 * Output buffers have room for half of the message and these bytes: text and JSON of 1 KiB and more come out in one piece.
 * Every call leaves its buffer, and with it a part of Node's pool, to the next full collection of garbage.
 */
const EXPECTED_RATIO = 2;
const LEAST_CHUNK_SIZE = 64;

/** memLevel n hashes and buffers for 2^(n+7) bytes: what is right for a window of n+7 bits. */
const WINDOW_BITS_ABOVE_MEM_LEVEL = 7;

/** Where the compressed payload goes when it could not be had at once. */
export interface DeflateSink {
  /** The compressed payload. The buffer is the receiver's to keep and to write into. */
  onDeflated(data: Buffer): void;
  /** zlib failed, which means that memory ran out: this message cannot be sent. */
  onDeflateFailed(error: Error): void;
}

/** What a {@link Deflater} needs to know. */
export interface DeflaterOptions {
  /** The agreed window for this direction, 8 to 15. */
  readonly windowBits: number;
  /** Whether messages may refer to earlier ones. */
  readonly contextTakeover: boolean;
  /** zlib's `level`, `memLevel`, `strategy`, `chunkSize`; whatever else is in it is not used. */
  readonly zlibOptions?: ZlibOptions | undefined;
  /** The queue shared by all connections. */
  readonly jobs: JobQueue;
}

/** How to compress: the same for all connections that agreed to the same window, and then one object for all of them. */
class Manner {
  readonly windowBits: number;
  readonly settings: DeflateSettings;
  readonly key: string;
  /** One set of zlib options per size of message, indexed by the window bits the message needs. */
  readonly #optionsBySize: (ZlibOptions | undefined)[] = [];

  constructor(windowBits: number, settings: DeflateSettings) {
    this.windowBits = windowBits;
    this.settings = settings;
    const { level, memLevel, strategy } = settings;
    this.key = `${windowBits} ${level} ${memLevel} ${strategy}`;
  }

  /**
   * zlib options that fit a message of this length: a larger window or hash table would only be allocated and cleared.
   * A 1,088-byte message takes 11 µs of CPU with window 11, memLevel 4 and one buffer, 14 µs with zlib's own choice, and
   * by zlib's formula 16 KiB instead of 256 while it lasts. They are good until the next call.
   */
  optionsFor(length: number): ZlibOptions {
    const reach = Math.min(length, 1 << MAX_WINDOW_BITS) + ZLIB_LOOKAHEAD;
    const needed = Math.min(Math.max(32 - Math.clz32(reach - 1), ZLIB_MIN_WINDOW_BITS), MAX_WINDOW_BITS);
    let options = this.#optionsBySize[needed];
    if (options === undefined) {
      options = {
        ...this.settings,
        windowBits: Math.min(needed, this.windowBits), // §7.2.1(d)(g)(h), §7.2.2(f)
        memLevel: Math.min(
          needed - WINDOW_BITS_ABOVE_MEM_LEVEL,
          this.settings.memLevel ?? constants.Z_DEFAULT_MEMLEVEL,
        ),
        finishFlush: constants.Z_SYNC_FLUSH,
      };
      this.#optionsBySize[needed] = options;
    }
    options.chunkSize = LEAST_CHUNK_SIZE + Math.floor(length / EXPECTED_RATIO);
    return options;
  }
}

/** The manners of those who share a queue. There are few: an owner's settings, with a window of 9 to 15 bits. */
const manners = new WeakMap<JobQueue, Manner[]>();

/** @throws RangeError or TypeError when an option is out of range or of the wrong type. */
function mannerOf(options: DeflaterOptions): Manner {
  const windowBits = Math.max(options.windowBits, ZLIB_MIN_WINDOW_BITS);
  const settings = deflateSettingsOf(options.zlibOptions);
  let known = manners.get(options.jobs);
  if (known === undefined) {
    known = [];
    manners.set(options.jobs, known);
  }
  let manner = known.find((each) => each.windowBits === windowBits && isSame(each.settings, settings));
  if (manner === undefined) {
    manner = new Manner(windowBits, settings);
    known.push(manner);
  }
  return manner;
}

function isSame(one: DeflateSettings, other: DeflateSettings): boolean {
  const isSameWork = one.level === other.level && one.memLevel === other.memLevel && one.strategy === other.strategy;
  return isSameWork && one.chunkSize === other.chunkSize;
}

/** Compresses the messages of one direction of one connection, one at a time and in order. */
export class Deflater implements Job {
  readonly #manner: Manner;
  readonly #contextTakeover: boolean;
  readonly #jobs: JobQueue;
  #stream: DeflateRaw | undefined = undefined;
  #output: Buffer[] | undefined = undefined;
  #payload: Buffer | undefined = undefined;
  #sink: DeflateSink | undefined = undefined;
  #closed = false;

  /**
   * @param options - what was agreed and how to compress
   * @throws RangeError or TypeError when an option is out of range or of the wrong type
   */
  constructor(options: DeflaterOptions) {
    assertWindowBits('windowBits', options.windowBits);
    this.#manner = mannerOf(options);
    this.#contextTakeover = options.contextTakeover;
    this.#jobs = options.jobs;
  }

  /** Whether messages may refer to earlier ones: the same message is then never the same bytes twice. */
  get contextTakeover(): boolean {
    return this.#contextTakeover;
  }

  /** Two deflaters without context takeover and with the same key make the same bytes of the same message. */
  get key(): string {
    return this.#manner.key;
  }

  /**
   * Compresses one whole message.
   *
   * @param payload - the message. When the answer is `undefined` it must stay unchanged until the sink is called.
   * @param sink - told the outcome when it cannot be returned: exactly once, never inside this call, never after `close`
   * @returns the compressed payload, the caller's to keep and to write into; or `undefined`, the sink will be told
   * @throws TypeError when an earlier message was not answered yet, or after `close`
   * @throws the error of `node:zlib` when there is no memory even to begin; nothing is under way then
   */
  deflate(payload: Buffer, sink: DeflateSink): Buffer | undefined {
    if (this.#closed) throw new TypeError('this Deflater is closed');
    if (this.#sink !== undefined) throw new TypeError('a Deflater takes one message at a time');

    // §7.2.3.6(a): zlib flushes nothing out of nothing, so the header of an empty block is written by hand. A new buffer
    // each time, because a client masks it in place.
    if (payload.length === 0) return Buffer.from([0x00]);

    if (!this.#contextTakeover && payload.length <= DEFLATE_AT_ONCE_LIMIT) {
      try {
        const data = deflateRawSync(payload, this.#manner.optionsFor(payload.length));
        return data.subarray(0, data.length - TAIL_LENGTH);
      } catch {
        // No memory at this moment. Standing in line for the thread pool is the second try.
      }
    }
    this.#sink = sink;
    this.#payload = payload;
    if (this.#jobs.enter(this)) {
      try {
        this.#begin();
      } catch (error) {
        this.#forgetMessage();
        throw error;
      }
    }
    return undefined;
  }

  /** Gives everything back, also in the middle of a message, whose sink is then never called. May be called again. */
  close(): void {
    this.#closed = true;
    this.#closeStream();
    this.#forgetMessage();
  }

  /** For the queue: the turn has come while somebody else's job was ending. */
  start(): void {
    try {
      this.#begin();
    } catch (error) {
      this.#settle(error as Error);
    }
  }

  #begin(): void {
    const stream = this.#stream ?? this.#openStream();
    stream.write(this.#payload!);
    // §7.2.1(a), steps 1 and 2: a sync flush ends with an empty block without compression.
    stream.flush(constants.Z_SYNC_FLUSH, () => this.#onFlushed(stream));
  }

  #openStream(): DeflateRaw {
    const stream = createDeflateRaw({ ...this.#manner.settings, windowBits: this.#manner.windowBits });
    // Listening from the first moment: after an error zlib never calls the callback of flush.
    stream.on('error', (error) => this.#onError(stream, error));
    stream.on('data', (chunk: Buffer) => {
      this.#output ??= [];
      this.#output.push(chunk);
    });
    this.#stream = stream;
    return stream;
  }

  #onError(stream: DeflateRaw, error: Error): void {
    if (stream !== this.#stream) return;
    this.#closeStream();
    this.#settle(error);
  }

  #onFlushed(stream: DeflateRaw): void {
    // A stream that was closed in the middle of a flush still calls back.
    if (stream !== this.#stream) return;
    const output = this.#output as Buffer[];
    const data = output.length === 1 ? output[0]! : Buffer.concat(output);
    // §7.2.1(a), step 3.
    this.#settle(data.subarray(0, data.length - TAIL_LENGTH));
  }

  /** Every path that answers a message later comes through here; the first one wins. */
  #settle(result: Buffer | Error): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    if (!this.#contextTakeover) this.#closeStream(); // §7.2.1(e)(f)
    try {
      // Before the sink is called, which may throw, send the next message or close.
      this.#forgetMessage();
    } finally {
      // The next in line may have failed on the spot, and its sink thrown: that must not cost this message its answer.
      if (Buffer.isBuffer(result)) sink.onDeflated(result);
      else sink.onDeflateFailed(result);
    }
  }

  #forgetMessage(): void {
    this.#sink = undefined;
    this.#payload = undefined;
    this.#output = undefined;
    this.#jobs.leave(this);
  }

  #closeStream(): void {
    this.#stream?.close();
    this.#stream = undefined;
  }
}
