// Connects to a server: TCP or a Unix socket, with TLS above it where the URL asks for it. RFC 6455 §4.1 steps 2 and 5.
// The sockets of clients come from here and from nowhere else.
// Never turns the verification of a certificate off: only a caller who says `false` does that.
import { type ConnectOpts, connect, isIP, type Socket, type TcpSocketConnectOpts } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';

type Optional<T> = { [Key in keyof T]?: T[Key] | undefined };

/** What a caller may say about a connection: the options of `net.connect` and `tls.connect` but where to connect to. */
export interface DialOptions
  extends Optional<Omit<TcpSocketConnectOpts, 'host' | 'port' | keyof ConnectOpts>>,
    Optional<Omit<ConnectionOptions, 'host' | 'port' | 'path' | 'timeout' | 'lookup'>> {}

/** Where to connect to. */
export interface DialTarget {
  /** A name or an address, an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** A Unix socket, or a named pipe of Windows, instead of host and port. */
  readonly socketPath: string | undefined;
  /** Whether TLS is spoken. */
  readonly secure: boolean;
}

/** Options as `net.connect`, `tls.connect` and the agents of `node:http` take them. */
export interface SocketOptions extends DialOptions {
  host: string;
  port: number;
  /** The Unix socket; for Node, `path` says that. */
  path?: string;
}

/** The one protocol that a client of ours speaks above TLS (RFC 7301): a server must not answer in HTTP/2. */
const ALPN_PROTOCOLS = ['http/1.1'];

/**
 * These of `net.connect` would outlive the opening handshake, or take the bytes away from whoever reads them; and
 * `highWaterMark` means something else to an endpoint.
 */
const NOT_PASSED_ON: ReadonlySet<string> = new Set([
  'signal',
  'timeout',
  'onread',
  'fd',
  'path',
  'allowHalfOpen',
  'highWaterMark',
]);

/** The families of addresses, as `dns.lookup` knows them; 0 is either. */
const FAMILIES: readonly unknown[] = [undefined, 0, 4, 6, 'IPv4', 'IPv6'];

const MAX_PORT = 65_535;

/**
 * Completes the options of a connection. What is `undefined` counts as not given, so that it cannot replace a default of
 * Node's: `rejectUnauthorized: undefined` leaves the verification on.
 *
 * @throws TypeError or RangeError naming the option that is not what it must be. `node:net` would notice too, and leave
 *   a handle behind.
 */
export function socketOptions(target: DialTarget, given: DialOptions): SocketOptions {
  checkOptions(given);
  const options: SocketOptions = { host: target.host, port: target.port };
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !NOT_PASSED_ON.has(name)) Object.assign(options, { [name]: value });
  }
  options.host = target.host;
  options.port = target.port;
  if (target.socketPath !== undefined) options.path = target.socketPath;
  if (target.secure) {
    // RFC 6455 §4.1(m): clients use Server Name Indication. RFC 6066 §3: an address is no name.
    options.servername ??= isIP(target.host) === 0 ? target.host : '';
    options.ALPNProtocols ??= ALPN_PROTOCOLS;
  }
  return options;
}

function checkOptions({ localAddress, localPort = 0, family, lookup }: DialOptions): void {
  if (localAddress !== undefined && isIP(localAddress) === 0) {
    throw new TypeError(`localAddress must be an IP address, got ${String(localAddress)}`);
  }
  if (!Number.isInteger(localPort) || localPort < 0 || localPort > MAX_PORT) {
    throw new RangeError(`localPort must be an integer from 0 to ${MAX_PORT}, got ${String(localPort)}`);
  }
  if (!FAMILIES.includes(family)) throw new TypeError(`family must be 4, 6 or 0 for either, got ${String(family)}`);
  if (lookup !== undefined && typeof lookup !== 'function') {
    throw new TypeError(`lookup must be a function, got ${typeof lookup}`);
  }
}

/** §4.1(g): Begins to connect. The socket emits `'connect'` when it is connected. */
export function connectPlain(options: SocketOptions): Socket {
  return connect(options);
}

/**
 * Begins to connect and to speak TLS, by Node's own choice of algorithms (§10.6(a)(c)). The socket emits `'secureConnect'`
 * when the server's certificate has been verified; nothing should be written before, and everything goes through TLS:
 * §4.1(j)(l).
 *
 * @throws TypeError, RangeError or Error of `node:tls` when a certificate, a key or another option of TLS is not what it
 *   must be.
 */
export function connectSecure(options: SocketOptions): TLSSocket {
  return connectTls(options as ConnectionOptions);
}
