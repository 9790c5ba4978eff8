// Targets: the lists in Sec-WebSocket-Extensions, with permessage-deflate's parameters, and in Sec-WebSocket-Protocol.
// Oracles: what is read is written back, the narrower grammar of `ws` never takes what ours refuses, a slow reading.
import {
  acceptOffer,
  acceptResponse,
  createOffer,
  isNegotiationFailure,
  isParameterFault,
  NegotiationFailures,
  type NormalisedOptions,
  normaliseOptions,
  ParameterFaults,
  type PerMessageDeflateOptions,
  parseParameters,
} from '../../../src/deflate/index.ts';
import {
  type Extension,
  extension,
  formatExtensions,
  formatSubprotocols,
  isExtensionListFault,
  isSubprotocolListFault,
  MAX_EXTENSION_PARAMETERS,
  MAX_EXTENSIONS,
  parseExtensions,
  parseSubprotocols,
  subprotocol,
} from '../../../src/handshake/index.ts';
import { isToken } from '../../../src/http/index.ts';
import { behindEach, type FuzzTarget, require, requireSame } from '../fuzz-target.ts';

/** What the input's first byte picks from: the options of the endpoint that reads. */
const ENDPOINTS: readonly NormalisedOptions[] = [
  {},
  { serverMaxWindowBits: 8, clientMaxWindowBits: 9 },
  { serverNoContextTakeover: true, clientNoContextTakeover: true },
  { serverMaxWindowBits: false, clientMaxWindowBits: false },
  { clientMaxWindowBits: 15, serverMaxWindowBits: 15 },
].map((options) => normaliseOptions(options as PerMessageDeflateOptions));

/** The function of `ws`, which throws a SyntaxError and nothing else. */
function readAsWs<T>(parse: (header: string) => T, text: string): T | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function plain(extensions: readonly Extension[]) {
  return extensions.map(({ name, parameters }) => [name, [...parameters]]);
}

function checkExtensions(input: Buffer): string {
  const options = ENDPOINTS[(input[0] ?? 0) % ENDPOINTS.length] as NormalisedOptions;
  const text = input.toString('latin1', 1);
  const list = parseExtensions(text);
  const asWs = readAsWs(extension.parse, text);
  if (isExtensionListFault(list)) {
    require(list === 'too many' || asWs === undefined, 'the grammar of ws is the narrower one');
    return list;
  }
  require(list.length > 0 && list.length <= MAX_EXTENSIONS, 'no more extensions than the limit');
  for (const { parameters } of list) {
    const count = [...parameters.values()].flat().length;
    require(count <= MAX_EXTENSION_PARAMETERS, 'no more parameters than the limit');
  }
  const again = parseExtensions(formatExtensions(list));
  require(!isExtensionListFault(again), 'what is written can be read');
  // Values of one name come together when they are written; their order stays.
  requireSame(plain(again as readonly Extension[]), plain(list), 'what is read is written back');
  if (asWs !== undefined) {
    const names = Object.entries(asWs).flatMap(([name, offers]) =>
      offers.map((offer) => [name, Object.entries(offer)]),
    );
    requireSame(names.length, list.length, 'ws sees as many extensions');
    const sorted = (of: readonly unknown[]): string[] => of.map((one) => JSON.stringify(one)).sort();
    requireSame(sorted(names.map(sortParameters)), sorted(plain(list).map(sortParameters)), 'ws sees the same');
  }
  return `${negotiate(list, options)} ${Math.min(list.length, 3)} ${asWs !== undefined}`;
}

/** An object puts names that are integers first. */
function sortParameters([name, parameters]: unknown[]): unknown {
  return [name, (parameters as [string, unknown][]).map((one) => JSON.stringify(one)).sort()];
}

/** Both sides of the negotiation with what came. */
function negotiate(list: readonly Extension[], options: NormalisedOptions): string {
  const accepted = acceptOffer([...list], options);
  if (accepted !== undefined) {
    const { serverMaxWindowBits, clientMaxWindowBits } = accepted.parameters;
    for (const bits of [serverMaxWindowBits, clientMaxWindowBits]) {
      require(Number.isInteger(bits) && bits >= 8 && bits <= 15, 'a window has 8 to 15 bits');
    }
    const answer = parseExtensions(accepted.response);
    require(!isExtensionListFault(answer) && answer.length === 1, 'the answer is one extension');
    const read = parseParameters((answer as readonly Extension[])[0]!);
    require(!isParameterFault(read) && read.clientMaxWindowBits !== true, 'the answer is a legal one');
  }
  const verdict = acceptResponse([...list], options);
  if (isNegotiationFailure(verdict)) {
    const rows: readonly unknown[] = [...Object.values(NegotiationFailures), ...Object.values(ParameterFaults)];
    require(rows.includes(verdict), 'a failure is a row of the table');
    return `${accepted !== undefined} ${verdict.text}`;
  }
  if (verdict !== undefined) {
    const bits = [verdict.serverMaxWindowBits, verdict.clientMaxWindowBits];
    require(bits.every((n) => Number.isInteger(n) && n >= 8 && n <= 15), 'a window has 8 to 15 bits');
  }
  return `${accepted?.response} ${verdict !== undefined}`;
}

const offers = [
  'permessage-deflate',
  'permessage-deflate; client_max_window_bits, permessage-deflate',
  'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10',
  'permessage-deflate; client_max_window_bits=9; server_max_window_bits="12"',
  'x-webkit-deflate-frame, a;b=c;b=d;b, e ; f = "g"',
  '__proto__; __proto__, constructor; toString=1, hasOwnProperty',
  `a; b="${'\\c'.repeat(40)}`,
  Array(33).fill('a').join(','),
  `a${'; b'.repeat(33)}`,
  ...['7', '08', '16', '1000', '9.5', '+9', ''].map((bits) => `permessage-deflate; server_max_window_bits=${bits}`),
  ...ENDPOINTS.map(createOffer),
];

export const extensions: FuzzTarget = {
  name: 'extensions',
  seeds: offers.map((offer, index) => Buffer.concat([Buffer.of(index), Buffer.from(offer)])),
  dictionary: [
    ...[
      ',',
      ';',
      '=',
      '"',
      '\\',
      ' ',
      '\t',
      ', ',
      '; ',
      '""',
      '"a"',
      '"\\a"',
      '\0',
      '\xff',
      '\r\n',
      '8',
      '15',
      '16',
      '=10',
    ],
    ...['permessage-deflate', 'server_no_context_takeover', 'client_no_context_takeover', 'server_max_window_bits'],
    ...['client_max_window_bits', '; client_max_window_bits', '; server_max_window_bits=8', '__proto__', '1'],
  ].map((word) => Buffer.from(word, 'latin1')),
  partsOf: behindEach(',;="'),
  check: checkExtensions,
};

function checkSubprotocols(input: Buffer): string {
  const text = input.toString('latin1');
  const names = parseSubprotocols(text);
  const asWs = readAsWs(subprotocol.parse, text);
  // RFC 9110 §5.6.1: whitespace around elements, and empty elements, mean nothing.
  const elements = text.split(',').map((element) => element.replace(/^[ \t]+|[ \t]+$/g, ''));
  const parts = elements.filter((element) => element !== '');
  const slow = !parts.every(isToken)
    ? 'malformed'
    : parts.length === 0
      ? 'empty'
      : new Set(parts).size < parts.length
        ? 'duplicate'
        : parts;
  if (isSubprotocolListFault(names)) {
    requireSame(names, slow, 'the slow reading agrees');
    require(asWs === undefined, 'the grammar of ws is the narrower one');
    return names;
  }
  requireSame([...names], slow, 'the slow reading agrees');
  requireSame([...(parseSubprotocols(formatSubprotocols([...names])) as Set<string>)], [...names], 'written and read');
  if (asWs !== undefined) requireSame([...asWs], [...names], 'ws sees the same');
  return `${Math.min(names.size, 4)} ${asWs !== undefined}`;
}

export const subprotocols: FuzzTarget = {
  name: 'subprotocols',
  seeds: [
    'chat',
    'chat, superchat',
    ' a ,,b\t,',
    '',
    ',',
    'a,a',
    'a b',
    '"a"',
    `b${' '.repeat(200)}x`,
    '__proto__,a',
  ].map((text) => Buffer.from(text)),
  dictionary: [',', ' ', '\t', ', ', ',,', '"', '(', 'a', 'b', '\0', '\x80', 'chat', '__proto__'].map((word) =>
    Buffer.from(word, 'latin1'),
  ),
  partsOf: behindEach(','),
  check: checkSubprotocols,
};
