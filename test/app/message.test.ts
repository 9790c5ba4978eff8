import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ErrorCode,
  keyOf,
  MAX_CONTENT_LENGTH,
  MAX_NAME_LENGTH,
  readClientMessage,
  refusal,
} from '../../src/app/message.ts';

function read(message: unknown) {
  return readClientMessage(JSON.stringify(message));
}

function expectRefused(message: unknown, code: string, word: string): void {
  expect(read(message)).toMatchObject({ type: 'ERROR', code, message: expect.stringContaining(word) });
}

describe('a message that is one', () => {
  test.each([
    [
      { type: 'AUTH', token: 'Ada' },
      { type: 'AUTH', token: 'Ada', ref: undefined },
    ],
    [
      { type: 'JOIN_ROOM', roomId: 'lobby' },
      { type: 'JOIN_ROOM', roomId: 'lobby', since: undefined, ref: undefined },
    ],
    [
      { type: 'JOIN_ROOM', roomId: 'lobby', since: 'abc-1' },
      { type: 'JOIN_ROOM', roomId: 'lobby', since: 'abc-1', ref: undefined },
    ],
    [
      { type: 'LEAVE_ROOM', roomId: 'lobby' },
      { type: 'LEAVE_ROOM', roomId: 'lobby', ref: undefined },
    ],
    [
      { type: 'LEAVE_ROOM', roomId: 'lobby', ref: 'mine' },
      { type: 'LEAVE_ROOM', roomId: 'lobby', ref: 'mine' },
    ],
    [
      { type: 'PING', ref: 7, more: 1 },
      { type: 'PING', ref: 7 },
    ],
    [
      { type: 'MESSAGE', roomId: 'lobby', content: 'hi', ref: 7 },
      { type: 'MESSAGE', roomId: 'lobby', content: 'hi', ref: 7, key: undefined },
    ],
    [
      { type: 'MESSAGE', roomId: 'lobby', content: 'hi', ref: 'a', key: 'me' },
      { type: 'MESSAGE', roomId: 'lobby', content: 'hi', ref: 'a', key: 'me' },
    ],
    [
      { type: 'MESSAGE', roomId: 'lobby', content: 'hi' },
      { type: 'MESSAGE', roomId: 'lobby', content: 'hi', ref: undefined },
    ],
  ])('%j is read', (message, expected) => {
    expect(read(message)).toEqual(expected);
  });

  test('may have more fields than are known: nothing of them is kept', () => {
    expect(read({ type: 'LEAVE_ROOM', roomId: 'a', __proto__: 1, constructor: 2, more: 3 })).toEqual({
      type: 'LEAVE_ROOM',
      roomId: 'a',
      ref: undefined,
    });
  });

  test('may name a room as it likes', () => {
    for (const roomId of ['__proto__', 'constructor', 'toString', ' ', '💧']) {
      expect(read({ type: 'LEAVE_ROOM', roomId })).toMatchObject({ roomId });
    }
  });
});

describe('what is no message is refused', () => {
  test.each(['', 'hello', '{', '{"type":"AUTH"', "{'type':1}", '['.repeat(50_000)])(
    'because it is not JSON',
    (text) => {
      expect(readClientMessage(text)).toEqual(refusal(ErrorCode.BadMessage, 'a message must be JSON'));
    },
  );

  test.each(['null', '1', '"AUTH"', 'true', '[]', '[{"type":"AUTH"}]'])('because it is no object: %s', (text) => {
    expect(readClientMessage(text)).toEqual(refusal(ErrorCode.BadMessage, 'a message must be an object'));
  });

  test.each([[{}], [{ type: 1 }], [{ type: null }], [{ type: ['AUTH'] }]])(
    'because its type is no string: %j',
    (message) => {
      expectRefused(message, 'BAD_MESSAGE', 'type');
    },
  );

  test.each(['', 'auth', '__proto__', 'constructor', 'ERROR', 'AUTH_OK'])(
    'because nobody knows its type: %s',
    (type) => {
      expectRefused({ type, token: 'a', roomId: 'a' }, 'UNKNOWN_TYPE', 'type');
    },
  );
});

describe('a field of the wrong type or length is refused by name', () => {
  const WRONG = [undefined, null, 1, true, {}, ['a'], ''];

  test.each(WRONG)('token: %j', (token) => {
    expectRefused({ type: 'AUTH', token }, 'BAD_MESSAGE', 'token');
  });

  test.each([...WRONG, 'x'.repeat(MAX_NAME_LENGTH + 1)])('roomId: %j', (roomId) => {
    for (const type of ['JOIN_ROOM', 'LEAVE_ROOM', 'MESSAGE']) {
      expectRefused({ type, roomId, content: 'a' }, 'BAD_MESSAGE', 'roomId');
    }
  });

  test.each([...WRONG, 'x'.repeat(MAX_CONTENT_LENGTH + 1)])('content: %#', (content) => {
    expectRefused({ type: 'MESSAGE', roomId: 'a', content }, 'BAD_MESSAGE', 'content');
  });

  test.each([null, 1, {}, ['a'], 'x'.repeat(129)])('since: %j', (since) => {
    expectRefused({ type: 'JOIN_ROOM', roomId: 'a', since }, 'BAD_MESSAGE', 'since');
  });

  test.each([null, 1.5, true, {}, ['a'], '', 'x'.repeat(129)])('ref: %j', (ref) => {
    expectRefused({ type: 'MESSAGE', roomId: 'a', content: 'a', ref }, 'BAD_MESSAGE', 'ref');
  });

  test('at its longest, each passes', () => {
    const roomId = 'x'.repeat(MAX_NAME_LENGTH);
    const content = 'x'.repeat(MAX_CONTENT_LENGTH);
    expect(read({ type: 'MESSAGE', roomId, content, ref: 'x'.repeat(128) })).toMatchObject({ type: 'MESSAGE' });
    expect(read({ type: 'JOIN_ROOM', roomId, since: 'x'.repeat(128) })).toMatchObject({ type: 'JOIN_ROOM' });
  });
});

test('a refusal carries the ref of what was refused, once that is known to be one', () => {
  expect(read({ type: 'MESSAGE', roomId: 'a', ref: 7 })).toMatchObject({ type: 'ERROR', ref: 7 });
  expect(read({ type: 'NOTHING', ref: 'mine' })).toMatchObject({ type: 'ERROR', ref: 'mine' });
});

test('no JSON makes the reader throw', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(readClientMessage(text)).toHaveProperty('type');
    }),
  );
});

test('a key names a client, and goes with a ref', () => {
  const message = { type: 'MESSAGE', roomId: 'lobby', content: 'hi' };
  expectRefused({ ...message, key: 'me' }, 'BAD_MESSAGE', 'key goes with a ref');
  for (const key of ['', 'x'.repeat(129), 7, null, {}])
    expectRefused({ ...message, ref: 1, key }, 'BAD_MESSAGE', 'key');
  expect(read({ ...message, ref: 1, key: 'x'.repeat(128) })).toMatchObject({ type: 'MESSAGE' });
});

test('what a broker knows a message by is of its user, its key and its ref alone', () => {
  const text = fc.string({ minLength: 1, maxLength: 10 });
  const said = fc.record({ user: text, key: text, ref: fc.oneof(text, fc.integer()) });
  fc.assert(
    fc.property(said, said, (one, other) => {
      const nameOf = ({ user, key, ref }: typeof one) => keyOf(user, { content: 'x', key, ref });
      expect(nameOf(one)).toMatch(/^[\w-]{43}$/);
      expect(nameOf(one) === nameOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
  );
  expect(keyOf('ada', { content: 'x', key: undefined, ref: 1 })).toBeUndefined();
});
