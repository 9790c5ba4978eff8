// The sending half of an open WebSocket: turns what the application hands over into what the endpoint takes, answers
// whether to go on, and keeps the promises of 'drain' and sendWithBackpressure().
import { Buffer } from 'node:buffer';
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { isWholeUtf8 } from '../bytes/index.ts';
import type { Compression, SendCallback } from '../connection/index.ts';
import { Opcode } from '../frame/index.ts';
import { PreparedMessage } from '../message/index.ts';
import type { SendingEnd } from './borrower.ts';
import * as diagnostics from './diagnostics.ts';
import { isBlob, type Sendable, toPayload } from './payload.ts';
import { forward, type Payload, Pressure } from './pressure.ts';
import { notOpen, ReadyState } from './ready-state.ts';
import { SendWaiters } from './send-waiters.ts';
import type { EndpointSettings } from './settings.ts';
import { notUtf8, TextParts } from './text-parts.ts';

/** What an open WebSocket is made of. */
export interface Establishment {
  readonly socket: Duplex;
  /** Bytes that came behind the opening handshake. */
  readonly head: Buffer;
  readonly settings: EndpointSettings;
  readonly compression: Compression | undefined;
  /** The agreed subprotocol, or the empty string. */
  readonly protocol: string;
  /** The names of the agreed extensions, or the empty string. */
  readonly extensions: string;
}

/** Options of one message. */
export interface SendOptions {
  /** Binary or text. Default: text for strings and numbers, binary for the rest. */
  binary?: boolean | undefined;
  /** Whether to compress, where permessage-deflate was agreed and the message is long enough. Default `true`. */
  compress?: boolean | undefined;
  /** `false`: more of this message follows with the next call. Default `true`. */
  fin?: boolean | undefined;
  /** Accepted for the sake of `ws` and without effect: RFC 6455 §5.1 decides who masks. */
  mask?: boolean | undefined;
  /** With `slowConsumer: 'conflate'`: of waiting messages with one key, only the newest is sent. */
  key?: string | undefined;
}

/** The sending half of one connection at a time. */
export class Sender {
  #websocket: EventEmitter;
  #endpoint: SendingEnd;
  #pressure: Pressure | undefined = undefined;
  #waiters: SendWaiters | undefined = undefined;
  /** An answer of `false` was given: 'drain' must follow. */
  #owesDrain = false;
  /** The last part sent was not the end of its message. */
  #inMessage = false;
  /** What was sent of a message in parts, where it is text. */
  #text: TextParts | undefined = undefined;

  constructor(websocket: EventEmitter, endpoint: SendingEnd) {
    this.#websocket = websocket;
    this.#endpoint = endpoint;
  }

  /** Whether nothing waits, nobody is owed an answer, and no message is under way in parts: then it may {@link serve}. */
  get atRest(): boolean {
    const isUnasked = !this.#owesDrain && (this.#waiters === undefined || this.#waiters.isEmpty);
    return isUnasked && this.#pressure === undefined && !this.#inMessage;
  }

  /** Sends for another endpoint from now on. Only {@link atRest}. */
  serve(websocket: EventEmitter, endpoint: SendingEnd): void {
    this.#websocket = websocket;
    this.#endpoint = endpoint;
    this.#text = undefined;
  }

  /** Bytes that the kernel has not taken. */
  get bufferedAmount(): number {
    const waiting = this.#pressure === undefined ? 0 : this.#pressure.size;
    return waiting + this.#endpoint.bufferedAmount;
  }

  /** Sends a message. Returns `false` when the application should wait for `'drain'`. */
  send(data: Sendable, options: SendOptions, callback: SendCallback | undefined): boolean {
    if (this.#transmitMessage(data, options, callback)) return true;
    this.#owesDrain = true;
    return false;
  }

  /** The same for a message that was judged and framed before. */
  sendPrepared(message: PreparedMessage, options: SendOptions, callback: SendCallback | undefined): boolean {
    if (this.#transmitPrepared(message, options, callback)) return true;
    this.#owesDrain = true;
    return false;
  }

  /** Sends a message as soon as there is room, in the order of the calls. */
  sendWhenRoom(data: Sendable | PreparedMessage, options: SendOptions): Promise<void> {
    if ((this.#waiters === undefined || this.#waiters.isEmpty) && this.#hasRoom()) {
      try {
        this.#transmit(data, options, undefined);
        return Promise.resolve();
      } catch (error) {
        return Promise.reject(error as Error);
      }
    }
    this.#waiters ??= new SendWaiters();
    this.#endpoint.wantDrain();
    return this.#waiters.wait(() => void this.#transmit(data, options, undefined));
  }

  /** Sends a Ping or Pong. Above `maxBufferedAmount` it is treated as a message would be: nothing waits without bound. */
  control(kind: 'ping' | 'pong', data: Buffer, callback: SendCallback | undefined): void {
    if (this.#endpoint.bufferedAmount > this.#endpoint.settings.maxBufferedAmount) {
      const pressure = this.#pressure ?? new Pressure(this.#websocket, this.#endpoint, this.#endpoint.settings);
      if (!pressure.admitsControl(callback)) return;
    }
    this.#endpoint[kind](data, callback);
  }

  /** Sends a Close frame behind everything that {@link send} has accepted. */
  close(body: Buffer): void {
    if (!this.#endpoint.closing) this.#pressure?.forwardAll();
    this.#endpoint.close(body);
  }

  /** Returns whether there is room for more; if not, {@link onDrain} will be called. */
  #transmit(data: Sendable | PreparedMessage, options: SendOptions, callback: SendCallback | undefined): boolean {
    if (data instanceof PreparedMessage) return this.#transmitPrepared(data, options, callback);
    return this.#transmitMessage(data, options, callback);
  }

  #transmitMessage(data: Sendable, options: SendOptions, callback: SendCallback | undefined): boolean {
    // The commonest first: each of these questions costs a walk along the prototypes of a Buffer.
    const isReady = typeof data === 'string' || Buffer.isBuffer(data);
    const compress = options.compress !== false;
    const fin = options.fin !== false;
    const isBinary = options.binary ?? isBinaryByDefault(data);
    const payload = isReady || isBlob(data) ? data : toPayload(data);
    this.#checkText(payload, isBinary, fin);
    if (diagnostics.messageOut.hasSubscribers) {
      diagnostics.messageOut.publish({ websocket: this.#websocket, data, isBinary });
    }
    const done = !isReady && isBlob(data) ? this.#afterBlob(callback) : callback;
    let isAccepted = true;
    if (this.#pressure === undefined && isReady) {
      this.#endpoint.send(data, isBinary, fin, compress, done);
    } else if (this.#pressure === undefined) {
      forward(this.#endpoint, payload, isBinary, fin, compress, done);
    } else {
      const isWhole = fin && !this.#inMessage;
      const { key } = options;
      isAccepted = this.#pressure.send({ data: payload, isBinary, fin, isWhole, compress, key, callback: done });
    }
    this.#inMessage = !fin;
    return this.#goesOn(isAccepted);
  }

  /** A prepared message is whole, and nothing is left to look at. */
  #transmitPrepared(data: PreparedMessage, options: SendOptions, callback: SendCallback | undefined): boolean {
    const compress = options.compress !== false;
    const isBinary = data.opcode === Opcode.Binary;
    if (diagnostics.messageOut.hasSubscribers) {
      diagnostics.messageOut.publish({ websocket: this.#websocket, data, isBinary });
    }
    if (this.#pressure === undefined) {
      this.#endpoint.sendPrepared(data, compress, callback);
      return this.#goesOn(true);
    }
    const { key } = options;
    return this.#goesOn(this.#pressure.send({ data, isBinary, fin: true, isWhole: true, compress, key, callback }));
  }

  /** Whether there is room for more, when a message has been sent or refused. */
  #goesOn(isAccepted: boolean): boolean {
    if (isAccepted && this.#hasRoom()) return true;
    // From here until everything has been taken, sending goes through the policy of `slowConsumer`.
    this.#pressure ??= new Pressure(this.#websocket, this.#endpoint, this.#endpoint.settings);
    this.#endpoint.wantDrain();
    return false;
  }

  /**
   * RFC 6455 §5.6(a): the text that we send is UTF-8 too. Strings become that anyhow; bytes are looked at once, which is
   * measured in docs/performance.md.
   *
   * @throws TypeError when it is not.
   */
  #checkText(payload: Exclude<Payload, PreparedMessage>, isBinary: boolean, fin: boolean): void {
    if (!fin || this.#inMessage) this.#checkPart(payload, isBinary, fin);
    else if (!isBinary && Buffer.isBuffer(payload) && this.#endpoint.settings.validateText && !isWholeUtf8(payload)) {
      throw notUtf8('a text message');
    }
  }

  #checkPart(payload: Exclude<Payload, PreparedMessage>, isBinary: boolean, fin: boolean): void {
    // RFC 6455 §5.4(k): the first part says what the message is.
    if (!this.#inMessage) this.#text = isBinary || !this.#endpoint.settings.validateText ? undefined : new TextParts();
    this.#text?.take(payload, fin);
  }

  /** The kernel has taken everything. */
  onDrain(): void {
    // RFC 6455 §5.5.1: behind a Close frame, ours or the peer's, no data follows. Who still waits is told by abandon().
    if (this.#endpoint.closing) return;
    if (this.#pressure !== undefined) {
      if (!this.#pressure.release()) return;
      this.#pressure = undefined;
    }
    const waiters = this.#waiters;
    if (waiters !== undefined && !waiters.isEmpty) {
      waiters.release(() => !this.#endpoint.closing && this.#hasRoom());
      if (!waiters.isEmpty) this.#endpoint.wantDrain();
    }
    // Those who waited first may have taken all the room there was: then the next time.
    if (!this.#owesDrain || !this.#hasRoom()) return;
    this.#owesDrain = false;
    this.#websocket.emit('drain');
  }

  /** Whether everything has been taken, asked where nobody may have told. */
  checkDrain(): void {
    if (this.bufferedAmount === 0) this.onDrain();
  }

  /** A Blob that cannot be read was counted and is never written: then nothing tells that the last bytes have left. */
  #afterBlob(callback: SendCallback | undefined): SendCallback {
    const endpoint = this.#endpoint;
    return (error) => {
      // By then this object may serve another one.
      if (error) queueMicrotask(() => endpoint.checkDrain());
      callback?.(error);
    };
  }

  /** The connection is over: those who wait are told so. */
  abandon(): void {
    // An Error is made only for somebody: its stack takes more time than the rest of a clean end.
    if (this.#waiters === undefined && this.#pressure === undefined) return;
    const error = notOpen(ReadyState.CLOSED);
    this.#waiters?.abandon(error);
    this.#pressure?.abandon(error);
  }

  #hasRoom(): boolean {
    return this.bufferedAmount <= this.#endpoint.settings.highWaterMark;
  }
}

function isBinaryByDefault(data: Sendable): boolean {
  return typeof data !== 'string' && typeof data !== 'number';
}
