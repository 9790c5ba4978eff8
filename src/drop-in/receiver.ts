// The `Receiver` export of `ws`: a Writable that takes the bytes of a connection and emits what is in them. RFC 6455 §5,
// RFC 7692 §6 by the floors below; a WebSocket never makes one of these.
// Never answers a Ping or a Close: whoever listens does.
import { Writable } from 'node:stream';
import { type Excerpt, excerptOf } from '../bytes/index.ts';
import { indexOfViolation } from '../frame/close-body.ts';
import {
  closeCodeOf,
  closeReasonOf,
  FrameParser,
  Opcode,
  type Violation,
  violationOfCloseBody,
} from '../frame/index.ts';
import { Assembler, type MessageSink } from '../message/index.ts';
import { amount, type BinaryType, ProtocolError } from '../websocket/index.ts';
import { asBinaryType, isBinaryType } from '../websocket/payload.ts';
import { type NegotiatedExtensions, permessageDeflateOf } from './extensions.ts';
import { inflationOf } from './permessage-deflate.ts';

/** The options of {@link Receiver}. */
export interface ReceiverOptions {
  /** Whether several events may be emitted in one turn of the event loop. Default `true`. */
  readonly allowSynchronousEvents?: boolean | undefined;
  /** What listeners get for binary messages. Default `'nodebuffer'`. */
  readonly binaryType?: BinaryType | undefined;
  /** What was agreed, by name: see {@link PerMessageDeflate}. */
  readonly extensions?: NegotiatedExtensions | undefined;
  /** Whether the bytes come from a client, and so are masked (RFC 6455 §5.1). Default `false`. */
  readonly isServer?: boolean | undefined;
  /** Accepted for the sake of `ws` and without effect: incoming pieces are never kept one by one. */
  readonly maxBufferedChunks?: number | undefined;
  /** The most fragments of one message. Default 0: no limit. */
  readonly maxFragments?: number | undefined;
  /** The longest message in bytes, also after inflation. Default 0: no limit. */
  readonly maxPayload?: number | undefined;
  /** Whether text is delivered unchecked. Default `false`. */
  readonly skipUTF8Validation?: boolean | undefined;
}

type WriteCallback = (error?: Error | null) => void;

const UNLIMITED = Number.POSITIVE_INFINITY;

/**
 * Reads the frames of one direction of one connection.
 *
 * Events: `message (data, isBinary)`, `ping (data)`, `pong (data)`, `conclude (code, reason)` for a Close frame, behind
 * which nothing is read, and `error (error)` for a peer that broke a rule: a `ProtocolError`.
 */
export class Receiver extends Writable {
  readonly #assembler: Assembler;
  readonly #parser: FrameParser;
  readonly #binaryType: BinaryType;
  readonly #oneAtATime: boolean;
  /** What the stream is told when the chunk under way has been read. */
  #callback: WriteCallback | undefined = undefined;
  /** The part of that chunk that was not read yet. */
  #rest: Buffer | undefined = undefined;
  #nextTurn: NodeJS.Immediate | undefined = undefined;
  /** The loop of {@link #read} is running. */
  #reading = false;
  #concluded = false;
  #failure: ProtocolError | undefined = undefined;

  /** @throws TypeError or RangeError naming the option that is not what it must be. */
  constructor(options: ReceiverOptions = {}) {
    super();
    const extension = permessageDeflateOf(options.extensions);
    const inflation = extension === undefined ? undefined : inflationOf(extension);
    const maxPayload = amount('maxPayload', options.maxPayload, 0) || UNLIMITED;
    const isServer = options.isServer === true;
    const limits = {
      isServer,
      maxPayload: Math.min(maxPayload, inflation?.maxPayload ?? UNLIMITED),
      maxFragments: amount('maxFragments', options.maxFragments, 0) || UNLIMITED,
      validateText: options.skipUTF8Validation !== true,
    };
    this.#assembler = new Assembler(this.#sink(), limits, inflation?.inflater);
    this.#parser = new FrameParser(this.#assembler, {
      masked: isServer,
      rsv1: inflation !== undefined,
    });
    this.#binaryType = isBinaryType(options.binaryType) ? options.binaryType : 'nodebuffer';
    this.#oneAtATime = options.allowSynchronousEvents === false;
  }

  /** The next bytes: they are changed in place where they are masked. */
  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: WriteCallback): void {
    this.#callback = callback;
    this.#rest = chunk;
    this.#read();
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    clearImmediate(this.#nextTurn);
    this.#rest = undefined;
    this.#parser.discard();
    this.#assembler.close();
    callback(error);
  }

  #read(): void {
    this.#reading = true;
    try {
      while (this.#rest !== undefined && !this.#waits) {
        const chunk = this.#rest;
        this.#rest = undefined;
        const next = this.#parser.push(chunk);
        if (next < chunk.length && !this.#over) this.#rest = chunk.subarray(next);
      }
    } finally {
      // A listener may throw: that is the application's business, as it is in `ws`.
      this.#reading = false;
    }
    if (!this.#waits) this.#answer();
  }

  /** Whether the next byte may not be read yet. */
  get #waits(): boolean {
    return this.#assembler.inflating || this.#nextTurn !== undefined;
  }

  /** The chunk has been read, or need not be. */
  #answer(): void {
    const callback = this.#callback;
    this.#callback = undefined;
    callback?.(this.#failure);
    if (this.#concluded) this.end();
  }

  get #over(): boolean {
    return this.#concluded || this.#failure !== undefined || this.destroyed;
  }

  // ---- what the assembler tells

  /** An object of its own, so that nobody can call these on the stream. */
  #sink(): MessageSink {
    return {
      onMessage: (opcode, data) => this.#onMessage(opcode === Opcode.Binary, data),
      onControl: (opcode, data, index) => this.#onControl(opcode, data, index),
      onViolation: (violation, index, excerpt) => this.#onViolation(violation, index, excerpt),
      onInflationEnd: () => this.#read(),
    };
  }

  #onMessage(isBinary: boolean, data: Buffer): boolean {
    this.emit('message', isBinary ? asBinaryType(data, this.#binaryType) : data, isBinary);
    return this.#goOn();
  }

  #onControl(opcode: number, data: Buffer, index: number): boolean {
    if (opcode === Opcode.Close) return this.#conclude(data, index);
    this.emit(opcode === Opcode.Ping ? 'ping' : 'pong', data);
    return this.#goOn();
  }

  #onViolation(violation: Violation, index: number, excerpt?: Excerpt): void {
    const shown = excerpt ?? this.#parser.excerpt(index);
    this.#failure = new ProtocolError(violation, this.#parser.offsetOf(index), shown);
    this.#parser.discard();
    // Of a message that took its time to inflate: nobody else goes on.
    if (!this.#reading) this.#read();
  }

  #conclude(body: Buffer, index: number): false {
    const violation = violationOfCloseBody(body);
    if (violation !== undefined) {
      const at = indexOfViolation(body, violation);
      this.#onViolation(violation, index + at, index < 0 ? excerptOf('frames', body, at) : undefined);
      return false;
    }
    this.#concluded = true;
    this.#parser.discard();
    this.emit('conclude', closeCodeOf(body), closeReasonOf(body));
    return false;
  }

  #goOn(): boolean {
    if (!this.#oneAtATime || this.#over) return !this.#over;
    this.#nextTurn = setImmediate(() => {
      this.#nextTurn = undefined;
      this.#read();
    });
    return false;
  }
}
