// Statements about judging a server's answer, RFC 6455 §4.1: step by step and row by row.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ExpectedAnswer,
  isHandshakeFailure,
  readServerHandshake,
  type ServerAnswer,
} from '../../src/handshake/client-handshake.ts';
import { type HandshakeFailure, HandshakeFailures } from '../../src/handshake/failure.ts';
import { acceptResponse, serializeResponse } from '../../src/handshake/server-response.ts';
import { Fields, HeadProgress, ResponseHeadParser } from '../../src/http/index.ts';
import { ACCEPT, KEY } from './openings.ts';

const GOOD_FIELDS: readonly string[] = [
  'Upgrade',
  'websocket',
  'Connection',
  'Upgrade',
  'Sec-WebSocket-Accept',
  ACCEPT,
];
const NOTHING_ASKED: ExpectedAnswer = { key: KEY, protocols: [], extensions: '' };
const CHAT_ASKED: ExpectedAnswer = { ...NOTHING_ASKED, protocols: ['chat', 'superchat'] };
const DEFLATE_OFFERED: ExpectedAnswer = {
  ...NOTHING_ASKED,
  extensions: 'permessage-deflate; client_max_window_bits, foo',
};

function read(
  fields: readonly string[],
  expected: ExpectedAnswer = NOTHING_ASKED,
  statusCode = 101,
  minorVersion = 1,
): ServerAnswer | HandshakeFailure {
  return readServerHandshake({ statusCode, minorVersion, fields: Fields.from(fields) }, expected);
}

/** {@link GOOD_FIELDS} with one of them changed, where it stands. */
function having(name: string, value: string): string[] {
  return GOOD_FIELDS.map((part, i) => (GOOD_FIELDS[i - 1] === name && i % 2 === 1 ? value : part));
}

/** {@link GOOD_FIELDS} without one of them. */
function without(name: string): string[] {
  return GOOD_FIELDS.flatMap((part, i) => (i % 2 === 0 && part !== name ? [part, GOOD_FIELDS[i + 1]!] : []));
}

describe('an answer', () => {
  test('to a client that asked for nothing agrees to nothing', () => {
    expect(read(GOOD_FIELDS)).toEqual({ protocol: '', extensions: '', extensionsInUse: [] });
  });

  test('names one of the subprotocols asked for', () => {
    expect(read([...GOOD_FIELDS, 'Sec-WebSocket-Protocol', 'superchat'], CHAT_ASKED)).toMatchObject({
      protocol: 'superchat',
    });
  });

  test('names extensions that were offered', () => {
    const fields = [...GOOD_FIELDS, 'Sec-WebSocket-Extensions', 'permessage-deflate; server_no_context_takeover'];
    expect(read(fields, DEFLATE_OFFERED)).toEqual({
      protocol: '',
      extensions: 'permessage-deflate; server_no_context_takeover',
      extensionsInUse: [{ name: 'permessage-deflate', parameters: new Map([['server_no_context_takeover', [true]]]) }],
    });
  });

  // RFC 6455 §11.3.2(A)
  test('may name extensions on several lines (§4.2.2)', () => {
    const fields = [
      ...GOOD_FIELDS,
      'Sec-WebSocket-Extensions',
      'foo',
      'Sec-WebSocket-Extensions',
      'permessage-deflate',
    ];
    expect(read(fields, DEFLATE_OFFERED)).toMatchObject({ extensions: 'foo, permessage-deflate' });
  });

  test.each([
    ['Upgrade', 'WebSocket'],
    ['Upgrade', 'WEBSOCKET'],
    ['Connection', 'keep-alive, UPGRADE'],
  ])('may say %s: %s', (name, value) => {
    expect(isHandshakeFailure(read(having(name, value)))).toBe(false);
  });
});

/** One answer for each row: all of it is good but one thing. */
const ROWS: readonly [row: HandshakeFailure, ...Parameters<typeof read>][] = [
  [HandshakeFailures.InterimResponse, GOOD_FIELDS, NOTHING_ASKED, 100],
  [HandshakeFailures.UnexpectedResponse, GOOD_FIELDS, NOTHING_ASKED, 200],
  [HandshakeFailures.HttpVersionTooLow, GOOD_FIELDS, NOTHING_ASKED, 101, 0],
  [HandshakeFailures.MissingUpgrade, without('Upgrade')],
  [HandshakeFailures.InvalidUpgrade, having('Upgrade', 'h2c')],
  [HandshakeFailures.ConnectionWithoutUpgrade, without('Connection')],
  [HandshakeFailures.MissingAccept, without('Sec-WebSocket-Accept')],
  [HandshakeFailures.DuplicateAccept, [...GOOD_FIELDS, 'Sec-WebSocket-Accept', ACCEPT]],
  [HandshakeFailures.AcceptMismatch, having('Sec-WebSocket-Accept', ACCEPT.toLowerCase())],
  [HandshakeFailures.MalformedExtensionList, [...GOOD_FIELDS, 'Sec-WebSocket-Extensions', 'foo;'], DEFLATE_OFFERED],
  [HandshakeFailures.UnrequestedExtension, [...GOOD_FIELDS, 'Sec-WebSocket-Extensions', 'bar'], DEFLATE_OFFERED],
  [HandshakeFailures.UnrequestedProtocol, [...GOOD_FIELDS, 'Sec-WebSocket-Protocol', 'chat']],
  [
    HandshakeFailures.DuplicateProtocol,
    [...GOOD_FIELDS, 'Sec-WebSocket-Protocol', 'chat', 'Sec-WebSocket-Protocol', 'chat'],
    CHAT_ASKED,
  ],
  [HandshakeFailures.UnknownProtocol, [...GOOD_FIELDS, 'Sec-WebSocket-Protocol', 'other'], CHAT_ASKED],
  [HandshakeFailures.MissingProtocol, GOOD_FIELDS, CHAT_ASKED],
];

describe('every row of the table', () => {
  test('has an answer that earns it', () => {
    expect(new Set(ROWS.map(([row]) => row))).toEqual(new Set(Object.values(HandshakeFailures)));
  });

  // RFC 6455 §4.1(aa)(A)(B), §11.3.4(A)
  test.each(ROWS.map(([row, ...given]) => [row.name, row, given] as const))('%s', (_name, row, given) => {
    expect(read(...given)).toBe(row);
    expect(isHandshakeFailure(row)).toBe(true);
  });
});

describe('a client gives up on', () => {
  const nameOf = (...given: Parameters<typeof read>): string => {
    const result = read(...given);
    return isHandshakeFailure(result) ? result.name : 'accepted';
  };

  // RFC 6455 §4.1(ah)
  test.each([200, 204, 301, 302, 401, 404, 426, 500, 999])('status %d, which is for HTTP to handle', (status) => {
    expect(nameOf(GOOD_FIELDS, NOTHING_ASKED, status)).toBe('UnexpectedResponse');
  });

  test.each([100, 102, 103, 199])('nothing yet at status %d: another head will come', (status) => {
    expect(nameOf([], NOTHING_ASKED, status)).toBe('InterimResponse');
  });

  // RFC 6455 §4.1(ab)(B)
  test.each(['', 'websocket, h2c', 'websockets', 'websoc\u212aet'])('Upgrade: %j', (upgrade) => {
    expect(nameOf(having('Upgrade', upgrade))).toBe('InvalidUpgrade');
  });

  // RFC 6455 §4.1(B)
  test('two Upgrades', () => {
    expect(nameOf([...GOOD_FIELDS, 'Upgrade', 'websocket'])).toBe('InvalidUpgrade');
  });

  // RFC 6455 §4.1(ac)
  test.each(['', 'close', 'notupgrade', '"upgrade"'])('Connection: %j', (connection) => {
    expect(nameOf(having('Connection', connection))).toBe('ConnectionWithoutUpgrade');
  });

  // RFC 6455 §4.1(ad), §1.3(b)
  test.each([
    ['', 'nothing'],
    [KEY, 'the key itself'],
    [ACCEPT.slice(0, -1), 'one character less'],
    [`${ACCEPT}=`, 'one character more'],
    [ACCEPT.toUpperCase(), 'another case: base64 is compared exactly'],
    ['AAAAAAAAAAAAAAAAAAAAAAAAAAA=', 'another hash'],
  ])('Sec-WebSocket-Accept: %j: %s', (accept) => {
    expect(nameOf(having('Sec-WebSocket-Accept', accept))).toBe('AcceptMismatch');
  });

  // RFC 6455 §4.1(ae); RFC 7692 §5(b)
  test.each(['permessage-deflate', 'constructor', '__proto__'])('the extension %s when none was offered', (name) => {
    expect(nameOf([...GOOD_FIELDS, 'Sec-WebSocket-Extensions', name])).toBe('UnrequestedExtension');
  });

  // RFC 6455 §9.1(a)
  test.each(['', ',', 'a b', 'permessage-deflate; x="'])('the extensions %j', (value) => {
    expect(nameOf([...GOOD_FIELDS, 'Sec-WebSocket-Extensions', value], DEFLATE_OFFERED)).toBe('MalformedExtensionList');
  });

  // RFC 6455 §4.1(ae); RFC 7692 §5(e)(g)
  test('an extension among others that was not offered, or is spelled otherwise', () => {
    for (const name of ['permessage-deflate, bar', 'Permessage-Deflate', 'client_max_window_bits']) {
      expect(nameOf([...GOOD_FIELDS, 'Sec-WebSocket-Extensions', name], DEFLATE_OFFERED)).toBe('UnrequestedExtension');
    }
  });

  // RFC 6455 §4.1(af)
  test.each(['', 'Chat', 'chat, superchat', 'other', 'chatx'])('the subprotocol %j', (protocol) => {
    expect(nameOf([...GOOD_FIELDS, 'Sec-WebSocket-Protocol', protocol], CHAT_ASKED)).toBe('UnknownProtocol');
  });
});

test('what our server answers our client accepts', () => {
  const choice = fc.constantFrom('', 'chat', 'superchat');
  const extensions = fc.constantFrom('', 'foo', 'permessage-deflate; client_max_window_bits=10, foo');
  fc.assert(
    fc.property(choice, extensions, (protocol, inUse) => {
      const parser = new ResponseHeadParser();
      const text = serializeResponse(
        acceptResponse({ key: KEY, protocol, extensions: inUse, headers: ['Set-Cookie: a=1'] }),
      );
      expect(parser.push(Buffer.from(text, 'latin1'))).toBe(HeadProgress.Complete);
      const protocols = protocol === '' ? [] : CHAT_ASKED.protocols;
      const answer = readServerHandshake(parser.head, { ...DEFLATE_OFFERED, protocols });
      expect(answer).toMatchObject({ protocol, extensions: inUse });
    }),
  );
});

// RFC 6455 §10.7(a)
test('any fields get an answer or a row, never an exception', () => {
  const name = fc.constantFrom(
    'Upgrade',
    'Connection',
    'Sec-WebSocket-Accept',
    'Sec-WebSocket-Protocol',
    'Sec-WebSocket-Extensions',
  );
  const value = fc.oneof(
    fc.constantFrom('websocket', 'upgrade', ACCEPT, 'chat', 'foo', ''),
    fc.string({ unit: 'binary-ascii' }),
  );
  const expected = fc.constantFrom(NOTHING_ASKED, CHAT_ASKED, DEFLATE_OFFERED, {
    ...NOTHING_ASKED,
    extensions: 'not; a; list;',
  });
  fc.assert(
    fc.property(fc.boolean(), fc.array(fc.tuple(name, value), { maxLength: 5 }), expected, (good, lines, asked) => {
      const result = read([...(good ? GOOD_FIELDS : []), ...lines.flat()], asked);
      if (isHandshakeFailure(result)) expect(Object.values(HandshakeFailures)).toContain(result);
    }),
    { numRuns: 2000 },
  );
});
