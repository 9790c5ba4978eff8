// Statements about UTF-8 as RFC 6455 §8.1 wants it judged: whole, or piece by piece with the verdict at the first byte
// that cannot be right.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { indexOfBadByte, isWholeUtf8, NO_BAD_BYTE, Utf8Validator } from '../../src/bytes/utf8.ts';
import { cutAt } from '../http/cuttings.ts';
import { PIECES, slowVerdict, type Verdict } from './slow-utf8.ts';

/** The fast validator's verdict on the same bytes, which it gets in these pieces. */
function verdictOf(pieces: readonly Buffer[]): Verdict {
  const validator = new Utf8Validator();
  let before = 0;
  for (const piece of pieces) {
    // In the middle of a larger buffer, as payloads lie in chunks.
    const chunk = Buffer.concat([Buffer.from([0xff]), piece, Buffer.from([0xff])]);
    const bad = validator.push(chunk, 1, 1 + piece.length);
    if (bad !== NO_BAD_BYTE) return { bad: before + bad - 1, complete: false };
    before += piece.length;
  }
  return { bad: -1, complete: validator.complete };
}

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => Buffer.concat(pieces));
const anyBytes = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: 'grapheme', maxLength: 80 }).map((string) => Buffer.from(string)),
);

describe('the oracle', () => {
  test('agrees with the platform on which texts are valid', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const { bad, complete } = slowVerdict(bytes);
        expect(bad === -1 && complete).toBe(decodes(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a whole text', () => {
  test('is valid exactly when the grammar of RFC 3629 §4 says so', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const { bad, complete } = slowVerdict(bytes);
        expect(isWholeUtf8(bytes)).toBe(bad === -1 && complete);
      }),
      { numRuns: 3000 },
    );
  });

  test('is judged alike at every length from 0 to 300 with a wrong byte at any place', () => {
    for (let length = 0; length <= 300; length++) {
      const bytes = Buffer.alloc(length, 'a');
      expect(isWholeUtf8(bytes)).toBe(true);
      for (let at = 0; at < length; at += 7) {
        bytes[at] = 0xff;
        expect(isWholeUtf8(bytes)).toBe(false);
        expect(indexOfBadByte(bytes)).toBe(at);
        bytes[at] = 0x61;
      }
    }
  });

  test('has its bad byte where no valid text can go on, and at its last byte when it ends inside a character', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const { bad, complete } = slowVerdict(bytes);
        expect(indexOfBadByte(bytes)).toBe(bad === -1 && !complete ? bytes.length - 1 : bad);
      }),
      { numRuns: 3000 },
    );
  });

  test('is valid with a byte order mark, with NUL and with non-characters', () => {
    for (const valid of ['\ufeff', '\0', '\ufffe', '\u{10ffff}', ''])
      expect(isWholeUtf8(Buffer.from(valid))).toBe(true);
  });
});

describe('a text in pieces', () => {
  test('is judged as the whole, however it is cut', () => {
    fc.assert(
      fc.property(anyBytes, fc.array(fc.nat(160), { maxLength: 6 }), (bytes, places) => {
        expect(verdictOf(cutAt(bytes, places))).toEqual(slowVerdict(bytes));
      }),
      { numRuns: 5000 },
    );
  });

  test('is refused at the very byte, byte by byte, for every two-byte and many a three- and four-byte sequence', () => {
    const seconds = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        const bytes = Buffer.from([first, second]);
        expect(verdictOf([bytes])).toEqual(slowVerdict(bytes));
      }
      for (const second of seconds) {
        for (const third of seconds) {
          const bytes = Buffer.from([first, second, third, 0xbf, 0x61]);
          expect(verdictOf(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(slowVerdict(bytes));
        }
      }
    }
  });

  test('is judged alike whatever stands at its end, at every length around the size from which the platform helps', () => {
    for (let length = 40; length <= 60; length++) {
      for (const end of PIECES) {
        const bytes = Buffer.concat([Buffer.alloc(length, 'a'), end]);
        expect(verdictOf([bytes])).toEqual(slowVerdict(bytes));
        // and behind a character that was begun before
        const begun = Buffer.from('f09f98', 'hex');
        const goesOn = Buffer.concat([Buffer.of(0x80), bytes]);
        expect(verdictOf([begun, goesOn])).toEqual(slowVerdict(Buffer.concat([begun, goesOn])));
      }
    }
  });

  test('of a megabyte is cut anywhere without a difference', () => {
    const bytes = Buffer.from('a€😀é'.repeat(100_000));
    for (const at of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 500_001, bytes.length - 1]) {
      expect(verdictOf([bytes.subarray(0, at), bytes.subarray(at)])).toEqual({ bad: -1, complete: true });
    }
  });

  test('may end inside a character, and is then not complete', () => {
    const validator = new Utf8Validator();
    expect(validator.complete).toBe(true);
    expect(validator.push(Buffer.from([0xe2, 0x82]), 0, 2)).toBe(NO_BAD_BYTE);
    expect(validator.complete).toBe(false);
    expect(validator.push(Buffer.from([0xac]), 0, 1)).toBe(NO_BAD_BYTE);
    expect(validator.complete).toBe(true);
  });

  test('is gone on with by another validator, each on its own, also inside a character with a narrower range', () => {
    for (const begun of [[0xe0], [0xed], [0xf0, 0x90], [0xf4]]) {
      const first = new Utf8Validator();
      first.push(Buffer.from(begun), 0, begun.length);
      const second = new Utf8Validator();
      second.continue(first);
      for (let byte = 0; byte < 256; byte++) {
        const tried = new Utf8Validator();
        tried.continue(second);
        const expected = new Utf8Validator();
        expected.push(Buffer.from(begun), 0, begun.length);
        expect(tried.push(Buffer.of(byte), 0, 1)).toBe(expected.push(Buffer.of(byte), 0, 1));
      }
      expect(first.complete).toBe(false);
    }
  });

  test('is forgotten by reset, also the narrower range after E0, ED, F0 and F4', () => {
    const validator = new Utf8Validator();
    for (const first of [0xe0, 0xed, 0xf0, 0xf4, 0xc3]) {
      expect(validator.push(Buffer.of(first), 0, 1)).toBe(NO_BAD_BYTE);
      validator.reset();
      expect(validator.complete).toBe(true);
      // U+0080 to U+07FF, then the whole range of second bytes that E1 and F1 allow
      for (const fresh of ['c280', 'e18080', 'e1bfbf', 'f1808080', 'f1bfbfbf']) {
        const bytes = Buffer.from(fresh, 'hex');
        expect(validator.push(bytes, 0, bytes.length)).toBe(NO_BAD_BYTE);
        expect(validator.complete).toBe(true);
      }
    }
  });
});
