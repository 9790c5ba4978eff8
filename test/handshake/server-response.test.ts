// Statements about what a server answers, RFC 6455 §4.2.2 step 5 and RFC 9112 §4.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HandshakeRefusals, tellingVersion } from '../../src/handshake/refusal.ts';
import {
  acceptResponse,
  acceptText,
  faultResponse,
  type Rejection,
  refusalBody,
  refusalResponse,
  serializeResponse,
} from '../../src/handshake/server-response.ts';
import { HeadProgress, HttpRefusals, ResponseBodyDecoder, ResponseHeadParser } from '../../src/http/index.ts';
import { ACCEPT, KEY } from './openings.ts';

const INJECTIONS = ['\r', '\n', '\r\n', '\0', '\x7f', '\u010a', '\u010d', '\u560a', '\u560d'];

describe('the answer that accepts', () => {
  // RFC 6455 §4.2.2(j)(k)(l)(m)
  test('is the one of RFC 6455 §1.2', () => {
    expect(serializeResponse(acceptResponse({ key: KEY, protocol: 'chat' }))).toBe(
      'HTTP/1.1 101 Switching Protocols\r\n' +
        'Upgrade: websocket\r\n' +
        'Connection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${ACCEPT}\r\n` +
        'Sec-WebSocket-Protocol: chat\r\n\r\n',
    );
  });

  test('has a line for extensions, and the lines that are given', () => {
    expect(
      acceptResponse({
        key: KEY,
        protocol: '',
        extensions: 'permessage-deflate',
        headers: ['Set-Cookie: a=1', 'X: y'],
      }),
    ).toEqual([
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${ACCEPT}`,
      'Sec-WebSocket-Extensions: permessage-deflate',
      'Set-Cookie: a=1',
      'X: y',
    ]);
  });

  // RFC 6455 §4.2.2(g); RFC 7692 §5(o)
  test('has no line for what was not agreed: an empty value would be illegal (§4.2.2 step 4)', () => {
    expect(acceptResponse({ key: KEY })).toHaveLength(4);
    expect(acceptResponse({ key: KEY, protocol: '', extensions: '' })).toHaveLength(4);
    expect(acceptResponse({ key: KEY, protocol: undefined, extensions: undefined, headers: undefined })).toHaveLength(
      4,
    );
  });

  test('is an array of the caller: each one is new', () => {
    const lines = acceptResponse({ key: KEY });
    lines.push('X-Late: 1');
    expect(acceptResponse({ key: KEY })).toHaveLength(4);
    expect(serializeResponse(lines)).toMatch(/\r\nX-Late: 1\r\n\r\n$/);
  });

  test.each(['a b', 'a,b', '"a"', 'a\r\nX: y', '\u010a'])('never chooses the subprotocol %j', (protocol) => {
    expect(() => acceptResponse({ key: KEY, protocol })).toThrow(TypeError);
  });

  // Autobahn CVE-2020-35678, undici CVE-2026-1527
  test.each(INJECTIONS)('never holds %j, whoever put it there', (character) => {
    const lines = acceptResponse({ key: KEY, extensions: `a${character}b` });
    expect(() => serializeResponse(lines)).toThrow(TypeError);
    expect(() => serializeResponse([...acceptResponse({ key: KEY }), `X: a${character}b`])).toThrow(TypeError);
    expect(() => serializeResponse([...acceptResponse({ key: KEY }), `X${character}: a`])).toThrow(TypeError);
    expect(() => serializeResponse([`HTTP/1.1 101 a${character}b`])).toThrow(TypeError);
  });

  test.each(['', 'X', ': a', 'X : a', 'X y: a', undefined, null, 1])('never holds the line %j', (line) => {
    expect(() => serializeResponse(['HTTP/1.1 101 OK', line as string])).toThrow(/Name: value|must be a token/);
  });

  // RFC 6455 §11.3.2(a), §11.3.3(a), §11.3.4(a)
  test.each(['Upgrade', 'Connection', 'Sec-WebSocket-Accept', 'Sec-WebSocket-Extensions', 'Sec-WebSocket-Protocol'])(
    'has one %s only, whoever adds another, and however it is spelled',
    (name) => {
      const lines = acceptResponse({ key: KEY, protocol: 'chat', extensions: 'permessage-deflate' });
      expect(() => serializeResponse(lines)).not.toThrow();
      for (const spelled of [name, name.toLowerCase(), name.toUpperCase()]) {
        expect(() => serializeResponse([...lines, `${spelled}: x`])).toThrow(TypeError);
      }
    },
  );

  test('may have any other field twice', () => {
    const lines = acceptResponse({ key: KEY, headers: ['Set-Cookie: a=1', 'Set-Cookie: b=2'] });
    expect(serializeResponse(lines)).toContain('Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n');
  });

  // RFC 9110 §8.6, RFC 9112 §6.1
  test.each(['Content-Length: 0', 'transfer-encoding: chunked'])('never announces a body: %s', (line) => {
    expect(() => serializeResponse([...acceptResponse({ key: KEY }), line])).toThrow(TypeError);
  });

  test('may hold a line with an empty value, or one in latin1', () => {
    expect(serializeResponse(['HTTP/1.1 101 OK', 'X:', 'Y:caf\xe9\t'])).toBe(
      'HTTP/1.1 101 OK\r\nX:\r\nY:caf\xe9\t\r\n\r\n',
    );
  });
});

/** Reads an answer as a client would. */
function receive(text: string): {
  status: number;
  reason: string;
  headers: Record<string, unknown>;
  body: string;
  rest: string;
} {
  const parser = new ResponseHeadParser();
  expect(parser.push(Buffer.from(text, 'latin1'))).toBe(HeadProgress.Complete);
  const parts: Buffer[] = [];
  const decoder = new ResponseBodyDecoder(parser.head, { onBody: (part) => parts.push(part) });
  decoder.push(parser.rest);
  const { statusCode, reason, fields } = parser.head;
  const body = Buffer.concat(parts).toString('utf8');
  return { status: statusCode, reason, headers: fields.toObject(), body, rest: decoder.rest.toString('latin1') };
}

describe('the answer to which nobody adds', () => {
  test.each([
    ['', ''],
    ['chat', ''],
    ['', 'permessage-deflate'],
    ['chat', 'permessage-deflate; server_no_context_takeover'],
  ])('is the one that is made of lines: protocol "%s", extensions "%s"', (protocol, extensions) => {
    const lines = acceptResponse({ key: KEY, protocol, extensions });
    expect(acceptText(KEY, protocol, extensions)).toBe(serializeResponse(lines));
  });
});

describe('the answer to a fault', () => {
  const faults = [
    ...Object.values(HandshakeRefusals),
    ...Object.values(HandshakeRefusals).map(tellingVersion),
    ...Object.values(HttpRefusals),
  ];

  test.each(faults.map((fault) => [fault.name, fault] as const))('says what it is, each time: %s', (_name, fault) => {
    const answer = refusalResponse({ ...fault, body: refusalBody(fault) });
    expect([faultResponse(fault), faultResponse(fault)]).toEqual([answer, answer]);
  });
});

describe('the answer that refuses', () => {
  // RFC 6455 §4.2.2(A), §10.7(c)
  test('closes the connection, and its body is text', () => {
    expect(refusalResponse({ status: 400, body: 'No.' })).toBe(
      'HTTP/1.1 400 Bad Request\r\n' +
        'Connection: close\r\n' +
        'Content-Type: text/plain; charset=utf-8\r\n' +
        'Content-Length: 3\r\n\r\n' +
        'No.',
    );
  });

  test('says what its status says when nothing else is said', () => {
    expect(receive(refusalResponse({ status: 404 }))).toMatchObject({
      status: 404,
      reason: 'Not Found',
      body: 'Not Found',
    });
    expect(receive(refusalResponse({ status: 499 }))).toMatchObject({ status: 499, reason: '', body: '' });
  });

  test('names Upgrade in Connection when it sends one (RFC 9110 §7.8)', () => {
    const headers = { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
    expect(receive(refusalResponse({ status: 426, headers })).headers).toMatchObject({
      connection: 'close, Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
    });
  });

  test('takes headers as they are given, and another Content-Type', () => {
    const headers = { 'content-type': 'application/json', 'Retry-After': 120, 'Set-Cookie': ['a', 'b'] };
    expect(receive(refusalResponse({ status: 503, headers, body: '{}' })).headers).toMatchObject({
      'content-type': 'application/json',
      'retry-after': '120',
      'set-cookie': ['a', 'b'],
      'content-length': '2',
    });
  });

  test('has exactly the body that was given, counted in octets of UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (body) => {
        expect(receive(refusalResponse({ status: 400, body }))).toMatchObject({ body, rest: '' });
      }),
    );
    expect(receive(refusalResponse({ status: 400, body: 'caf\u00e9 \u20ac \u{1f30a}\r\n\r\n' })).body).toBe(
      'caf\u00e9 \u20ac \u{1f30a}\r\n\r\n',
    );
  });

  test.each(INJECTIONS)('never holds %j in a header', (character) => {
    expect(() => refusalResponse({ status: 400, headers: { X: `a${character}b` } })).toThrow(TypeError);
    expect(() => refusalResponse({ status: 400, headers: { [`X${character}`]: 'a' } })).toThrow(TypeError);
    expect(() => refusalResponse({ status: 400, headers: { X: ['a', character] } })).toThrow(TypeError);
  });

  test.each(['Connection', 'connection', 'Content-Length', 'TRANSFER-ENCODING'])(
    'never takes %s from others',
    (name) => {
      expect(() => refusalResponse({ status: 400, headers: { [name]: 'x' } })).toThrow(TypeError);
    },
  );

  test.each([300, 599])('may have the status %d', (status) => {
    expect(receive(refusalResponse({ status, body: 'x' }))).toMatchObject({ status, body: 'x' });
  });

  test.each([0, 101, 200, 299, 600, 400.5, Number.NaN, '400', undefined])('never has the status %j', (status) => {
    expect(() => refusalResponse({ status } as Rejection)).toThrow(RangeError);
  });
});
