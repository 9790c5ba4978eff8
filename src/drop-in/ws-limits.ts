// The defaults of `ws` 8.23, in the words of our options. A value of `undefined` is one that was not given.
import type { ClientOptions } from '../client/index.ts';
import type { PerMessageDeflateOptions } from '../deflate/index.ts';
import type { ServerOptions as BaseServerOptions } from '../server/index.ts';
import type { EndpointOptions } from '../websocket/index.ts';

/** Of both roles. */
const ENDPOINT = {
  maxPayload: 100 * 1024 * 1024,
  maxFragments: 16 * 1024,
  // What `ws` has no limit for.
  maxBufferedAmount: 0,
  messageTimeout: 0,
  writeTimeout: 0,
  heartbeat: false,
} as const satisfies EndpointOptions;

const SERVER = {
  ...ENDPOINT,
  allowedOrigins: '*',
  // `ws` leaves the request to node:http; these are its limits.
  handshakeTimeout: 60_000,
  maxHeadersCount: 2_000,
} as const satisfies BaseServerOptions;

const CLIENT = {
  ...ENDPOINT,
  handshakeTimeout: 0,
  maxHeadersCount: 2_000,
  perMessageDeflate: true,
} as const satisfies ClientOptions;

/** `ws` allows context takeover where nobody says otherwise. */
const DEFLATE = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
} as const satisfies PerMessageDeflateOptions;

/**
 * The options of a server, completed with the defaults of `ws`.
 *
 * @param WebSocket the class of its connections, when nothing else is said.
 */
export function serverOptionsOfWs(options: object = {}, WebSocket: BaseServerOptions['WebSocket']): BaseServerOptions {
  return withDeflate(completed<BaseServerOptions>({ ...SERVER, WebSocket }, options));
}

/** The options of a client, completed with the defaults of `ws`. */
export function clientOptionsOfWs(options: object | null | undefined): ClientOptions {
  return withDeflate(completed<ClientOptions>(CLIENT, options ?? {}));
}

/** `given` over `defaults`, but for what is `undefined`. */
function completed<Options extends object>(defaults: Options, given: object): Options {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(entries) };
}

function withDeflate<Options extends { perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined }>(
  options: Options,
): Options {
  const given = options.perMessageDeflate;
  if (!given) return options;
  return { ...options, perMessageDeflate: completed(DEFLATE, given === true ? {} : given) };
}
