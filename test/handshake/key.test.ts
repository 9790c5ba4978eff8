// Statements about keys and what answers them, RFC 6455 §4.1 and §4.2.2.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptKey, generateKey, isKey } from '../../src/handshake/key.ts';
import { ACCEPT, KEY } from './openings.ts';

describe('the accept value', () => {
  // RFC 6455 §1.3(a), §4.2.2(m)
  test('of the key in RFC 6455 §1.3 is the one in RFC 6455 §1.3', () => {
    expect(acceptKey(KEY)).toBe(ACCEPT);
  });

  // RFC 6455 §1.3(a), §4.2.2(m)
  test('is the SHA-1 of key and GUID, for any key', () => {
    const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const key = Buffer.from(bytes).toString('base64');
        expect(acceptKey(key)).toBe(createHash('sha1').update(key).update(guid).digest('base64'));
      }),
    );
  });
});

describe('a key', () => {
  test('is the base64 of any 16 bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        expect(isKey(Buffer.from(bytes).toString('base64'))).toBe(true);
      }),
    );
  });

  // RFC 6455 §4.2.1(f)
  test('is not the base64 of more or fewer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(isKey(Buffer.from(bytes).toString('base64'))).toBe(bytes.length === 16);
      }),
    );
  });

  // RFC 6455 §4.2.1(f)(B)
  test.each([
    ['', 'nothing'],
    ['dGhlIHNhbXBsZSBub25jZQ', 'no padding'],
    ['dGhlIHNhbXBsZSBub25jZQ=', 'half of the padding'],
    ['dGhlIHNhbXBsZSBub25jZQ===', 'more than the padding'],
    ['dGhlIHNhbXBsZSBub25jZQAA', '18 bytes'],
    ['dGhlIHNhbXBsZSBub25jZQA=', '17 bytes'],
    ['dGhlIHNhbXBsZSBub25=ZQ==', 'padding inside'],
    ['dGhlIHNhbXBsZSBub25jZR==', 'padding bits that are not zero'],
    ['AQIDBAUGBwgJCgsMDQ4PEC==', 'the example of RFC 6455 §4.1, with its padding bits that are not zero'],
    ['dGhlIHNhbXBsZSBub25j_Q==', 'the other base64 alphabet'],
    ['dGhlIHNhbXBsZSBub25j-Q==', 'the other base64 alphabet'],
    ['dGhlIHNhbXBsZSBub2 jZQ==', 'a space'],
    ['dGhlIHNhbXBsZSBub25jZQ==\n', 'a line feed at the end'],
    [' dGhlIHNhbXBsZSBub25jZQ=', 'a space before'],
    ['dGhlIHNhbXBsZSBub25j\u0451Q==', 'a letter that is none of ASCII'],
    ['dGhlIHNhbXBsZSBub25jZQ=\u003d=', 'too long'],
    [`${'A'.repeat(21)}\u00d1==`, 'a letter that is none of ASCII where the padding bits are'],
    [`${'dGhlIHNhbXBsZSBub25jZQ==, '.repeat(2)}`, 'two keys joined'],
  ])('is not %j: %s', (text) => {
    expect(isKey(text)).toBe(false);
  });

  test('has every character of its alphabet, and no other, at every place', () => {
    const alphabet = /^[A-Za-z0-9+/]$/;
    for (let code = 0; code < 256; code++) {
      const character = String.fromCharCode(code);
      for (let at = 0; at < 21; at++) {
        const text = `${'A'.repeat(at)}${character}${'A'.repeat(21 - at)}==`;
        if (isKey(text) !== alphabet.test(character)) expect.fail(`${JSON.stringify(text)}: ${isKey(text)}`);
      }
      expect(isKey(`${'A'.repeat(21)}${character}==`), character).toBe('AQgw'.includes(character));
    }
  });
});

// RFC 6455 §4.1(u)(v)
test('generated keys are keys, and never the same', () => {
  const keys = Array.from({ length: 1000 }, generateKey);
  expect(keys.every(isKey)).toBe(true);
  expect(new Set(keys).size).toBe(keys.length);
});
