// Judges a server's answer to an opening handshake: the numbered steps of RFC 6455 §4.1 after the request was sent.
// Tokens are compared in an ASCII case-insensitive manner, Sec-WebSocket-Accept and subprotocols exactly.
// Never throws on what a server sent, never believes a 101 before every step has passed.
import { equalsIgnoringCase } from '../bytes/ascii.ts';
import { listHas, type ResponseHead } from '../http/index.ts';
import { type Extension, isExtensionListFault, parseExtensions } from './extensions.ts';
import { type HandshakeFailure, HandshakeFailures } from './failure.ts';
import { acceptKey } from './key.ts';
import type { UpgradeFields } from './upgrade-head.ts';

const SWITCHING_PROTOCOLS = 101;
const FIRST_FINAL_STATUS = 200;

/** What was sent, as far as the answer has to fit it. */
export interface ExpectedAnswer {
  /** The `Sec-WebSocket-Key` of the request. */
  readonly key: string;
  /** The subprotocols asked for. */
  readonly protocols: readonly string[];
  /** The `Sec-WebSocket-Extensions` of the request; `''` when there was none. */
  readonly extensions: string;
}

/** What a server's answer says. */
export interface ServerAnswer {
  /** _Subprotocol In Use_: one of those asked for; `''` when none was. */
  readonly protocol: string;
  /** _Extensions In Use_: the value of `Sec-WebSocket-Extensions`; `''` when there is none. */
  readonly extensions: string;
  /** The same taken apart. Whether their parameters fit the offer is for each extension to judge. */
  readonly extensionsInUse: readonly Extension[];
}

/** Whether {@link readServerHandshake} gives up. */
export function isHandshakeFailure(result: ServerAnswer | HandshakeFailure): result is HandshakeFailure {
  return 'section' in result;
}

/**
 * Judges the head of a server's answer: §4.1(aa).
 *
 * @returns what the server chose, or the first reason to give up in the order of §4.1. Two reasons are not failures
 *   yet: `InterimResponse` asks to read on, `UnexpectedResponse` to handle the response as HTTP.
 */
export function readServerHandshake(
  head: Pick<ResponseHead, 'statusCode' | 'minorVersion'> & { readonly fields: UpgradeFields },
  expected: ExpectedAnswer,
): ServerAnswer | HandshakeFailure {
  const { statusCode, fields } = head;
  // 1. §4.1(ah): If the status code received from the server is not 101, the client handles the response per HTTP procedures.
  if (statusCode !== SWITCHING_PROTOCOLS) {
    return statusCode < FIRST_FINAL_STATUS ? HandshakeFailures.InterimResponse : HandshakeFailures.UnexpectedResponse;
  }
  // §4.1(B): HTTP/1.0 knows no upgrade.
  if (head.minorVersion < 1) return HandshakeFailures.HttpVersionTooLow;

  // 2. §4.1(ab)(B): If the response lacks an |Upgrade| header field or it is not a match for "websocket", fail.
  const upgrade = fields.get('upgrade');
  if (upgrade === undefined) return HandshakeFailures.MissingUpgrade;
  if (!equalsIgnoringCase(upgrade, 'websocket')) return HandshakeFailures.InvalidUpgrade;

  // 3. §4.1(ac): If the response lacks a |Connection| header field or it doesn't contain the token "Upgrade", fail.
  if (!listHas(fields.get('connection') ?? '', 'upgrade')) return HandshakeFailures.ConnectionWithoutUpgrade;

  // 4. §4.1(ad)(B), §1.3(b): If the response lacks |Sec-WebSocket-Accept| or it contains another value, fail.
  const accept = fields.get('sec-websocket-accept');
  if (accept === undefined) return HandshakeFailures.MissingAccept;
  if (fields.count('sec-websocket-accept') > 1) return HandshakeFailures.DuplicateAccept;
  if (accept !== acceptKey(expected.key)) return HandshakeFailures.AcceptMismatch;

  // 5. §4.1(ae), §9.1(a), RFC 7692 §5(b)(e)(g): If |Sec-WebSocket-Extensions| is malformed or indicates an extension
  //    that was not present in the client's handshake, fail.
  //    §11.3.2(A): §4.2.2 lets the server split the field over several lines, §11.3.2 does not; it does no harm.
  const extensions = fields.get('sec-websocket-extensions') ?? '';
  const extensionsInUse = fields.count('sec-websocket-extensions') === 0 ? [] : parseExtensions(extensions);
  if (isExtensionListFault(extensionsInUse)) return HandshakeFailures.MalformedExtensionList;
  const offered = namesOf(expected.extensions);
  if (extensionsInUse.some(({ name }) => !offered.has(name))) return HandshakeFailures.UnrequestedExtension;

  // 6. §4.1(af), §11.3.4(A): If |Sec-WebSocket-Protocol| indicates a subprotocol that was not asked for, fail.
  const protocol = fields.get('sec-websocket-protocol');
  const failure = judgeProtocol(protocol, fields.count('sec-websocket-protocol'), expected.protocols);
  return failure ?? { protocol: protocol ?? '', extensions, extensionsInUse };
}

function judgeProtocol(
  protocol: string | undefined,
  lines: number,
  wanted: readonly string[],
): HandshakeFailure | undefined {
  if (protocol === undefined) {
    // §4.1(A): The RFC would go on without; WHATWG WebSockets does not, nor does `ws`: the application named what it can
    // speak.
    return wanted.length === 0 ? undefined : HandshakeFailures.MissingProtocol;
  }
  if (wanted.length === 0) return HandshakeFailures.UnrequestedProtocol;
  if (lines > 1) return HandshakeFailures.DuplicateProtocol;
  return wanted.includes(protocol) ? undefined : HandshakeFailures.UnknownProtocol;
}

function namesOf(extensions: string): ReadonlySet<string> {
  const offers = parseExtensions(extensions);
  return new Set(isExtensionListFault(offers) ? [] : offers.map(({ name }) => name));
}
