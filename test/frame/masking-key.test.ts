// Statements about where masking keys come from: RFC 6455 §5.3 and §10.3.
import { expect, test } from 'vitest';
import { UNMASKED } from '../../src/frame/frame-writer.ts';
import { MaskingKeys } from '../../src/frame/masking-key.ts';

const COUNT = 100_000;

/** The first keys of a fresh source. */
function keysOf(count: number): number[] {
  const keys = new MaskingKeys();
  return Array.from({ length: count }, () => keys.next());
}

// RFC 6455 §5.3(b), §10.3(a)
test('keys are fresh: of 100,000 none follows itself, and hardly any comes twice', () => {
  const keys = keysOf(COUNT);
  expect(keys.filter((key, index) => key === keys[index - 1])).toEqual([]);
  // Among so many random keys 1.2 pairs are alike. A hundred would be no chance.
  expect(new Set(keys).size).toBeGreaterThan(COUNT - 100);
});

// RFC 6455 §5.3(c)(d), §10.3(a)
test('keys are unpredictable: every value of every byte occurs', () => {
  const keys = keysOf(COUNT);
  const values = [0, 8, 16, 24].map((shift) => new Set(keys.map((key) => (key >>> shift) & 0xff)).size);
  expect(values).toEqual([256, 256, 256, 256]);
});

// RFC 6455 §5.3(c)(d)
test('two sources do not give the same keys', () => {
  expect(keysOf(8)).not.toEqual(keysOf(8));
});

test('a key is a 32-bit integer, and never what stands for no key', () => {
  expect(keysOf(COUNT).filter((key) => key !== (key | 0) || key === UNMASKED)).toEqual([]);
});
