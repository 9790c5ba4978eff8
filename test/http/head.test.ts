// Statements about whole heads: requests and responses, cut in every way, within their limits.
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_MAX_HEADER_SIZE,
  DEFAULT_MAX_HEADERS_COUNT,
  HeadProgress,
  RequestHeadParser,
  ResponseHeadParser,
} from '../../src/http/head.ts';
import { HttpRefusals } from '../../src/http/refusal.ts';
import { feed, refused, requestOutcome, responseOutcome } from './head-outcome.ts';

/** RFC 6455 §1.2. */
const CLIENT_EXAMPLE =
  'GET /chat HTTP/1.1\r\n' +
  'Host: server.example.com\r\n' +
  'Upgrade: websocket\r\n' +
  'Connection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
  'Origin: http://example.com\r\n' +
  'Sec-WebSocket-Protocol: chat, superchat\r\n' +
  'Sec-WebSocket-Version: 13\r\n\r\n';

/** RFC 6455 §1.2. */
const SERVER_EXAMPLE =
  'HTTP/1.1 101 Switching Protocols\r\n' +
  'Upgrade: websocket\r\n' +
  'Connection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n' +
  'Sec-WebSocket-Protocol: chat\r\n\r\n';

describe('the example of RFC 6455 §1.2, cut in every way', () => {
  test('is a request', () => {
    const outcome = requestOutcome(`${CLIENT_EXAMPLE}\x81\x85`);
    expect(outcome).toEqual({
      is: 'complete',
      startLine: { method: 'GET', target: '/chat', majorVersion: 1, minorVersion: 1 },
      fields: [
        ...['Host', 'server.example.com', 'Upgrade', 'websocket', 'Connection', 'Upgrade'],
        ...['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==', 'Origin', 'http://example.com'],
        ...['Sec-WebSocket-Protocol', 'chat, superchat', 'Sec-WebSocket-Version', '13'],
      ],
      raw: CLIENT_EXAMPLE,
      rest: '\x81\x85',
    });
  });

  test('is a response', () => {
    expect(responseOutcome(`${SERVER_EXAMPLE}\x81\x05Hello`)).toEqual({
      is: 'complete',
      startLine: { statusCode: 101, reason: 'Switching Protocols', majorVersion: 1, minorVersion: 1 },
      fields: [
        ...['Upgrade', 'websocket', 'Connection', 'Upgrade'],
        ...['Sec-WebSocket-Accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=', 'Sec-WebSocket-Protocol', 'chat'],
      ],
      raw: SERVER_EXAMPLE,
      rest: '\x81\x05Hello',
    });
  });
});

describe('a request', () => {
  test.each([
    ['GET / HTTP/1.1\r\n\r\n', 1],
    ['GET / HTTP/1.0\r\nHost: a\r\n\r\n', 0],
    ['\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n', 1],
  ])('%j is whole', (text, minorVersion) => {
    const startLine = { method: 'GET', target: '/', majorVersion: 1, minorVersion };
    expect(requestOutcome(text)).toMatchObject({ is: 'complete', startLine, raw: text, rest: '' });
  });

  test('without its empty line is not', () => {
    for (let length = 0; length < CLIENT_EXAMPLE.length; length += 7) {
      expect(requestOutcome(CLIENT_EXAMPLE.slice(0, length))).toEqual({ is: 'incomplete' });
    }
  });

  test('is refused where it is wrong, wherever it is cut', () => {
    expect(requestOutcome('get / HTTP/1.1\r\n\r\n')).toEqual(refused(HttpRefusals.InvalidMethod, 0));
    expect(requestOutcome('GET / HTTP/1.1\r\nA : b\r\n\r\n')).toEqual(refused(HttpRefusals.WhitespaceBeforeColon, 17));
    expect(requestOutcome('GET / HTTP/1.1\r\n A: b\r\n\r\n')).toEqual(refused(HttpRefusals.WhitespaceBeforeFields, 16));
    // CVE-2025-23167
    expect(requestOutcome('GET / HTTP/1.1\r\nA: b\r\n\rX')).toEqual(refused(HttpRefusals.BareCarriageReturn, 23));
  });

  test('pipelined behind another begins in what the other left', () => {
    const first = new RequestHeadParser();
    expect(first.push(Buffer.from('GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n'))).toBe(HeadProgress.Complete);
    const second = new RequestHeadParser();
    expect(second.push(first.rest)).toBe(HeadProgress.Complete);
    expect(second.head.target).toBe('/2');
    expect(second.raw.toString()).toBe('GET /2 HTTP/1.1\r\n\r\n');
  });
});

describe('a response', () => {
  test.each([
    ['HTTP/1.1 200 OK\r\n\r\n', 200, 'OK'],
    ['HTTP/1.1 404 \r\n\r\n', 404, ''],
    ['HTTP/1.1 404\r\n\r\n', 404, ''],
    ['HTTP/1.1 404 Not Here \t\r\n\r\n', 404, 'Not Here \t'],
  ])('%j is whole', (text, statusCode, reason) => {
    expect(responseOutcome(text)).toMatchObject({ is: 'complete', startLine: { statusCode, reason }, raw: text });
  });

  test('is refused where it is wrong, wherever it is cut', () => {
    expect(responseOutcome('HTTP/1.1 1x1 \r\n\r\n')).toEqual(refused(HttpRefusals.InvalidStatusCode, 10));
    expect(responseOutcome('HTTP/1.1 101 \r\nA: b\r\n c\r\n')).toEqual(refused(HttpRefusals.ObsoleteFold, 21));
  });
});

describe('the size of a head', () => {
  const padded = (size: number): string => {
    const before = 'GET / HTTP/1.1\r\nA: ';
    return `${before}${'x'.repeat(size - before.length - 4)}\r\n\r\n`;
  };

  test('is limited to 16 KiB unless said otherwise', () => {
    const parser = new RequestHeadParser();
    expect(feed(parser, [Buffer.from(padded(DEFAULT_MAX_HEADER_SIZE))])).toMatchObject({ is: 'complete' });
    const outcome = feed(new RequestHeadParser(), [Buffer.from(padded(DEFAULT_MAX_HEADER_SIZE + 1))]);
    expect(outcome).toEqual(refused(HttpRefusals.HeadTooLarge, DEFAULT_MAX_HEADER_SIZE));
  });

  test('may be the limit exactly, and not one octet more, wherever it is cut', () => {
    expect(requestOutcome(`${padded(64)}rest`, { maxHeaderSize: 64 })).toMatchObject({ is: 'complete', rest: 'rest' });
    expect(requestOutcome(padded(65), { maxHeaderSize: 64 })).toEqual(refused(HttpRefusals.HeadTooLarge, 64));
    expect(requestOutcome(padded(200), { maxHeaderSize: 64 })).toEqual(refused(HttpRefusals.HeadTooLarge, 64));
  });

  test('is refused by name when it is the request line that never ends', () => {
    const line = `GET /${'x'.repeat(200)}`;
    expect(requestOutcome(line, { maxHeaderSize: 64 })).toEqual(refused(HttpRefusals.RequestLineTooLong, 64));
  });

  test('is refused for a status line without end as well', () => {
    const line = `HTTP/1.1 200 ${'x'.repeat(200)}`;
    expect(responseOutcome(line, { maxHeaderSize: 64 })).toEqual(refused(HttpRefusals.HeadTooLarge, 64));
  });

  test('counts the empty line before the request', () => {
    expect(requestOutcome(`\r\n${padded(62)}`, { maxHeaderSize: 64 })).toMatchObject({ is: 'complete' });
    expect(requestOutcome(`\r\n${padded(63)}`, { maxHeaderSize: 64 })).toEqual(refused(HttpRefusals.HeadTooLarge, 64));
  });

  test('bounds what is held of a line that never ends', () => {
    const parser = new RequestHeadParser();
    const octet = Buffer.of(0x41);
    parser.push(Buffer.from('GET / HTTP/1.1\r\nA: '));
    let progress: HeadProgress = HeadProgress.Incomplete;
    let most = 0;
    while (progress === HeadProgress.Incomplete) {
      progress = parser.push(octet);
      most = Math.max(most, parser.bufferedLength);
    }
    expect(parser.refusal).toBe(HttpRefusals.HeadTooLarge);
    expect(most).toBeLessThan(DEFAULT_MAX_HEADER_SIZE);
    expect(parser.bufferedLength).toBe(0);
  });

  test('bounds what is looked at of a chunk of a megabyte', () => {
    const outcome = feed(new RequestHeadParser(), [Buffer.alloc(1 << 20, 'GET / HTTP/1.1\r\n')]);
    expect(outcome).toMatchObject({ is: 'refused' });
    const line = feed(new RequestHeadParser(), [Buffer.concat([Buffer.from('GET /'), Buffer.alloc(1 << 20, 'x')])]);
    expect(line).toEqual(refused(HttpRefusals.RequestLineTooLong, DEFAULT_MAX_HEADER_SIZE));
  });
});

describe('the number of fields', () => {
  const withFields = (count: number): string => `GET / HTTP/1.1\r\n${'a:b\r\n'.repeat(count)}\r\n`;

  test('is limited to 100 unless said otherwise', () => {
    const parser = new RequestHeadParser();
    feed(parser, [Buffer.from(withFields(DEFAULT_MAX_HEADERS_COUNT))]);
    expect(parser.head.fields.size).toBe(100);
    const outcome = feed(new RequestHeadParser(), [Buffer.from(withFields(DEFAULT_MAX_HEADERS_COUNT + 1))]);
    expect(outcome).toEqual(refused(HttpRefusals.TooManyFields, 16 + 100 * 5));
  });

  test('may be the limit exactly, and not one more, wherever it is cut', () => {
    expect(requestOutcome(withFields(3), { maxHeadersCount: 3 })).toMatchObject({ is: 'complete' });
    expect(requestOutcome(withFields(4), { maxHeadersCount: 3 })).toEqual(refused(HttpRefusals.TooManyFields, 31));
  });

  // CVE-2024-37890: `node:http` drops what is too much, and with it the Upgrade that was last.
  test.each(['first', 'last'])('is never cut down to the limit, with Upgrade %s', (place) => {
    const upgrade = 'Upgrade: websocket\r\n';
    const fields = 'a:b\r\n'.repeat(10_000);
    const text = `GET / HTTP/1.1\r\n${place === 'first' ? upgrade + fields : fields + upgrade}\r\n`;
    expect(feed(new RequestHeadParser(), [Buffer.from(text)])).toMatchObject({
      is: 'refused',
      refusal: HttpRefusals.TooManyFields,
    });
  });
});

describe('a parser', () => {
  test('shares the memory of the chunk when one chunk was enough', () => {
    const chunk = Buffer.from(`${CLIENT_EXAMPLE}rest`);
    const parser = new RequestHeadParser();
    expect(parser.push(chunk)).toBe(HeadProgress.Complete);
    expect(parser.raw.buffer).toBe(chunk.buffer);
    expect(parser.rest.buffer).toBe(chunk.buffer);
    expect(parser.rest.byteOffset).toBe(chunk.byteOffset + CLIENT_EXAMPLE.length);
  });

  test('gives fields that outlive the chunk', () => {
    const chunk = Buffer.from(CLIENT_EXAMPLE);
    const parser = new RequestHeadParser();
    parser.push(chunk);
    const { fields, target } = parser.head;
    chunk.fill(0);
    expect(target).toBe('/chat');
    expect(fields.get('host')).toBe('server.example.com');
  });

  test('gives the same head every time', () => {
    const parser = new RequestHeadParser();
    parser.push(Buffer.from(CLIENT_EXAMPLE));
    expect(parser.head).toBe(parser.head);
  });

  test('has no head before it is complete, and no refusal unless it is refused', () => {
    const parser = new RequestHeadParser();
    parser.push(Buffer.from('GET '));
    expect(() => parser.head).toThrow(TypeError);
    expect(() => parser.raw).toThrow(TypeError);
    expect(() => parser.rest).toThrow(TypeError);
    expect(() => parser.refusal).toThrow(TypeError);
    expect(() => parser.refusalOffset).toThrow(TypeError);
    expect(parser.bufferedLength).toBe(4);
  });

  test('reads one head: to push after its end is a mistake', () => {
    const complete = new ResponseHeadParser();
    complete.push(Buffer.from(SERVER_EXAMPLE));
    expect(() => complete.push(Buffer.from('x'))).toThrow(TypeError);
    const wrong = new RequestHeadParser();
    wrong.push(Buffer.from('\0'));
    expect(() => wrong.push(Buffer.from('x'))).toThrow(TypeError);
    expect(() => wrong.head).toThrow(TypeError);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1' as unknown as number])(
    'has no limit of %j',
    (limit) => {
      expect(() => new RequestHeadParser({ maxHeaderSize: limit })).toThrow(RangeError);
      expect(() => new ResponseHeadParser({ maxHeadersCount: limit })).toThrow(RangeError);
    },
  );
});
