// Numbers that an application gives, and what they must be.
import { expect, test } from 'vitest';
import { amount } from '../../src/poll/options.ts';

test('a number is what was given, or the default', () => {
  expect([amount('x', undefined, 5), amount('x', 0, 5), amount('x', 1, 5, 1)]).toEqual([5, 0, 1]);
});

test('what is no number, or too little, is refused by its name', () => {
  expect(() => amount('maxMessages', Number.NaN, 5)).toThrow(TypeError);
  expect(() => amount('maxMessages', '1' as unknown as number, 5)).toThrow('maxMessages must be a number');
  expect(() => amount('maxMessages', 0, 5, 1)).toThrow(RangeError);
});
