import { expect, test } from 'vitest';
import { KnownKeys } from '../../src/rooms/known-keys.ts';

const at = (offset: number): { epoch: string; offset: number } => ({ epoch: 'e', offset });

test('a key is known for its time, and not a millisecond longer', () => {
  const keys = new KnownKeys(10, 100);
  keys.set('lobby', 'a', at(1), 1_000);
  expect(keys.get('lobby', 'a', 'e', 1_100)).toEqual(at(1));
  expect(keys.get('lobby', 'a', 'e', 1_101)).toBeUndefined();
  expect(keys.size).toBe(0);
});

test('of too many the oldest goes', () => {
  const keys = new KnownKeys(2, 100);
  for (const [index, key] of ['a', 'b', 'c'].entries()) keys.set('lobby', key, at(index), 0);
  expect(['a', 'b', 'c'].map((key) => keys.get('lobby', key, 'e', 0)?.offset)).toEqual([undefined, 1, 2]);
});

test('a key of another epoch is not known', () => {
  const keys = new KnownKeys(2, 100);
  keys.set('lobby', 'a', at(1), 0);
  expect(keys.get('lobby', 'a', 'f', 0)).toBeUndefined();
});
