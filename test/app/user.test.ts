import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { authenticateGuest } from '../../src/app/guest.ts';
import { authenticateRequest, type User, usersOf } from '../../src/app/user.ts';
import type { Authenticate } from '../../src/server/index.ts';

const SIGNAL = { signal: new AbortController().signal };

describe('a user', () => {
  const idOf = async (userId: unknown): Promise<unknown> => {
    const authenticate = usersOf((() => ({ userId })) as never);
    const user = await authenticate(Buffer.alloc(0), false, SIGNAL);
    return (user || undefined)?.userId;
  };

  test.each(['a', 'x'.repeat(255), '世'.repeat(85)])('may have an id that rooms can have', async (id) => {
    expect(await idOf(id)).toBe(id);
  });

  test.each(['', 'x'.repeat(256), '世'.repeat(86), '\ud800', 7, undefined, null])('may not have %j', async (id) => {
    await expect(idOf(id)).rejects.toThrow('the user has no id that can be used');
  });

  test('that nobody is stays nobody', async () => {
    const nobody = usersOf(() => undefined);
    expect(await nobody(Buffer.alloc(0), false, SIGNAL)).toBeUndefined();
  });
});

function ask(authorization: string | undefined, query: string, more: object = {}) {
  const [response, socket] = [new EventEmitter(), new EventEmitter()];
  const request = { headers: { authorization }, socket } as unknown as IncomingMessage;
  const settings = { authenticate: usersOf(authenticateGuest), isOpen: true, authTimeout: 1_000, ...more };
  const answer = authenticateRequest(request, response as ServerResponse, new URLSearchParams(query), settings);
  return { answer, response, socket };
}

describe('a request', () => {
  test.each([
    ['Bearer Ada', '', 'Ada'],
    ['bearer  Ada ', '', 'Ada'],
    [undefined, 'name=Grace+Hopper', 'Grace Hopper'],
    ['Bearer Ada', 'name=Grace', 'Ada'],
    ['Basic QWRh', 'name=Grace', 'Grace'],
  ])('with %j and ?%s is from %s, where everybody is a guest', async (authorization, query, userId) => {
    expect(await ask(authorization, query).answer).toEqual({ user: { userId }, expires: Number.POSITIVE_INFINITY });
  });

  test.each([undefined, '', 'Bearer', 'Bearer a b', 'Bearer "a"', 'BearerAda', 'Basic QWRh'])(
    'with %j is from nobody, whatever the query, where tokens are asked for',
    async (authorization) => {
      const { answer } = ask(authorization, 'name=Ada&token=Ada&access_token=Ada', { isOpen: false });
      await expect(answer).rejects.toThrow('a token is needed');
    },
  );

  test('is looked at with the same bytes as a first message', async () => {
    const seen: [string, boolean][] = [];
    const authenticate: Authenticate<User> = (data, isBinary) => {
      seen.push([String(data), isBinary]);
      return { userId: 'ada', expires: new Date(Date.now() + 60_000) };
    };
    const { expires } = await ask('Bearer a.b-c_d~e+f/g==', '', { authenticate, isOpen: false }).answer;
    expect(seen).toEqual([['{"type":"AUTH","token":"a.b-c_d~e+f/g=="}', false]]);
    expect(expires).toBeGreaterThan(Date.now());
  });

  test.each([
    ['nobody', () => undefined, 'authentication failed'],
    ['who is nobody any more', () => ({ userId: 'ada', expires: Date.now() - 1 }), 'token expired'],
    ['whose end is nonsense', () => ({ userId: 'ada', expires: 'soon' }), 'authentication failed'],
    ['whom a mistake keeps out', () => Promise.reject(new Error('a secret')), 'authentication failed'],
  ])('of %s is refused', async (_, authenticate, reason) => {
    await expect(ask('Bearer a', '', { authenticate }).answer).rejects.toThrow(reason);
  });

  test('has its time, and is given up when its client goes: the signal says so, and nothing is left', async () => {
    const signals: AbortSignal[] = [];
    const authenticate: Authenticate<User> = (_data, _isBinary, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    };
    const slow = ask('Bearer a', '', { authenticate, authTimeout: 10 });
    await expect(slow.answer).rejects.toThrow('no authentication in time');
    const gone = ask('Bearer a', '', { authenticate });
    gone.socket.emit('close');
    await expect(gone.answer).rejects.toMatchObject({ code: 'WS_ERR_AUTHENTICATION_CLOSED' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    for (const { response, socket } of [slow, gone]) {
      expect([response.listenerCount('close'), socket.listenerCount('close')]).toEqual([0, 0]);
    }
  });
});
