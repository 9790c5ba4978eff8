// Where to connect to and what to ask for there, read from a URL: RFC 6455 §3, WHATWG WebSockets §3.1 (constructor), and
// the `ws+unix:` of `ws`. Never connects to anything, never lets a URL through that has a fragment.

/** A URL taken apart. */
export interface Address {
  /** In its normal form: `ws:` for `http:`, `wss:` for `https:`. */
  readonly url: string;
  /** The flag /secure/ of RFC 6455 §3. */
  readonly secure: boolean;
  /** The /host/ of RFC 6455 §3, an IPv6 address without brackets; `localhost` behind a Unix socket. */
  readonly host: string;
  /** The /port/. */
  readonly port: number;
  /** Host and, when it is not the default of the scheme, port: what `Host` says. */
  readonly authority: string;
  /** The /resource name/: path and query. */
  readonly path: string;
  /** The Unix socket, or the named pipe of Windows, to connect to instead. */
  readonly socketPath: string | undefined;
  /** `user:password`, percent-decoded. */
  readonly auth: string | undefined;
}

const DEFAULT_PORT = 80;
const DEFAULT_SECURE_PORT = 443;

/** The host of what has none. */
const LOCAL = 'localhost';

/**
 * Reads the address of a WebSocket: §4.1(b).
 *
 * @param address a `ws:`, `wss:`, `http:` or `https:` URL, or `ws+unix:/path/of.sock:/resource?query`.
 * @throws SyntaxError when it is none of them, or has a fragment.
 */
export function parseAddress(address: string | URL): Address {
  const url = urlOf(address);
  // §3(a): what is behind a "#" would be sent to nobody.
  if (url.hash !== '' || url.href.endsWith('#')) {
    throw new SyntaxError(`A WebSocket URL has no fragment (RFC 6455 §3): ${url.href}`);
  }
  switch (url.protocol) {
    case 'http:':
      url.protocol = 'ws:';
      return networkAddress(url, false);
    case 'ws:':
      return networkAddress(url, false);
    case 'https:':
      url.protocol = 'wss:';
      return networkAddress(url, true);
    case 'wss:':
      return networkAddress(url, true);
    case 'ws+unix:':
      return localAddress(url);
    default:
      throw new SyntaxError(`The scheme must be ws:, wss:, http:, https: or ws+unix:, not ${url.protocol}`);
  }
}

/**
 * Reads where a server redirects to (RFC 9110 §10.2.2).
 *
 * @param location an address, or a reference relative to `from`.
 * @throws SyntaxError as {@link parseAddress}.
 */
export function resolveLocation(location: string, from: Address): Address {
  if (URL.canParse(location)) return parseAddress(location);
  if (from.socketPath === undefined) return parseAddress(urlOf(location, from.url));
  // A relative reference knows nothing of sockets: it is resolved against the resource behind this one.
  const resolved = urlOf(location, `ws://${LOCAL}${from.path}`);
  if (resolved.host !== LOCAL) throw new SyntaxError(`Invalid URL: ${location}`);
  const socket = new URL(from.url).pathname.split(':', 1)[0];
  return parseAddress(`ws+unix:${socket}:${resolved.pathname}${resolved.search}${resolved.hash}`);
}

/** §11.1.1(a)(b), §11.1.2(a)(b): hosts become ASCII, and other characters are percent-encoded. */
function urlOf(address: string | URL, base?: string): URL {
  try {
    return new URL(address, base);
  } catch {
    throw new SyntaxError(`Invalid URL: ${address}`);
  }
}

function networkAddress(url: URL, secure: boolean): Address {
  const { hostname, username, password } = url;
  return {
    url: url.href,
    secure,
    host: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port: url.port === '' ? (secure ? DEFAULT_SECURE_PORT : DEFAULT_PORT) : Number(url.port),
    authority: url.host,
    path: url.pathname + url.search,
    socketPath: undefined,
    auth: username === '' && password === '' ? undefined : `${decode(username)}:${decode(password)}`,
  };
}

function localAddress(url: URL): Address {
  const { pathname } = url;
  const colon = pathname.indexOf(':');
  const socketPath = decode(colon === -1 ? pathname : pathname.slice(0, colon));
  if (socketPath === '') throw new SyntaxError(`A ws+unix: URL must have the path of a socket: ${url.href}`);
  const resource = colon === -1 ? '' : pathname.slice(colon + 1);
  return {
    url: url.href,
    secure: false,
    host: LOCAL,
    port: DEFAULT_PORT,
    authority: LOCAL,
    // RFC 6455 §3: the resource name of an empty path is "/".
    path: `${resource === '' ? '/' : resource}${url.search}`,
    socketPath,
    auth: undefined,
  };
}

/** Undoes percent-encoding, where it is one. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
