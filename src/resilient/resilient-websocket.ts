// A WebSocket that comes back, as an application holds it: the class of the WHATWG API, with answers from send(), rooms that are
// joined again where they were left, and publications that arrive once. Holds no state machine of its own: see reconnection.ts.
import { webSocketUrlOf } from './attempt.ts';
import { NORMAL, OVERFLOW } from './close-codes.ts';
import { Conversation } from './conversation.ts';
import { makeEvent, type ResilientWebSocketEventMap } from './events.ts';
import { type Message, messagesOf } from './message-iterator.ts';
import { type PerAttempt, type ResilientWebSocketOptions, readOptions, type Settings } from './options.ts';
import { RefusedError, sizeOf } from './outbox.ts';
import { Pace } from './pace.ts';
import { type ConnectionState, Reconnection } from './reconnection.ts';
import { SendQueue } from './send-queue.ts';
import type { Sendable } from './transport.ts';

const READY_STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;
const { OPEN, CLOSING, CLOSED } = READY_STATES;

const TYPES = ['open', 'message', 'close', 'error', 'reconnecting', 'gap', 'dropped', 'drain'] as const;

/** RFC 6455 §5.5: what is left of 125 bytes behind the code. */
const LONGEST_REASON = 123;

type Handler<Type extends keyof ResilientWebSocketEventMap> =
  | ((event: ResilientWebSocketEventMap[Type]) => void)
  | null;
type Listener<Type extends keyof ResilientWebSocketEventMap> =
  | ((event: ResilientWebSocketEventMap[Type]) => void)
  | { handleEvent(event: ResilientWebSocketEventMap[Type]): void }
  | null;
/** An EventTarget that knows its events. */
interface TypedEventTarget extends EventTarget {
  addEventListener<Type extends keyof ResilientWebSocketEventMap>(
    type: Type,
    listener: Listener<Type>,
    options?: boolean | ListenerOptions,
  ): void;
  removeEventListener<Type extends keyof ResilientWebSocketEventMap>(
    type: Type,
    listener: Listener<Type>,
    options?: boolean | ListenerOptions,
  ): void;
}
interface ListenerOptions {
  readonly capture?: boolean;
  readonly once?: boolean;
  readonly passive?: boolean;
  readonly signal?: AbortSignal;
}
/** Types alone: nothing of it is left at run time. */
const Target = EventTarget as new () => TypedEventTarget;

/**
 * A WebSocket that comes back.
 *
 * `open` comes with every connection, `reconnecting` with every one that is lost, and `close` once, when it is over for good.
 */
export class ResilientWebSocket extends Target {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  declare onopen: Handler<'open'>;
  declare onmessage: Handler<'message'>;
  declare onclose: Handler<'close'>;
  declare onerror: Handler<'error'>;
  declare onreconnecting: Handler<'reconnecting'>;
  declare ongap: Handler<'gap'>;
  declare ondropped: Handler<'dropped'>;
  declare ondrain: Handler<'drain'>;

  readonly #settings: Settings;
  readonly #conversation: Conversation | undefined;
  readonly #queue: SendQueue;
  readonly #reconnection: Reconnection;
  #url = '';
  #binaryType: string | undefined;

  static {
    // On every instance too, as the WHATWG API has it.
    for (const target of [ResilientWebSocket, ResilientWebSocket.prototype]) Object.assign(target, READY_STATES);
  }

  /**
   * Connects, and stays connected until it is closed.
   *
   * @param url of the WebSocket, or a function that is asked for it before each attempt.
   * @param protocols subprotocols, or the options.
   * @throws SyntaxError when the URL is none; TypeError and RangeError for wrong options.
   */
  constructor(
    url: PerAttempt<string | URL>,
    protocols?: string | readonly string[] | ResilientWebSocketOptions,
    options?: ResilientWebSocketOptions,
  ) {
    super();
    for (const type of TYPES) {
      this[`on${type}`] = null;
      this.addEventListener(type, (event) => this[`on${type}`]?.(event as never));
    }
    const isList = typeof protocols === 'string' || Array.isArray(protocols);
    const given = options ?? (isList ? {} : (protocols as ResilientWebSocketOptions | undefined)) ?? {};
    const settings = readOptions(url, isList ? { ...given, protocols: protocols as string } : given);
    this.#settings = settings;
    if (typeof url !== 'function') this.#url = webSocketUrlOf(url);
    const { token, name, platform, publishRate, overflow } = settings;
    const onFault = (error: unknown): void => {
      this.#emit('error', { error, message: error instanceof Error ? error.message : String(error) });
    };
    const queueSettings = {
      ...settings,
      onDropped: (data: unknown) => {
        this.#emit('dropped', { data });
        if (overflow === 'close') this.close(OVERFLOW, 'overflow');
      },
      onDrain: () => this.#emit('drain', {}),
    };
    this.#queue = new SendQueue(queueSettings);
    if (token !== undefined || name !== undefined) {
      this.#conversation = new Conversation(queueSettings, new Pace(publishRate, platform.now()), {
        onGap: (roomId, cursor) => this.#emit('gap', { roomId, cursor }),
        onFault,
      });
    }
    const conversation = this.#conversation;
    this.#reconnection = new Reconnection(
      { ...settings, firstRoom: () => conversation?.firstRoom },
      {
        onOpen: (link, isFirst) => {
          if (this.#binaryType !== undefined) this.binaryType = this.#binaryType;
          // Rooms first: whoever says something has to be in.
          conversation?.onOpen(link);
          this.#queue.onOpen(link);
          if (isFirst) this.#emit('open', {});
        },
        onMessage: (data) => {
          if (typeof data !== 'string' || conversation?.onMessage(data) !== false) this.#emit('message', { data });
        },
        onWaiting: (attempt, delay, { code, reason }) => {
          this.#queue.onLost();
          conversation?.onLost();
          this.#emit('reconnecting', { attempt, delay, code, reason });
        },
        onFault,
        onClosed: ({ code, reason, wasClean }) => {
          signal?.removeEventListener('abort', onAbort);
          this.#endSending();
          this.#emit('close', { code, reason, wasClean });
        },
      },
    );
    const { signal } = settings;
    const onAbort = (): void => this.close();
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
  }

  // ---- what it is

  /** `CONNECTING` also while it waits to come back; `CLOSED` when it is over for good. */
  get readyState(): 0 | 1 | 2 | 3 {
    const { state } = this.#reconnection;
    return state === 'open' ? OPEN : state === 'closing' ? CLOSING : state === 'closed' ? CLOSED : 0;
  }

  /** Where it stands, in more words than `readyState` has. */
  get state(): ConnectionState {
    return this.#reconnection.state;
  }

  /** The transport in use, or the one that is tried. */
  get transport(): 'websocket' | 'sse' | 'poll' {
    return this.#reconnection.transport;
  }

  /** In its normal form; the empty string where each attempt asks for it. */
  get url(): string {
    return this.#url;
  }

  /** The agreed subprotocol of the connection, or the empty string. */
  get protocol(): string {
    return this.#reconnection.link?.socket?.protocol ?? '';
  }

  /** The agreed extensions of the connection, or the empty string. */
  get extensions(): string {
    return this.#reconnection.link?.socket?.extensions ?? '';
  }

  /** Bytes given to `send()` and `publish()` that have not left, or are not acknowledged. */
  get bufferedAmount(): number {
    return this.#queue.bufferedAmount + (this.#conversation?.size ?? 0);
  }

  /** What binary messages are. Default: as the platform's WebSocket has it. */
  get binaryType(): string {
    return this.#binaryType ?? this.#reconnection.link?.socket?.binaryType ?? 'blob';
  }
  set binaryType(type: string) {
    this.#binaryType = type;
    const socket = this.#reconnection.link?.socket;
    if (socket !== undefined) socket.binaryType = type;
  }

  // ---- sending

  /**
   * Sends a message, or keeps it until there is a connection and room. At most once: what was under way when a connection
   * broke may be lost; see {@link publish} for what may not.
   *
   * @param options.key with `overflow: 'conflate'`: of waiting messages with one key only the newest is sent.
   * @returns `true`: go on. `false`: wait for `drain`, or for `open`.
   */
  send(data: Sendable, options?: { readonly key?: string | undefined }): boolean {
    if (this.readyState >= CLOSING) {
      this.#emit('dropped', { data });
      return false;
    }
    return this.#queue.send(data, options?.key);
  }

  /**
   * Sends a message when there is a connection and room in it, in the order of the calls.
   *
   * @returns a promise that resolves when the connection has taken it, and rejects when the client is closed before.
   */
  sendWithBackpressure(data: Sendable): Promise<void> {
    if (this.readyState >= CLOSING) return Promise.reject(closed());
    return this.#queue.sendWhenRoom(data);
  }

  // ---- rooms

  /**
   * Joins a room, now and after each reconnection, where it was left.
   *
   * @param options.since the id of the last event that is known; without it what comes from now on.
   * @returns a promise that resolves when the server has let the client in. It may be left alone: a refusal is an `error`, too.
   * @throws TypeError when the client does not speak `sluice.v1`: it has neither `token` nor `name`.
   */
  join(roomId: string, options?: { readonly since?: string | undefined }): Promise<void> {
    return this.#speaking().join(roomId, options?.since);
  }

  /** Leaves a room. */
  leave(roomId: string): void {
    this.#speaking().leave(roomId);
  }

  /** The id of the last event of a room that was handed over: where to go on with `since`, in another page for instance. */
  cursorOf(roomId: string): string | undefined {
    return this.#speaking().cursorOf(roomId);
  }

  /**
   * Says something in a room. It is repeated, over whatever connection and transport, until the server has acknowledged it, and
   * is said once.
   *
   * @returns a promise of its id. It rejects with a {@link RefusedError} when the server refuses it, when it is dropped for
   *   lack of room, and when the client is closed before. It may be left alone.
   */
  publish(roomId: string, content: string, options?: { readonly key?: string | undefined }): Promise<string> {
    const conversation = this.#speaking();
    if (this.readyState >= CLOSING) return Promise.reject(closed());
    return conversation.publish(roomId, content, options?.key);
  }

  #speaking(): Conversation {
    if (this.#conversation !== undefined) return this.#conversation;
    throw new TypeError('rooms need a token or a name');
  }

  // ---- receiving

  /** Messages one by one, over all reconnections. Ends when the client is closed. */
  [Symbol.asyncIterator](): AsyncGenerator<Message, undefined> {
    return messagesOf(this, () => this.readyState === CLOSED, this.#settings.maxUnreadMessages);
  }

  // ---- closing

  /**
   * Closes it for good, at whatever moment. What still waits is `dropped`, and `close` follows.
   *
   * @param code 1000 or 3000 to 4999.
   * @param reason at most 123 bytes of UTF-8.
   * @throws DOMException as the platform's WebSocket does: InvalidAccessError for the code, SyntaxError for the reason.
   */
  close(code?: number, reason?: string): void {
    const isCode = code === undefined || code === NORMAL || (code >= 3000 && code <= 4999);
    if (!isCode || (reason !== undefined && sizeOf(reason) > LONGEST_REASON)) {
      throw new DOMException(
        '1000 or 3000 to 4999, and at most 123 bytes',
        isCode ? 'SyntaxError' : 'InvalidAccessError',
      );
    }
    if (this.readyState >= CLOSING) return;
    this.#reconnection.close(reason === undefined ? code : (code ?? NORMAL), reason);
    this.#endSending();
  }

  #endSending(): void {
    const error = closed();
    this.#queue.onClosed(error);
    this.#conversation?.onClosed(error);
  }

  // ---- events

  #emit<Type extends keyof ResilientWebSocketEventMap>(
    type: Type,
    fields: Omit<ResilientWebSocketEventMap[Type], keyof Event>,
  ): void {
    this.dispatchEvent(makeEvent(type, fields));
  }
}

function closed(): RefusedError {
  return new RefusedError('CLOSED', 'closed');
}
