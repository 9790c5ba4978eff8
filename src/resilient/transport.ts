// What a way to the server has to be: WebSocket, event stream and long poll look the same from above. A link speaks the
// messages of `sluice.v1`, whatever carries them; only a WebSocket carries anything else.
import type { Platform } from './platform.ts';

/** What a message may be. */
export type Sendable = string | ArrayBuffer | ArrayBufferView | Blob;

/** Who the client is. */
export interface Credentials {
  /** A secret: sent in the first message, or in Authorization; never in a URL. */
  readonly token?: string | undefined;
  /** A guest's name, which is no secret: of servers where everybody is a guest. */
  readonly name?: string | undefined;
}

/** What a transport is given to open a link. */
export interface LinkRequest {
  readonly url: string;
  /** Where the routes `stream`, `poll` and `publish` are; `undefined`: beside the URL. */
  readonly httpUrl?: string | undefined;
  readonly protocols: readonly string[];
  /** `undefined`: the server does not speak `sluice.v1`. */
  readonly credentials: Credentials | undefined;
  /** A room that will be joined, and from where: a link over HTTP is open when this works. */
  readonly firstRoom: { readonly roomId: string; readonly since: string | undefined } | undefined;
  readonly connectTimeout: number;
  readonly WebSocket?: WebSocketConstructor | undefined;
  readonly webSocketOptions?: object | undefined;
  readonly adapt?: SocketAdapter | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly platform: Platform;
}

/** Why a link is over. */
export interface LinkEnd {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  /** Milliseconds until the server wants to see the client again. */
  readonly retry?: number | undefined;
  readonly error?: unknown;
}

/** What a link tells; nothing from inside its constructor. */
export interface LinkListener {
  /** The server knows who this is, and listens. */
  onOpen(): void;
  onMessage(data: unknown): void;
  /** Something came that is no message: the server is there. */
  onAlive(): void;
  /** Once, and last. */
  onEnd(end: LinkEnd): void;
}

/** One connection, over whatever transport. */
export interface Link {
  readonly bufferedAmount: number;
  /** The WebSocket that it is. */
  readonly socket?: PlatformWebSocket | undefined;
  send(data: Sendable): void;
  /** Asks for a sign of life. `false`: it cannot, and a message has to. */
  ping(): boolean;
  /** Ends it by the rules; {@link LinkListener.onEnd} follows. */
  close(code: number | undefined, reason: string | undefined): void;
  /** Ends it at once. Nothing is told any more. */
  drop(): void;
}

/** A way to the server. */
export interface Transport {
  readonly name: 'websocket' | 'sse' | 'poll';
  /** @throws what is wrong with the request. */
  open(request: LinkRequest, listener: LinkListener): Link;
  /** What chooses among transports: those that are no first choice bring it, so that who has but one does not carry it. */
  readonly choose?: ((settings: ChoiceSettings) => TransportChoice) | undefined;
}

/** What a {@link TransportChoice} needs to know. */
export interface ChoiceSettings {
  readonly transports: readonly Transport[];
  /** What is remembered belongs to it, where it is no function. */
  readonly url: unknown;
  /** Milliseconds. */
  readonly betterTransportAfter: number;
  readonly platform: Platform;
}

/** Chooses among the transports of one client. */
export interface TransportChoice {
  /** The one to use. */
  readonly current: Transport;
  /** The current one did not open, or fell silent: the next is used when it has had its chances, behind the last the first. */
  fail(): void;
  /** The current one has carried something both ways for a while. */
  succeed(): void;
  /** The best one has opened while another was in use. */
  improve(): void;
  /** The current one is open: calls `attempt` with the best one when its time has come, unless that is it. */
  plan(attempt: (transport: Transport) => void): void;
  /** The plan is off. */
  stop(): void;
}

/** The part of a WebSocket that is used. What is optional only that of Node's packages has. */
export interface PlatformWebSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  readonly extensions: string;
  readonly protocol: string;
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: never): unknown;
  close(code?: number, reason?: string): void;
}

/** What makes one. */
export type WebSocketConstructor = new (url: string, protocols?: never, options?: never) => PlatformWebSocket;

/** What a WebSocket can that is not in the standard. */
export interface AdaptedSocket {
  /** Sends a Ping (RFC 6455 §5.5.2). Returns `false` when it cannot. */
  ping(): boolean;
  /** Ends it without a closing handshake. */
  drop(): void;
}

/** Finds out what a WebSocket can, and tells what it does not tell itself: of a Pong, and why a server refused. */
export type SocketAdapter = (
  socket: PlatformWebSocket,
  onAlive: () => void,
  onEnd: (end: LinkEnd) => void,
) => AdaptedSocket | undefined;
