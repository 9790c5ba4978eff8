// Everything that one endpoint sends, in its order: RFC 6455 §5.4 (fragmentation), §5.5 (control frames), RFC 7692 §6
// (compressed messages). Frames into an Output; never decides whether something may be sent: the connection does.
import type { ByteSink } from '../bytes/index.ts';
import type { Deflater } from '../deflate/index.ts';
import { Opcode, UNMASKED, writeFrame, writeTextFrame } from '../frame/index.ts';
import { type PreparedMessage, writePrepared } from '../message/index.ts';
import { DeferredSend, DeflatedSend, DirectSend, PreparedSend, type ReadLater, type SendPath } from './queued-sends.ts';
import { abandonAll, type QueuedSend, SendQueue } from './send-queue.ts';

/** Called once when a message has left for the kernel, or with the reason why it never will. */
export type SendCallback = (error?: Error | null) => void;

/** Where a connection's bytes go. */
export interface Output extends ByteSink {
  /** Whether the kernel has stopped taking bytes. */
  readonly blocked: boolean;
  /** `callback` is called when everything committed so far has been taken. */
  afterWrite(callback: SendCallback): void;
}

/** How an endpoint frames what it sends. */
export interface OutboundOptions {
  /** Gives the masking keys of a client's frames (§5.3); `undefined` for a server, whose frames are not masked. */
  readonly nextMaskingKey: (() => number) | undefined;
  /** Bytes from which on a message is compressed, without context takeover. */
  readonly threshold: number;
}

/**
 * Frames for many connections that must wait are not copied from so many bytes on: a thousand slow readers of one room then
 * hold the same memory. Shorter ones cost more to be written one by one than they would save.
 */
const SHARE_FROM = 1_024;

/** UTF-8 needs at most three bytes for one unit of UTF-16. */
const MAX_BYTES_PER_UNIT = 3;

/** The sending half of a connection, which extends it. */
export abstract class Outbound implements SendPath {
  readonly #output: Output;
  protected options: OutboundOptions;
  #deflater: Deflater | undefined;
  /** A message of ours has begun with `fin: false` and not ended. */
  #fragmenting = false;
  #queue: SendQueue | undefined = undefined;
  /** Prepared messages that wait for the end of that one. */
  #held: QueuedSend[] | undefined = undefined;

  /**
   * @param deflater what compresses messages; `undefined` where permessage-deflate was not agreed.
   */
  constructor(output: Output, options: OutboundOptions, deflater: Deflater | undefined) {
    this.#output = output;
    this.options = options;
    this.#deflater = deflater;
  }

  /** Whether nothing waits, and no message of ours is under way. */
  protected get resting(): boolean {
    return !this.#fragmenting && this.#queue === undefined && this.#held === undefined;
  }

  /** Sends for another connection from now on. Only while {@link resting}. */
  protected sendFor(options: OutboundOptions, deflater: Deflater | undefined): void {
    this.options = options;
    this.#deflater = deflater;
  }

  /** Bytes of messages that wait to be framed, those apart that wait for the application to end a message in parts. */
  get queuedBytes(): number {
    return this.#queue === undefined ? 0 : this.#queue.size;
  }

  /** Whether nothing waits to be framed. */
  get idle(): boolean {
    return this.#queue === undefined || this.#queue.idle;
  }

  /** Whether {@link release} would tell somebody. */
  get awaited(): boolean {
    return !this.idle || this.#held !== undefined;
  }

  /** Whether the kernel has stopped taking bytes. */
  get blocked(): boolean {
    return this.#output.blocked;
  }

  /**
   * Frames a control frame now, in one frame and uncompressed: RFC 6455 §5.4(b), §5.5(b), RFC 7692 §6.1(c). The caller
   * has checked that `data` has at most 125 bytes (RFC 6455 §5.5(a)).
   */
  control(opcode: number, data: Buffer, callback?: SendCallback): void {
    writeFrame(this.#output, opcode, true, false, data, this.#nextKey());
    if (callback !== undefined) this.#output.afterWrite(callback);
  }

  /**
   * Sends a message, or with `fin: false` a part of one.
   *
   * @param data text, or bytes that must not change until they are taken.
   * @param compress whether to compress, if that was agreed and the message is long enough. Parts never are.
   */
  send(data: string | Buffer, isBinary: boolean, fin: boolean, compress: boolean, callback?: SendCallback): void {
    // RFC 6455 §5.4(k), §6.1(d): the first part says what the message is.
    const opcode = this.#fragmenting ? Opcode.Continuation : isBinary ? Opcode.Binary : Opcode.Text;
    const isWhole = fin && !this.#fragmenting;
    const deflater = deflaterFor(data, compress && isWhole, this.options, this.#deflater);
    if (deflater !== undefined) {
      const payload = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
      this.#enqueue(new DeflatedSend(this, deflater, opcode, payload, callback));
    } else if (!this.idle) {
      this.#enqueue(new DirectSend(this, opcode, data, fin, callback));
    } else {
      this.writeMessage(opcode, data, fin, callback);
    }
    this.#fragmenting = !fin;
    if (fin && this.#held !== undefined) this.#sendHeld(this.#held);
  }

  /**
   * Sends a prepared message. It is whole by nature: while a message of ours is under way in parts, it waits for the end
   * of that one (RFC 6455 §5.4(d): fragments of two messages do not mix).
   */
  sendPrepared(message: PreparedMessage, compress: boolean, callback?: SendCallback): void {
    if (this.idle && !this.#fragmenting) {
      const frame = sharedFrame(message, compress, this.options, this.#deflater);
      if (frame !== undefined) {
        this.writeWhole(frame, callback);
        return;
      }
    }
    const { opcode, payload } = message;
    const deflater = deflaterFor(payload, compress, this.options, this.#deflater);
    let item: QueuedSend;
    if (deflater === undefined) item = new DirectSend(this, opcode, payload, true, callback);
    else if (isOwn(this.options, deflater)) item = new DeflatedSend(this, deflater, opcode, payload, callback);
    else item = new PreparedSend(this, deflater, message, callback);
    if (this.#fragmenting) this.#hold(item);
    else this.#enqueue(item);
  }

  /**
   * Keeps a place in the order for a message whose bytes are still being read.
   *
   * @param size its length in bytes.
   * @param read called when its turn comes; calls `done` once.
   */
  sendDeferred(size: number, read: ReadLater, isBinary: boolean, fin: boolean, callback?: SendCallback): void {
    const opcode = this.#fragmenting ? Opcode.Continuation : isBinary ? Opcode.Binary : Opcode.Text;
    this.#enqueue(new DeferredSend(this, opcode, size, read, fin, callback));
    this.#fragmenting = !fin;
    if (fin && this.#held !== undefined) this.#sendHeld(this.#held);
  }

  #enqueue(item: QueuedSend): void {
    this.#queue ??= new SendQueue();
    this.#queue.push(item);
    this.#forgetQueue();
  }

  /** A queue in which nothing waits is not kept: most connections never need another. */
  #forgetQueue(): void {
    if (this.#queue?.idle) this.#queue = undefined;
  }

  #hold(item: QueuedSend): void {
    this.#held ??= [];
    this.#held.push(item);
  }

  #sendHeld(held: readonly QueuedSend[]): void {
    this.#held = undefined;
    for (const item of held) this.#enqueue(item);
  }

  /** `callback` runs when everything sent so far has been framed. */
  afterQueue(callback: () => void): void {
    if (this.idle) callback();
    else this.#enqueue(new Marker(callback));
  }

  /** RFC 6455 §5.1(a)(c), §5.5.1(c), §6.1(f): a client masks, a server does not. */
  #nextKey(): number {
    const next = this.options.nextMaskingKey;
    return next === undefined ? UNMASKED : next();
  }

  /** SendPath: frames one message or part now (RFC 6455 §6.1(c)(e)), uncompressed (RFC 7692 §6.1(b), §7.2.3.2(a)). */
  writeMessage(opcode: number, data: string | Buffer, fin: boolean, callback: SendCallback | undefined): void {
    if (typeof data === 'string') writeTextFrame(this.#output, opcode, fin, data, this.#nextKey());
    else writeFrame(this.#output, opcode, fin, false, data, this.#nextKey());
    if (callback !== undefined) this.#output.afterWrite(callback);
  }

  /** SendPath: frames one compressed message now (RFC 7692 §6.1(a)(e), §6(a): RSV1). */
  writeDeflated(opcode: number, payload: Buffer, callback: SendCallback | undefined): void {
    writeFrame(this.#output, opcode, true, true, payload, this.#nextKey());
    if (callback !== undefined) this.#output.afterWrite(callback);
  }

  /** SendPath: writes a frame made before. */
  writeWhole(frame: Buffer, callback: SendCallback | undefined): void {
    writePrepared(this.#output, frame, this.#output.blocked ? SHARE_FROM : 0);
    if (callback !== undefined) this.#output.afterWrite(callback);
  }

  /** SendPath: RFC 6455 §5.4(d): what follows that part would be another message. */
  abstract sendBroken(): void;

  /** SendPath: the item under way has left, or never will. */
  sendDone(): void {
    this.#queue?.advance();
    this.#forgetQueue();
  }

  /**
   * Nothing will be sent any more: gives everything back, and tells those who wait why. May be called again.
   *
   * @throws what a callback threw, the first of them, when all have been told.
   */
  release(error: Error): void {
    this.#deflater?.close();
    const waiting = this.#queue?.clear() ?? [];
    const held = this.#held ?? [];
    this.#queue = undefined;
    this.#held = undefined;
    abandonAll([...waiting, ...held], error);
  }
}

/** A place in the queue that sends nothing. */
class Marker implements QueuedSend {
  readonly size = 0;
  readonly #reached: () => void;

  constructor(reached: () => void) {
    this.#reached = reached;
  }

  start(): boolean {
    this.#reached();
    return true;
  }

  abandon(): void {}
}

/** What compresses `data`, if anything does: where it was agreed, is wanted, and pays. */
function deflaterFor(
  data: string | Buffer,
  compress: boolean,
  { threshold }: OutboundOptions,
  agreed: Deflater | undefined,
): Deflater | undefined {
  if (agreed === undefined || !compress) return undefined;
  // `ws` and we ask whether it pays only without context takeover, where nothing is learnt by it.
  if (agreed.contextTakeover || data.length >= threshold) return agreed;
  const mayBeLonger = typeof data === 'string' && data.length * MAX_BYTES_PER_UNIT >= threshold;
  return mayBeLonger && Buffer.byteLength(data, 'utf8') >= threshold ? agreed : undefined;
}

/**
 * Whether a frame is that of one connection alone: a client masks each with a key of its own (RFC 6455 §5.1), and with context
 * takeover the bytes depend on what this very connection has sent before.
 */
function isOwn({ nextMaskingKey }: OutboundOptions, deflater: Deflater | undefined): boolean {
  return nextMaskingKey !== undefined || deflater?.contextTakeover === true;
}

/**
 * The frame by which a prepared message is sent to everybody with the same parameters.
 *
 * @param agreed what compresses messages; `undefined` where permessage-deflate was not agreed.
 * @returns `undefined` when it {@link isOwn}, or nobody has compressed it yet.
 */
export function sharedFrame(
  message: PreparedMessage,
  compress: boolean,
  options: OutboundOptions,
  agreed: Deflater | undefined,
): Buffer | undefined {
  const deflater = deflaterFor(message.payload, compress, options, agreed);
  if (isOwn(options, deflater)) return undefined;
  return deflater === undefined ? message.frame : message.deflatedFrame(deflater.key);
}
