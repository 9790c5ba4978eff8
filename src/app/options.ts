// What may be said about the whole server, with its defaults, and what is not allowed: without a way to tell who somebody is,
// it listens where only this machine can connect.

import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { RateLimit } from '../connection/index.ts';
import type { AllowedOrigins } from '../server/index.ts';
import type { WebSocket } from '../websocket/index.ts';

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
  /** Where to listen: an address or name of this machine. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Certificates and keys, for `https:` and `wss:`. */
  readonly tls?: TlsOptions | undefined;
  /** Sites whose pages may connect. Default: the pages of this very server. */
  readonly allowedOrigins?: AllowedOrigins | undefined;
  /** Connections open at once from one address. Default 0: no limit. */
  readonly maxConnectionsPerIp?: number | undefined;
  /** Proxies whose `X-Forwarded-For` is believed, as addresses or CIDR blocks. */
  readonly trustProxy?: readonly string[] | undefined;
  /** Events that are kept of each room. Default 1,000. */
  readonly history?: number | undefined;
  /** For AUTH. Default 5,000. */
  readonly authTimeout?: number | undefined;
  /** Rooms that one client may be in. Default 50. */
  readonly maxRoomsPerConnection?: number | undefined;
  /** Messages of one client; more, and it sees 4029. Default 20 in a second, 100 at once. */
  readonly rate?: RateLimit | undefined;
  /** Makes `/inspect` show connections to themselves, frame by frame. Default: none. */
  readonly inspection?: Inspection | undefined;
}

/** {@link AppOptions} with everything decided. */
export interface AppSettings extends AppOptions {
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
 * @throws RangeError when `host` is not of this machine alone, or a number makes no sense.
 */
export function readAppOptions(options: AppOptions): AppSettings {
  const host = options.host ?? DEFAULT_HOST;
  if (!isLoopback(host)) {
    throw new RangeError(
      `host must be a loopback address such as 127.0.0.1 while everybody is a guest, got ${JSON.stringify(host)}`,
    );
  }
  return {
    ...options,
    host,
    allowedOrigins: options.allowedOrigins ?? 'same-host',
    history: wholeNumber('history', options.history, DEFAULT_HISTORY),
    authTimeout: wholeNumber('authTimeout', options.authTimeout, DEFAULT_AUTH_TIMEOUT),
    maxRoomsPerConnection: wholeNumber('maxRoomsPerConnection', options.maxRoomsPerConnection, DEFAULT_MAX_ROOMS),
    rate: options.rate ?? DEFAULT_RATE,
  };
}

function wholeNumber(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${name} must be a whole number that is not negative, got ${String(value)}`);
  }
  return value;
}
