import { expect, test } from 'vitest';
import { requireAllowed } from '../../src/rooms/authorization.ts';
import type { Authorize } from '../../src/rooms/rooms-options.ts';

const QUESTION = { room: 'lobby', action: 'join', identity: 'ada', request: undefined } as const;

test('without anybody to ask everything is allowed, and nothing is waited for', () => {
  expect(requireAllowed(undefined, QUESTION)).toBeUndefined();
});

test.each([
  ['true', () => true],
  ['a promise of true', async () => true],
])('%s is a yes', async (_, authorize) => {
  await expect(requireAllowed(authorize as Authorize, QUESTION)).resolves.toBeUndefined();
});

const MISTAKE = new Error('a mistake');
test.each([
  ['false', () => false, undefined],
  ['a promise of false', async () => false, undefined],
  ['nothing', () => undefined, undefined],
  ['1', () => 1, undefined],
  ['an object', () => ({}), undefined],
  [
    'a throw',
    () => {
      throw MISTAKE;
    },
    MISTAKE,
  ],
  ['a rejection', () => Promise.reject(MISTAKE), MISTAKE],
])('%s is a no', async (_, authorize, cause) => {
  const answer = requireAllowed(authorize as Authorize, QUESTION);
  const error = await (answer as Promise<void>).catch((reason) => reason);
  expect([error.code, error.status, error.cause]).toEqual(['WS_ERR_ROOM_FORBIDDEN', 403, cause]);
});
