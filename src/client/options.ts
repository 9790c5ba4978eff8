// What an application may say about a client, and what it means: the options of `ws`, of `http.request` and `tls.connect` as
// far as they mean something here, and those of our own. RFC 6455 §4.1.
// Never lets a wrong one through: it is thrown at once, by name.
import {
  DEFAULT_THRESHOLD,
  type NormalisedOptions,
  normaliseOptions,
  type PerMessageDeflateOptions,
} from '../deflate/index.ts';
import { WEBSOCKET_VERSION } from '../handshake/index.ts';
import type { HeadLimits } from '../http/index.ts';
import type { DialOptions } from '../transport/index.ts';
import {
  amount,
  Defaults,
  type EndpointOptions,
  type EndpointSettings,
  readSettings,
  type WebSocket,
} from '../websocket/index.ts';
import { type GenerateMask, maskingKeysBy, nextMaskingKey } from './masking.ts';
import type { HandshakeRequest, HeaderValue } from './request.ts';
import type { ClientAgent, SocketMaker } from './socket-source.ts';

/**
 * The options of a client. Beside those below it has every option of `net.connect` and `tls.connect` but where to connect
 * to: `family`, `lookup`, `localAddress`, `ca`, `cert`, `key`, `servername`, `checkServerIdentity` and so on.
 */
export interface ClientOptions extends EndpointOptions, DialOptions {
  // ---- the request

  /**
   * More headers. One given twice in whatever case is an error. What the handshake itself writes (`Connection`, `Upgrade`,
   * `Sec-WebSocket-…`) is ignored, as in `ws`. `Host` replaces the one that follows from the URL.
   */
  headers?: Readonly<Record<string, HeaderValue>> | null | undefined;
  /** The value of `Origin`. Default: none, which tells a server that this is no browser. */
  origin?: string | undefined;
  /** `user:password` for `Authorization: Basic`. A URL that has them goes first, a header `Authorization` before both. */
  auth?: string | undefined;
  /** Only 13, the version of RFC 6455. */
  protocolVersion?: number | undefined;
  /** Offer permessage-deflate (RFC 7692), with these options. Default `true`. */
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  /** Called before each request is sent: may change its headers, now or later, and must call `request.end()`. */
  finishRequest?(request: HandshakeRequest, websocket: WebSocket): void;

  // ---- the answer

  /** Milliseconds from the constructor to `open`, redirects included. Default 10,000; 0: no limit. */
  handshakeTimeout?: number | undefined;
  /** Milliseconds without a byte while the handshake is under way. Default 0: no limit. */
  timeout?: number | undefined;
  /** Octets of the head of an answer. Default 16 KiB. */
  maxHeaderSize?: number | undefined;
  /** Fields of the head of an answer. Default 100. */
  maxHeadersCount?: number | undefined;
  /** Go where a server redirects to. Default `false`. Credentials do not go to another host, nor from TLS to none. */
  followRedirects?: boolean | undefined;
  /** How many redirects to follow. Default 10. */
  maxRedirects?: number | undefined;
  /** Ends the opening handshake when it is aborted. Without effect on an open connection. */
  signal?: AbortSignal | undefined;

  // ---- the connection

  /**
   * Makes the socket: an `http.Agent` or `https.Agent`, used by its `createConnection`, or a proxy agent, used by its
   * `connect`. Sockets are not pooled. Default: none, for a WebSocket needs a connection of its own.
   */
  agent?: ClientAgent | undefined;
  /** Makes the socket, where there is no agent. It is believed: a `wss:` URL is not checked for TLS. */
  createConnection?: SocketMaker['createConnection'] | undefined;
  /** Connect to this Unix socket instead of the URL's host and port. */
  socketPath?: string | undefined;
  /** Whether a server whose certificate cannot be verified is refused. Default `true`; only `false` turns it off. */
  rejectUnauthorized?: boolean | undefined;
  /** Fills a buffer of four bytes with a masking key (§5.3). Default: from the system's random generator. */
  generateMask?: GenerateMask | undefined;
}

/** {@link ClientOptions} as the client works with them. */
export interface ClientSettings {
  readonly endpoint: EndpointSettings;
  readonly deflate: NormalisedOptions | undefined;
  readonly headers: Readonly<Record<string, HeaderValue>>;
  readonly auth: string | undefined;
  readonly finishRequest: ClientOptions['finishRequest'];
  readonly handshakeTimeout: number;
  readonly timeout: number;
  readonly headLimits: HeadLimits;
  readonly followRedirects: boolean;
  readonly maxRedirects: number;
  readonly signal: AbortSignal | undefined;
  readonly agent: ClientAgent | undefined;
  readonly createConnection: SocketMaker['createConnection'] | undefined;
  readonly socketPath: string | undefined;
  /** For `net.connect` and `tls.connect`, which check it themselves. */
  readonly dialOptions: DialOptions;
}

const DEFAULT_MAX_REDIRECTS = 10;

/**
 * Reads the options of a client.
 *
 * @throws TypeError or RangeError naming the option that is not what it must be.
 */
export function readClientOptions(options: ClientOptions): ClientSettings {
  checkVersion(options.protocolVersion);
  checkType('finishRequest', options.finishRequest, 'function');
  checkType('createConnection', options.createConnection, 'function');
  checkType('generateMask', options.generateMask, 'function');
  checkType('auth', options.auth, 'string');
  checkType('origin', options.origin, 'string');
  checkType('socketPath', options.socketPath, 'string');
  checkType('followRedirects', options.followRedirects, 'boolean');
  checkType('headers', options.headers, 'object');
  // A Headers, a Map or an array would be taken for an object without any.
  if (options.headers && Symbol.iterator in options.headers) throw new TypeError('headers must be a plain object');
  if (options.signal && typeof options.signal.addEventListener !== 'function') {
    throw new TypeError('signal must be an AbortSignal');
  }
  const deflate = readDeflateOptions(options.perMessageDeflate);
  const { maxHeaderSize, maxHeadersCount } = options;
  return {
    endpoint: readSettings(options, {
      isServer: false,
      nextMaskingKey: options.generateMask ? maskingKeysBy(options.generateMask) : nextMaskingKey,
      threshold: deflate?.threshold ?? DEFAULT_THRESHOLD,
      heartbeat: false, // §7.1.7(f), §7.2.1(c), §7.3(a): a client does not leave because nobody talks.
    }),
    deflate,
    headers: headersOf(options),
    auth: options.auth ?? undefined,
    finishRequest: options.finishRequest ?? undefined,
    handshakeTimeout: amount('handshakeTimeout', options.handshakeTimeout, Defaults.handshakeTimeout),
    timeout: amount('timeout', options.timeout, 0),
    headLimits: { maxHeaderSize, maxHeadersCount },
    followRedirects: options.followRedirects === true,
    maxRedirects: amount('maxRedirects', options.maxRedirects, DEFAULT_MAX_REDIRECTS),
    signal: options.signal ?? undefined,
    agent: options.agent ?? undefined,
    createConnection: options.createConnection ?? undefined,
    socketPath: options.socketPath ?? undefined,
    dialOptions: options,
  };
}

function readDeflateOptions(given: ClientOptions['perMessageDeflate']): NormalisedOptions | undefined {
  if (given === false || given === null) return undefined;
  return normaliseOptions(given === true ? {} : given);
}

/** `origin` becomes a header like the others, so that `finishRequest` can change it. */
function headersOf({ headers, origin }: ClientOptions): Readonly<Record<string, HeaderValue>> {
  if (origin === undefined || origin === null) return headers ?? {};
  if (Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'origin')) {
    throw new TypeError('origin is given twice: as an option and as a header');
  }
  return { ...headers, Origin: origin };
}

function checkVersion(version: number | undefined): void {
  if (version === undefined || version === WEBSOCKET_VERSION) return;
  throw new RangeError(
    `protocolVersion must be ${WEBSOCKET_VERSION}, got ${String(version)}: the earlier numbers were drafts of RFC 6455 with other rules (§4.1)`,
  );
}

function checkType(name: string, value: unknown, type: 'function' | 'string' | 'boolean' | 'object'): void {
  if (value === undefined || value === null || typeof value === type) return;
  throw new TypeError(`${name} must be a ${type}, got ${typeof value}`);
}
