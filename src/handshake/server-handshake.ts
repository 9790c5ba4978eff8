// Reads a client's opening handshake: the numbered steps of RFC 6455 §4.2.1, each with what it refuses.
// Stricter than `node:http` wherever two readers could differ: one Host, one key, no body, GET alone, version 13 alone.
// Never throws on what a client sent, never accepts before every step has passed.
import { consistsOf, DIGIT, equalsIgnoringCase, VCHAR } from '../bytes/ascii.ts';
import { isAuthority, listHas, type RequestTarget, readRequestTarget, TargetForm } from '../http/index.ts';
import { type Extension, ExtensionListFault, isExtensionListFault, parseExtensions } from './extensions.ts';
import { isKey } from './key.ts';
import { type HandshakeRefusal, HandshakeRefusals, tellingVersion } from './refusal.ts';
import { isSubprotocolListFault, parseSubprotocols, SubprotocolListFault } from './subprotocol.ts';
import type { UpgradeFields, UpgradeHead } from './upgrade-head.ts';

/** The only version of the protocol there is (§4.1 step 9); those before it were drafts. */
export const WEBSOCKET_VERSION = 13;
/** §4.3: versions are numbers from 0 to 255. */
const MAX_VERSION = 255;
const MAX_VERSION_DIGITS = 3;

/** What a client's opening handshake says (§4.2.2 step 4). */
export interface ClientOpening {
  /** `Sec-WebSocket-Key`. */
  readonly key: string;
  /** Always {@link WEBSOCKET_VERSION}. */
  readonly version: number;
  /** The value of `Host`. */
  readonly host: string;
  /** The /resource name/ of §3: path and query of the request target, whether it had a scheme and host or not. */
  readonly resourceName: string;
  /** The value of `Origin` as it was written; `undefined` when the client is no browser. */
  readonly origin: string | undefined;
  /** The subprotocols the client would like, the best one first. */
  readonly protocols: ReadonlySet<string>;
  /** The value of `Sec-WebSocket-Extensions`, of several lines joined; `''` when there is none. */
  readonly extensions: string;
  /** The same taken apart: the client's offers, the best one first. */
  readonly offers: readonly Extension[];
}

const NO_PROTOCOLS: ReadonlySet<string> = new Set();
const NO_EXTENSIONS: readonly Extension[] = Object.freeze([]);

/**
 * Whether a request tries to be an opening handshake at all: whether its `Upgrade` lists `websocket`. A request that
 * asks for something else, `h2c` for one, is an ordinary request, for a server may ignore Upgrade (RFC 9110 §7.8).
 */
export function isUpgrade(head: UpgradeHead): boolean {
  return asksForWebSocket(head.fields.get('Upgrade'));
}

function asksForWebSocket(upgrade: string | undefined): boolean {
  // What nearly everybody writes is no list that would have to be read.
  return upgrade !== undefined && (upgrade === 'websocket' || listHas(upgrade, 'websocket'));
}

/** Whether {@link readOpeningHandshake} refuses. */
export function isHandshakeRefusal(result: ClientOpening | HandshakeRefusal): result is HandshakeRefusal {
  return 'status' in result;
}

/**
 * Reads an opening handshake.
 *
 * @returns what the client wants, or the first reason to refuse it in the order of §4.2.1(a), whoever sent it: §10.1(a)(b).
 *   Whichever that is, the answer to a request of another version says `Sec-WebSocket-Version` (§4.4(a)).
 */
export function readOpeningHandshake(head: UpgradeHead): ClientOpening | HandshakeRefusal {
  const result = readSteps(head);
  if (!isHandshakeRefusal(result) || judgeVersion(head.fields) === undefined) return result;
  return tellingVersion(result);
}

/** Fields are asked for as most clients write them: names that are the same are compared fastest. */
function readSteps(head: UpgradeHead): ClientOpening | HandshakeRefusal {
  const { fields } = head;
  if (head.truncated === true) return HandshakeRefusals.TruncatedHead;

  // 1. §4.2.1(b): An HTTP/1.1 or higher GET request, including a "Request-URI" to be read as a /resource name/.
  if (head.method !== 'GET') return HandshakeRefusals.MethodNotGet;
  if (head.majorVersion !== 1 || head.minorVersion < 1) return HandshakeRefusals.HttpVersionTooLow;
  const target = readTarget(head.target);
  if (target === undefined) return HandshakeRefusals.InvalidResourceName;
  const body = judgeBody(fields);
  if (body !== undefined) return body;

  // 2. §4.2.1(c): A |Host| header field containing the server's authority.
  const host = fields.get('Host');
  if (host === undefined) return HandshakeRefusals.MissingHost;
  // §4.2.1(A): Two lines, joined by a comma and a space, are never an authority, nor two keys a key: one look for the good case.
  if (!isAuthority(host)) {
    return fields.count('Host') > 1 ? HandshakeRefusals.DuplicateHost : HandshakeRefusals.InvalidHost;
  }
  // RFC 9112 §3.2.2 lets the target win. A mismatch is somebody playing two readers off against each other.
  const mismatch = target.form === TargetForm.Absolute && !equalsIgnoringCase(target.authority, host);
  if (mismatch) return HandshakeRefusals.HostMismatch;

  // 3. §4.2.1(d): An |Upgrade| header field containing "websocket", treated as an ASCII case-insensitive value.
  const upgrade = fields.get('Upgrade');
  if (!asksForWebSocket(upgrade)) return HandshakeRefusals.NotAnUpgrade;
  // Two lines have a comma between them.
  if (upgrade !== 'websocket' && fields.count('Upgrade') > 1) return HandshakeRefusals.DuplicateUpgrade;

  // 4. §4.2.1(e): A |Connection| header field that includes "Upgrade", treated as an ASCII case-insensitive value.
  const connection = fields.get('Connection') ?? '';
  if (connection !== 'Upgrade' && !listHas(connection, 'upgrade')) return HandshakeRefusals.ConnectionWithoutUpgrade;

  // 5. §4.2.1(f), §11.3.1(A): A |Sec-WebSocket-Key| header field with the base64 of 16 bytes.
  const key = fields.get('Sec-WebSocket-Key');
  if (key === undefined) return HandshakeRefusals.MissingKey;
  if (!isKey(key)) {
    return fields.count('Sec-WebSocket-Key') > 1 ? HandshakeRefusals.DuplicateKey : HandshakeRefusals.InvalidKey;
  }

  // 6. §4.2.1(g), §11.3.5(A): A |Sec-WebSocket-Version| header field, with a value of 13.
  const version = judgeVersion(fields);
  if (version !== undefined) return version;

  // 7. §4.2.1(h): Optionally, an |Origin| header field.
  const origin = fields.get('Origin');
  if (origin?.includes(',') === true && fields.count('Origin') > 1) return HandshakeRefusals.DuplicateOrigin;

  // 8. Optionally, a |Sec-WebSocket-Protocol| header field, ordered by preference.
  const protocolList = fields.get('Sec-WebSocket-Protocol');
  const protocols = protocolList === undefined ? NO_PROTOCOLS : parseSubprotocols(protocolList);
  if (isSubprotocolListFault(protocols)) return PROTOCOL_REFUSALS[protocols];

  // 9. §9.1(a): Optionally, a |Sec-WebSocket-Extensions| header field.
  const extensions = fields.get('Sec-WebSocket-Extensions');
  const offers = extensions === undefined ? NO_EXTENSIONS : parseExtensions(extensions);
  if (isExtensionListFault(offers)) return EXTENSION_REFUSALS[offers];

  // 10. §4.2.1(i): Optionally, other header fields. Unknown header fields are ignored.
  return {
    key,
    version: WEBSOCKET_VERSION,
    host,
    resourceName: target.resource,
    origin,
    protocols,
    extensions: extensions ?? '',
    offers,
  };
}

const PROTOCOL_REFUSALS: Readonly<Record<SubprotocolListFault, HandshakeRefusal>> = {
  [SubprotocolListFault.Empty]: HandshakeRefusals.EmptyProtocolList,
  [SubprotocolListFault.Malformed]: HandshakeRefusals.MalformedProtocolList,
  [SubprotocolListFault.Duplicate]: HandshakeRefusals.DuplicateProtocol,
};

const EXTENSION_REFUSALS: Readonly<Record<ExtensionListFault, HandshakeRefusal>> = {
  [ExtensionListFault.Malformed]: HandshakeRefusals.MalformedExtensionList,
  [ExtensionListFault.TooMany]: HandshakeRefusals.TooManyExtensions,
};

/** A path with or without a query, or an absolute URI; §3(A): a fragment in neither. */
function readTarget(target: string): RequestTarget | undefined {
  if (target.includes('#') || !consistsOf(target, VCHAR)) return undefined;
  return readRequestTarget('GET', target);
}

/**
 * A GET with a body is legal HTTP (RFC 9110 §9.3.1) and the current way to smuggle: a proxy forwards the body, and
 * whoever sits behind reads it as frames or as the next request. So there is none (§4.2.1(A)); `Content-Length: 0` says
 * just that.
 */
function judgeBody(fields: UpgradeFields): HandshakeRefusal | undefined {
  if (fields.count('Transfer-Encoding') > 0) return HandshakeRefusals.TransferEncoding;
  const length = fields.get('Content-Length');
  if (length === undefined) return undefined;
  // RFC 9112 §6.3: two lines are an error, and joined by a comma they are no number.
  if (length === '' || !consistsOf(length, DIGIT)) return HandshakeRefusals.MalformedContentLength;
  return Number(length) === 0 ? undefined : HandshakeRefusals.ContentInHandshake;
}

function judgeVersion(fields: UpgradeFields): HandshakeRefusal | undefined {
  const version = fields.get('Sec-WebSocket-Version');
  if (version === undefined) return HandshakeRefusals.MissingWebSocketVersion;
  if (version === '13') return undefined;
  if (fields.count('Sec-WebSocket-Version') > 1) return HandshakeRefusals.DuplicateWebSocketVersion;
  // §4.3(b): a number from 0 to 255 with no leading zeros.
  const isVersion =
    version.length <= MAX_VERSION_DIGITS && consistsOf(version, DIGIT) && String(Number(version)) === version;
  if (!isVersion || Number(version) > MAX_VERSION) return HandshakeRefusals.InvalidWebSocketVersion;
  return HandshakeRefusals.UnsupportedWebSocketVersion;
}
