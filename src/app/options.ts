// What may be said about the whole server, with its defaults, and what is not allowed: without a way to tell who somebody is,
// it listens where only this machine can connect.

import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { RateLimit } from '../connection/index.ts';
import type { Authorize, Broker } from '../rooms/index.ts';
import type { AddressRate, AllowedOrigins, Authenticate } from '../server/index.ts';
import type { WebSocket } from '../websocket/index.ts';
import { authenticateGuest } from './guest.ts';
import { type User, usersOf } from './user.ts';

/** What shows connections to those who are on them. The inspector of `inspect/` is one. */
export interface Inspection {
  /** The opening handshake `request` is about to be accepted; nothing of the answer has been written. */
  begin(request: IncomingMessage): void;
  /** The connection is open. Returns the secret by which it can be watched. */
  open(request: IncomingMessage, websocket: WebSocket): string | undefined;
  /** Shows the connection with the secret `id` over `watcher`. Returns `false` when there is none. */
  watch(id: string, watcher: WebSocket): boolean;
}

/** The options of {@link createWebSocketServer}. Times in milliseconds. */
export interface AppOptions {
  /**
   * Says who a client is, by its first message: `jwtAuthenticator` of `sluice/jwt`, for instance. Default: everybody is a
   * guest, by the name that is the token.
   */
  readonly authenticate?: Authenticate<User> | undefined;
  /**
   * Says who may join a room, see its past and publish in it: see `Authorize` of `sluice/rooms`. Its `identity` is the
   * user's id, its `request` the opening handshake or the request. Default: everybody may everything.
   */
  readonly authorize?: Authorize | undefined;
  /**
   * Where the logs of the rooms are: a `RedisBroker` of `sluice/redis`, for instance. It stays open: it is its owner's to
   * close, when the server has been shut down. Default: a `MemoryBroker` of its own.
   */
  readonly broker?: Broker | undefined;
  /** Where to listen: an address or name of this machine. Default `127.0.0.1`; without `authenticate` of no other machine. */
  readonly host?: string | undefined;
  /** Certificates and keys, for `https:` and `wss:`. */
  readonly tls?: TlsOptions | undefined;
  /** Sites whose pages may connect. Default: the pages of this very server. */
  readonly allowedOrigins?: AllowedOrigins | undefined;
  /** Connections open at once from one address: WebSockets, event streams and polls. Default 0: no limit. */
  readonly maxConnectionsPerIp?: number | undefined;
  /** New connections of one address. Default: no limit. */
  readonly maxHandshakesPerIp?: AddressRate | undefined;
  /** First messages and requests of one address whose proof of who it is was refused. Default: 10 in a minute, of guests no limit. */
  readonly maxFailedAuthenticationsPerIp?: AddressRate | undefined;
  /** Proxies whose `X-Forwarded-For` is believed, as addresses or CIDR blocks. */
  readonly trustProxy?: readonly string[] | undefined;
  /** Events that are kept of each room, without a `broker`. Default 1,000. */
  readonly history?: number | undefined;
  /** For AUTH, and for `authenticate` of a request. Default 5,000. */
  readonly authTimeout?: number | undefined;
  /** Rooms that one client may be in. Default 50. */
  readonly maxRoomsPerConnection?: number | undefined;
  /** Messages of one client; more, and it sees 4029, or 429. Default 20 in a second, 100 at once. */
  readonly rate?: RateLimit | undefined;
  /** Makes `/inspect` show connections to themselves, frame by frame. Default: none. */
  readonly inspection?: Inspection | undefined;
  /**
   * Makes `POST /outage` break the connections of the page that asks for it, and no others: to see what a client does then.
   * Default `false`.
   */
  readonly outages?: boolean | undefined;
}

/** {@link AppOptions} with everything decided. */
export interface AppSettings extends AppOptions {
  readonly authenticate: Authenticate<User>;
  /** Whether everybody is a guest. */
  readonly isOpen: boolean;
  readonly host: string;
  readonly allowedOrigins: AllowedOrigins;
  readonly history: number;
  readonly authTimeout: number;
  readonly maxRoomsPerConnection: number;
  readonly rate: RateLimit;
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_HISTORY = 1_000;
const DEFAULT_AUTH_TIMEOUT = 5_000;
const DEFAULT_MAX_ROOMS = 50;
const DEFAULT_FAILURES: AddressRate = { limit: 10, interval: 60_000 };
const DEFAULT_RATE: RateLimit = { perSecond: 20, burst: 100 };

/** RFC 1122 §3.2.1.3 and RFC 4291 §2.5.3. */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether `host`, in brackets or not, can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  const address = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  const family = isIP(address);
  // RFC 6761 §6.3: the name stands for nothing but loopback.
  if (family === 0) return address.toLowerCase() === 'localhost';
  return LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Reads the options.
 *
 * @throws RangeError when `host` is not of this machine alone while everybody is a guest, or a number makes no sense.
 */
export function readAppOptions(options: AppOptions): AppSettings {
  const host = options.host ?? DEFAULT_HOST;
  const { broker } = options;
  if (broker !== undefined && options.history !== undefined) {
    throw new TypeError('history is for the server without a broker: one that is given has its own');
  }
  const isOpen = options.authenticate === undefined;
  if (isOpen && !isLoopback(host)) {
    throw new RangeError(
      `host must be a loopback address such as 127.0.0.1 while everybody is a guest, got ${JSON.stringify(host)}`,
    );
  }
  return {
    ...options,
    host,
    authenticate: usersOf(options.authenticate ?? authenticateGuest),
    isOpen,
    maxFailedAuthenticationsPerIp: options.maxFailedAuthenticationsPerIp ?? (isOpen ? undefined : DEFAULT_FAILURES),
    allowedOrigins: options.allowedOrigins ?? 'same-host',
    history: atLeastOne('history', options.history, DEFAULT_HISTORY),
    authTimeout: atLeastOne('authTimeout', options.authTimeout, DEFAULT_AUTH_TIMEOUT),
    maxRoomsPerConnection: atLeastOne('maxRoomsPerConnection', options.maxRoomsPerConnection, DEFAULT_MAX_ROOMS),
    rate: options.rate ?? DEFAULT_RATE,
  };
}

function atLeastOne(name: string, value: number | undefined, otherwise: number): number {
  const number = wholeNumber(name, value, otherwise);
  if (number === 0) throw new RangeError(`${name} must be more than 0`);
  return number;
}

function wholeNumber(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${name} must be a whole number that is not negative, got ${String(value)}`);
  }
  return value;
}
