// Writes a client's opening handshake: the numbered steps of RFC 6455 §4.1 for the request.
// The text has one character per octet: write it to the socket as 'latin1'.
// Never lets a caller's text end a line or say twice what the handshake itself says.
import { consistsOf, VCHAR } from '../bytes/ascii.ts';
import { checkFieldValue, isAuthority, serializeFields } from '../http/index.ts';
import { isExtensionListFault, parseExtensions } from './extensions.ts';
import { isKey } from './key.ts';
import { type FieldLine, fieldLines, type OutgoingHeaders } from './outgoing-headers.ts';
import { formatSubprotocols } from './subprotocol.ts';

/** What the request says. */
export interface ClientRequest {
  /**
   * Host and, when it is not the default of the scheme, port: `example.com:8080`. A `Host` among `headers` replaces it.
   */
  readonly host: string;
  /** The /resource name/ of §3: path and query, percent-encoded, beginning with "/". */
  readonly path: string;
  /** A key from `generateKey`, never used before. */
  readonly key: string;
  /** The value of `Origin`; none by default. */
  readonly origin?: string | undefined;
  /** Subprotocols, the best one first. */
  readonly protocols?: readonly string[] | undefined;
  /** The value of `Sec-WebSocket-Extensions`: what is offered; none, or `''`, for nothing. */
  readonly extensions?: string | undefined;
  /** More fields. */
  readonly headers?: OutgoingHeaders | undefined;
}

/**
 * Whether a field belongs to the handshake itself and so cannot be among the `headers` of {@link clientRequest}:
 * Upgrade, Connection, everything that begins with `Sec-WebSocket-`, and what would announce a body.
 */
export function isReservedRequestField(name: string): boolean {
  const folded = name.toLowerCase();
  return RESERVED.has(folded) || folded.startsWith('sec-websocket-');
}

const RESERVED = new Set(['connection', 'upgrade', 'content-length', 'transfer-encoding']);

/**
 * Writes the request that opens a handshake.
 *
 * @throws TypeError when a part holds a character that could end its line or would lose its upper half as latin1
 *   (U+010A would become LF), when the host, the path, the key or the extensions are not of their form, when a header
 *   is given twice in whatever case, or is one that {@link isReservedRequestField} knows.
 * @throws SyntaxError when a subprotocol is not a token or is given twice.
 */
export function clientRequest(request: ClientRequest): string {
  const { path, key, origin, protocols = [], extensions = '', headers = {} } = request;
  const { host = request.host, more } = splitHeaders(fieldLines(headers), origin);

  // 1. §4.1(o), §3(b): The handshake MUST be a valid HTTP request.
  if (typeof host !== 'string' || !isAuthority(host)) {
    throw new TypeError(`host must be a host with or without a port, not ${JSON.stringify(host)}`);
  }
  if (typeof path !== 'string' || !path.startsWith('/') || path.includes('#') || !consistsOf(path, VCHAR)) {
    throw new TypeError(
      `path must begin with "/" and be percent-encoded, without a fragment, not ${JSON.stringify(path)}`,
    );
  }
  if (typeof key !== 'string' || !isKey(key))
    throw new TypeError('key must be the base64 of 16 bytes: see generateKey()');

  const fields: FieldLine[] = [
    // 4. §4.1(r): The request MUST contain a |Host| header field.
    ['Host', host],
    // 5. §4.1(s): The request MUST contain an |Upgrade| header field.
    ['Upgrade', 'websocket'],
    // 6. §4.1(t): The request MUST contain a |Connection| header field.
    ['Connection', 'Upgrade'],
    // 7. §4.1(u): The request MUST include a header field with the name |Sec-WebSocket-Key|.
    ['Sec-WebSocket-Key', key],
    // 9. §4.1(x): The request MUST include a header field with the name |Sec-WebSocket-Version|.
    ['Sec-WebSocket-Version', '13'],
  ];
  // 8. Browsers send |Origin|; other clients may.
  if (origin !== undefined) {
    checkFieldValue('origin', origin);
    fields.push(['Origin', origin]);
  }
  // 10. §4.1(y): The request MAY include |Sec-WebSocket-Protocol|.
  if (protocols.length > 0) fields.push(['Sec-WebSocket-Protocol', formatSubprotocols(protocols)]);
  // 11. The request MAY include |Sec-WebSocket-Extensions|.
  if (extensions !== '') {
    if (isExtensionListFault(parseExtensions(extensions))) {
      throw new TypeError(`extensions must be a list of extensions (RFC 6455 §9.1), not ${JSON.stringify(extensions)}`);
    }
    fields.push(['Sec-WebSocket-Extensions', extensions]);
  }
  // 12. The request MAY include any other header fields.
  fields.push(...more);

  // 2. §4.1(p): The method MUST be GET, and the HTTP version at least 1.1.
  // 3. §4.1(q): The "Request-URI" MUST match the /resource name/.
  return `GET ${path} HTTP/1.1\r\n${serializeFields(fields)}\r\n`;
}

/** Takes `Host` out of the caller's lines, and refuses those that the handshake itself writes: §11.3.1(a), §11.3.5(a). */
function splitHeaders(
  lines: readonly FieldLine[],
  origin: string | undefined,
): { readonly host: string | undefined; readonly more: FieldLine[] } {
  let host: string | undefined;
  const more: FieldLine[] = [];
  for (const [name, value] of lines) {
    const folded = name.toLowerCase();
    if (isReservedRequestField(name))
      throw new TypeError(`The header ${name} belongs to the handshake and cannot be given`);
    if (folded === 'host') {
      if (host !== undefined) throw new TypeError('The header Host is given twice');
      host = value;
    } else if (folded === 'origin' && origin !== undefined) {
      throw new TypeError('origin is given twice: as an option and as a header');
    } else {
      more.push([name, value]);
    }
  }
  return { host, more };
}
