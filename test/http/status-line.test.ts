// Statements about the status line, RFC 9112 §4, cut in every way.
import { expect, test } from 'vitest';
import { type HttpRefusal, HttpRefusals } from '../../src/http/refusal.ts';
import { StatusLine } from '../../src/http/status-line.ts';
import { cuttingsOf } from './cuttings.ts';

/** Reads `text` in every cutting and insists on one result. */
function read(text: string): {
  end: number;
  complete: boolean;
  refusal: string | undefined;
  status: number;
  reason: string;
} {
  const bytes = Buffer.from(text, 'latin1');
  const results = cuttingsOf(bytes).map(({ name, chunks }) => {
    const line = new StatusLine();
    let position = 0;
    let end = 0;
    for (const chunk of chunks) {
      end += chunk.length;
      position = line.scan(bytes, position, end);
      if (line.complete || line.refusal !== undefined) break;
    }
    const reason = text.slice(line.reasonStart, line.reasonEnd);
    const { complete, refusal, statusCode } = line;
    return { name, result: { end: position, complete, refusal: refusal?.name, status: statusCode, reason } };
  });
  const first = results[0]!.result;
  for (const { name, result } of results) expect(result, name).toEqual(first);
  return first;
}

test.each([
  ['HTTP/1.1 101 Switching Protocols\r\n', 101, 'Switching Protocols'],
  ['HTTP/1.1 101 \r\n', 101, ''],
  ['HTTP/1.1 101\r\n', 101, ''],
  ['HTTP/1.0 200 OK\r\n', 200, 'OK'],
  ['HTTP/1.1 999 \xff\t~\r\n', 999, '\xff\t~'],
  ['HTTP/1.1 100 Continue\r\n', 100, 'Continue'],
])('%j is a status line', (text, status, reason) => {
  expect(read(`${text}A: b\r\n`)).toEqual({ end: text.length, complete: true, refusal: undefined, status, reason });
});

const { BareLineFeed, BareCarriageReturn, InvalidVersion, VersionNotSupported, InvalidStatusCode, InvalidReason } =
  HttpRefusals;

test.each<[text: string, refusal: HttpRefusal, at: number]>([
  ['\r\nHTTP/1.1 101 \r\n', InvalidVersion, 0],
  ['http/1.1 101 \r\n', InvalidVersion, 0],
  ['HTTP/1.1\t101 \r\n', InvalidVersion, 8],
  ['HTTP/1.1\r\n', InvalidVersion, 8],
  ['HTTP/1.10 101 \r\n', InvalidVersion, 8],
  ['HTTP/1.2 101 \r\n', VersionNotSupported, 7],
  ['HTTP/2.0 101 \r\n', VersionNotSupported, 5],
  ['HTTP/1.1  101 \r\n', InvalidStatusCode, 9],
  ['HTTP/1.1 1 \r\n', InvalidStatusCode, 10],
  ['HTTP/1.1 10\r\n', InvalidStatusCode, 11],
  ['HTTP/1.1 +01 \r\n', InvalidStatusCode, 9],
  ['HTTP/1.1 099 \r\n', InvalidStatusCode, 9],
  ['HTTP/1.1 1010 \r\n', InvalidStatusCode, 12],
  ['HTTP/1.1 101x\r\n', InvalidStatusCode, 12],
  ['HTTP/1.1 101\n', BareLineFeed, 12],
  ['HTTP/1.1 101 OK\n', BareLineFeed, 15],
  ['HTTP/1.1 101 OK\rX', BareCarriageReturn, 16],
  ['HTTP/1.1 101\rX', BareCarriageReturn, 13],
  ['HTTP/1.1 101 O\x00K\r\n', InvalidReason, 14],
  ['HTTP/1.1 101 O\x7fK\r\n', InvalidReason, 14],
])('%j is refused: %j at %i', (text, refusal, at) => {
  expect(read(text)).toMatchObject({ end: at, complete: false, refusal: refusal.name });
});

test('an incomplete line is neither complete nor refused', () => {
  const text = 'HTTP/1.1 101 Switching Protocols\r';
  for (let length = 0; length <= text.length; length++) {
    expect(read(text.slice(0, length))).toMatchObject({ end: length, complete: false, refusal: undefined });
  }
});

test('an endless line is a head that is too large', () => {
  expect(new StatusLine().tooLong).toBe(HttpRefusals.HeadTooLarge);
});

test.each([0, 1])('the minor version %i is told', (minor) => {
  const bytes = Buffer.from(`HTTP/1.${minor} 200 OK\r\n`);
  const line = new StatusLine();
  line.scan(bytes, 0, bytes.length);
  expect(line.minorVersion(bytes)).toBe(minor);
});
