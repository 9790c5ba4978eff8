// One WebSocket as an application holds it, either role: the class of `ws` 8 and of the WHATWG API in one, with an answer
// from send(). Holds no protocol: what RFC 6455 says happens in the endpoint below.
import { Buffer } from 'node:buffer';
import type { SendCallback } from '../connection/index.ts';
import { CloseCode, closeBody, MAX_CONTROL_PAYLOAD } from '../frame/index.ts';
import { PreparedMessage } from '../message/index.ts';
import * as diagnostics from './diagnostics.ts';
import { type Dialing, dial } from './dialer.ts';
import { Endpoint, type EndpointListener } from './endpoint.ts';
import { markCleanlyClosed, WebSocketEventTarget } from './event-target.ts';
import { type Message, MessageIterator } from './message-iterator.ts';
import { asBinaryType, type BinaryType, isBinaryType, isBlob, readerOf, type Sendable, toBytes } from './payload.ts';
import { notOpen, ReadyState } from './ready-state.ts';
import type { Establishment, SendOptions } from './sender.ts';

const NO_REASON = Buffer.alloc(0);
const NO_OPTIONS: SendOptions = Object.freeze({});

/** Opens `websocket` over a socket whose opening handshake is done. */
export let establish: (websocket: WebSocket, establishment: Establishment) => void;
/** What an open WebSocket stands on; `undefined` before it was open. */
export let endpointOf: (websocket: WebSocket) => Endpoint | undefined;
/** Ends a WebSocket whose opening handshake failed, in a later turn. */
export let failOpening: (websocket: WebSocket, error: Error, ourFault: boolean) => void;

/** What a WebSocket still knows when it has let go of its connection. */
interface Remains {
  /** Bytes that were given to send() too late, or never taken; they count in `bufferedAmount`, as the WHATWG API wants. */
  lateBytes: number;
  readonly rtt: number | undefined;
}

/**
 * A WebSocket.
 *
 * Events: `open`, `message (data, isBinary)`, `ping (data)`, `pong (data)`, `drain`, `dropped (data, isBinary)`,
 * `error (error)`, `close (code, reason)`; on a client also `upgrade`, `redirect` and `unexpected-response`.
 *
 * An `error` that a peer causes is emitted only where somebody listens: a peer cannot bring a process down.
 */
export class WebSocket extends WebSocketEventTarget {
  static readonly CONNECTING = ReadyState.CONNECTING;
  static readonly OPEN = ReadyState.OPEN;
  static readonly CLOSING = ReadyState.CLOSING;
  static readonly CLOSED = ReadyState.CLOSED;
  // On every instance too, as the WHATWG API has it; defined on the prototype below.
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  #endpoint: Endpoint | undefined = undefined;
  #dialing: Dialing | undefined = undefined;
  #state: ReadyState = ReadyState.CONNECTING;
  #paused = false;
  #binaryType: BinaryType = 'nodebuffer';
  #protocol = '';
  #extensions = '';
  #url = '';
  /** Made when the first of it is to be remembered: an open connection has none. */
  #remains: Remains | undefined = undefined;

  static {
    establish = (websocket, establishment) => websocket.#establish(establishment);
    endpointOf = (websocket) => websocket.#endpoint;
    failOpening = (websocket, error, ourFault) => websocket.#failOpening(error, ourFault);
  }

  /**
   * Opens a connection to `address`.
   *
   * @param address a `ws:`, `wss:`, `http:`, `https:` or `ws+unix:` URL; `null` for one that a server establishes.
   * @param protocols the subprotocols to offer, in order of preference.
   * @param options see `ClientOptions`.
   * @throws SyntaxError when the URL or a subprotocol is not valid; TypeError and RangeError for wrong options.
   */
  constructor(address: string | URL | null, protocols?: string | readonly string[] | object, options?: object) {
    super();
    if (address === null) return;
    this.#url = String(address);
    this.#dialing = dial(this, address, protocols, options);
    this.#url = this.#dialing.url;
    // `finishRequest` may have closed it before there was anything to give up.
    if (this.readyState === ReadyState.CLOSING) this.#dialing.abort();
  }

  /** `CONNECTING`, `OPEN`, `CLOSING` or `CLOSED`. */
  get readyState(): ReadyState {
    if (this.#state === ReadyState.OPEN && (this.#endpoint as Endpoint).closing) return ReadyState.CLOSING;
    return this.#state;
  }

  /** The URL of a client, after redirects the last; the empty string on a server. */
  get url(): string {
    return this.#dialing?.url ?? this.#url;
  }

  /** The agreed subprotocol, or the empty string. */
  get protocol(): string {
    return this.#protocol;
  }

  /** The names of the agreed extensions, separated by commas. */
  get extensions(): string {
    return this.#extensions;
  }

  /** Every byte given to {@link send} that the kernel has not taken, framing included. */
  get bufferedAmount(): number {
    const late = this.#remains === undefined ? 0 : this.#remains.lateBytes;
    return this.#endpoint === undefined ? late : late + this.#endpoint.unsentBytes;
  }

  /** Milliseconds from the last Ping of the heartbeat to its Pong; `undefined` before the first. */
  get rtt(): number | undefined {
    return this.#endpoint === undefined ? this.#remains?.rtt : this.#endpoint.rtt;
  }

  /** Whether {@link pause} was called, and {@link resume} not since. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** What `message` listeners get for binary messages. Default `'nodebuffer'`; anything unknown is ignored. */
  get binaryType(): BinaryType {
    return this.#binaryType;
  }
  set binaryType(type: BinaryType) {
    if (isBinaryType(type)) this.#binaryType = type;
  }

  // ---- sending

  /**
   * Sends a message.
   *
   * @param data bytes must not change before they are taken: see `callback`.
   * @param callback called when the message has been taken by the kernel, or with the reason why it never will.
   * @returns `true`: go on. `false`: more than `highWaterMark` bytes wait, or the connection is not open any more. In
   *   the first case wait for `'drain'`, which comes exactly once.
   * @throws TypeError when `data` cannot be sent, Error when the connection is still being opened.
   */
  send(data: Sendable | PreparedMessage, options?: SendOptions | SendCallback, callback?: SendCallback): boolean {
    if (typeof options === 'function') return this.#send(data, NO_OPTIONS, options);
    return this.#send(data, options ?? NO_OPTIONS, callback);
  }

  #send(data: Sendable | PreparedMessage, options: SendOptions, callback: SendCallback | undefined): boolean {
    const endpoint = this.#endpoint;
    if (endpoint === undefined || endpoint.closing) return this.#sendTooLate(data, callback);
    // The commonest first, as in sender.ts.
    if (!Buffer.isBuffer(data) && data instanceof PreparedMessage) return endpoint.say(data, options, callback);
    return endpoint.sender.send(data, options, callback);
  }

  /**
   * Sends a message as soon as there is room, in the order of the calls.
   *
   * @returns a promise that resolves when the message has been accepted, and rejects when the connection closes before.
   * @throws Error when the connection is still being opened.
   */
  sendWithBackpressure(data: Sendable | PreparedMessage, options: SendOptions = NO_OPTIONS): Promise<void> {
    if (this.#state === ReadyState.CONNECTING) throw notOpen(ReadyState.CONNECTING);
    if (this.readyState !== ReadyState.OPEN) return Promise.reject(notOpen(this.readyState));
    return (this.#endpoint as Endpoint).sender.sendWhenRoom(data, options);
  }

  /**
   * Sends a Ping (RFC 6455 §5.5.2).
   *
   * @param data at most 125 bytes.
   * @param mask accepted for the sake of `ws` and without effect.
   * @throws RangeError when `data` is longer.
   */
  ping(data?: Sendable | SendCallback, mask?: boolean | SendCallback, callback?: SendCallback): void {
    this.#control('ping', data, mask, callback);
  }

  /** Sends a Pong nobody asked for, or the answer where `autoPong` is off (§5.5.3). As {@link ping}. */
  pong(data?: Sendable | SendCallback, mask?: boolean | SendCallback, callback?: SendCallback): void {
    this.#control('pong', data, mask, callback);
  }

  #control(
    kind: 'ping' | 'pong',
    data: Sendable | SendCallback | undefined,
    mask: boolean | SendCallback | undefined,
    callback: SendCallback | undefined,
  ): void {
    const done = typeof data === 'function' ? data : typeof mask === 'function' ? mask : callback;
    const given = typeof data === 'function' ? undefined : data;
    // What the caller got wrong is thrown now, also when the bytes of a Blob come later.
    const bytes = isBlob(given) ? given : toBytes(given);
    const size = isBlob(bytes) ? bytes.size : bytes.length;
    if (size > MAX_CONTROL_PAYLOAD) {
      throw new RangeError(`a ${kind} carries at most ${MAX_CONTROL_PAYLOAD} bytes, got ${size} (RFC 6455 §5.5)`);
    }
    if (this.#endpoint === undefined || this.#endpoint.closing) this.#sendTooLate(bytes, done);
    else if (!isBlob(bytes)) this.#endpoint.sender.control(kind, bytes, done);
    else readerOf(bytes)((error, read) => (error === null ? this.#control(kind, read, false, done) : done?.(error)));
  }

  /** The connection is not open: before is a mistake of the caller, afterwards is nobody's fault. */
  #sendTooLate(data: Sendable | PreparedMessage, callback: SendCallback | undefined): false {
    if (this.#state === ReadyState.CONNECTING) throw notOpen(ReadyState.CONNECTING);
    this.#remains ??= { lateBytes: 0, rtt: undefined };
    if (data instanceof PreparedMessage) this.#remains.lateBytes += data.payload.length;
    else this.#remains.lateBytes += isBlob(data) ? data.size : toBytes(data).length;
    if (callback !== undefined) process.nextTick(callback, notOpen(this.readyState));
    return false;
  }

  // ---- receiving

  /** No more messages until {@link resume}: the kernel stops reading, and TCP slows the peer down. */
  pause(): void {
    if (this.#endpoint === undefined || this.#state === ReadyState.CLOSED) return;
    this.#paused = true;
    this.#endpoint.pause();
  }

  resume(): void {
    if (this.#endpoint === undefined || this.#state === ReadyState.CLOSED) return;
    this.#paused = false;
    this.#endpoint.resume();
  }

  /** Messages one by one; a slow loop slows the peer down. Ends when the connection closes. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message, undefined> {
    return new MessageIterator(this);
  }

  // ---- closing

  /**
   * Starts the closing handshake (RFC 6455 §7.1.2).
   *
   * @param code 1000 to 1003, 1007 to 1014 or 3000 to 4999; none by default.
   * @param reason at most 123 bytes of UTF-8.
   * @throws TypeError when the code may not be sent, RangeError when the reason is too long.
   */
  close(code?: number, reason?: string | NodeJS.ArrayBufferView | ArrayBuffer): void {
    if (this.#endpoint === undefined) this.#giveUpDialing();
    // Behind the first Close nothing counts any more, and so nothing is judged.
    else if (this.readyState === ReadyState.OPEN) this.#endpoint.sender.close(closeBody(code, reason));
  }

  /** Ends the connection now, without a closing handshake. */
  terminate(): void {
    if (this.#endpoint === undefined) this.#giveUpDialing();
    else this.#endpoint.terminate();
  }

  /** An opening handshake under way ends; `error` and `close` come in a later turn. */
  #giveUpDialing(): void {
    if (this.#url === '' || this.#state !== ReadyState.CONNECTING) return;
    this.#state = ReadyState.CLOSING;
    this.#dialing?.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === ReadyState.CLOSED) return;
    const closed = new Promise<void>((resolve) => this.once('close', () => resolve()));
    this.close();
    await closed;
  }

  // ---- what the endpoint tells

  /** Not methods of the WebSocket itself, which a subclass could redefine without knowing. One listener serves all. */
  static readonly #LISTENER: EndpointListener = {
    onMessage(websocket: WebSocket, data: Buffer, isBinary: boolean): void {
      if (diagnostics.messageIn.hasSubscribers) diagnostics.messageIn.publish({ websocket, data, isBinary });
      const type = websocket.#binaryType;
      websocket.emit('message', isBinary && type !== 'nodebuffer' ? asBinaryType(data, type) : data, isBinary);
    },

    onPing(websocket: WebSocket, data: Buffer): void {
      websocket.emit('ping', data);
    },

    onPong(websocket: WebSocket, data: Buffer): void {
      websocket.emit('pong', data);
    },

    onError(websocket: WebSocket, error: Error): void {
      diagnostics.publishViolation({ websocket, error });
      if (websocket.listenerCount('error') > 0) websocket.emit('error', error);
    },

    onClosed(websocket: WebSocket, code: number, reason: Buffer, clean: boolean): void {
      if (clean) markCleanlyClosed(websocket);
      if (diagnostics.connectionClose.hasSubscribers) {
        diagnostics.connectionClose.publish({ websocket, code, reason });
      }
      websocket.#close(code, reason);
    },
  };

  // ---- the opening handshake

  #establish(establishment: Establishment): void {
    this.#protocol = establishment.protocol;
    this.#extensions = establishment.extensions;
    this.#url = this.url;
    this.#dialing = undefined;
    this.#endpoint = new Endpoint(WebSocket.#LISTENER, this, establishment);
    this.#state = ReadyState.OPEN;
    if (diagnostics.connectionOpen.hasSubscribers) diagnostics.connectionOpen.publish({ websocket: this });
    this.emit('open');
  }

  #failOpening(error: Error, ourFault: boolean): void {
    this.#state = ReadyState.CLOSING;
    try {
      if (ourFault || this.listenerCount('error') > 0) this.emit('error', error);
    } finally {
      this.#close(CloseCode.AbnormalClosure, NO_REASON);
    }
  }

  #close(code: number, reason: Buffer): void {
    const onClosed = this.#endpoint?.settings.onClosed;
    this.#state = ReadyState.CLOSED;
    this.#endpoint?.sender.abandon();
    // Whoever still holds the WebSocket, be it only a former table of `clients` that no collection has found yet, must not hold
    // the socket and all that belongs to it.
    this.#remains = { lateBytes: this.bufferedAmount, rtt: this.rtt };
    this.#endpoint = undefined;
    onClosed?.(this);
    this.emit('close', code, reason);
  }
}

for (const [name, value] of Object.entries(ReadyState)) {
  Object.defineProperty(WebSocket.prototype, name, { enumerable: true, value });
}
