// The `Sender` export of `ws`: messages to frames on a socket, and one frame to bytes for whoever sends it by himself.
// RFC 6455 §5.2, §5.5, RFC 7692 §6 by the floors below; a WebSocket never makes one of these.
// Never changes the bytes it is given, masked or not.
import type { Duplex } from 'node:stream';
import { maskingKeysBy, nextMaskingKey } from '../client/masking.ts';
import type { SendCallback } from '../connection/index.ts';
import { Outbound, type OutboundOptions } from '../connection/outbound.ts';
import type { Deflater } from '../deflate/index.ts';
import {
  closeBody,
  frameHeaderLength,
  MAX_CONTROL_PAYLOAD,
  mask as maskPayload,
  Opcode,
  UNMASKED,
  writeFrameHeader,
} from '../frame/index.ts';
import { Outbox, type OutboxOwner } from '../transport/index.ts';
import { type Sendable, toBytes } from '../websocket/index.ts';
import { isBlob, readerOf, toPayload } from '../websocket/payload.ts';
import { type NegotiatedExtensions, permessageDeflateOf } from './extensions.ts';
import { compressionOf } from './permessage-deflate.ts';

/** Options of {@link Sender.frame}. */
export interface FrameOptions {
  readonly opcode: number;
  /** Whether the message ends with this frame. Default `false`. */
  readonly fin?: boolean | undefined;
  /** Whether the payload is compressed (RFC 7692 §6.1). Default `false`. */
  readonly rsv1?: boolean | undefined;
  /** Whether to mask, as clients do (RFC 6455 §5.3). Default `false`. */
  readonly mask?: boolean | undefined;
  /** Fills four bytes with a masking key. Default: one that nobody can predict. */
  readonly generateMask?: ((mask: Buffer) => void) | undefined;
  /** Accepted for the sake of `ws` and without effect: the data is never changed. */
  readonly readOnly?: boolean | undefined;
  /** As {@link readOnly}. */
  readonly maskBuffer?: Buffer | undefined;
}

/** Options of {@link Sender.send}. */
export interface SenderSendOptions {
  /** Binary or text. Default `false`: text. */
  readonly binary?: boolean | undefined;
  /** Whether to compress, where permessage-deflate was agreed. Parts of messages never are. Default `false`. */
  readonly compress?: boolean | undefined;
  /** Whether the message ends here. Default `false`. */
  readonly fin?: boolean | undefined;
  /** Whether to mask. A connection does so always or never (RFC 6455 §5.1). Default `false`. */
  readonly mask?: boolean | undefined;
}

const HIGHEST_OPCODE = 0xf;
/** Without permessage-deflate nothing is compressed, however long. */
const NEVER = Number.POSITIVE_INFINITY;

/** Nobody is told about pressure: as in `ws`, whoever wants to know looks at the socket. */
const NOBODY: OutboxOwner = { onWaiting() {}, onBlocked() {}, onUnblocked() {}, onDrain() {} };

class SocketOutbound extends Outbound {
  readonly #socket: Duplex;

  constructor(socket: Duplex, outbox: Outbox, options: OutboundOptions, deflater: Deflater | undefined) {
    super(outbox, options, deflater);
    this.#socket = socket;
  }

  /** Nobody here can say Close, and the rest of that message must not follow. */
  sendBroken(): void {
    this.#socket.destroy();
  }
}

/** Frames messages onto one socket. */
export class Sender {
  readonly #socket: Duplex;
  readonly #outbox: Outbox;
  readonly #outbound: Outbound;
  #masked = false;

  /**
   * @param socket anything that can be written to.
   * @param extensions what was agreed, by name: see {@link PerMessageDeflate}.
   * @param generateMask fills four bytes with a masking key. Default: one that nobody can predict.
   */
  constructor(socket: Duplex, extensions?: NegotiatedExtensions, generateMask?: (mask: Buffer) => void) {
    const extension = permessageDeflateOf(extensions);
    const compression = extension === undefined ? undefined : compressionOf(extension);
    const nextKey = generateMask === undefined ? nextMaskingKey : maskingKeysBy(generateMask);
    this.#socket = socket;
    this.#outbox = new Outbox(socket, NOBODY, true);
    this.#outbound = new SocketOutbound(
      socket,
      this.#outbox,
      { nextMaskingKey: () => (this.#masked ? nextKey() : UNMASKED), threshold: compression?.threshold ?? NEVER },
      compression?.deflater,
    );
    socket.on('drain', () => this.#outbox.onSocketDrain());
    socket.once('close', () => this.#release());
  }

  /**
   * Makes the bytes of one frame.
   *
   * @returns buffers to be written one behind the other; the last may be `data` itself.
   * @throws RangeError when there is no such opcode.
   */
  static frame(data: string | NodeJS.ArrayBufferView, options: FrameOptions): Buffer[] {
    const { opcode, fin = false, rsv1 = false, mask = false, generateMask } = options;
    if (!Number.isInteger(opcode) || opcode < 0 || opcode > HIGHEST_OPCODE) {
      throw new RangeError(`an opcode is an integer from 0 to ${HIGHEST_OPCODE}, got ${String(opcode)}`);
    }
    const payload = toBytes(data);
    const headerLength = frameHeaderLength(payload.length, mask);
    const frame = Buffer.alloc(mask ? headerLength + payload.length : headerLength);
    const key = mask ? (generateMask === undefined ? nextMaskingKey() : maskingKeysBy(generateMask)()) : UNMASKED;
    writeFrameHeader(frame, 0, opcode, fin, rsv1, payload.length, key);
    if (!mask) return payload.length === 0 ? [frame] : [frame, payload];
    frame.set(payload, headerLength);
    maskPayload(frame, headerLength, frame.length, key);
    return [frame];
  }

  /**
   * Sends a message, or with `fin: false` a part of one.
   *
   * @throws TypeError when `data` cannot be sent.
   */
  send(data: Sendable, options: SenderSendOptions, callback?: SendCallback): void {
    if (this.#isTooLate(callback)) return;
    this.#masked = options.mask === true;
    const binary = options.binary === true;
    const fin = options.fin === true;
    if (isBlob(data)) this.#outbound.sendDeferred(data.size, readerOf(data), binary, fin, callback);
    else this.#outbound.send(toPayload(data), binary, fin, options.compress === true, callback);
    this.#outbox.flush();
  }

  /**
   * Sends a Ping (RFC 6455 §5.5.2). It may overtake messages that are still being compressed (§5.4).
   *
   * @throws RangeError when `data` has more than 125 bytes.
   */
  ping(data: Sendable, mask = false, callback?: SendCallback): void {
    this.#control(Opcode.Ping, data, mask, callback);
  }

  /** Sends a Pong (RFC 6455 §5.5.3). As {@link ping}. */
  pong(data: Sendable, mask = false, callback?: SendCallback): void {
    this.#control(Opcode.Pong, data, mask, callback);
  }

  /**
   * Sends a Close frame (RFC 6455 §5.5.1) behind everything that was sent before.
   *
   * @throws TypeError when the code may not be sent, RangeError when the reason is too long.
   */
  close(code?: number, reason?: string | NodeJS.ArrayBufferView, mask = false, callback?: SendCallback): void {
    const body = closeBody(code, reason);
    if (this.#isTooLate(callback)) return;
    this.#masked = mask;
    this.#outbound.afterQueue(() => this.#outbound.control(Opcode.Close, body, callback));
    this.#outbox.flush();
  }

  #control(opcode: number, data: Sendable, mask: boolean, callback: SendCallback | undefined): void {
    // What the caller got wrong is thrown now, also when the bytes of a Blob come later.
    const bytes = isBlob(data) ? data : toBytes(data);
    if ((isBlob(bytes) ? bytes.size : bytes.length) > MAX_CONTROL_PAYLOAD) {
      throw new RangeError(`a control frame carries at most ${MAX_CONTROL_PAYLOAD} bytes (RFC 6455 §5.5)`);
    }
    if (isBlob(bytes)) {
      readerOf(bytes)((error, read) => {
        if (error === null) this.#control(opcode, read, mask, callback);
        else callback?.(error);
      });
      return;
    }
    if (this.#isTooLate(callback)) return;
    this.#masked = mask;
    this.#outbound.control(opcode, bytes, callback);
    this.#outbox.flush();
  }

  #isTooLate(callback: SendCallback | undefined): boolean {
    if (!this.#socket.destroyed) return false;
    if (callback !== undefined) process.nextTick(callback, closed());
    return true;
  }

  #release(): void {
    const error = closed();
    this.#outbound.release(error);
    this.#outbox.close(error);
  }
}

function closed(): Error {
  return new Error('the socket was closed before the data was sent');
}
