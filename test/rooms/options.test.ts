import { expect, test } from 'vitest';
import { positive } from '../../src/rooms/options.ts';

test('a number that is missing is the default', () => {
  expect([positive('most', undefined, 7), positive('most', 1, 7)]).toEqual([7, 1]);
});

test.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('%d is refused with the name of the option', (value) => {
  expect(() => positive('most', value, 7)).toThrow(new RangeError(`most must be a whole number above 0, got ${value}`));
});

test('what is no number is a TypeError', () => {
  expect(() => positive('most', '1' as unknown as number, 7)).toThrow(TypeError);
});
