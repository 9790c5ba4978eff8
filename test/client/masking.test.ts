// Masking keys: RFC 6455 §5.3, §10.3.
import { randomFillSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { maskingKeysBy, nextMaskingKey } from '../../src/client/masking.ts';
import { readMaskingKey } from '../../src/frame/index.ts';

test('keys do not repeat, and all their bits change', () => {
  const keys = Array.from({ length: 4096 }, nextMaskingKey);
  expect(new Set(keys).size).toBeGreaterThan(4090);
  expect(keys.reduce((bits, key) => bits | key)).toBe(-1);
  expect(keys.reduce((bits, key) => bits & key)).toBe(0);
});

test("a caller's own function is asked for each key and gets four bytes", () => {
  const given: Buffer[] = [];
  const next = maskingKeysBy((mask) => {
    expect(mask).toHaveLength(4);
    randomFillSync(mask);
    given.push(Buffer.from(mask));
  });
  const keys = [next(), next(), next()];
  expect(keys).toEqual(given.map((mask) => readMaskingKey(mask, 0)));
});
