import { expect, test } from 'vitest';
import { checkKey, textOf } from '../../src/rooms/published.ts';

test('an event is what JSON has of it', () => {
  expect(textOf({ type: 'MESSAGE', at: new Date(0), nothing: undefined }, 100)).toBe(
    '{"type":"MESSAGE","at":"1970-01-01T00:00:00.000Z"}',
  );
});

test.each([
  ['an array', []],
  ['a text', 'a' as unknown as object],
  ['a date, which JSON has as a text', new Date(0)],
  ['a function', (() => {}) as object],
  ['null', null as unknown as object],
  ['what has an id of its own', { id: 1 }],
  ['what has a room of its own', { roomId: 'a' }],
  ['what only a room says', { type: 'GAP' }],
  ['what only a room says of a new member', { type: 'JOINED' }],
  ['what only a room says of one that was removed', { type: 'LEFT' }],
  ['what only presence says', { type: 'MEMBER_JOINED' }],
  ['what only presence says at the end', { type: 'MEMBER_LEFT' }],
])('%s is a mistake of the caller', (_, event) => {
  expect(() => textOf(event, 100)).toThrow(TypeError);
});

test('an event may have as many bytes as it may, and not one more', () => {
  expect(textOf({ a: 'xx' }, 10)).toHaveLength(10);
  for (const event of [{ a: 'xxx' }, { a: 'ßx' }]) {
    expect(() => textOf(event, 10)).toThrow(
      expect.objectContaining({ code: 'WS_ERR_ROOM_EVENT_TOO_LARGE', status: 413 }),
    );
  }
});

test('a key is a text of 1 to 255 characters, or none', () => {
  for (const key of [undefined, 'a', 'x'.repeat(255)]) expect(() => checkKey(key)).not.toThrow();
  for (const key of ['', 'x'.repeat(256)]) expect(() => checkKey(key)).toThrow(RangeError);
  expect(() => checkKey(1 as unknown as string)).toThrow(TypeError);
});
