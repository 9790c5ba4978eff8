import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { harmless, readable } from '../../src/inspect/readable.ts';

const CARRIED_OUT = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

describe('what a terminal would carry out is spelt out instead', () => {
  test.each([
    ['an escape sequence', '\x1b[2J', '\\x1b[2J'],
    ['a bell', '\x07', '\\x07'],
    ['the end of a line', 'a\r\nb', 'a\\x0d\\x0ab'],
    ['a control character of latin1', '\x9b', '\\x9b'],
    ['a turn of the reading direction', '\u202e', '\\u{202e}'],
    ['a separator of lines', '\u2028', '\\u{2028}'],
    ['half a surrogate pair', '\ud800', '\\u{d800}'],
  ])('%s', (_, text, shown) => {
    expect(harmless(text)).toBe(shown);
  });

  test('in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(CARRIED_OUT.test(harmless(text))).toBe(false);
      }),
    );
  });
});

test.each(['Grüße, 世界', '👩‍💻', 'a "b" <c>'])('ordinary text stays: %s', (text) => {
  expect(harmless(text)).toBe(text);
});

describe('a quotation', () => {
  test('of no more than it may have is whole', () => {
    expect(readable(Buffer.from('Hello'), 5)).toBe('Hello');
  });

  test('of more ends where the limit is, and says so', () => {
    expect(readable(Buffer.from('Hello!'), 5)).toBe('Hello…');
  });

  test('never cuts a character in two', () => {
    expect(readable(Buffer.from('👍👍👍'), 2)).toBe('👍👍…');
  });

  test('of bytes that are not UTF-8 shows where they are not', () => {
    expect(readable(Buffer.from([0x61, 0xff, 0x62]), 9)).toBe('a\ufffdb');
  });
});
