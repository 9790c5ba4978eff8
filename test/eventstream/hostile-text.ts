// Text that has made other writers of event streams say what their callers did not, any other text, and streams that
// no writer writes.
import fc from 'fast-check';
import type { ServerSentEvent } from '../../src/eventstream/index.ts';

/** Pieces that mean something in an event stream, that end lines somewhere, or that are no characters. */
const PIECES = [
  ...['\n', '\r', '\r\n', '\n\n', '\r\r', '\0', '\u2028', '\u2029', '\u0085', '\u000b', '\ud800', '\udc00', '\ufeff'],
  ...['data: ', 'data', 'id: ', 'id', 'event: ', 'retry: ', 'retry: 1', ':', ' ', 'a', 'é', '🌊'],
];

/** Any text, mostly hostile. */
export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)) },
);

const oneLine = text.map((value) => value.replace(/[\r\n]/g, ''));
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

/** Any event that may be written. */
export const event: fc.Arbitrary<ServerSentEvent & { readonly data: string }> = fc.record({
  data: text,
  id: maybe(oneLine.map((value) => value.replaceAll('\0', ''))),
  event: maybe(oneLine),
  retry: maybe(fc.nat()),
});

/** What UTF-8 makes of lone surrogates, and the stream of ends of lines. */
export function asRead(value: string): string {
  return Buffer.from(value)
    .toString()
    .replace(/\r\n|\r/g, '\n');
}

/** Pieces of streams, and of characters in UTF-8, each byte as a character. */
const STREAM_PIECES = [
  ...[
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    '\r\r',
    ':',
    ' ',
    '\0',
    'a',
    '1',
    '\xef\xbb\xbf',
    '\xef',
    '\xbb\xbf',
    '\xc3',
    '\xf0\x9f',
  ],
  ...[
    'data',
    'data:',
    'data: a\n',
    'data: b\r',
    'data:c\r\n',
    'data: d\n\n',
    'data: e\r\r',
    'data\r\n\r\n',
    '\ndata: \x80',
  ],
  ...['id', 'id: 1\n', '\nid: 2\n', 'id: 3\n\n', '\nevent', 'event: x\n', 'retry: ', 'retry: 3\n', 'Data: ', '\n: '],
];

/** Any bytes, mostly those that a stream is made of. */
export const anyStream: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 4,
    arbitrary: fc
      .array(fc.constantFrom(...STREAM_PIECES), { maxLength: 30, size: 'max' })
      .map((pieces) => Buffer.from(pieces.join(''), 'latin1')),
  },
);
