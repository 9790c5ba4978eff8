import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contextOfRequest, dissectHead, endOfHead, looksLikeHead } from '../../src/inspect/head-dissector.ts';
import { REQUEST, RESPONSE } from './frames.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

function head(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

describe('the request of RFC 6455 §1.3', () => {
  const dissection = dissectHead(head(REQUEST));

  test('is a request of the client without a breach', () => {
    expect(dissection).toMatchObject({
      kind: 'request',
      author: 'client',
      title: 'GET /chat',
      length: REQUEST.length,
      complete: true,
      breach: undefined,
      payload: undefined,
    });
  });

  test('has a field for each part of its first line, each line and its end', () => {
    expect(dissection.fields.map(({ name, value }) => [name, value])).toEqual([
      ['Method', 'GET'],
      ['Request target', '/chat'],
      ['HTTP version', 'HTTP/1.1'],
      ['Host', 'server.example.com'],
      ['Upgrade', 'websocket'],
      ['Connection', 'Upgrade'],
      ['Sec-WebSocket-Key', KEY],
      ['Origin', 'http://example.com'],
      ['Sec-WebSocket-Version', '13'],
      ['Empty line', 'CR LF'],
    ]);
  });

  test('has each field where it stands', () => {
    for (const { name, value, offset, length } of dissection.fields.slice(0, -1)) {
      const text = REQUEST.slice(offset, offset + length);
      expect([value, `${name}: ${value}`]).toContain(text);
    }
  });
});

describe('its response', () => {
  const fieldsWith = (key?: string) => dissectHead(head(RESPONSE), { key }).fields;

  test('has version, code and phrase', () => {
    expect(fieldsWith().map(({ name, value }) => [name, value])).toEqual([
      ['HTTP version', 'HTTP/1.1'],
      ['Status code', '101'],
      ['Reason phrase', 'Switching Protocols'],
      ['Upgrade', 'websocket'],
      ['Connection', 'Upgrade'],
      ['Sec-WebSocket-Accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
      ['Empty line', 'CR LF'],
    ]);
  });

  test('proves that the key was read, where the key is known', () => {
    expect(fieldsWith(KEY)[5]?.meaning).toContain(`it answers the key ${KEY}`);
    expect(fieldsWith('AAAAAAAAAAAAAAAAAAAAAA==')[5]?.meaning).not.toContain('answers');
    expect(fieldsWith()[5]?.meaning).not.toContain('answers');
  });

  test('that answers another key is a breach (§4.1)', () => {
    expect(dissectHead(head(RESPONSE), { key: KEY }).breach).toBeUndefined();
    expect(dissectHead(head(RESPONSE), { key: 'AAAAAAAAAAAAAAAAAAAAAA==' }).breach).toMatchObject({
      section: 'RFC 6455 §4.1',
    });
  });

  test('that chooses a subprotocol nobody asked for is a breach', () => {
    const response = head(RESPONSE.replace('\r\n\r\n', '\r\nSec-WebSocket-Protocol: chat\r\n\r\n'));
    expect(dissectHead(response, { key: KEY, protocols: ['chat'] }).breach).toBeUndefined();
    expect(dissectHead(response, { key: KEY }).breach).toMatchObject({ section: 'RFC 6455 §4.1' });
  });

  test('may refuse, and is then no WebSocket', () => {
    const refused = dissectHead(head('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n'));
    expect(refused.title).toBe('403 Forbidden');
    expect(refused.fields[1]?.meaning).toBe('no WebSocket');
  });

  test('may have no phrase', () => {
    const { fields } = dissectHead(head('HTTP/1.1 101 \r\n\r\n'));
    expect(fields.map(({ name }) => name)).toEqual(['HTTP version', 'Status code', 'Empty line']);
  });
});

describe('a head that is wrong', () => {
  test("is shown line by line, with the parser's verdict and the byte", () => {
    const text = 'GET / HTTP/1.1\r\nHost : a\r\n no colon\r\n\r\n';
    const dissection = dissectHead(head(text));
    expect(dissection.fields.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Host ', 'Broken line', 'Empty line']),
    );
    expect(dissection.breach).toMatchObject({
      offset: text.indexOf(' :'),
      section: expect.stringContaining('RFC 9112'),
    });
  });

  test('is refused for what it lacks', () => {
    const request = REQUEST.replace(/Sec-WebSocket-Key: .*\r\n/, '');
    expect(dissectHead(head(request)).breach).toMatchObject({ section: expect.stringContaining('RFC 6455') });
  });

  test('of which the end is missing is incomplete, and not judged', () => {
    expect(dissectHead(head(REQUEST.slice(0, 40)))).toMatchObject({ complete: false, length: 40, breach: undefined });
  });

  test('shows what would move a cursor without moving it', () => {
    const { fields, title } = dissectHead(head('GET /\x1b[2J HTTP/1.1\r\nX-\x07: \x1b[31m\r\n\r\n'));
    expect(title).toBe('GET /\\x1b[2J');
    expect(fields[3]).toMatchObject({ name: 'X-\\x07', value: '\\x1b[31m' });
  });
});

test('what stands behind a head is not of it', () => {
  expect(dissectHead(head(`${RESPONSE}\x81\x00`))).toMatchObject({ length: RESPONSE.length, complete: true });
  expect(endOfHead(head(`${RESPONSE}\x81\x00`))).toBe(RESPONSE.length);
  expect(endOfHead(head('GET / HTTP/1.1\r\n'))).toBe(-1);
});

test.each([
  ['GET /', true],
  ['HTTP/1.1', true],
  ['POST /', false],
  ['\x81\x05Hello', false],
  ['', false],
])('%j looks like a head: %s', (text, answer) => {
  expect(looksLikeHead(head(text))).toBe(answer);
});

describe('what a response has to fit', () => {
  test('is read from its request', () => {
    const request = REQUEST.replace(
      '\r\n\r\n',
      '\r\nSec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n',
    );
    expect(contextOfRequest(head(request))).toEqual({
      key: KEY,
      protocols: ['chat', 'superchat'],
      extensions: 'permessage-deflate',
    });
    expect(contextOfRequest(head(REQUEST))).toEqual({ key: KEY, protocols: [], extensions: '' });
  });

  test.each(['', 'GET / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nbroken\r\n\r\n'])(
    'is nothing when that cannot be read: %j',
    (text) => {
      expect(contextOfRequest(head(text))).toEqual({});
    },
  );
});

test('any text is taken apart without a throw, its fields in order and within it', () => {
  const line = fc.oneof(
    fc.constantFrom(
      'Host: a',
      'Upgrade: websocket',
      'Sec-WebSocket-Key: x',
      ':',
      '',
      ' folded',
      'a\nb',
      '__proto__: 1',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const start = fc.constantFrom('GET / HTTP/1.1', 'HTTP/1.1 101 OK', 'HTTP/1.1', 'GET ', 'GET', 'HTTP/');
  fc.assert(
    fc.property(start, fc.array(line, { maxLength: 6 }), (first, lines) => {
      const bytes = head([first, ...lines, '', ''].join('\r\n'));
      const { fields } = dissectHead(bytes, { key: KEY });
      const ends = fields.map(({ offset, length }) => offset + length);
      const inOrder = fields.every(({ offset }, index) => offset >= (ends[index - 1] ?? 0));
      expect(inOrder && (ends.at(-1) ?? 0) <= bytes.length).toBe(true);
    }),
    { numRuns: 500 },
  );
});
