import { expect, test } from 'vitest';
import { checkIdentity, type JoinOptions, readJoinOptions } from '../../src/rooms/join-options.ts';

const read = (options: object): unknown => readJoinOptions(options as JoinOptions, 10);

test('what nobody says is nothing of the past, and nothing to tell', () => {
  expect(read({})).toEqual({ since: undefined, history: 0, isPresent: true, information: 'null', request: undefined });
});

test('information may have as many bytes as it may, and not one more', () => {
  expect(read({ information: 'x'.repeat(8) })).toMatchObject({ information: '"xxxxxxxx"' });
  for (const information of ['x'.repeat(9), 'ß'.repeat(5)]) {
    expect(() => read({ information })).toThrow(expect.objectContaining({ code: 'WS_ERR_ROOM_INFORMATION_TOO_LARGE' }));
  }
});

test.each([
  [{ since: 1 }, TypeError],
  [{ history: -1 }, RangeError],
  [{ history: 0.5 }, RangeError],
  [{ history: '1' }, RangeError],
  [{ information: () => 1 }, TypeError],
  [{ identity: 1 }, TypeError],
  [{ identity: '\ud800' }, TypeError],
  [{ identity: '' }, RangeError],
  [{ identity: 'x'.repeat(256) }, RangeError],
  [{ identity: 'ß'.repeat(128) }, RangeError],
])('%j is a mistake of the caller', (options, kind) => {
  expect(() => read(options)).toThrow(kind);
});

test('an identity may be missing, or any text of up to 255 bytes', () => {
  for (const identity of [undefined, 'x'.repeat(255), '__proto__']) expect(() => checkIdentity(identity)).not.toThrow();
});
