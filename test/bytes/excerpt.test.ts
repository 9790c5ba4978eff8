import { describe, expect, test } from 'vitest';
import { EXCERPT_REACH, excerptOf, hexByte } from '../../src/bytes/excerpt.ts';

const BYTES = Buffer.from(Array.from({ length: 40 }, (_, index) => index));

describe('an excerpt', () => {
  test('has eight bytes before the one that is meant and eight behind it', () => {
    const { bytes, index, hex, of } = excerptOf('frames', BYTES, 20);
    expect(EXCERPT_REACH).toBe(8);
    expect(bytes).toEqual(BYTES.subarray(12, 29));
    expect(index).toBe(8);
    expect(hex).toBe('0c 0d 0e 0f 10 11 12 13 [14] 15 16 17 18 19 1a 1b 1c');
    expect(of).toBe('frames');
  });

  test.each([
    [0, '[00] 01 02 03 04 05 06 07 08'],
    [1, '00 [01] 02 03 04 05 06 07 08 09'],
    [38, '1e 1f 20 21 22 23 24 25 [26] 27'],
    [39, '1f 20 21 22 23 24 25 26 [27]'],
  ])('has fewer at the edges: byte %i', (at, hex) => {
    expect(excerptOf('head', BYTES, at).hex).toBe(hex);
  });

  test('of a byte that has not come ends with empty brackets', () => {
    const { bytes, index, hex } = excerptOf('head', Buffer.from('ab'), 2);
    expect(hex).toBe('61 62 []');
    expect(index).toBe(bytes.length);
    expect(excerptOf('head', Buffer.alloc(0), 0).hex).toBe('[]');
  });

  test('reads nothing from `end` on', () => {
    expect(excerptOf('head', BYTES, 1, 3).hex).toBe('00 [01] 02');
    expect(excerptOf('head', BYTES, 3, 3).hex).toBe('00 01 02 []');
  });

  test('is a copy that shares its memory with nobody', () => {
    const source = Buffer.from('abc');
    const { bytes } = excerptOf('frames', source, 1);
    source.fill(0);
    expect(bytes.toString()).toBe('abc');
    expect(bytes.buffer.byteLength).toBe(3);
  });
});

test('a byte is two digits', () => {
  expect([0, 9, 16, 255].map(hexByte)).toEqual(['00', '09', '10', 'ff']);
});
