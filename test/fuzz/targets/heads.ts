// Targets: the heads of a request and of a response, and what the opening handshake makes of them. Oracles: the slow
// reading, one outcome however the octets are cut, a row of a table for every refusal.
import {
  acceptResponse,
  HandshakeFailures,
  HandshakeRefusals,
  HttpRefusals,
  isHandshakeFailure,
  isHandshakeRefusal,
  isKey,
  isUpgrade,
  type RequestHead,
  RequestHeadParser,
  type ResponseHead,
  ResponseHeadParser,
  readOpeningHandshake,
  readServerHandshake,
  refusalResponse,
  serializeResponse,
} from '../../../src/handshake/index.ts';
import { isAuthority, isToken } from '../../../src/http/index.ts';
import { ATTACKS } from '../../handshake/attacks.ts';
import { ACCEPT, GOOD_FIELDS, having, KEY, requestText } from '../../handshake/openings.ts';
import { feed, type HeadOutcome } from '../../http/head-outcome.ts';
import { cutInput, inputOf } from '../cut-input.ts';
import { behindEach, type FuzzTarget, require, requireSame } from '../fuzz-target.ts';
import { type SlowLimits, slowHead } from '../slow-http.ts';

const TIGHT_LIMITS = 1;
/** Of the client whose response is read: whether it asked for subprotocols and for permessage-deflate. */
const ASKED = 2;

function limitsOf(options: number): SlowLimits {
  return (options & TIGHT_LIMITS) === 0
    ? { maxHeaderSize: 16_384, maxHeadersCount: 100 }
    : { maxHeaderSize: 240, maxHeadersCount: 6 };
}

type Kind = 'request' | 'response';

/** Reads whole and in pieces. @returns the outcome and, of a whole head, the parser that has it. */
function outcomeOf(input: Buffer, kind: Kind): { outcome: HeadOutcome; head: RequestHead | ResponseHead | undefined } {
  const { options, body, chunks } = cutInput(input);
  const limits = limitsOf(options);
  const make = () => (kind === 'request' ? new RequestHeadParser(limits) : new ResponseHeadParser(limits));
  const parser = make();
  const outcome = feed(parser, [Buffer.from(body)]);
  const inPieces = make();
  requireSame(feed(inPieces, chunks), outcome, 'one outcome however the octets are cut');
  require(inPieces.bufferedLength <= limits.maxHeaderSize, 'no more is held than the limit');

  const text = body.toString('latin1');
  const slow = slowHead(text, kind, limits);
  if (outcome.is === 'complete') {
    requireSame(outcome.startLine, slow?.startLine, 'the slow reading has the same start line');
    requireSame(outcome.fields, slow?.fields, 'the slow reading has the same fields');
    requireSame(outcome.raw.length, slow?.length, 'the slow reading ends at the same octet');
    require(outcome.raw + outcome.rest === text, 'no octet is lost behind the head');
    return { outcome, head: parser.head };
  }
  require(slow === undefined, 'what the slow reading takes is not refused');
  if (outcome.is === 'refused') {
    require(Object.values<unknown>(HttpRefusals).includes(outcome.refusal), 'a refusal is a row of the table');
    require(outcome.at <= Math.min(body.length, limits.maxHeaderSize), 'the refused octet is one that was read');
    require(!/[\r\n]/.test(outcome.refusal.text), 'nothing of the peer’s stands in a refusal');
  }
  return { outcome, head: undefined };
}

/** An answer that no octet of the peer's has split. */
function requireOneHead(answer: string): void {
  const head = slowHead(answer, 'response', { maxHeaderSize: 65_536, maxHeadersCount: 100 });
  require(head !== undefined, 'the answer is one legal head');
}

function checkRequest(input: Buffer): string {
  const { outcome, head } = outcomeOf(input, 'request');
  if (outcome.is === 'refused') {
    requireOneHead(refusalResponse({ status: outcome.refusal.status, body: outcome.refusal.text }));
    return outcome.refusal.name;
  }
  if (head === undefined) return 'incomplete';
  const request = head as RequestHead;
  const opening = readOpeningHandshake(request);
  if (isHandshakeRefusal(opening)) {
    // The very row, or one that tells the version besides (RFC 6455 §4.4).
    const row = HandshakeRefusals[opening.name as keyof typeof HandshakeRefusals];
    requireSame([opening.status, opening.text], [row?.status, row?.text], 'a refusal is a row of the table');
    requireOneHead(refusalResponse(opening));
    return `${isUpgrade(request)} ${opening.name}`;
  }
  require(isUpgrade(request) && request.method === 'GET' && request.minorVersion === 1, 'only an upgrade is accepted');
  require(isKey(opening.key) && isAuthority(opening.host), 'key and host are legal');
  require(opening.resourceName.startsWith('/'), 'a resource name begins with a slash');
  require([...opening.protocols].every(isToken), 'subprotocols are tokens');
  for (const name of ['host', 'upgrade', 'sec-websocket-key', 'sec-websocket-version']) {
    require(request.fields.count(name) === 1, `exactly one ${name}`);
  }
  require(request.fields.count('transfer-encoding') === 0, 'no body');
  const [protocol = ''] = opening.protocols;
  requireOneHead(serializeResponse(acceptResponse({ key: opening.key, protocol, extensions: undefined })));
  return `101 ${Math.min(opening.protocols.size, 2)} ${Math.min(opening.offers.length, 2)} ${opening.origin !== undefined}`;
}

function checkResponse(input: Buffer): string {
  const { outcome, head } = outcomeOf(input, 'response');
  if (outcome.is === 'refused') return outcome.refusal.name;
  if (head === undefined) return 'incomplete';
  const asked = ((input[0] ?? 0) & ASKED) !== 0;
  const expected = {
    key: KEY,
    protocols: asked ? ['chat', 'mqtt'] : [],
    extensions: asked ? 'permessage-deflate' : '',
  };
  const response = head as ResponseHead;
  const answer = readServerHandshake(response, expected);
  if (isHandshakeFailure(answer)) {
    require(Object.values<unknown>(HandshakeFailures).includes(answer), 'a failure is a row of the table');
    return answer.name;
  }
  require(response.statusCode === 101 &&
    response.fields.get('sec-websocket-accept') === ACCEPT, 'only a 101 that fits');
  require(asked ? expected.protocols.includes(answer.protocol) : answer.protocol === '', 'a subprotocol asked for');
  require(answer.extensionsInUse.every(({ name }) => asked && name === 'permessage-deflate'), 'an extension asked for');
  return `101 ${answer.protocol} ${answer.extensionsInUse.length}`;
}

const words = [
  ...[
    '\r\n',
    '\r',
    '\n',
    '\r\n\r\n',
    ' ',
    '\t',
    ':',
    ': ',
    ',',
    ';',
    '"',
    '\\',
    '\0',
    '\x7f',
    '\xff',
    '#',
    '%',
    '[',
    ']',
  ],
  ...[
    'GET ',
    'POST ',
    'CONNECT ',
    'OPTIONS * ',
    'HTTP/1.1',
    'HTTP/1.0',
    'HTTP/2.0',
    'http://a:80/',
    'wss://[::1]/?',
    '*',
  ],
  ...[
    'Host: a\r\n',
    'Host: [::1]:8080\r\n',
    'Upgrade: websocket\r\n',
    'Connection: keep-alive, Upgrade\r\n',
    'websocket',
  ],
  ...[
    'Content-Length: 0\r\n',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Origin: null\r\n',
    '__proto__: a\r\n',
  ],
  ...['Sec-WebSocket-Version: 13\r\n', 'Sec-WebSocket-Protocol: chat, mqtt\r\n', 'Sec-WebSocket-Protocol: chat\r\n'],
  ...['Sec-WebSocket-Extensions: permessage-deflate\r\n', 'Sec-WebSocket-Extensions: a; b="c"\r\n', '\r\n folded'],
  ...['HTTP/1.1 101 ', 'HTTP/1.1 100 \r\n\r\n', `Sec-WebSocket-Key: ${KEY}\r\n`, `Sec-WebSocket-Accept: ${ACCEPT}\r\n`],
].map((word) => Buffer.from(word, 'latin1'));

/** Attacks that are attacks by their length would only make the others rare. */
const MAX_SEED = 2000;

const requests = [
  ...ATTACKS.map(([, wire]) => wire),
  requestText([...GOOD_FIELDS, 'Origin', 'https://a', 'Sec-WebSocket-Protocol', 'chat, mqtt']),
  requestText([...GOOD_FIELDS, 'Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits']),
  requestText(having('Host', '[2001:db8::1]:8080')),
  requestText(having('Sec-WebSocket-Version', '8')),
].filter((wire) => wire.length < MAX_SEED);

function responseText(fields: readonly string[], line = 'HTTP/1.1 101 Switching Protocols'): string {
  return requestText(['Upgrade', 'websocket', 'Connection', 'Upgrade', ...fields], line);
}

const responses = [
  responseText(['Sec-WebSocket-Accept', ACCEPT]),
  responseText(['Sec-WebSocket-Accept', ACCEPT, 'Sec-WebSocket-Protocol', 'chat']),
  responseText([
    ...['Sec-WebSocket-Accept', ACCEPT, 'Sec-WebSocket-Protocol', 'mqtt'],
    ...['Sec-WebSocket-Extensions', 'permessage-deflate; server_no_context_takeover'],
  ]),
  responseText(['Sec-WebSocket-Accept', ACCEPT], 'HTTP/1.0 101 Switching Protocols'),
  responseText(['Sec-WebSocket-Accept', 'wrong']),
  requestText(['Content-Length', '5'], 'HTTP/1.1 200 OK'),
  requestText(['Transfer-Encoding', 'chunked'], 'HTTP/1.1 404'),
  requestText(['Location', 'ws://elsewhere/'], 'HTTP/1.1 302 Found'),
  `HTTP/1.1 100 Continue\r\n\r\n${responseText(['Sec-WebSocket-Accept', ACCEPT])}`,
];

function seedsOf(texts: readonly string[]): Buffer[] {
  return texts.flatMap((text, index) => [inputOf(text, ASKED, [1]), inputOf(text, index % 4, [17, 0, 5])]);
}

const partsOf = behindEach('\n');

export const requestHead: FuzzTarget = {
  name: 'request-head',
  seeds: seedsOf(requests),
  dictionary: words,
  partsOf,
  check: checkRequest,
};

export const responseHead: FuzzTarget = {
  name: 'response-head',
  seeds: seedsOf(responses),
  dictionary: words,
  partsOf,
  check: checkResponse,
};
