// What may be said about a client, with its defaults. Each number is checked once, when the client is made.
import type { Backoff } from './backoff.ts';
import type { OverflowPolicy } from './outbox.ts';
import { hostPlatform, type Platform } from './platform.ts';
import type { LinkRequest, SocketAdapter, Transport, WebSocketConstructor } from './transport.ts';
import { websocket } from './websocket-transport.ts';

/** A value, or a function that is asked for it before each attempt. */
export type PerAttempt<Value> = Value | (() => Value | Promise<Value>);

/** What {@link ResilientWebSocketOptions.shouldReconnect} is told of an end. */
export interface ConnectionEnd {
  readonly code: number;
  readonly reason: string;
}

/** The options of a `ResilientWebSocket`. Times in milliseconds. */
export interface ResilientWebSocketOptions extends Partial<Backoff> {
  // ---- the server

  /** Subprotocols to offer. Default: `sluice.v1` with `token` or `name`, otherwise none. */
  readonly protocols?: string | readonly string[] | undefined;
  /** Who the client is: the first message over a WebSocket, `Authorization` over HTTP. Makes the client speak `sluice.v1`. */
  readonly token?: PerAttempt<string> | undefined;
  /** The name of a guest, where the server lets guests in. Instead of `token`; it is no secret, and may be in a URL. */
  readonly name?: string | undefined;
  /** Ways to the server, the best first. Default `[websocket]`; `sse` and `poll` need `token` or `name`. */
  readonly transports?: readonly Transport[] | undefined;
  /** Where `stream`, `poll` and `publish` are, with a slash at its end. Default: `api/` beside the URL. */
  readonly httpUrl?: string | undefined;
  /** What opens WebSockets. Default: in Node that of this package, elsewhere the platform's. */
  readonly WebSocket?: WebSocketConstructor | undefined;
  /** The third argument of its constructor: `ClientOptions` of this package, for instance. */
  readonly webSocketOptions?: object | undefined;
  /** What a WebSocket can besides: see {@link SocketAdapter}. Default: in Node what those of this package and `ws` can. */
  readonly adapt?: SocketAdapter | undefined;
  /** What makes requests. Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch | undefined;

  // ---- coming back: see also minDelay (1,000), maxDelay (60,000) and jitter (0.3)

  /** Attempts to come back, one after the other, until the client gives up. `Infinity`: never. Default 10. */
  readonly maxAttempts?: number | undefined;
  /** How long a connection must last for the count of attempts to start anew. Default 5,000. */
  readonly stableAfter?: number | undefined;
  /** From the start of an attempt to `open`, `url` and `token` included. Default 10,000. */
  readonly connectTimeout?: number | undefined;
  /** For the closing handshake. Default 5,000. */
  readonly closeTimeout?: number | undefined;
  /** Decides whether to come back after an end; `undefined`: as the table of close codes says. */
  readonly shouldReconnect?: ((end: ConnectionEnd) => boolean | undefined) | undefined;
  /** How long a worse transport is used until a better one is tried again. Default 60,000, doubled with each failure. */
  readonly betterTransportAfter?: number | undefined;
  /** Ends everything when it is aborted, as `close()` does. */
  readonly signal?: AbortSignal | undefined;

  // ---- alive

  /** Silence after which the server is asked for a sign of life. Default 25,000; 0: never. */
  readonly pingInterval?: number | undefined;
  /** For the answer. Default 10,000. */
  readonly pingTimeout?: number | undefined;
  /**
   * A message that the server answers, for servers that do not speak `sluice.v1`: browsers can send no Ping. Without it
   * such a server is not watched from a browser.
   */
  readonly pingMessage?: string | (() => string) | undefined;

  // ---- sending

  /** Bytes above which `send()` answers `false`. Default 64 KiB. */
  readonly highWaterMark?: number | undefined;
  /** Bytes that wait at most, while the client is away or the server is slow. Default 1 MiB. */
  readonly maxQueueSize?: number | undefined;
  /** Messages that wait at most. Default 1,000. */
  readonly maxQueueLength?: number | undefined;
  /** What happens with more: see {@link OverflowPolicy}. Default `'drop-newest'`. */
  readonly overflow?: OverflowPolicy;
  /** Messages with acknowledgement in a second; as many as four seconds' worth at once. Default 15: the server takes 20. */
  readonly publishRate?: number | undefined;
  /** Messages that wait for a `for await` loop at most; with more the loop throws. Default 10,000. */
  readonly maxUnreadMessages?: number | undefined;

  /** Time, chance and the network, for tests. */
  readonly platform?: Platform;
}

/** Every number that has a default. */
export const ResilientDefaults = {
  minDelay: 1_000,
  maxDelay: 60_000,
  jitter: 0.3,
  maxAttempts: 10,
  stableAfter: 5_000,
  connectTimeout: 10_000,
  closeTimeout: 5_000,
  betterTransportAfter: 60_000,
  pingInterval: 25_000,
  pingTimeout: 10_000,
  highWaterMark: 65_536,
  maxQueueSize: 1_048_576,
  maxQueueLength: 1_000,
  publishRate: 15,
  maxUnreadMessages: 10_000,
} as const;

type Numbers = { -readonly [Name in keyof typeof ResilientDefaults]: number };

/** {@link ResilientWebSocketOptions} with everything decided. */
export interface Settings extends Omit<ResilientWebSocketOptions, keyof Numbers>, Readonly<Numbers> {
  readonly url: PerAttempt<string | URL>;
  readonly protocols: readonly string[];
  readonly transports: readonly Transport[];
  readonly overflow: OverflowPolicy;
  readonly platform: Platform;
  /** See {@link LinkRequest}. */
  readonly firstRoom?: () => LinkRequest['firstRoom'];
}

/** The subprotocol that servers of this package speak. */
export const SUBPROTOCOL = 'sluice.v1';

/** A server that does not know this message answers it all the same, by an ERROR. */
const PING = '{"type":"PING","ref":"ping"}';

/**
 * Reads the options.
 *
 * @throws TypeError or RangeError naming the one that is not what it must be.
 */
export function readOptions(url: PerAttempt<string | URL>, options: ResilientWebSocketOptions): Settings {
  const numbers: Numbers = { ...ResilientDefaults };
  for (const name of Object.keys(numbers) as (keyof Numbers)[]) {
    const value = options[name] ?? numbers[name];
    if (!(value >= 0) || (name === 'jitter' && value > 1)) throw new RangeError(`${name} must not be ${value}`);
    numbers[name] = value;
  }
  const { token, name, transports = [websocket], protocols } = options;
  const speaksRooms = token !== undefined || name !== undefined;
  // Those of HTTP bring their choice, and read the rooms of `sluice.v1`.
  if (transports.length === 0 || transports.some(({ open, choose }) => !open || (choose && !speaksRooms))) {
    throw new TypeError('transports are websocket and, with a token or a name, sse and poll');
  }
  return {
    overflow: 'drop-newest',
    platform: hostPlatform,
    ...options,
    pingMessage: options.pingMessage ?? (speaksRooms ? PING : undefined),
    ...numbers,
    url,
    protocols: typeof protocols === 'string' ? [protocols] : (protocols ?? (speaksRooms ? [SUBPROTOCOL] : [])),
    transports,
  };
}
