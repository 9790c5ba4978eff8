// Statements about octets: what each may be part of, and how letters compare.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  consistsOf,
  DIGIT,
  equalsIgnoringCase,
  FIELD_CONTENT,
  HEXDIG,
  hexadecimalValue,
  LOWER_ALPHA,
  lowerCase,
  OCTET_CLASS,
  QDTEXT,
  REG_NAME,
  rangeEqualsIgnoringCase,
  TCHAR,
  VCHAR,
} from '../../src/bytes/ascii.ts';

const ALL_OCTETS = Array.from({ length: 256 }, (_, octet) => octet);

/** The grammar rules written as their documents write them, for an oracle that is slow and plain. */
const RULES: readonly [name: string, bit: number, rule: RegExp][] = [
  ['tchar of RFC 9110 §5.6.2', TCHAR, /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/],
  ['VCHAR of RFC 5234 Appendix B.1', VCHAR, /^[\x21-\x7e]$/],
  ['field content of RFC 9110 §5.5', FIELD_CONTENT, /^[\t \x21-\x7e\x80-\xff]$/],
  ['qdtext of RFC 9110 §5.6.4', QDTEXT, /^[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]$/],
  ['DIGIT of RFC 5234', DIGIT, /^[0-9]$/],
  ['HEXDIG in both cases', HEXDIG, /^[0-9a-fA-F]$/],
  ['a small letter', LOWER_ALPHA, /^[a-z]$/],
  ['unreserved and sub-delims of RFC 3986 §2', REG_NAME, /^[A-Za-z0-9\-._~!$&'()*+,;=]$/],
];

test.each(RULES)('the table knows %s for all 256 octets', (_name, bit, rule) => {
  for (const octet of ALL_OCTETS) {
    expect((OCTET_CLASS[octet]! & bit) !== 0, `octet ${octet}`).toBe(rule.test(String.fromCharCode(octet)));
  }
});

describe('consistsOf', () => {
  test('is true of the empty text', () => {
    expect(consistsOf('', DIGIT)).toBe(true);
  });

  test('asks every character', () => {
    expect(consistsOf('0123456789', DIGIT)).toBe(true);
    expect(consistsOf('01234x6789', DIGIT)).toBe(false);
    expect(consistsOf('012345678x', DIGIT)).toBe(false);
  });

  test('refuses what is not an octet: a digit of another script, a letter that would lose its upper half', () => {
    expect(consistsOf('\u0661', DIGIT)).toBe(false);
    expect(consistsOf('\u0130', TCHAR | VCHAR | FIELD_CONTENT)).toBe(false);
  });
});

describe('comparison in an ASCII case-insensitive manner', () => {
  test('folds A to Z and nothing else', () => {
    for (const octet of ALL_OCTETS) {
      const isCapital = octet >= 0x41 && octet <= 0x5a;
      expect(lowerCase(octet)).toBe(isCapital ? octet + 0x20 : octet);
    }
  });

  test.each([
    ['WebSocket', 'websocket', true],
    ['websocket', 'WEBSOCKET', true],
    ['', '', true],
    ['websocket', 'websockets', false],
    ['websocke\u212a', 'websocket', false],
    ['wEBSOC\u212aET', 'websocket', false],
    ['\u212a', 'k', false],
    ['k', '\u212a', false],
    ['\u00c0', '\u00e0', false],
    ['@', '`', false],
    ['[', '{', false],
  ])('%j and %j: %s', (a, b, equal) => {
    expect(equalsIgnoringCase(a, b)).toBe(equal);
    expect(equalsIgnoringCase(b, a)).toBe(equal);
  });

  test('agrees with a folded comparison for any latin1 text', () => {
    const fold = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    const text = fc.string({
      unit: fc.constantFrom('a', 'A', 'k', 'K', '-', '@', '`', '\u00c0', '\u00e0'),
      maxLength: 3,
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(equalsIgnoringCase(a, b)).toBe(fold(a) === fold(b));
      }),
    );
  });

  test('a range is compared whole: neither its neighbours nor a part of it', () => {
    expect(rangeEqualsIgnoringCase('x-HOST:', 2, 6, 'host')).toBe(true);
    expect(rangeEqualsIgnoringCase('x-HOST:', 2, 7, 'host')).toBe(false);
    expect(rangeEqualsIgnoringCase('x-HOST:', 3, 6, 'host')).toBe(false);
  });
});

test('a hexadecimal digit has its value in either case', () => {
  for (let value = 0; value < 16; value++) {
    const digit = value.toString(16);
    expect(hexadecimalValue(digit.charCodeAt(0))).toBe(value);
    expect(hexadecimalValue(digit.toUpperCase().charCodeAt(0))).toBe(value);
  }
});
