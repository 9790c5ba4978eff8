// The facts of an endpoint share one number: none may be taken for another, and V8 must be able to keep it in the object.
import { expect, test } from 'vitest';
import { AT_REST, Facts, PAUSED } from '../../src/websocket/facts.ts';

const bits: readonly number[] = Object.values(Facts);

test('each is a bit of its own', () => {
  for (const bit of bits) expect(Math.log2(bit) % 1).toBe(0);
  expect(new Set(bits).size).toBe(bits.length);
});

test('all of them fit into a small integer', () => {
  expect(bits.reduce((sum, bit) => sum + bit)).toBeLessThan(2 ** 30);
});

test('only what a socket is by nature leaves a connection at rest', () => {
  expect(AT_REST).toBe(Facts.Deferred);
  expect(PAUSED & AT_REST).toBe(0);
});
