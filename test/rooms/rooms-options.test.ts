import { expect, test } from 'vitest';
import { RoomsDefaults, type RoomsOptions, readRoomsOptions } from '../../src/rooms/rooms-options.ts';

test('what nobody says has its default', () => {
  expect(readRoomsOptions({})).toEqual({ authorize: undefined, ...RoomsDefaults });
});

test.each(Object.keys(RoomsDefaults))('%s is a whole number above 0, and its name is told when it is not', (name) => {
  expect(readRoomsOptions({ [name]: 1 })).toMatchObject({ [name]: 1 });
  expect(() => readRoomsOptions({ [name]: 0 })).toThrow(
    new RangeError(`${name} must be a whole number above 0, got 0`),
  );
  expect(() => readRoomsOptions({ [name]: '1' })).toThrow(TypeError);
});

test('authorize is a function', () => {
  expect(() => readRoomsOptions({ authorize: true } as unknown as RoomsOptions)).toThrow(TypeError);
});
