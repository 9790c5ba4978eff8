// Every reason to refuse a client's opening handshake, one row each. RFC 6455 §4.2.1 and §4.2.2, with RFC 9110 and
// 9112. A row is a value, never thrown: the server answers with its status and closes (RFC 6455 §7.2.2). It never
// carries a byte of what the client sent.

import { fieldLine, type Place, startLinePart } from '../http/index.ts';

/** One reason to refuse an opening handshake. */
export interface HandshakeRefusal {
  /** Its name, which is its key in {@link HandshakeRefusals}. */
  readonly name: string;
  /** The status of the answer. */
  readonly status: number;
  /** The rule that was broken. */
  readonly section: string;
  /** What the client did, as a sentence for a log or for the body of the answer. */
  readonly text: string;
  /** What would have been right. */
  readonly expected: string;
  /** What of the head it is about; `undefined` when the head is not whole. */
  readonly place: Place | undefined;
  /** Fields that the answer has to have. */
  readonly headers?: Readonly<Record<string, string>>;
}

function row(
  name: string,
  status: number,
  section: string,
  text: string,
  expected: string,
  place: Place | undefined,
  headers?: Readonly<Record<string, string>>,
): HandshakeRefusal {
  const refusal = { name, status, section, text, expected, place };
  return Object.freeze(headers === undefined ? refusal : { ...refusal, headers });
}

/** RFC 9112 §3: the parts of a request line. */
const METHOD = startLinePart(0);
const TARGET = startLinePart(1);
const VERSION = startLinePart(2);
/** A field that came twice is wrong where it came again. */
const SECOND = 1;
const NOWHERE = undefined;

/** RFC 9110 §15.5.6: a 405 names the methods that are allowed. */
const ALLOW_GET = Object.freeze({ Allow: 'GET' });
/** RFC 6455 §4.2.2(d), §4.4(a): whatever is wrong with the version, the answer says which one is understood. */
const SPEAKS_13 = Object.freeze({ 'Sec-WebSocket-Version': '13' });
/** RFC 9110 §15.5.22: a 426 says what to upgrade to. */
const UPGRADE_TO_13 = Object.freeze({ Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' });

/** All of them, each with its status: RFC 6455 §10.7(c). Tests and documents loop over this table. */
export const HandshakeRefusals = Object.freeze({
  TruncatedHead: row(
    'TruncatedHead',
    431,
    'RFC 6585 §5',
    'The request has more fields than are accepted.',
    'at most maxHeadersCount fields',
    NOWHERE,
  ),

  // ---- §4.2.1 step 1: an HTTP/1.1 or higher GET request
  MethodNotGet: row(
    'MethodNotGet',
    405,
    'RFC 6455 §4.2.1',
    'The method of an opening handshake is GET.',
    'GET',
    METHOD,
    ALLOW_GET,
  ),
  HttpVersionTooLow: row(
    'HttpVersionTooLow',
    505,
    'RFC 6455 §4.2.1',
    'An opening handshake needs HTTP/1.1.',
    'HTTP/1.1',
    VERSION,
  ),
  InvalidResourceName: row(
    'InvalidResourceName',
    400,
    'RFC 6455 §4.2.1',
    'The request target is neither a path nor an absolute HTTP URI, or it has a fragment.',
    'a path such as /chat, or an absolute URI, without a fragment',
    TARGET,
  ),
  TransferEncoding: row(
    'TransferEncoding',
    400,
    'RFC 9112 §6.1',
    'An opening handshake has no body, and so no Transfer-Encoding.',
    'no Transfer-Encoding',
    fieldLine('Transfer-Encoding'),
  ),
  MalformedContentLength: row(
    'MalformedContentLength',
    400,
    'RFC 9112 §6.3',
    'Content-Length is not one number of decimal digits.',
    'no Content-Length, or one that is 0',
    fieldLine('Content-Length'),
  ),
  ContentInHandshake: row(
    'ContentInHandshake',
    400,
    'RFC 9110 §9.3.1',
    'An opening handshake has no body: its Content-Length can only be 0.',
    'no Content-Length, or one that is 0',
    fieldLine('Content-Length'),
  ),

  // ---- §4.2.1 step 2: Host
  MissingHost: row(
    'MissingHost',
    400,
    'RFC 9112 §3.2',
    'There is no Host.',
    'one Host that names the server, such as Host: example.com',
    fieldLine('Host'),
  ),
  DuplicateHost: row(
    'DuplicateHost',
    400,
    'RFC 9112 §3.2',
    'There is more than one Host.',
    'one Host',
    fieldLine('Host', SECOND),
  ),
  InvalidHost: row(
    'InvalidHost',
    400,
    'RFC 9112 §3.2',
    'Host is not a host with or without a port.',
    'a host with or without a port, such as example.com:8080',
    fieldLine('Host'),
  ),
  HostMismatch: row(
    'HostMismatch',
    400,
    'RFC 9112 §3.2.2',
    'Host differs from the authority in the request target.',
    'the same authority in both',
    fieldLine('Host'),
  ),

  // ---- §4.2.1 step 3: Upgrade
  NotAnUpgrade: row(
    'NotAnUpgrade',
    426,
    'RFC 9110 §15.5.22',
    'This is a WebSocket endpoint; the request does not ask to upgrade to websocket.',
    'Upgrade: websocket',
    fieldLine('Upgrade'),
    UPGRADE_TO_13,
  ),
  DuplicateUpgrade: row(
    'DuplicateUpgrade',
    400,
    'RFC 6455 §4.2.1',
    'There is more than one Upgrade.',
    'one Upgrade',
    fieldLine('Upgrade', SECOND),
  ),

  // ---- §4.2.1 step 4: Connection
  ConnectionWithoutUpgrade: row(
    'ConnectionWithoutUpgrade',
    400,
    'RFC 6455 §4.2.1',
    'Connection does not list "upgrade".',
    'Connection: Upgrade',
    fieldLine('Connection'),
  ),

  // ---- §4.2.1 step 5: Sec-WebSocket-Key
  MissingKey: row(
    'MissingKey',
    400,
    'RFC 6455 §4.2.1',
    'There is no Sec-WebSocket-Key.',
    'one Sec-WebSocket-Key: 16 random bytes in base64',
    fieldLine('Sec-WebSocket-Key'),
  ),
  DuplicateKey: row(
    'DuplicateKey',
    400,
    'RFC 6455 §11.3.1',
    'There is more than one Sec-WebSocket-Key.',
    'one Sec-WebSocket-Key',
    fieldLine('Sec-WebSocket-Key', SECOND),
  ),
  InvalidKey: row(
    'InvalidKey',
    400,
    'RFC 6455 §4.2.1',
    'Sec-WebSocket-Key is not the base64 of 16 bytes.',
    '24 characters of base64, of which the last two are ==',
    fieldLine('Sec-WebSocket-Key'),
  ),

  // ---- §4.2.1 step 6: Sec-WebSocket-Version
  MissingWebSocketVersion: row(
    'MissingWebSocketVersion',
    426,
    'RFC 6455 §4.2.2',
    'There is no Sec-WebSocket-Version.',
    'Sec-WebSocket-Version: 13',
    fieldLine('Sec-WebSocket-Version'),
    UPGRADE_TO_13,
  ),
  DuplicateWebSocketVersion: row(
    'DuplicateWebSocketVersion',
    400,
    'RFC 6455 §11.3.5',
    'There is more than one Sec-WebSocket-Version.',
    'one Sec-WebSocket-Version',
    fieldLine('Sec-WebSocket-Version', SECOND),
    SPEAKS_13,
  ),
  InvalidWebSocketVersion: row(
    'InvalidWebSocketVersion',
    400,
    'RFC 6455 §4.3',
    'Sec-WebSocket-Version is not one number from 0 to 255 without leading zeros.',
    'Sec-WebSocket-Version: 13',
    fieldLine('Sec-WebSocket-Version'),
    SPEAKS_13,
  ),
  UnsupportedWebSocketVersion: row(
    'UnsupportedWebSocketVersion',
    426,
    'RFC 6455 §4.2.2',
    'The version of the WebSocket protocol is not 13.',
    'Sec-WebSocket-Version: 13',
    fieldLine('Sec-WebSocket-Version'),
    UPGRADE_TO_13,
  ),

  // ---- §4.2.1 step 7: Origin
  DuplicateOrigin: row(
    'DuplicateOrigin',
    400,
    'RFC 6454 §7.3',
    'There is more than one Origin.',
    'one Origin at most',
    fieldLine('Origin', SECOND),
  ),

  // ---- §4.2.1 step 8: Sec-WebSocket-Protocol
  EmptyProtocolList: row(
    'EmptyProtocolList',
    400,
    'RFC 6455 §4.3',
    'Sec-WebSocket-Protocol names no subprotocol.',
    'one subprotocol at least, or no Sec-WebSocket-Protocol',
    fieldLine('Sec-WebSocket-Protocol'),
  ),
  MalformedProtocolList: row(
    'MalformedProtocolList',
    400,
    'RFC 6455 §4.3',
    'Sec-WebSocket-Protocol is not a list of tokens.',
    'tokens with commas between them, such as chat, superchat',
    fieldLine('Sec-WebSocket-Protocol'),
  ),
  DuplicateProtocol: row(
    'DuplicateProtocol',
    400,
    'RFC 6455 §4.1',
    'Sec-WebSocket-Protocol names a subprotocol twice.',
    'each subprotocol once',
    fieldLine('Sec-WebSocket-Protocol'),
  ),

  // ---- §4.2.1 step 9: Sec-WebSocket-Extensions
  MalformedExtensionList: row(
    'MalformedExtensionList',
    400,
    'RFC 6455 §9.1',
    'Sec-WebSocket-Extensions is not a list of extensions.',
    'names with their parameters, such as permessage-deflate; client_max_window_bits',
    fieldLine('Sec-WebSocket-Extensions'),
  ),
  TooManyExtensions: row(
    'TooManyExtensions',
    400,
    'RFC 6455 §9.1',
    'Sec-WebSocket-Extensions has more parts than are accepted.',
    'at most 32 extensions with 32 parameters each',
    fieldLine('Sec-WebSocket-Extensions'),
  ),

  // ---- §4.2.2(c): what only the server itself can judge
  ForbiddenOrigin: row(
    'ForbiddenOrigin',
    403,
    'RFC 6455 §4.2.2',
    'The origin is not one that may connect.',
    'an origin of the same host, or one of allowedOrigins',
    fieldLine('Origin'),
  ),
  // §4.2.2(e)
  UnknownResource: row(
    'UnknownResource',
    404,
    'RFC 6455 §4.2.2',
    'There is no WebSocket endpoint at this path.',
    'a path that is served',
    TARGET,
  ),
});

const WITH_VERSION: ReadonlyMap<HandshakeRefusal, HandshakeRefusal> = new Map(
  Object.values(HandshakeRefusals).map((refusal) => [refusal, saysVersion(refusal) ? refusal : sayingVersion(refusal)]),
);

function saysVersion({ headers }: HandshakeRefusal): boolean {
  return headers?.['Sec-WebSocket-Version'] !== undefined;
}

function sayingVersion(refusal: HandshakeRefusal): HandshakeRefusal {
  return Object.freeze({ ...refusal, headers: { ...refusal.headers, ...SPEAKS_13 } });
}

/**
 * The same refusal, with a `Sec-WebSocket-Version` in its answer. §4.4(a): whatever else was wrong with a request of another
 * version, it is told of ours.
 *
 * @param refusal a row of {@link HandshakeRefusals}.
 */
export function tellingVersion(refusal: HandshakeRefusal): HandshakeRefusal {
  return WITH_VERSION.get(refusal) as HandshakeRefusal;
}
