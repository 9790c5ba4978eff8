// What may be set, and what is refused at once.
import { expect, test } from 'vitest';
import { RedisBrokerDefaults, type RedisBrokerOptions, readOptions } from '../../src/redis/options.ts';

const client = { duplicate: () => undefined };

test('nothing set is the defaults', () => {
  expect(readOptions({ client })).toEqual(RedisBrokerDefaults);
});

test('what is set holds', () => {
  expect(readOptions({ client, history: 5, prefix: 'chat' })).toEqual({
    ...RedisBrokerDefaults,
    history: 5,
    prefix: 'chat',
  });
});

test.each(Object.keys(RedisBrokerDefaults).filter((name) => name !== 'prefix'))(
  '%s is a whole number above 0',
  (name) => {
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => readOptions({ client, [name]: value })).toThrow(
        new RangeError(`${name} must be a whole number above 0, got ${value}`),
      );
    }
    expect(() => readOptions({ client, [name]: '5' } as unknown as RedisBrokerOptions)).toThrow(TypeError);
  },
);

test('a prefix with braces would decide about slots', () => {
  for (const prefix of ['{', 'a}b']) expect(() => readOptions({ client, prefix })).toThrow(RangeError);
  expect(() => readOptions({ client, prefix: 5 as unknown as string })).toThrow(TypeError);
});
