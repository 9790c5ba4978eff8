import { expect, test } from 'vitest';
import { RoomError } from '../../src/rooms/room-error.ts';
import { checkRoomName } from '../../src/rooms/room-name.ts';

const MOST = 255;

test.each([
  'a',
  ' ',
  '__proto__',
  'constructor',
  '{}',
  'ß',
  '\u{1f30a}',
  'a/b?c#d',
  '\u200b',
  'x'.repeat(255),
  'ß'.repeat(127),
])('%j may be the name of a room', (name) => {
  expect(() => checkRoomName(name, MOST)).not.toThrow();
});

test.each([
  ['nothing', ''],
  ['a byte too many', 'x'.repeat(256)],
  ['a byte too many in fewer characters', 'ß'.repeat(128)],
  ['a megabyte', 'x'.repeat(1_048_576)],
  ['a line end', 'a\nb'],
  ['a NUL', '\0'],
  ['DEL', 'a\x7f'],
  ['a C1 control', 'a\x85'],
  ['a lone surrogate', 'a\ud83c'],
  ['a lone surrogate of the other half', '\udf0ab'],
  ['a number', 1],
  ['an object', { toString: () => 'a' }],
  ['undefined', undefined],
])('%s may not', (_, name) => {
  expect(() => checkRoomName(name, MOST)).toThrow(RoomError);
  expect(() => checkRoomName(name, MOST)).toThrow(expect.objectContaining({ code: 'WS_ERR_ROOM_NAME', status: 400 }));
});
