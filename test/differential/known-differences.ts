// Every way in which our reading of a request differs from that of `node:http`, with a request that shows it and the
// reason. The list is closed: http-head.test.ts fails on a difference that is not here, and on one that is here and
// gone.
import { GOOD_FIELDS, having, KEY, requestText, without } from '../handshake/openings.ts';
import type { Reading } from './node-http.ts';

/** One difference. */
export interface Difference {
  /** The name of our row when we refuse; else `ordinary` or `incomplete`. There is none for `upgrade`. */
  readonly ours: string;
  /** What node:http makes of {@link wire}. */
  readonly node: Reading['as'];
  readonly wire: string;
  readonly reason: string;
  /** The only requests for which this difference is known; all, when there is none. */
  readonly only?: RegExp;
}

const LOOSE_START =
  'node:http skips any CR and LF before the request line; RFC 9112 §2.2 speaks of empty lines, CRLF each.';
const KNOWS_NO_WEBSOCKET =
  'node:http leaves the fields of WebSocket to its upgrade listener; here the handshake judges them.';

export const KNOWN_DIFFERENCES: readonly Difference[] = [
  // ---- the start of the connection
  { ours: 'BareLineFeed', node: 'upgrade', wire: `\n${requestText()}`, reason: LOOSE_START, only: /^[\r\n]/ },
  { ours: 'BareCarriageReturn', node: 'upgrade', wire: `\r${requestText()}`, reason: LOOSE_START, only: /^[\r\n]/ },
  {
    ours: 'TooManyEmptyLines',
    node: 'upgrade',
    wire: `\r\n\r\n${requestText()}`,
    reason: 'RFC 9112 §2.2 wants at least one empty line ignored. One is: more is somebody feeling for a parser.',
    only: /^\r\n\r/,
  },

  // ---- the request line
  {
    ours: 'EmptyTarget',
    node: 'upgrade',
    wire: requestText(GOOD_FIELDS, 'GET  / HTTP/1.1'),
    reason: 'node:http skips further spaces; the grammar of RFC 9112 §3 has single ones.',
    only: / {2}/,
  },
  {
    ours: 'InvalidVersion',
    node: 'upgrade',
    wire: requestText(GOOD_FIELDS, 'GET /  HTTP/1.1'),
    reason: 'node:http skips further spaces; the grammar of RFC 9112 §3 has single ones.',
    only: / {2}HTTP/,
  },
  {
    ours: 'InvalidTarget',
    node: 'upgrade',
    wire: requestText(GOOD_FIELDS, 'GET /a#b HTTP/1.1'),
    reason: 'RFC 9112 §3.2 and RFC 6455 §3 have no fragment in a request target; node:http passes it on.',
    only: /^\S+ [^ ]*#/m,
  },
  {
    ours: 'InvalidTargetForm',
    node: 'upgrade',
    wire: requestText(GOOD_FIELDS, 'GET * HTTP/1.1'),
    reason: 'RFC 9112 §3.2.4 keeps the asterisk for OPTIONS; RFC 9110 §4.2 wants a host, and no userinfo.',
    only: /^(?!OPTIONS)\S+ (?:\*|http:)/m,
  },
  {
    ours: 'MissingVersion',
    node: 'ordinary',
    wire: 'GET /\r\n\r\n',
    reason: 'node:http speaks HTTP/0.9 and reads fields behind it; RFC 9112 Appendix C.1 gives it up.',
    only: /^\S+ \S+\r\n/m,
  },
  {
    ours: 'VersionNotSupported',
    node: 'upgrade',
    wire: requestText(GOOD_FIELDS, 'GET / HTTP/2.0'),
    reason: 'node:http reads HTTP/0.9 and HTTP/2.0 in the syntax of HTTP/1.1; neither has it.',
    only: /HTTP\/(?:0\.9|2\.0)/,
  },

  // ---- the size of the head
  {
    ours: 'TooManyFields',
    node: 'upgrade',
    wire: requestText([...Array(3000).fill(['X', 'y']).flat(), ...GOOD_FIELDS]),
    reason: 'node:http drops fields above its limit and goes on with the rest (CVE-2024-37890).',
  },

  // ---- RFC 6455 §4.2.1 step 1
  {
    ours: 'MethodNotGet',
    node: 'upgrade',
    wire: requestText(GOOD_FIELDS, 'POST / HTTP/1.1'),
    reason: 'node:http upgrades any method; RFC 6455 §4.2.1 knows GET.',
  },
  {
    ours: 'HttpVersionTooLow',
    node: 'upgrade',
    wire: requestText(GOOD_FIELDS, 'GET / HTTP/1.0'),
    reason: 'RFC 9110 §7.8: Upgrade in HTTP/1.0 counts for nothing; node:http upgrades.',
  },
  {
    ours: 'TransferEncoding',
    node: 'upgrade',
    wire: requestText([...GOOD_FIELDS, 'Transfer-Encoding', 'chunked']),
    reason: 'node:http hands the body over as the first bytes of the new protocol (CVE-2026-69243 is this in aiohttp).',
  },
  {
    ours: 'ContentInHandshake',
    node: 'upgrade',
    wire: `${requestText([...GOOD_FIELDS, 'Content-Length', '5'])}Hello`,
    reason: 'node:http hands the body over as the first bytes of the new protocol (CVE-2026-69243 is this in aiohttp).',
  },

  // ---- step 2
  {
    ours: 'MissingHost',
    node: 'upgrade',
    wire: requestText(without('Host')),
    reason:
      'RFC 9112 §3.2: a request without Host MUST be answered with 400; node:http does so for ordinary requests only.',
  },
  {
    ours: 'DuplicateHost',
    node: 'upgrade',
    wire: requestText([...GOOD_FIELDS, 'Host', 'evil']),
    reason: 'RFC 9112 §3.2: a request with two Hosts MUST be answered with 400; node:http takes the first.',
  },
  {
    ours: 'InvalidHost',
    node: 'upgrade',
    wire: requestText(having('Host', 'a b')),
    reason: 'RFC 9112 §3.2: an invalid Host MUST be answered with 400; node:http takes any text.',
  },
  {
    ours: 'HostMismatch',
    node: 'upgrade',
    wire: requestText(GOOD_FIELDS, 'GET http://evil/ HTTP/1.1'),
    reason: 'RFC 9112 §3.2.2 lets the target win, node:http tells both; which of them a guard looks at is not known.',
  },

  // ---- steps 3 and 4
  {
    ours: 'ordinary',
    node: 'upgrade',
    wire: requestText(having('Upgrade', 'h2c')),
    reason: 'node:http upgrades to anything; what is not websocket is an ordinary request here (h2c smuggling).',
  },
  {
    ours: 'DuplicateUpgrade',
    node: 'upgrade',
    wire: requestText([...GOOD_FIELDS, 'Upgrade', 'h2c']),
    reason: 'Two readers may take two different lines; no client sends two.',
  },
  {
    ours: 'ConnectionWithoutUpgrade',
    node: 'ordinary',
    wire: requestText(having('Connection', 'notupgrade')),
    reason:
      'An Upgrade that Connection does not list is ignored by node:http; one to websocket is a broken handshake here.',
  },

  // ---- steps 5 to 9
  { ours: 'MissingKey', node: 'upgrade', wire: requestText(without('Sec-WebSocket-Key')), reason: KNOWS_NO_WEBSOCKET },
  {
    ours: 'DuplicateKey',
    node: 'upgrade',
    wire: requestText([...GOOD_FIELDS, 'Sec-WebSocket-Key', KEY]),
    reason: KNOWS_NO_WEBSOCKET,
  },
  {
    ours: 'InvalidKey',
    node: 'upgrade',
    wire: requestText(having('Sec-WebSocket-Key', 'x')),
    reason: KNOWS_NO_WEBSOCKET,
  },
  {
    ours: 'MissingWebSocketVersion',
    node: 'upgrade',
    wire: requestText(without('Sec-WebSocket-Version')),
    reason: KNOWS_NO_WEBSOCKET,
  },
  {
    ours: 'DuplicateWebSocketVersion',
    node: 'upgrade',
    wire: requestText([...GOOD_FIELDS, 'Sec-WebSocket-Version', '13']),
    reason: KNOWS_NO_WEBSOCKET,
  },
  {
    ours: 'InvalidWebSocketVersion',
    node: 'upgrade',
    wire: requestText(having('Sec-WebSocket-Version', '013')),
    reason: KNOWS_NO_WEBSOCKET,
  },
  {
    ours: 'UnsupportedWebSocketVersion',
    node: 'upgrade',
    wire: requestText(having('Sec-WebSocket-Version', '8')),
    reason: KNOWS_NO_WEBSOCKET,
  },
  {
    ours: 'DuplicateOrigin',
    node: 'upgrade',
    wire: requestText([...GOOD_FIELDS, 'Origin', 'http://a', 'Origin', 'http://b']),
    reason: KNOWS_NO_WEBSOCKET,
  },
  {
    ours: 'EmptyProtocolList',
    node: 'upgrade',
    wire: requestText([...GOOD_FIELDS, 'Sec-WebSocket-Protocol', '']),
    reason: KNOWS_NO_WEBSOCKET,
  },
  {
    ours: 'MalformedProtocolList',
    node: 'upgrade',
    wire: requestText([...GOOD_FIELDS, 'Sec-WebSocket-Protocol', 'a b']),
    reason: KNOWS_NO_WEBSOCKET,
  },
  {
    ours: 'DuplicateProtocol',
    node: 'upgrade',
    wire: requestText([...GOOD_FIELDS, 'Sec-WebSocket-Protocol', 'a, a']),
    reason: KNOWS_NO_WEBSOCKET,
  },
  {
    ours: 'MalformedExtensionList',
    node: 'upgrade',
    wire: requestText([...GOOD_FIELDS, 'Sec-WebSocket-Extensions', 'a;']),
    reason: KNOWS_NO_WEBSOCKET,
  },
  {
    ours: 'TooManyExtensions',
    node: 'upgrade',
    wire: requestText([...GOOD_FIELDS, 'Sec-WebSocket-Extensions', Array(100).fill('a').join()]),
    reason: KNOWS_NO_WEBSOCKET,
  },

  // ---- requests that are not for us: the fallback reads them again, with a parser that knows all of HTTP
  {
    ours: 'ordinary',
    node: 'refused',
    wire: 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n',
    reason: 'Methods, Host and the framing of the body of an ordinary request are judged by the fallback, not here.',
  },
  {
    ours: 'ordinary',
    node: 'incomplete',
    wire: 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n',
    reason: 'node:http closes on a CONNECT that nobody listens for, without an answer.',
  },
  {
    ours: 'incomplete',
    node: 'refused',
    wire: 'GET / HTTP/1.1\r\nContent-Length: x\r\n',
    reason: 'node:http judges Content-Length and the method when it sees them; here the whole head comes first.',
  },
];
