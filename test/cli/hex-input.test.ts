import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHex } from '../../src/cli/hex-input.ts';

const HELLO = Buffer.from('810548656c6c6f', 'hex');

test.each([
  '810548656c6c6f',
  '81 05 48 65 6C 6C 6F',
  '81:05:48:65:6c:6c:6f',
  '0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f',
  '\\x81\\x05\\x48\\x65\\x6c\\x6c\\x6f',
  '81-05-48-65-6c-6c-6f',
  '  8105\n4865\r\n6c6c\t6f\n',
])('%j is read', (text) => {
  expect(readHex(text)).toEqual(HELLO);
});

test('whatever the bytes, their hex is read back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      expect(readHex(Buffer.from(bytes).toString('hex'))).toEqual(Buffer.from(bytes));
    }),
  );
});

describe('what is no hex is refused in one line', () => {
  test.each([
    ['', 'expected bytes in hex, got nothing'],
    [' \n', 'expected bytes in hex, got nothing'],
    ['81 0g', 'expected bytes in hex, got "g"'],
    ['81\x1b', 'expected bytes in hex, got "\\u001b"'],
    ['810', 'expected two hex digits for each byte, got an odd number: 3'],
  ])('%j', (text, complaint) => {
    expect(readHex(text)).toBe(complaint);
  });
});
