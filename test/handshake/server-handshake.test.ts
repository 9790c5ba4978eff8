// Statements about reading a client's opening handshake, RFC 6455 §4.2.1: step by step and row by row.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type HandshakeRefusal, HandshakeRefusals, tellingVersion } from '../../src/handshake/refusal.ts';
import {
  type ClientOpening,
  isHandshakeRefusal,
  isUpgrade,
  readOpeningHandshake,
  WEBSOCKET_VERSION,
} from '../../src/handshake/server-handshake.ts';
import { GOOD_FIELDS, having, headOf, KEY, without } from './openings.ts';

/** The opening that a request is. */
function opening(fields: readonly string[], method = 'GET', target = '/chat'): ClientOpening {
  const result = readOpeningHandshake(headOf(fields, method, target));
  if (isHandshakeRefusal(result)) throw new Error(result.name);
  return result;
}

describe('an opening handshake', () => {
  // RFC 6455 §4.2.1(b)(c)(d)(e)(f)(g)(i)
  test('says everything that RFC 6455 §4.2.2 step 4 asks for', () => {
    const fields = [
      ...GOOD_FIELDS,
      ...['Origin', 'http://example.com', 'Sec-WebSocket-Protocol', 'chat, superchat'],
      ...['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits', 'Cookie', 'a=1', 'X-Unknown', 'b'],
    ];
    expect(opening(fields, 'GET', '/chat?room=1')).toEqual({
      key: KEY,
      version: WEBSOCKET_VERSION,
      host: 'server.example.com',
      resourceName: '/chat?room=1',
      origin: 'http://example.com',
      protocols: new Set(['chat', 'superchat']),
      extensions: 'permessage-deflate; client_max_window_bits',
      offers: [{ name: 'permessage-deflate', parameters: new Map([['client_max_window_bits', [true]]]) }],
    });
  });

  // RFC 6455 §4.2.1(h)
  test('without the optional fields has no origin, no subprotocols, no offers', () => {
    expect(opening(GOOD_FIELDS)).toMatchObject({ origin: undefined, protocols: new Set(), extensions: '', offers: [] });
  });

  test('may split subprotocols and extensions over several lines (§9.1, §11.3.4)', () => {
    const lines = ['Sec-WebSocket-Protocol', 'a', 'Sec-WebSocket-Extensions', 'foo', 'sec-websocket-protocol', 'b, c'];
    const { protocols, extensions, offers } = opening([
      ...GOOD_FIELDS,
      ...lines,
      'Sec-WebSocket-Extensions',
      'bar; baz=2',
    ]);
    expect([...protocols]).toEqual(['a', 'b', 'c']);
    expect(extensions).toBe('foo, bar; baz=2');
    expect(offers.map(({ name }) => name)).toEqual(['foo', 'bar']);
  });

  test.each([
    ['Upgrade', 'WebSocket'],
    ['Upgrade', 'h2c, websocket'],
    ['Connection', 'keep-alive, upgrade'],
    ['Connection', 'UPGRADE'],
    ['Host', '[::1]:8080'],
  ])('may say %s: %s', (name, value) => {
    expect(opening(having(name, value)).key).toBe(KEY);
  });

  test('may repeat Connection, which is a list', () => {
    expect(opening([...having('Connection', 'keep-alive'), 'Connection', 'Upgrade']).key).toBe(KEY);
  });

  test.each(['0', '00'])('may say Content-Length: %s, for that is no body', (length) => {
    expect(opening([...GOOD_FIELDS, 'Content-Length', length]).key).toBe(KEY);
  });

  // RFC 6455 §4.2.1(b)
  test.each([
    ['http://server.example.com/chat?a', '/chat?a'],
    ['http://SERVER.example.com', '/'],
    ['ws://server.example.com?a', '/?a'],
  ])('may have the absolute target %s, whose resource name is %s', (target, resourceName) => {
    expect(opening(GOOD_FIELDS, 'GET', target)).toMatchObject({ resourceName, host: 'server.example.com' });
  });
});

/** One handshake for each row: all of it is good but one thing. */
const ROWS: readonly [
  row: HandshakeRefusal,
  fields: readonly string[],
  method?: string,
  target?: string,
  minor?: number,
][] = [
  [HandshakeRefusals.TruncatedHead, [...GOOD_FIELDS, ...Array(100).fill(['X', 'y']).flat()]],
  [HandshakeRefusals.MethodNotGet, GOOD_FIELDS, 'POST'],
  [HandshakeRefusals.HttpVersionTooLow, GOOD_FIELDS, 'GET', '/', 0],
  [HandshakeRefusals.InvalidResourceName, GOOD_FIELDS, 'GET', '*'],
  [HandshakeRefusals.TransferEncoding, [...GOOD_FIELDS, 'Transfer-Encoding', 'chunked']],
  [HandshakeRefusals.MalformedContentLength, [...GOOD_FIELDS, 'Content-Length', 'x']],
  [HandshakeRefusals.ContentInHandshake, [...GOOD_FIELDS, 'Content-Length', '5']],
  [HandshakeRefusals.MissingHost, without('Host')],
  [HandshakeRefusals.DuplicateHost, [...GOOD_FIELDS, 'host', 'server.example.com']],
  [HandshakeRefusals.InvalidHost, having('Host', 'a:b:c')],
  [HandshakeRefusals.HostMismatch, GOOD_FIELDS, 'GET', 'http://evil/'],
  [HandshakeRefusals.NotAnUpgrade, having('Upgrade', 'h2c')],
  [HandshakeRefusals.DuplicateUpgrade, [...GOOD_FIELDS, 'Upgrade', 'websocket']],
  [HandshakeRefusals.DuplicateUpgrade, [...GOOD_FIELDS, 'upgrade', '']],
  [HandshakeRefusals.ConnectionWithoutUpgrade, having('Connection', 'keep-alive')],
  [HandshakeRefusals.MissingKey, without('Sec-WebSocket-Key')],
  [HandshakeRefusals.DuplicateKey, [...GOOD_FIELDS, 'Sec-WebSocket-Key', KEY]],
  [HandshakeRefusals.InvalidKey, having('Sec-WebSocket-Key', 'x')],
  [HandshakeRefusals.MissingWebSocketVersion, without('Sec-WebSocket-Version')],
  [HandshakeRefusals.DuplicateWebSocketVersion, [...GOOD_FIELDS, 'Sec-WebSocket-Version', '13']],
  [HandshakeRefusals.InvalidWebSocketVersion, having('Sec-WebSocket-Version', '013')],
  [HandshakeRefusals.UnsupportedWebSocketVersion, having('Sec-WebSocket-Version', '8')],
  [HandshakeRefusals.DuplicateOrigin, [...GOOD_FIELDS, 'Origin', 'http://a', 'Origin', 'http://a']],
  [HandshakeRefusals.DuplicateOrigin, [...GOOD_FIELDS, 'Origin', '', 'origin', '']],
  [HandshakeRefusals.EmptyProtocolList, [...GOOD_FIELDS, 'Sec-WebSocket-Protocol', '']],
  [HandshakeRefusals.MalformedProtocolList, [...GOOD_FIELDS, 'Sec-WebSocket-Protocol', 'a b']],
  [HandshakeRefusals.DuplicateProtocol, [...GOOD_FIELDS, 'Sec-WebSocket-Protocol', 'a, a']],
  [HandshakeRefusals.MalformedExtensionList, [...GOOD_FIELDS, 'Sec-WebSocket-Extensions', 'a;']],
  [HandshakeRefusals.TooManyExtensions, [...GOOD_FIELDS, 'Sec-WebSocket-Extensions', Array(100).fill('a').join()]],
];

/** Every row, as it is and as an answer to a client of another version. */
const ROWS_AS_ANSWERED = Object.values(HandshakeRefusals).flatMap((row) => [row, tellingVersion(row)]);

/** These only a server can judge: which origins and which paths it has. */
const JUDGED_ELSEWHERE: readonly HandshakeRefusal[] = [
  HandshakeRefusals.ForbiddenOrigin,
  HandshakeRefusals.UnknownResource,
];

describe('every row of the table', () => {
  // RFC 6455 §4.2.1(a)
  test('has a handshake that earns it', () => {
    const earned = [...ROWS.map(([row]) => row), ...JUDGED_ELSEWHERE];
    expect(new Set(earned)).toEqual(new Set(Object.values(HandshakeRefusals)));
  });

  test.each(ROWS.map(([row, ...rest]) => [row.name, row, ...rest] as const))(
    '%s',
    (_name, row, fields, method, target, minor) => {
      expect(readOpeningHandshake(headOf(fields, method, target, minor))).toBe(row);
    },
  );

  test('a refusal is told from an opening', () => {
    for (const row of Object.values(HandshakeRefusals)) expect(isHandshakeRefusal(row)).toBe(true);
    expect(isHandshakeRefusal(opening(GOOD_FIELDS))).toBe(false);
  });
});

describe('a handshake is refused', () => {
  const nameOf = (fields: readonly string[], method = 'GET', target = '/'): string => {
    const result = readOpeningHandshake(headOf(fields, method, target));
    return isHandshakeRefusal(result) ? result.name : 'accepted';
  };

  // RFC 6455 §4.2.1(b)
  test.each(['get', 'HEAD', 'OPTIONS', 'CONNECT', 'PUT', ''])('for the method %j', (method) => {
    expect(nameOf(GOOD_FIELDS, method)).toBe('MethodNotGet');
  });

  // RFC 6455 §4.2.1(b), §3(A)
  test.each([
    '',
    'chat',
    '/a#b',
    'http://server.example.com/#',
    '/\xff',
    '/a b',
    'server.example.com:80',
    'ftp://server.example.com/',
  ])('for the target %j', (target) => {
    expect(nameOf(GOOD_FIELDS, 'GET', target)).toBe('InvalidResourceName');
  });

  // RFC 6455 §4.2.1(b)
  test.each([
    [2, 0],
    [2, 1],
    [0, 9],
    [1, 0],
  ])('for HTTP/%d.%d', (majorVersion, minorVersion) => {
    const head = { ...headOf(), majorVersion, minorVersion };
    expect(readOpeningHandshake(head)).toBe(HandshakeRefusals.HttpVersionTooLow);
  });

  // CVE-2026-61666, and the rest of attacks on Host
  test.each(['', '[', 'a:b:c', '%', '\xff', 'a b', 'a/b', 'user@a', 'a, b', 'x'.repeat(10_000)])(
    'for the Host %j',
    (host) => {
      expect(nameOf(having('Host', host))).toBe('InvalidHost');
    },
  );

  // RFC 6455 §4.2.1(c)(A)
  test('for two Hosts, equal or empty or not', () => {
    for (const host of ['server.example.com', '', 'evil'])
      expect(nameOf([...GOOD_FIELDS, 'HOST', host])).toBe('DuplicateHost');
    expect(nameOf([...having('Host', ''), 'Host', ''])).toBe('DuplicateHost');
  });

  test.each(['http://server.example.com:80/', 'http://evil/', 'https://server.example.com:443/x'])(
    'for the absolute target %s beside another Host',
    (target) => {
      expect(nameOf(GOOD_FIELDS, 'GET', target)).toBe('HostMismatch');
    },
  );

  // CVE-2016-2086, CVE-2018-7159, CVE-2025-69224
  test.each(['', '1 2', '+1', '-1', '0x1', '1_0', '5, 5', '0, 0', '\u0661'])('for the Content-Length %j', (length) => {
    expect(nameOf([...GOOD_FIELDS, 'Content-Length', length])).toBe('MalformedContentLength');
  });

  // RFC 6455 §4.2.1(A)
  test('for two Content-Lengths, even of 0', () => {
    expect(nameOf([...GOOD_FIELDS, 'Content-Length', '0', 'content-length', '0'])).toBe('MalformedContentLength');
  });

  test.each(['1', '00001', '99999999999999999999'])('for the Content-Length %s', (length) => {
    expect(nameOf([...GOOD_FIELDS, 'Content-Length', length])).toBe('ContentInHandshake');
  });

  // RFC 6455 §4.2.1(A)
  test.each(['', 'identity', 'xchunked', 'chunked, chunked'])('for the Transfer-Encoding %j', (coding) => {
    expect(nameOf([...GOOD_FIELDS, 'Content-Length', '0', 'Transfer-Encoding', coding])).toBe('TransferEncoding');
  });

  // aiohttp 12723
  test.each(['notupgrade', 'upgradenot', 'close', '', 'up grade', '"upgrade"', 'upgrade;x'])(
    'for the Connection %j',
    (connection) => {
      expect(nameOf(having('Connection', connection))).toBe('ConnectionWithoutUpgrade');
    },
  );

  // RFC 6455 §4.2.1(e)
  test('for no Connection', () => {
    expect(nameOf(without('Connection'))).toBe('ConnectionWithoutUpgrade');
  });

  // RFC 6455 §4.2.1(f)(B)
  test.each([
    ['AAAAAAAAAAAAAAAAAAAA', '15 bytes'],
    ['AAAAAAAAAAAAAAAAAAAAAAA=', '17 bytes'],
    ['', 'nothing'],
    ['dGhlIHNhbXBsZSBub25jZR==', 'padding bits'],
    ['@@@@@@@@@@@@@@@@@@@@@@==', 'no base64'],
  ])('for the key %j: %s', (key) => {
    expect(nameOf(having('Sec-WebSocket-Key', key))).toBe('InvalidKey');
  });

  // CVE-2026-59898, CVE-2026-54466: drafts are not spoken
  // RFC 6455 §4.2.1(g), §4.2.2(d), §4.4(a)
  test.each(['0', '7', '8', '12', '14', '25', '255'])('for version %s, and told which one is spoken', (version) => {
    expect(nameOf(having('Sec-WebSocket-Version', version))).toBe('UnsupportedWebSocketVersion');
  });

  // RFC 6455 §4.4(a): a client of a draft may differ in more than its version.
  test.each(
    ROWS.filter(([row]) => !row.name.endsWith('WebSocketVersion')).map(
      ([row, ...rest]) => [row.name, ...rest] as const,
    ),
  )('for %s in another version, and told which one is spoken all the same', (_name, fields, method, target, minor) => {
    const at = fields.indexOf('Sec-WebSocket-Version');
    for (const version of [['Sec-WebSocket-Version', '8'], []]) {
      const others = [...fields.slice(0, at), ...fields.slice(at + 2), ...version];
      const result = readOpeningHandshake(headOf(others, method, target, minor));
      expect(result).toMatchObject({ headers: { 'Sec-WebSocket-Version': '13' } });
    }
  });

  test('and is told nothing of versions when its own is the right one', () => {
    expect(readOpeningHandshake(headOf(without('Host')))).toBe(HandshakeRefusals.MissingHost);
    expect(HandshakeRefusals.MissingHost.headers).toBeUndefined();
  });

  // RFC 6455 §4.3(b)
  test.each([
    '',
    '013',
    '13, 8',
    '8, 13',
    '13,13',
    '256',
    '999',
    '1300',
    '+13',
    '13.0',
    'x',
    '0x0d',
    '1 3',
    '\u0661\u0663',
  ])('for what is no version: %j', (version) => {
    expect(nameOf(having('Sec-WebSocket-Version', version))).toBe('InvalidWebSocketVersion');
  });

  // RFC 6455 §11.3.5(A)
  test('for two versions', () => {
    expect(nameOf([...having('Sec-WebSocket-Version', '8'), 'Sec-WebSocket-Version', '13'])).toBe(
      'DuplicateWebSocketVersion',
    );
  });

  // CVE-2021-32640, CVE-2020-7662
  // RFC 6455 §4.2.1(a), §9.1(a)
  test.each([
    ['Sec-WebSocket-Protocol', `b${' '.repeat(8192)}x`, 'MalformedProtocolList'],
    ['Sec-WebSocket-Extensions', `a; b="${'\\c'.repeat(4096)}`, 'MalformedExtensionList'],
    ['Sec-WebSocket-Extensions', '', 'MalformedExtensionList'],
    ['Sec-WebSocket-Protocol', ', ,', 'EmptyProtocolList'],
  ])('for %s: %j', (name, value, row) => {
    expect(nameOf([...GOOD_FIELDS, name, value])).toBe(row);
  });
});

describe('names that every object has are names like others', () => {
  // GHSA-5v72-xg48-5rpm, CVE-2026-21710
  test.each(['constructor', 'toString; hasOwnProperty=1', '__proto__; __proto__'])('as extension: %s', (extensions) => {
    expect(opening([...GOOD_FIELDS, 'Sec-WebSocket-Extensions', extensions]).offers).toHaveLength(1);
  });

  test('as field, as subprotocol', () => {
    const { protocols } = opening([
      ...GOOD_FIELDS,
      '__proto__',
      'x',
      'constructor',
      'y',
      'Sec-WebSocket-Protocol',
      '__proto__',
    ]);
    expect([...protocols]).toEqual(['__proto__']);
  });
});

describe('a request is no handshake at all, and goes to the fallback,', () => {
  // RFC 6455 §4.2.1(d)
  test.each(['h2c', 'TLS/1.0', 'notwebsocket', 'websocket/13', '', '"websocket"'])('with Upgrade: %j', (upgrade) => {
    expect(isUpgrade(headOf(having('Upgrade', upgrade)))).toBe(false);
  });

  test('without Upgrade', () => {
    expect(isUpgrade(headOf(without('Upgrade')))).toBe(false);
    expect(readOpeningHandshake(headOf(without('Upgrade')))).toBe(HandshakeRefusals.NotAnUpgrade);
  });

  test('but one that lists websocket is, however wrong the rest of it is', () => {
    expect(isUpgrade(headOf(['Upgrade', 'h2c , WebSocket'], 'POST', '*', 0))).toBe(true);
  });
});

// RFC 6455 §10.1(a)(b), §10.7(a)
test('any fields get an opening or a row, never an exception', () => {
  const name = fc.constantFrom(
    'Host',
    'Upgrade',
    'Connection',
    'Sec-WebSocket-Key',
    'Sec-WebSocket-Version',
    'Origin',
    'Content-Length',
  );
  const more = fc.constantFrom('Transfer-Encoding', 'Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions', '__proto__');
  const known = fc.constantFrom('a', 'websocket', 'upgrade', '13', KEY, '0', 'a, b', 'a; b="c"', '');
  const value = fc.oneof(known, fc.string({ unit: 'binary-ascii' }));
  const lines = fc.array(fc.tuple(fc.oneof(name, more), value), { maxLength: 8 });
  fc.assert(
    fc.property(lines, fc.boolean(), fc.constantFrom('/', '*', 'http://a/', '#', ''), (given, good, target) => {
      const fields = [...(good ? GOOD_FIELDS : []), ...given.flat()];
      const result = readOpeningHandshake(headOf(fields, 'GET', target));
      if (!isHandshakeRefusal(result)) expect(result.key).toBe(KEY);
      else expect(ROWS_AS_ANSWERED).toContain(result);
    }),
    { numRuns: 2000 },
  );
});
