// Where an opening handshake goes, and what of the caller's secrets goes with it when a server sends it elsewhere.
// RFC 9110 §15.4, RFC 6455 §4.1. Credentials never leave the host they were given for, nor a connection with TLS for one
// without; once withheld they never come back.
import type { ResponseHead } from '../http/index.ts';
import { type Address, resolveLocation } from './address.ts';
import type { HeaderValue } from './request.ts';

/** Where one request goes. */
export interface Route {
  readonly address: Address;
  /** Whether it is the host that the application named: what was meant for that host may go there. */
  readonly sameHost: boolean;
  /** Whether `Authorization` and the like may go there. */
  readonly trusted: boolean;
}

/** RFC 9110 §15.4.2 to §15.4.9: those that name another place for the same request. */
const REDIRECTIONS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What shows who the caller is. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** The way to `address`, as the application named it. */
export function firstRoute(address: Address): Route {
  return { address, sameHost: true, trusted: true };
}

/** Whether `head` sends the client elsewhere. */
export function isRedirect(head: ResponseHead): boolean {
  return REDIRECTIONS.has(head.statusCode) && head.fields.has('location');
}

/**
 * The way to where a server redirects to.
 *
 * @throws SyntaxError when that is no address of a WebSocket.
 */
export function redirected(route: Route, location: string): Route {
  const from = route.address;
  const address = resolveLocation(location, from);
  const sameHost = route.sameHost && from.socketPath === address.socketPath && from.authority === address.authority;
  return { address, sameHost, trusted: route.trusted && sameHost && (address.secure || !from.secure) };
}

/** What of the application's `headers` goes along `route`, and its `auth`. */
export function headersFor(
  route: Route,
  headers: Readonly<Record<string, HeaderValue>>,
  auth: string | undefined,
): (readonly [name: string, value: HeaderValue])[] {
  const allowed = Object.entries(headers).filter(([name]) => {
    const folded = name.toLowerCase();
    return (route.sameHost || folded !== 'host') && (route.trusted || !CREDENTIALS.has(folded));
  });
  const credentials = route.trusted ? (auth ?? route.address.auth) : undefined;
  if (credentials === undefined || allowed.some(([name]) => name.toLowerCase() === 'authorization')) return allowed;
  return [...allowed, ['Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`]];
}
