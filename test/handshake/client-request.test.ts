// Statements about a client's opening handshake, RFC 6455 §4.1.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ClientRequest, clientRequest, isReservedRequestField } from '../../src/handshake/client-request.ts';
import type { OutgoingHeaders } from '../../src/handshake/outgoing-headers.ts';
import { judge, KEY } from './openings.ts';

const REQUEST: ClientRequest = { host: 'server.example.com', path: '/chat', key: KEY };

const INJECTIONS = ['\r', '\n', '\r\n', '\0', '\u010a', '\u010d', '\u560a', '\u560d'];

describe('the request', () => {
  // RFC 6455 §4.1(o)(p)(q)(r)(s)(t)(u)(x)
  test('is the one of RFC 6455 §1.2', () => {
    const text = clientRequest({ ...REQUEST, origin: 'http://example.com', protocols: ['chat', 'superchat'] });
    expect(text).toBe(
      'GET /chat HTTP/1.1\r\n' +
        'Host: server.example.com\r\n' +
        'Upgrade: websocket\r\n' +
        'Connection: Upgrade\r\n' +
        `Sec-WebSocket-Key: ${KEY}\r\n` +
        'Sec-WebSocket-Version: 13\r\n' +
        'Origin: http://example.com\r\n' +
        'Sec-WebSocket-Protocol: chat, superchat\r\n\r\n',
    );
  });

  test('offers extensions and carries headers', () => {
    const headers = { Authorization: 'Bearer x', Cookie: 'a=1', 'X-Number': 5, 'X-Two': ['1', '2'] };
    const text = clientRequest({ ...REQUEST, extensions: 'permessage-deflate; client_max_window_bits', headers });
    expect(text.split('\r\n').slice(6)).toEqual([
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
      'Authorization: Bearer x',
      'Cookie: a=1',
      'X-Number: 5',
      'X-Two: 1',
      'X-Two: 2',
      '',
      '',
    ]);
  });

  test('says nothing of what is not wanted', () => {
    const nothing = { origin: undefined, protocols: undefined, extensions: undefined, headers: undefined };
    expect(clientRequest({ ...REQUEST, ...nothing })).toBe(clientRequest(REQUEST));
    expect(clientRequest({ ...REQUEST, protocols: [], extensions: '', headers: {} })).toBe(clientRequest(REQUEST));
    expect(clientRequest(REQUEST).split('\r\n')).toHaveLength(8);
  });

  test('has the Host among the headers in place of its own, once', () => {
    const text = clientRequest({ ...REQUEST, headers: { hOsT: 'virtual.example:8080' } });
    expect(text.match(/host:.*/gi)).toEqual(['Host: virtual.example:8080']);
  });

  test('has the Origin among the headers when there is no other', () => {
    expect(clientRequest({ ...REQUEST, headers: { Origin: 'http://a' } })).toContain('\r\nOrigin: http://a\r\n');
  });

  // RFC 6455 §4.1(o)
  test('is accepted by our own server, whatever it carries', () => {
    const token = fc.string({ unit: fc.constantFrom('a', 'b', '1', '-'), minLength: 1, maxLength: 5 });
    const path = fc.string({ unit: fc.constantFrom('a', '/', '?', '%', '&', '~', '{') }).map((rest) => `/${rest}`);
    const more = fc.record({
      protocols: fc.uniqueArray(token, { maxLength: 4 }),
      extensions: fc.constantFrom('', 'permessage-deflate', 'a; b=1, c; d="e"'),
      headers: fc.dictionary(
        token.map((name) => `x-${name}`),
        fc.string({ unit: fc.constantFrom('a', ' ', '\xe9', ',') }),
      ),
    });
    fc.assert(
      fc.property(path, fc.constantFrom('a', 'a.example:80', '[::1]:1'), more, (resource, host, rest) => {
        expect(judge([clientRequest({ host, path: resource, key: KEY, ...rest })])).toEqual({ status: 101, rest: '' });
      }),
    );
  });
});

// CVE-2026-1527, CVE-2018-12116, CVE-2023-23936
describe.each(INJECTIONS)('%j is refused before a byte is written', (character) => {
  const text = `a${character}b`;
  test.each<[place: string, request: Partial<ClientRequest>, error: typeof TypeError | typeof SyntaxError]>([
    ['host', { host: text }, TypeError],
    ['path', { path: `/${text}` }, TypeError],
    ['key', { key: `${KEY.slice(0, 21)}${character}==`.slice(0, 24) }, TypeError],
    ['origin', { origin: text }, TypeError],
    ['subprotocol', { protocols: ['ok', text] }, SyntaxError],
    ['extensions', { extensions: text }, TypeError],
    ['header', { headers: { X: text } }, TypeError],
    ['name of a header', { headers: { [text]: 'x' } }, TypeError],
    ['Host header', { headers: { Host: text } }, TypeError],
    ['Origin header', { headers: { Origin: text } }, TypeError],
  ])('in %s', (_place, request, error) => {
    expect(() => clientRequest({ ...REQUEST, ...request })).toThrow(error);
  });
});

describe('the caller is told at once of', () => {
  test.each(['', ' ', 'a b', 'a/b', 'user@a', 'a:b', 'a:99999', '[', '::1', 'ex\u00e4mple', undefined, 1])(
    'the host %j',
    (host) => {
      expect(() => clientRequest({ ...REQUEST, host: host as string })).toThrow(TypeError);
    },
  );

  test.each(['', 'chat', '?a', '*', 'http://a/', '/a b', '/a#b', '/\u00e4', '/\x7f', undefined, 1])(
    'the path %j',
    (path) => {
      expect(() => clientRequest({ ...REQUEST, path: path as string })).toThrow(TypeError);
    },
  );

  test.each(['', 'x', undefined, 'AQIDBAUGBwgJCgsMDQ4PEC=='])('the key %j', (key) => {
    expect(() => clientRequest({ ...REQUEST, key: key as string })).toThrow(TypeError);
  });

  test.each(['a;', 'a b', ',', ' '])('the extensions %j', (extensions) => {
    expect(() => clientRequest({ ...REQUEST, extensions })).toThrow(TypeError);
  });

  test.each([[['a', 'a']], [['a b']], [['']], [['a,b']], [[1 as unknown as string]]])(
    'the subprotocols %j',
    (protocols) => {
      expect(() => clientRequest({ ...REQUEST, protocols })).toThrow(SyntaxError);
    },
  );

  // CVE-2026-1525
  test.each<[OutgoingHeaders]>([
    [{ host: 'a', Host: 'b' }],
    [{ Host: ['a', 'b'] }],
    [{ 'X-A': '1', 'x-a': '2' }],
    [{ origin: 'http://a', Origin: 'http://b' }],
  ])('headers given twice: %j', (headers) => {
    expect(() => clientRequest({ ...REQUEST, headers })).toThrow(TypeError);
  });

  test('an origin given twice, as option and as header', () => {
    expect(() => clientRequest({ ...REQUEST, origin: 'http://a', headers: { origin: 'http://a' } })).toThrow(TypeError);
  });

  // RFC 6455 §11.3.1(a), §11.3.5(a)
  test.each([
    'Upgrade',
    'connection',
    'Content-Length',
    'transfer-encoding',
    'Sec-WebSocket-Key',
    'sec-websocket-version',
    'Sec-WebSocket-Protocol',
    'Sec-WebSocket-Extensions',
    'Sec-WebSocket-Accept',
    'Sec-WebSocket-Anything',
  ])('a header that belongs to the handshake: %s', (name) => {
    expect(isReservedRequestField(name)).toBe(true);
    expect(() => clientRequest({ ...REQUEST, headers: { [name]: 'x' } })).toThrow(TypeError);
  });
});

test.each(['Host', 'Origin', 'Cookie', 'X-Sec-WebSocket-Key', 'Sec-Fetch-Mode'])(
  '%s does not belong to the handshake',
  (name) => {
    expect(isReservedRequestField(name)).toBe(false);
  },
);
