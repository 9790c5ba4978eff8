// Target: bodies in chunks, RFC 9112 §7.1. Oracles: the slow reading, one outcome however the octets are cut, limits kept.
import { ChunkedDecoder } from '../../../src/http/chunked.ts';
import { HttpRefusals } from '../../../src/http/index.ts';
import { cutInput, inputOf } from '../cut-input.ts';
import { behindEach, type FuzzTarget, require, requireSame } from '../fuzz-target.ts';
import { slowChunkedBody } from '../slow-http.ts';

const TIGHT_LIMITS = 1;

function limitsOf(options: number) {
  return (options & TIGHT_LIMITS) === 0
    ? { maxChunkExtensionsSize: 16_384, maxTrailersSize: 16_384, maxTrailersCount: 100 }
    : { maxChunkExtensionsSize: 10, maxTrailersSize: 40, maxTrailersCount: 2 };
}

function decode(chunks: readonly Buffer[], options: number) {
  let data = '';
  let upcalls = 0;
  const sink = {
    onBody(bytes: Buffer): void {
      require(bytes.length > 0, 'data is never empty');
      data += bytes.toString('latin1');
      upcalls++;
    },
  };
  const decoder = new ChunkedDecoder(sink, limitsOf(options));
  let read = 0;
  for (const chunk of chunks) {
    const next = decoder.push(chunk);
    require(next >= 0 && next <= chunk.length, 'the place where reading stopped lies in the chunk');
    read += next;
    if (decoder.complete || decoder.refusal !== undefined) break;
    require(next === chunk.length, 'an incomplete body uses up its chunk');
    chunk.fill(0);
  }
  require(!decoder.complete || decoder.refusal === undefined, 'complete or refused, not both');
  return {
    data,
    upcalls,
    read,
    complete: decoder.complete,
    refusal: decoder.refusal,
    trailers: decoder.trailers?.raw(),
  };
}

function check(input: Buffer): string {
  const { options, body, chunks } = cutInput(input);
  const whole = decode([Buffer.from(body)], options);
  const cut = decode(chunks, options);
  const { complete, refusal, data, trailers } = whole;
  requireSame(
    [cut.complete, cut.refusal, cut.trailers],
    [complete, refusal, trailers],
    'one outcome however it is cut',
  );
  requireSame(cut.data, data, 'the same data however it is cut');
  require(data.length <= body.length && cut.upcalls <= body.length, 'no more data than octets');
  if (complete) requireSame(cut.read, whole.read, 'the same end however it is cut');
  if (refusal !== undefined) require(Object.values(HttpRefusals).includes(refusal), 'a refusal is a row of the table');

  const text = body.toString('latin1');
  const slow = slowChunkedBody(text, limitsOf(options));
  if (complete) requireSame({ data, trailers, rest: text.slice(whole.read) }, slow, 'the slow reading agrees');
  else require(slow === undefined, 'what the slow reading takes is not refused');
  return `${refusal?.name ?? complete} ${Math.min(whole.upcalls, 3)} ${Math.min(trailers?.length ?? 0, 4)}`;
}

const bodies = [
  '5\r\nHello\r\n0\r\n\r\n',
  '5;a=b;c="d"\r\nHello\r\n6 ; e\r\n, all!\r\n0\r\nX: y\r\nZ:\r\n\r\nrest',
  '0\r\n\r\n',
  '0000000000000005\r\nHello\r\n00\r\nA: b\r\n\r\n',
  '1fffffffffffff\r\nx',
  '20000000000000\r\nx',
  '5\r\nHelloX\r\n0\r\n\r\n',
  '5\nHello\r\n',
  '5 \r\nHello\r\n',
  '-5\r\n',
  '0x5\r\nHello\r\n',
  'a\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n',
  '0\r\n X: folded\r\n\r\n',
  `${'1;a\r\nx\r\n'.repeat(6)}0\r\n\r\n`,
];

export const chunkedBody: FuzzTarget = {
  name: 'chunked-body',
  seeds: bodies.flatMap((body) => [inputOf(body, 0, [1]), inputOf(body, TIGHT_LIMITS, [3, 0, 2])]),
  dictionary: [
    ...[
      '\r\n',
      '\r',
      '\n',
      '0\r\n\r\n',
      '0\r\n',
      '1\r\nx\r\n',
      'f',
      'F',
      '00',
      ';',
      ';a=b',
      ' ;',
      ' ',
      '"',
      '\0',
      '\x80',
    ],
    ...['ffffffffffffffff', '1fffffffffffff', 'X: y\r\n', ': ', '5\r\nHello\r\n', '\r\n\r\n', '\t'],
  ].map((word) => Buffer.from(word, 'latin1')),
  partsOf: behindEach('\n'),
  check,
};
