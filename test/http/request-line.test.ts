// Statements about the request line, RFC 9112 §3, cut in every way.
import { describe, expect, test } from 'vitest';
import { type HttpRefusal, HttpRefusals } from '../../src/http/refusal.ts';
import { MAX_METHOD_LENGTH, RequestLine } from '../../src/http/request-line.ts';
import { cuttingsOf } from './cuttings.ts';

interface Read {
  readonly end: number;
  readonly complete: boolean;
  readonly refusal: string | undefined;
  readonly method: string;
  readonly target: string;
}

/** Reads `text` in every cutting and insists on one result. */
function read(text: string): Read {
  const bytes = Buffer.from(text, 'latin1');
  const results = cuttingsOf(bytes).map(({ name, chunks }) => {
    const line = new RequestLine();
    let position = 0;
    let end = 0;
    for (const chunk of chunks) {
      end += chunk.length;
      position = line.scan(bytes, position, end);
      if (line.complete || line.refusal !== undefined) break;
    }
    const method = text.slice(line.methodStart, line.methodEnd);
    const target = text.slice(line.targetStart, line.targetEnd);
    return { name, result: { end: position, complete: line.complete, refusal: line.refusal?.name, method, target } };
  });
  const first = results[0]!.result;
  for (const { name, result } of results) expect(result, name).toEqual(first);
  return first;
}

test.each([
  ['GET / HTTP/1.1\r\n', 'GET', '/'],
  ['GET /chat?room=1 HTTP/1.1\r\n', 'GET', '/chat?room=1'],
  ['GET / HTTP/1.0\r\n', 'GET', '/'],
  ['\r\nGET / HTTP/1.1\r\n', 'GET', '/'],
  ['VERSION-CONTROL /x HTTP/1.1\r\n', 'VERSION-CONTROL', '/x'],
  ['OPTIONS * HTTP/1.1\r\n', 'OPTIONS', '*'],
  ['CONNECT a.example:443 HTTP/1.1\r\n', 'CONNECT', 'a.example:443'],
  ['GET http://a.example/x HTTP/1.1\r\n', 'GET', 'http://a.example/x'],
  ['GET /!"$%&\'()*+,-.:;<=>?@[\\]^_`{|}~ HTTP/1.1\r\n', 'GET', '/!"$%&\'()*+,-.:;<=>?@[\\]^_`{|}~'],
])('%j is a request line', (text, method, target) => {
  expect(read(`${text}Host: a\r\n`)).toEqual({ end: text.length, complete: true, refusal: undefined, method, target });
});

const { BareLineFeed, BareCarriageReturn, TooManyEmptyLines, InvalidMethod, MethodTooLong, EmptyTarget } = HttpRefusals;
const { InvalidTarget, InvalidTargetForm, MissingVersion, InvalidVersion, VersionNotSupported } = HttpRefusals;

test.each<[text: string, refusal: HttpRefusal, at: number]>([
  ['\nGET / HTTP/1.1\r\n', BareLineFeed, 0],
  ['\r\n\nGET / HTTP/1.1\r\n', BareLineFeed, 2],
  ['\rGET / HTTP/1.1\r\n', BareCarriageReturn, 1],
  ['\r\r\nGET / HTTP/1.1\r\n', BareCarriageReturn, 1],
  ['\r\n\r\nGET / HTTP/1.1\r\n', TooManyEmptyLines, 2],
  [' GET / HTTP/1.1\r\n', InvalidMethod, 0],
  ['\tGET / HTTP/1.1\r\n', InvalidMethod, 0],
  ['get / HTTP/1.1\r\n', InvalidMethod, 0],
  ['Get / HTTP/1.1\r\n', InvalidMethod, 1],
  ['G(T / HTTP/1.1\r\n', InvalidMethod, 1],
  ['GET\t/ HTTP/1.1\r\n', InvalidMethod, 3],
  ['GET\r\n', InvalidMethod, 3],
  ['GET\n', InvalidMethod, 3],
  ['\x16\x03\x01\x02\x00\x01', InvalidMethod, 0],
  ['\xff', InvalidMethod, 0],
  [`${'A'.repeat(MAX_METHOD_LENGTH + 1)} / HTTP/1.1\r\n`, MethodTooLong, MAX_METHOD_LENGTH],
  [`\r\n${'A'.repeat(MAX_METHOD_LENGTH + 9)}`, MethodTooLong, MAX_METHOD_LENGTH + 2],
  ['GET  / HTTP/1.1\r\n', EmptyTarget, 4],
  ['GET \t/ HTTP/1.1\r\n', InvalidTarget, 4],
  ['GET /a\tb HTTP/1.1\r\n', InvalidTarget, 6],
  ['GET /\xff HTTP/1.1\r\n', InvalidTarget, 5],
  ['GET /\x00 HTTP/1.1\r\n', InvalidTarget, 5],
  ['GET /\x7f HTTP/1.1\r\n', InvalidTarget, 5],
  ['GET /#x HTTP/1.1\r\n', InvalidTarget, 5],
  ['GET /\r\n', MissingVersion, 5],
  ['GET /\n', MissingVersion, 5],
  ['GET \r\n', MissingVersion, 4],
  ['GET / \r\n', InvalidVersion, 6],
  ['GET /  HTTP/1.1\r\n', InvalidVersion, 6],
  ['GET / http/1.1\r\n', InvalidVersion, 6],
  ['GET / HTTP/1.1 \r\n', InvalidVersion, 14],
  ['GET / HTTP/1.10\r\n', InvalidVersion, 14],
  ['GET / HTTP/1\r\n', InvalidVersion, 12],
  ['GET / HTTP/1.1\n', BareLineFeed, 14],
  ['GET / HTTP/1.1\rX', BareCarriageReturn, 15],
  ['GET / HTTP/1.2\r\n', VersionNotSupported, 13],
  ['GET / HTTP/2.0\r\n', VersionNotSupported, 11],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', VersionNotSupported, 11],
  ['GET * HTTP/1.1\r\n', InvalidTargetForm, 4],
  ['GET a.example:80 HTTP/1.1\r\n', InvalidTargetForm, 4],
  ['GET http://user@a.example/ HTTP/1.1\r\n', InvalidTargetForm, 4],
  ['GET http:///x HTTP/1.1\r\n', InvalidTargetForm, 4],
  ['OPTIONS *x HTTP/1.1\r\n', InvalidTargetForm, 8],
])('%j is refused: %j at %i', (text, refusal, at) => {
  expect(read(text)).toMatchObject({ end: at, complete: false, refusal: refusal.name });
});

describe('a method', () => {
  test(`of ${MAX_METHOD_LENGTH} octets is accepted`, () => {
    const method = 'A'.repeat(MAX_METHOD_LENGTH);
    expect(read(`${method} / HTTP/1.1\r\n`)).toMatchObject({ complete: true, method });
    expect(read(`\r\n${method} / HTTP/1.1\r\n`)).toMatchObject({ complete: true, method });
  });
});

test('an incomplete line is neither complete nor refused', () => {
  const text = '\r\nGET /chat HTTP/1.1\r';
  for (let length = 0; length <= text.length; length++) {
    expect(read(text.slice(0, length))).toMatchObject({ end: length, complete: false, refusal: undefined });
  }
});

test('an endless line is one that is too long', () => {
  expect(new RequestLine().tooLong).toBe(HttpRefusals.RequestLineTooLong);
});

test.each([0, 1])('the minor version %i is told', (minor) => {
  const bytes = Buffer.from(`\r\nGET / HTTP/1.${minor}\r\n`);
  const line = new RequestLine();
  line.scan(bytes, 0, bytes.length);
  expect(line.minorVersion(bytes)).toBe(minor);
});
