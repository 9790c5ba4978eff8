// Statements about the chunked coding, RFC 9112 §7.1, cut in every way.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BodyLimits, ChunkedDecoder } from '../../src/http/chunked.ts';
import { type HttpRefusal, HttpRefusals } from '../../src/http/refusal.ts';
import { cutAt, cuttingsOf } from './cuttings.ts';

interface Decoded {
  readonly data: string;
  readonly complete: boolean;
  readonly refusal: string | undefined;
  readonly trailers: readonly string[] | undefined;
  readonly rest: string | undefined;
}

function decodeChunks(chunks: readonly Buffer[], limits: BodyLimits): Decoded {
  const data: Buffer[] = [];
  const decoder = new ChunkedDecoder({ onBody: (part) => data.push(Buffer.from(part)) }, limits);
  let rest: string | undefined;
  for (let i = 0; i < chunks.length && rest === undefined && decoder.refusal === undefined; i++) {
    const chunk = chunks[i]!;
    const position = decoder.push(chunk);
    if (decoder.complete) rest = Buffer.concat([chunk.subarray(position), ...chunks.slice(i + 1)]).toString('latin1');
    chunk.fill(0);
  }
  return {
    data: Buffer.concat(data).toString('latin1'),
    complete: decoder.complete,
    refusal: decoder.refusal?.name,
    trailers: decoder.trailers?.raw(),
    rest,
  };
}

/** Decodes `text` in every cutting and insists on one result. */
function decode(text: string, limits: BodyLimits = {}): Decoded {
  const results = cuttingsOf(Buffer.from(text, 'latin1')).map(({ name, chunks }) => ({
    name,
    result: decodeChunks(chunks, limits),
  }));
  const first = results[0]!.result;
  for (const { name, result } of results) expect(result, name).toEqual(first);
  return first;
}

test.each([
  ['0\r\n\r\n', ''],
  ['5\r\nHello\r\n0\r\n\r\n', 'Hello'],
  ['5\r\nHello\r\n7\r\n, World\r\n0\r\n\r\n', 'Hello, World'],
  ['0000000000000005\r\nHello\r\n000\r\n\r\n', 'Hello'],
  ['a\r\n0123456789\r\n0\r\n\r\n', '0123456789'],
  ['A\r\n\r\n\0\xff\r\n\r\n56\r\n0\r\n\r\n', '\r\n\0\xff\r\n\r\n56'],
  ['5;ext\r\nHello\r\n0;last\r\n\r\n', 'Hello'],
  ['5 \t;ext=1;b="x\xff;,"\r\nHello\r\n0\r\n\r\n', 'Hello'],
])('%j is a body', (text, data) => {
  expect(decode(`${text}HTTP/1.1`)).toEqual({
    data,
    complete: true,
    refusal: undefined,
    trailers: [],
    rest: 'HTTP/1.1',
  });
});

test('trailer fields come with their names and values', () => {
  expect(decode('5\r\nHello\r\n0\r\nA: b \r\nC:d\r\n\r\nrest')).toEqual({
    data: 'Hello',
    complete: true,
    refusal: undefined,
    trailers: ['A', 'b', 'C', 'd'],
    rest: 'rest',
  });
});

const { InvalidChunkSize, ChunkTooLarge, InvalidChunkExtension, ChunkExtensionsTooLarge, MissingChunkEnd } =
  HttpRefusals;
const { BareLineFeed, BareCarriageReturn, HeadTooLarge, TooManyFields, WhitespaceBeforeColon } = HttpRefusals;

test.each<[text: string, refusal: HttpRefusal]>([
  ['\r\n', InvalidChunkSize],
  [' 5\r\nHello\r\n', InvalidChunkSize],
  ['+5\r\nHello\r\n', InvalidChunkSize],
  ['-5\r\nHello\r\n', InvalidChunkSize],
  ['g\r\n', InvalidChunkSize],
  [';ext\r\n', InvalidChunkSize],
  ['0x5\r\nHello\r\n', InvalidChunkExtension],
  ['5_0\r\n', InvalidChunkExtension],
  ['5 \r\nHello\r\n', InvalidChunkExtension],
  ['5 x\r\nHello\r\n', InvalidChunkExtension],
  ['5;\0\r\n', InvalidChunkExtension],
  ['5;a\nHello', InvalidChunkExtension],
  ['5\nHello\r\n', BareLineFeed],
  ['5\rHello\r\n', BareCarriageReturn],
  ['5;a\rHello\r\n', BareCarriageReturn],
  ['5\r\nHelloX\n', MissingChunkEnd],
  ['5\r\nHello\n', MissingChunkEnd],
  ['5\r\nHello\rX', MissingChunkEnd],
  ['5\r\nHello!\r\n', MissingChunkEnd],
  ['20000000000000\r\n', ChunkTooLarge],
  ['ffffffffffffffff\r\n', ChunkTooLarge],
  ['00000000000000005\r\n', ChunkTooLarge],
  ['0\r\nA : b\r\n\r\n', WhitespaceBeforeColon],
])('%j is refused: %j', (text, refusal) => {
  expect(decode(text)).toMatchObject({ complete: false, refusal: refusal.name });
});

test('the largest size that can be counted is not too large', () => {
  expect(decode('1fffffffffffff\r\nHello')).toMatchObject({ data: 'Hello', complete: false, refusal: undefined });
});

describe('what is not data is limited', () => {
  // CVE-2024-22019
  test('extensions, over all chunks together', () => {
    expect(decode('1;a\r\nx\r\n1;b\r\ny\r\n0\r\n\r\n', { maxChunkExtensionsSize: 4 })).toMatchObject({
      data: 'xy',
      complete: true,
    });
    const refused = { data: 'xy', refusal: ChunkExtensionsTooLarge.name };
    expect(decode('1;a\r\nx\r\n1;b\r\ny\r\n0;\r\n\r\n', { maxChunkExtensionsSize: 4 })).toMatchObject(refused);
  });

  test('the size of the trailer section', () => {
    expect(decode('0\r\nA: b\r\n\r\n', { maxTrailersSize: 8 })).toMatchObject({ complete: true, trailers: ['A', 'b'] });
    expect(decode('0\r\nA: bc\r\n\r\n', { maxTrailersSize: 8 })).toMatchObject({ refusal: HeadTooLarge.name });
  });

  test('the number of trailer fields', () => {
    expect(decode('0\r\nA: b\r\n\r\n', { maxTrailersCount: 1 })).toMatchObject({ complete: true });
    expect(decode('0\r\nA: b\r\nC: d\r\n\r\n', { maxTrailersCount: 1 })).toMatchObject({ refusal: TooManyFields.name });
  });

  test.each([0, -1, 1.5, Number.NaN])('by a positive integer, not by %d', (limit) => {
    for (const limits of [{ maxChunkExtensionsSize: limit }, { maxTrailersSize: limit }, { maxTrailersCount: limit }]) {
      expect(() => new ChunkedDecoder({ onBody: () => undefined }, limits)).toThrow(RangeError);
    }
  });
});

test('data is passed on as views of the chunk, and never empty', () => {
  const chunk = Buffer.from('5\r\nHello\r\n0\r\n\r\n');
  const parts: Buffer[] = [];
  new ChunkedDecoder({ onBody: (part) => parts.push(part) }, {}).push(chunk);
  expect(parts).toHaveLength(1);
  expect(parts[0]!.buffer).toBe(chunk.buffer);
});

test('a body that is written is read, in whatever pieces', () => {
  const part = fc.string({ unit: fc.constantFrom('a', '\r', '\n', '0', '\0', '\xff'), minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 20 }), (parts, places) => {
      const written = parts.map((data) => `${data.length.toString(16)}\r\n${data}\r\n`).join('');
      const chunks = cutAt(Buffer.from(`${written}0\r\n\r\nrest`, 'latin1'), places);
      expect(decodeChunks(chunks, {})).toMatchObject({ data: parts.join(''), complete: true, rest: 'rest' });
    }),
  );
});

test('any octets have one outcome, however they are cut', () => {
  const part = fc.constantFrom(
    '5',
    '0',
    'a',
    '\r\n',
    '\r',
    '\n',
    ';',
    ' ',
    'Hello',
    'x',
    'A: b\r\n',
    '\0',
    '1\r\nx\r\n',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(60), { maxLength: 10 }), (parts, places) => {
      const bytes = Buffer.from(parts.join(''));
      const limits = { maxChunkExtensionsSize: 3, maxTrailersSize: 10, maxTrailersCount: 1 };
      expect(decodeChunks(cutAt(bytes, places), limits)).toEqual(decodeChunks([Buffer.from(bytes)], limits));
    }),
    { numRuns: 2000 },
  );
});
