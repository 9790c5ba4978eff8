// Statements about where the body of a response ends, RFC 9112 §6.3, cut in every way.
import { describe, expect, test } from 'vitest';
import { BodyProgress, ResponseBodyDecoder } from '../../src/http/body.ts';
import { Fields } from '../../src/http/fields.ts';
import { type HttpRefusal, HttpRefusals } from '../../src/http/refusal.ts';
import { cuttingsOf } from './cuttings.ts';

interface Outcome {
  readonly data: string;
  readonly progress: BodyProgress;
  readonly refusal: string | undefined;
  readonly rest: string;
}

const HEAD = { statusCode: 400, minorVersion: 1 };
const { Incomplete, Complete, Refused } = BodyProgress;

function decoderOf(raw: readonly string[], head = HEAD): { decoder: ResponseBodyDecoder; data: Buffer[] } {
  const data: Buffer[] = [];
  const sink = { onBody: (part: Buffer) => data.push(Buffer.from(part)) };
  return { decoder: new ResponseBodyDecoder({ ...head, fields: Fields.from(raw) }, sink), data };
}

/** Decodes `text` in every cutting and insists on one result. */
function decode(raw: readonly string[], text: string, head = HEAD): Outcome {
  const results = cuttingsOf(Buffer.from(text, 'latin1')).map(({ name, chunks }) => {
    const { decoder, data } = decoderOf(raw, head);
    const rest: Buffer[] = [];
    for (const chunk of chunks) {
      if (decoder.push(chunk) !== Incomplete) rest.push(Buffer.from(decoder.rest));
      chunk.fill(0);
    }
    const outcome: Outcome = {
      data: Buffer.concat(data).toString('latin1'),
      progress: decoder.progress,
      refusal: decoder.refusal?.name,
      rest: decoder.progress === Complete ? Buffer.concat(rest).toString('latin1') : '',
    };
    return { name, outcome };
  });
  const first = results[0]!.outcome;
  for (const { name, outcome } of results) expect(outcome, name).toEqual(first);
  return first;
}

describe('a body with Content-Length', () => {
  test('ends after so many octets', () => {
    const outcome = { data: 'Hello', progress: Complete, refusal: undefined, rest: 'HTTP/1.1' };
    expect(decode(['Content-Length', '5'], 'HelloHTTP/1.1')).toEqual(outcome);
    expect(decode(['content-length', '0005'], 'HelloHTTP/1.1')).toEqual(outcome);
  });

  test('is complete at once when it is 0', () => {
    const { decoder } = decoderOf(['Content-Length', '0']);
    expect(decoder.progress).toBe(Complete);
    expect(decoder.push(Buffer.from('x'))).toBe(Complete);
    expect(decoder.rest.toString()).toBe('x');
  });

  test('is incomplete when the connection ends before', () => {
    const { decoder } = decoderOf(['Content-Length', '5']);
    expect(decoder.push(Buffer.from('Hell'))).toBe(Incomplete);
    expect(decoder.rest).toHaveLength(0);
    expect(decoder.end()).toBe(Refused);
    expect(decoder.refusal).toBe(HttpRefusals.IncompleteBody);
  });

  // CVE-2016-2086, CVE-2018-7159, CVE-2025-69224, CVE-2022-24761
  test.each(['', '1 2', '+1', '-1', '0x1', '1_0', '1.0', '1e1', '\u0661', '5, 5', '99999999999999999999', 'Infinity'])(
    'is refused when that is %j',
    (length) => {
      const { decoder } = decoderOf(['Content-Length', length]);
      expect(decoder.progress).toBe(Refused);
      expect(decoder.refusal).toBe(HttpRefusals.InvalidContentLength);
    },
  );

  test('is refused when there are two, even equal ones', () => {
    expect(decoderOf(['Content-Length', '5', 'content-length', '5']).decoder.refusal).toBe(
      HttpRefusals.InvalidContentLength,
    );
  });
});

describe('a body in chunks', () => {
  const chunked = ['Transfer-Encoding', 'Chunked'];

  test('ends after its trailer section', () => {
    expect(decode(chunked, '5\r\nHello\r\n0\r\n\r\nHTTP/1.1')).toEqual({
      data: 'Hello',
      progress: Complete,
      refusal: undefined,
      rest: 'HTTP/1.1',
    });
  });

  test('has trailers once it is complete', () => {
    const { decoder } = decoderOf(chunked);
    expect(decoder.trailers).toBeUndefined();
    decoder.push(Buffer.from('0\r\nA: b\r\n\r\n'));
    expect(decoder.trailers?.get('a')).toBe('b');
    expect(decoderOf([]).decoder.trailers).toBeUndefined();
  });

  test('is refused where a chunk is wrong, and reads no further', () => {
    expect(decode(chunked, '5\r\nHelloX\r\n5\r\nWorld\r\n')).toMatchObject({
      data: 'Hello',
      progress: Refused,
      refusal: HttpRefusals.MissingChunkEnd.name,
    });
  });

  test('is incomplete when the connection ends before', () => {
    const { decoder } = decoderOf(chunked);
    decoder.push(Buffer.from('5\r\nHello\r\n'));
    expect(decoder.end()).toBe(Refused);
    expect(decoder.refusal).toBe(HttpRefusals.IncompleteBody);
  });

  test('obeys the limits it is given', () => {
    const head = { ...HEAD, fields: Fields.from(chunked) };
    const decoder = new ResponseBodyDecoder(head, { onBody: () => undefined }, { maxChunkExtensionsSize: 1 });
    expect(decoder.push(Buffer.from('5;a'))).toBe(Refused);
    expect(decoder.refusal).toBe(HttpRefusals.ChunkExtensionsTooLarge);
  });

  test.each<[raw: string[], refusal: HttpRefusal]>([
    [['Transfer-Encoding', 'chunked', 'Content-Length', '5'], HttpRefusals.LengthWithTransferEncoding],
    [['Transfer-Encoding', 'gzip, chunked'], HttpRefusals.InvalidTransferEncoding],
    [['Transfer-Encoding', 'chunked, chunked'], HttpRefusals.InvalidTransferEncoding],
    [['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'], HttpRefusals.InvalidTransferEncoding],
    [['Transfer-Encoding', 'identity'], HttpRefusals.InvalidTransferEncoding],
    [['Transfer-Encoding', 'xchunked'], HttpRefusals.InvalidTransferEncoding],
    [['Transfer-Encoding', ''], HttpRefusals.InvalidTransferEncoding],
  ])('is refused with %j: %j', (raw, refusal) => {
    expect(decoderOf(raw).decoder.refusal).toBe(refusal);
  });

  test('is refused in HTTP/1.0, which has no chunks (RFC 9112 §6.1)', () => {
    expect(decoderOf(chunked, { statusCode: 400, minorVersion: 0 }).decoder.refusal).toBe(
      HttpRefusals.InvalidTransferEncoding,
    );
  });
});

describe('a body of which nothing is said', () => {
  test('ends with the connection', () => {
    expect(decode(['Content-Type', 'text/plain'], 'Hello')).toMatchObject({ data: 'Hello', progress: Incomplete });
    const { decoder } = decoderOf([]);
    decoder.push(Buffer.from('Hello'));
    expect(decoder.end()).toBe(Complete);
    expect(decoder.end()).toBe(Complete);
  });

  test('has no empty parts, even if nothing was pushed', () => {
    for (const raw of [[], ['Content-Length', '5']]) {
      const { decoder, data } = decoderOf(raw);
      expect(decoder.push(Buffer.alloc(0))).toBe(Incomplete);
      expect(data).toEqual([]);
    }
  });
});

describe('there is no body, whatever the fields say,', () => {
  test.each([100, 101, 103, 199, 204, 304])('in a response with status %d', (statusCode) => {
    for (const raw of [[], ['Content-Length', '5'], ['Transfer-Encoding', 'chunked'], ['Content-Length', 'x']]) {
      const { decoder } = decoderOf(raw, { statusCode, minorVersion: 1 });
      expect(decoder.progress).toBe(Complete);
      expect(decoder.end()).toBe(Complete);
    }
  });
});

test('a refused body stays refused', () => {
  const { decoder, data } = decoderOf(['Content-Length', 'x']);
  expect(decoder.push(Buffer.from('Hello'))).toBe(Refused);
  expect(decoder.end()).toBe(Refused);
  expect(decoder.refusal).toBe(HttpRefusals.InvalidContentLength);
  expect(data).toEqual([]);
});
