// Statements about text that the application sends in parts: RFC 6455 §5.6, §8.1.
import { Blob, isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { notUtf8, TextParts } from '../../src/websocket/text-parts.ts';
import { PIECES } from '../bytes/slow-utf8.ts';
import { cutAt } from '../http/cuttings.ts';

const EURO = Buffer.from('€');

/** Whether every one of the parts is taken, the last as the last. */
function takes(parts: readonly (string | Buffer)[]): boolean {
  const text = new TextParts();
  try {
    for (const [index, part] of parts.entries()) text.take(part, index === parts.length - 1);
    return true;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return false;
  }
}

describe('the parts of a text', () => {
  // RFC 6455 §5.6(a)
  test('may be cut inside a character, and are taken if the whole is UTF-8', () => {
    const bytes = fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((pieces) => Buffer.concat(pieces));
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(20), { maxLength: 5 }), (whole, places) => {
        expect(takes(cutAt(whole, places))).toBe(isUtf8(whole));
      }),
    );
  });

  test('may be strings and bytes in turn, but no string stands inside a character', () => {
    expect(takes(['a', EURO, 'b'])).toBe(true);
    expect(takes([EURO.subarray(0, 2), '', EURO.subarray(2)])).toBe(true);
    expect(takes([EURO.subarray(0, 2), 'b'])).toBe(false);
    expect(takes(['a', EURO.subarray(0, 2), ''])).toBe(false);
  });

  test('that are refused leave no trace: others take their place', () => {
    const text = new TextParts();
    text.take(EURO.subarray(0, 1), false);
    expect(() => text.take(Buffer.of(0x82, 0x61), false)).toThrow(notUtf8('a part of a text message').message);
    expect(() => text.take(EURO.subarray(1, 2), true)).toThrow(TypeError);
    text.take(EURO.subarray(1, 2), false);
    text.take(EURO.subarray(2), true);
  });

  test('are believed from a Blob on, for nobody knows yet what is in it', () => {
    const text = new TextParts();
    text.take(new Blob([EURO.subarray(0, 2)]), false);
    text.take(EURO.subarray(2), true);
  });
});
