// What an application may say about a server, and what it means: the options of `ws`, and those that `ws` does not have.
import type { IncomingMessage } from 'node:http';
import type { Server as NetServer } from 'node:net';
import type { TlsOptions } from 'node:tls';
import {
  DEFAULT_THRESHOLD,
  type NormalisedOptions,
  normaliseOptions,
  type PerMessageDeflateOptions,
} from '../deflate/index.ts';
import { AddressSet } from '../transport/index.ts';
import {
  amount,
  Defaults,
  type EndpointOptions,
  type EndpointSettings,
  readSettings,
  type WebSocket,
} from '../websocket/index.ts';
import { AddressLimits } from './address-limits.ts';
import type { AddressRate } from './address-rate.ts';
import { type AllowedOrigins, OriginGate } from './allowed-origins.ts';
import type { HttpServer, RequestListener } from './node-http.ts';

/** What `verifyClient` is told. */
export interface ClientInformation {
  /** The value of `Origin`, if the client is a browser. */
  readonly origin: string | undefined;
  readonly req: IncomingMessage;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
}

/** Lets a client in or not, at once. Refused clients see 401. */
export type VerifyClientSync = (information: ClientInformation) => boolean;
/** As {@link VerifyClientSync}, later, and with the choice of the answer. */
export type VerifyClientAsync = (
  information: ClientInformation,
  callback: (verified: boolean, status?: number, message?: string, headers?: Readonly<Record<string, string>>) => void,
) => void;

/** The options of a server. Exactly one of `port`, `server` and `noServer` is given. */
export interface ServerOptions extends EndpointOptions {
  /** Listen here; 0 lets the system choose. */
  port?: number | undefined;
  host?: string | undefined;
  /** Connections that may wait to be accepted. */
  backlog?: number | undefined;
  /** With `port`: certificates and keys, so that clients connect by `wss:`. */
  tls?: TlsOptions | undefined;
  /** Take the upgrades of this `http` or `https` server. */
  server?: NetServer | undefined;
  /** Take the upgrades that are handed to `handleUpgrade`. */
  noServer?: boolean | undefined;
  /**
   * With `port`: who answers requests that are no upgrades. Default: 426. A server that does not listen itself is told
   * `listening` together with ours, for only then it applies its `headersTimeout` and `requestTimeout`.
   */
  fallback?: RequestListener | HttpServer | undefined;
  /** Serve this path only; others are answered by 404. */
  path?: string | undefined;
  /** Who may connect. Prefer authentication by the first message: see the README. */
  verifyClient?: VerifyClientSync | VerifyClientAsync | undefined;
  /** Chooses among the subprotocols that a client offers; `false` for none. Default: the first. */
  handleProtocols?: ((protocols: Set<string>, request: IncomingMessage) => string | false) | undefined;
  /** Whether to keep the set `clients`. Default `true`. */
  clientTracking?: boolean | undefined;
  /** Offer permessage-deflate (RFC 7692). Default `false`. */
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  /** The class of which the server makes its WebSockets. */
  WebSocket?: typeof WebSocket | undefined;
  /**
   * Milliseconds from the first moment of a connection, with TLS from the end of its handshake, which has as many, to the
   * end of its opening handshake. Default 10,000; 0: none.
   */
  handshakeTimeout?: number | undefined;
  /** Bytes of the head of a request. Default 16 KiB. The client sees 431. */
  maxHeaderSize?: number | undefined;
  /** Fields of the head of a request. Default 100. The client sees 431. */
  maxHeadersCount?: number | undefined;
  /** Origins that may connect. Default: pages from the same host. Others see 403. */
  allowedOrigins?: AllowedOrigins | undefined;
  /** WebSockets and opening handshakes at once from one address, IPv6 by /64. Default 0: no limit. Others see 429. */
  maxConnectionsPerIp?: number | undefined;
  /**
   * New connections of one address: `limit` at once, and as many in each `interval` of milliseconds. Counted when a
   * connection is accepted, before anything of it is read; behind a trusted proxy, or beside an http server, when a request
   * for an upgrade has named the client. Default: no limit. Others see 429 with Retry-After.
   */
  maxHandshakesPerIp?: AddressRate | undefined;
  /**
   * First messages of one address that `requireFirstMessage` has refused, or that never came. Who has failed so often is not
   * heard again for a while. Default: no limit. Others see 429 with Retry-After.
   */
  maxFailedAuthenticationsPerIp?: AddressRate | undefined;
  /** Proxies whose `X-Forwarded-For` is believed, as addresses or CIDR blocks. Default: none. */
  trustProxy?: readonly string[] | undefined;
}

/** {@link ServerOptions} as the server works with them. */
export interface ServerSettings {
  readonly endpoint: EndpointSettings;
  readonly deflate: NormalisedOptions | undefined;
  readonly origins: OriginGate;
  readonly limits: AddressLimits;
  readonly trusted: AddressSet | undefined;
  readonly handshakeTimeout: number;
  readonly maxHeaderSize: number | undefined;
  readonly maxHeadersCount: number | undefined;
}

/**
 * Reads the options of a server.
 *
 * @throws TypeError or RangeError naming the option that is not what it must be.
 */
export function readServerOptions(options: ServerOptions): ServerSettings {
  const modes = [options.port != null, options.server != null, options.noServer === true];
  if (modes.filter(Boolean).length !== 1) {
    throw new TypeError('exactly one of the options port, server and noServer must be given');
  }
  const { verifyClient, handleProtocols, tls, fallback } = options;
  assertFunction('verifyClient', verifyClient);
  assertFunction('handleProtocols', handleProtocols);
  if (options.port == null && (tls !== undefined || fallback !== undefined)) {
    throw new TypeError('the options tls and fallback go with port: an existing server has its own');
  }
  const given = options.perMessageDeflate;
  const deflate = given ? normaliseOptions(given === true ? {} : given) : undefined;
  return {
    endpoint: readSettings(options, {
      isServer: true,
      nextMaskingKey: undefined,
      threshold: deflate?.threshold ?? DEFAULT_THRESHOLD,
      heartbeat: true,
    }),
    deflate,
    origins: new OriginGate(options.allowedOrigins),
    limits: new AddressLimits({
      connections: amount('maxConnectionsPerIp', options.maxConnectionsPerIp, 0),
      handshakes: rate('maxHandshakesPerIp', options.maxHandshakesPerIp),
      failures: rate('maxFailedAuthenticationsPerIp', options.maxFailedAuthenticationsPerIp),
    }),
    trusted: options.trustProxy === undefined ? undefined : new AddressSet(options.trustProxy),
    handshakeTimeout: amount('handshakeTimeout', options.handshakeTimeout, Defaults.handshakeTimeout),
    maxHeaderSize: atLeastOne('maxHeaderSize', options.maxHeaderSize),
    maxHeadersCount: atLeastOne('maxHeadersCount', options.maxHeadersCount),
  };
}

/** Refused here, and not when the first client comes. */
function atLeastOne(name: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return value;
  throw new RangeError(`${name} must be a positive integer, got ${String(value)}`);
}

function rate(name: string, value: AddressRate | undefined): AddressRate | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${name} must be { limit, interval }, got ${String(value)}`);
  }
  const { limit, interval } = value;
  if (!Number.isSafeInteger(limit) || limit < 0 || !Number.isFinite(interval) || interval <= 0) {
    throw new RangeError(`${name} must be { limit, interval }: a whole number, and milliseconds of more than 0`);
  }
  return value;
}

function assertFunction(name: string, value: unknown): void {
  if (value !== undefined && value !== null && typeof value !== 'function') {
    throw new TypeError(`${name} must be a function, got ${typeof value}`);
  }
}
