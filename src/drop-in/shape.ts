// What TypeScript sees: the classes of this package with the types that programs written for `ws` expect. Events have the
// types of their arguments, options those of both roles, and the class carries its companions.
// Types alone: what runs is the class of websocket/ and the server of server/.
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClientOptions, HandshakeRequest, HandshakeResponse } from '../client/index.ts';
import type { PerMessageDeflateOptions } from '../deflate/index.ts';
import type { extension, subprotocol } from '../handshake/index.ts';
import type { PreparedMessage } from '../message/index.ts';
import type { ServerOptions as BaseServerOptions, WebSocketServer as BaseWebSocketServer } from '../server/index.ts';
import type {
  CloseEvent as BaseCloseEvent,
  ErrorEvent as BaseErrorEvent,
  MessageEvent as BaseMessageEvent,
  WebSocket as BaseWebSocket,
  createWebSocketStream,
  Sendable,
  SendOptions,
  WebSocketEvent,
} from '../websocket/index.ts';
import type { PerMessageDeflate } from './permessage-deflate.ts';
import type { Receiver } from './receiver.ts';
import type { Sender } from './sender.ts';

export type { AddressInfo, ClientOptions, PerMessageDeflateOptions };

/** The request of an opening handshake. */
export type UpgradeRequest = IncomingMessage;
/** A class of such requests. */
export type UpgradeRequestClass = typeof IncomingMessage;
/** What certificates may be given as. */
export type CertMeta = string | string[] | Buffer | Buffer[];

// ---- messages

/** What `message` listeners get: text as a Buffer, binary data as `binaryType` says (a `Blob` must be asked for). */
export type RawData = Buffer | ArrayBuffer | Buffer[];
/** What the `data` of a `message` event is: as {@link RawData}, and text as a string. */
export type Data = string | RawData;
/** Everything that can be sent; objects as far as `Buffer.from` takes them. */
export type BufferLike =
  | Sendable
  | PreparedMessage
  | readonly unknown[]
  | { valueOf(): ArrayBuffer | SharedArrayBuffer | Uint8Array | readonly number[] | string }
  | { [Symbol.toPrimitive](hint: string): string };

/** A method's type, so that a callback may say that its error is never `undefined`, as it does with the types of `ws`. */
type SendDone = { done(error?: Error): void }['done'];

// ---- events

/** The options of `addEventListener`. */
export interface EventListenerOptions {
  once?: boolean | undefined;
}

/** Any event of a WebSocket. */
export type Event = WebSocketEvent<WebSocket>;
/** A message has come. */
export type MessageEvent = BaseMessageEvent<WebSocket>;
/** The connection is closed. */
export type CloseEvent = BaseCloseEvent<WebSocket>;
/** Something went wrong. */
export type ErrorEvent = BaseErrorEvent<WebSocket>;

/** The events for `addEventListener`, by the names of their types. */
export interface WebSocketEventMap {
  open: Event;
  message: MessageEvent;
  close: CloseEvent;
  error: ErrorEvent;
}

interface WebSocketEvents {
  close: [code: number, reason: Buffer];
  drain: [];
  dropped: [data: string | Buffer, isBinary: boolean];
  error: [error: Error];
  message: [data: RawData, isBinary: boolean];
  open: [];
  ping: [data: Buffer];
  pong: [data: Buffer];
  redirect: [url: string, request: HandshakeRequest];
  'unexpected-response': [request: HandshakeRequest, response: HandshakeResponse];
  upgrade: [response: HandshakeResponse];
}

interface ServerEvents<Socket, Request> {
  close: [];
  connection: [websocket: Socket, request: Request];
  error: [error: Error];
  headers: [lines: string[], request: Request];
  listening: [];
  wsClientError: [error: Error, socket: Duplex, request: Request];
}

type Listener<Target, Values extends unknown[]> = (this: Target, ...values: Values) => void;
// biome-ignore lint/suspicious/noExplicitAny: of an application's own events nothing is known
type AnyListener<Target> = Listener<Target, any[]>;

// ---- the WebSocket

/** A WebSocket. See the class of the same name for what everything does. */
export interface WebSocket extends BaseWebSocket {
  send(data: BufferLike, callback?: SendDone): boolean;
  send(data: BufferLike, options: SendOptions | undefined, callback?: SendDone): boolean;
  ping(data?: BufferLike | SendDone, mask?: boolean | SendDone, callback?: SendDone): void;
  pong(data?: BufferLike | SendDone, mask?: boolean | SendDone, callback?: SendDone): void;

  on<Name extends keyof WebSocketEvents>(event: Name, listener: Listener<this, WebSocketEvents[Name]>): this;
  on(event: string | symbol, listener: AnyListener<this>): this;
  once<Name extends keyof WebSocketEvents>(event: Name, listener: Listener<this, WebSocketEvents[Name]>): this;
  once(event: string | symbol, listener: AnyListener<this>): this;
  off<Name extends keyof WebSocketEvents>(event: Name, listener: Listener<this, WebSocketEvents[Name]>): this;
  off(event: string | symbol, listener: AnyListener<this>): this;
  addListener<Name extends keyof WebSocketEvents>(event: Name, listener: Listener<this, WebSocketEvents[Name]>): this;
  addListener(event: string | symbol, listener: AnyListener<this>): this;
  removeListener<Name extends keyof WebSocketEvents>(
    event: Name,
    listener: Listener<this, WebSocketEvents[Name]>,
  ): this;
  removeListener(event: string | symbol, listener: AnyListener<this>): this;
}

/** A class of WebSockets. */
export type WebSocketClass = abstract new (
  // biome-ignore lint/suspicious/noExplicitAny: a class of the application's may have a constructor of its own
  ...values: any[]
) => WebSocket;

/** The class `WebSocket`, with everything that `require('ws')` finds on it. */
export interface WebSocketConstructor extends Companions {
  /** For a server's connections, and for classes that extend this one. */
  new (address: null, protocols?: undefined, options?: object): WebSocket;
  /** @throws SyntaxError when the URL is not valid; TypeError and RangeError for wrong options. */
  new (address: string | URL, options?: ClientOptions): WebSocket;
  /** @throws SyntaxError when the URL or a subprotocol is not valid; TypeError and RangeError for wrong options. */
  new (address: string | URL, protocols?: string | readonly string[], options?: ClientOptions): WebSocket;
  readonly prototype: WebSocket;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
}

/** What the class carries, as in `ws`. */
export interface Companions {
  readonly WebSocket: WebSocketConstructor;
  readonly WebSocketServer: WebSocketServerConstructor;
  readonly Server: WebSocketServerConstructor;
  readonly createWebSocketStream: typeof createWebSocketStream;
  readonly Receiver: typeof Receiver;
  readonly Sender: typeof Sender;
  readonly PerMessageDeflate: typeof PerMessageDeflate;
  readonly extension: typeof extension;
  readonly subprotocol: typeof subprotocol;
}

// ---- the server

/** What `verifyClient` is told. `origin` is `undefined` of a client that is no browser, whatever its type says. */
export interface VerifyClientInformation<Request extends UpgradeRequest = UpgradeRequest> {
  origin: string;
  secure: boolean;
  req: Request;
}

/** Lets a client in or not, at once. */
export type VerifyClientCallbackSync<Request extends UpgradeRequest = UpgradeRequest> = (
  information: VerifyClientInformation<Request>,
) => boolean;

/** Lets a client in or not, later, and with the choice of the answer. */
export type VerifyClientCallbackAsync<Request extends UpgradeRequest = UpgradeRequest> = (
  information: VerifyClientInformation<Request>,
  callback: (verified: boolean, status?: number, message?: string, headers?: OutgoingHttpHeaders) => void,
) => void;

/** Called before a client sends its request. */
export type FinishRequestCallback = NonNullable<ClientOptions['finishRequest']>;

/** The options of a server. */
export interface ServerOptions<
  SocketClass extends WebSocketClass = WebSocketConstructor,
  RequestClass extends UpgradeRequestClass = UpgradeRequestClass,
> extends Omit<BaseServerOptions, 'WebSocket' | 'verifyClient' | 'handleProtocols'> {
  /** The class of which the server makes its WebSockets. */
  WebSocket?: SocketClass | undefined;
  /** Who may connect. */
  verifyClient?:
    | VerifyClientCallbackAsync<InstanceType<RequestClass>>
    | VerifyClientCallbackSync<InstanceType<RequestClass>>
    | undefined;
  /** Chooses among the subprotocols that a client offers; `false` for none. */
  handleProtocols?: ((protocols: Set<string>, request: InstanceType<RequestClass>) => string | false) | undefined;
}

/** A WebSocket server. See the class of the same name for what everything does. */
export interface WebSocketServer<
  SocketClass extends WebSocketClass = WebSocketConstructor,
  RequestClass extends UpgradeRequestClass = UpgradeRequestClass,
> extends BaseWebSocketServer {
  /** The open WebSockets. With `clientTracking: false` there is none, whatever the type says. */
  readonly clients: Set<InstanceType<SocketClass>>;
  handleUpgrade(
    request: InstanceType<RequestClass>,
    socket: Duplex,
    head: Buffer,
    callback: (websocket: InstanceType<SocketClass>, request: InstanceType<RequestClass>) => void,
  ): void;
  shouldHandle(request: InstanceType<RequestClass>): boolean | undefined;

  on<Name extends keyof ServerEvents<0, 0>>(
    event: Name,
    listener: Listener<this, ServerEvents<InstanceType<SocketClass>, InstanceType<RequestClass>>[Name]>,
  ): this;
  on(event: string | symbol, listener: AnyListener<this>): this;
  once<Name extends keyof ServerEvents<0, 0>>(
    event: Name,
    listener: Listener<this, ServerEvents<InstanceType<SocketClass>, InstanceType<RequestClass>>[Name]>,
  ): this;
  once(event: string | symbol, listener: AnyListener<this>): this;
  off<Name extends keyof ServerEvents<0, 0>>(
    event: Name,
    listener: Listener<this, ServerEvents<InstanceType<SocketClass>, InstanceType<RequestClass>>[Name]>,
  ): this;
  off(event: string | symbol, listener: AnyListener<this>): this;
  addListener<Name extends keyof ServerEvents<0, 0>>(
    event: Name,
    listener: Listener<this, ServerEvents<InstanceType<SocketClass>, InstanceType<RequestClass>>[Name]>,
  ): this;
  addListener(event: string | symbol, listener: AnyListener<this>): this;
  removeListener<Name extends keyof ServerEvents<0, 0>>(
    event: Name,
    listener: Listener<this, ServerEvents<InstanceType<SocketClass>, InstanceType<RequestClass>>[Name]>,
  ): this;
  removeListener(event: string | symbol, listener: AnyListener<this>): this;
}

/** The class `WebSocketServer`. */
export interface WebSocketServerConstructor {
  /** @throws TypeError or RangeError naming the option that is not what it must be. */
  new <
    SocketClass extends WebSocketClass = WebSocketConstructor,
    RequestClass extends UpgradeRequestClass = UpgradeRequestClass,
  >(
    options?: ServerOptions<SocketClass, RequestClass>,
    callback?: () => void,
  ): WebSocketServer<SocketClass, RequestClass>;
  readonly prototype: WebSocketServer;
}
