// Who is not let in by a first message, and what becomes of it.
import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { AuthenticationError } from '../../src/server/authentication-error.ts';
import { type Authenticate, requireFirstMessage } from '../../src/server/first-message.ts';
import { clock } from '../../src/transport/index.ts';
import {
  CLOSE,
  CONTINUATION,
  closeOf,
  closingOf,
  type Frame,
  frame,
  messagesOf,
  open,
  PING,
  PONG,
  settled,
  TEXT,
} from '../websocket/raw-peer.ts';
import { authenticate, leave, refusalOf, undecided, waitingFor, yes } from './first-message-clients.ts';

describe('a client that is refused', () => {
  test.each<[string, Authenticate<unknown>]>([
    ['by nothing', () => undefined],
    ['by null', () => null],
    ['by false', () => false],
    ['by a promise of nothing', async () => undefined],
    ['by what is thrown', () => expect.unreachable()],
    ['by a promise that rejects', () => Promise.reject(new Error('secret-token is wrong'))],
  ])('%s sees 4001, and no secret', async (_, authenticate) => {
    const { websocket, peer } = await open();
    const user = requireFirstMessage(websocket, { authenticate });
    const closing = closingOf(websocket);
    peer.send(frame(TEXT, 'secret-token'), frame(TEXT, 'more'));
    expect(closeOf(await peer.expect(CLOSE))).toEqual({ code: 4001, reason: 'authentication failed' });
    const refusal = await refusalOf(user);
    expect(refusal.code).toBe('WS_ERR_AUTHENTICATION_REFUSED');
    expect(`${refusal.message}${refusal.stack}`).not.toContain('secret-token');
    leave(peer, 4001);
    expect(await closing).toEqual({ code: 4001, reason: '', wasClean: true });
  });

  test('by an AuthenticationError reads its message, and the application gets that very error', async () => {
    const { websocket, peer } = await open();
    const reason = new AuthenticationError('come back with a newer token');
    const user = requireFirstMessage(websocket, { authenticate: () => Promise.reject(reason) });
    peer.send(frame(TEXT, 'secret-token'));
    expect(closeOf(await peer.expect(CLOSE))).toEqual({ code: 4001, reason: 'come back with a newer token' });
    expect(await refusalOf(user)).toBe(reason);
  });

  test('has what it said behind the first message thrown away, also after the Close', async () => {
    const { websocket, peer } = await open();
    const onMessage = vi.fn();
    websocket.on('message', onMessage);
    const user = requireFirstMessage(websocket, { authenticate });
    peer.send(frame(TEXT, 'wrong'), frame(TEXT, 'secret-token'), frame(TEXT, 'one'));
    await refusalOf(user);
    await peer.expect(CLOSE);
    const closing = closingOf(websocket);
    peer.send(frame(TEXT, 'secret-token'), frame(TEXT, 'two'));
    leave(peer, 4001);
    expect((await closing).wasClean).toBe(true);
    expect(onMessage).not.toHaveBeenCalled();
  });

  test('gets what authenticate threw told to the application as the cause', async () => {
    const { websocket, peer } = await open();
    const cause = new Error('the database is down');
    const user = requireFirstMessage(websocket, { authenticate: () => Promise.reject(cause) });
    peer.send(frame(TEXT, 'secret-token'));
    expect((await refusalOf(user)).cause).toBe(cause);
  });

  test('leaves no timer behind', async () => {
    const { websocket, peer } = await open();
    const user = requireFirstMessage(websocket, { authenticate });
    const waiting = waitingFor(websocket);
    const closing = closingOf(websocket);
    peer.send(frame(TEXT, 'wrong'));
    await refusalOf(user);
    leave(peer, 4001);
    await closing;
    expect(waiting.clockIndex).toBe(-1);
  });
});

describe('the time', () => {
  test('is absolute: neither Pings nor Pongs nor pieces of a message put it off', async () => {
    const { websocket, peer } = await open();
    const user = requireFirstMessage(websocket, { authenticate, timeout: 60 });
    peer.send(frame(TEXT, 'secret', { fin: false }));
    const refused = refusalOf(user);
    let closed = false;
    void refused.then(() => {
      closed = true;
    });
    while (!closed) {
      peer.send(frame(PING, 'p'), frame(PONG, 'p'), frame(CONTINUATION, 't', { fin: false }));
      await settled();
    }
    expect((await refused).code).toBe('WS_ERR_AUTHENTICATION_TIMED_OUT');
    const frames = [];
    do frames.push(await peer.next());
    while (frames.at(-1)?.opcode === PONG);
    expect(closeOf(frames.at(-1) as Frame)).toEqual({ code: 4001, reason: 'no authentication in time' });
  });

  test('covers the decision too: it is called off, and a late yes means nothing', async () => {
    const { websocket, peer } = await open();
    const { authenticate, decide, asked } = undecided();
    const user = requireFirstMessage(websocket, { authenticate });
    peer.send(frame(TEXT, 'secret-token'));
    const signal = await asked;
    waitingFor(websocket).onTime(clock.now());
    const refusal = await refusalOf(user);
    expect(refusal.code).toBe('WS_ERR_AUTHENTICATION_TIMED_OUT');
    expect(signal.reason).toBe(refusal);
    decide(yes);
    expect(closeOf(await peer.expect(CLOSE)).code).toBe(4001);
  });
});

describe('the length of the first message', () => {
  test('is refused with 1009 when the header announces too much, before a byte of it has come', async () => {
    const { websocket, peer } = await open();
    const onError = vi.fn();
    websocket.on('error', onError);
    const user = requireFirstMessage(websocket, { authenticate: () => expect.unreachable() });
    peer.send(frame(TEXT, 'x'.repeat(4_097)).subarray(0, 8));
    expect(closeOf(await peer.expect(CLOSE)).code).toBe(1009);
    const refusal = await refusalOf(user);
    expect(refusal).toMatchObject({ code: 'WS_ERR_AUTHENTICATION_VIOLATION', cause: { closeCode: 1009 } });
    expect(onError).toHaveBeenCalledOnce();
  });

  test('is 4,096 bytes by default, over all fragments', async () => {
    const { websocket, peer } = await open();
    const ask = vi.fn(() => yes);
    const user = requireFirstMessage(websocket, { authenticate: ask });
    peer.send(frame(TEXT, 'x'.repeat(4_000), { fin: false }), frame(CONTINUATION, 'x'.repeat(96)));
    expect(await user).toBe(yes);

    const other = await open();
    const refused = requireFirstMessage(other.websocket, { authenticate: ask });
    other.peer.send(frame(TEXT, 'x'.repeat(4_000), { fin: false }), frame(CONTINUATION, 'x'.repeat(97)));
    expect((await refusalOf(refused)).code).toBe('WS_ERR_AUTHENTICATION_VIOLATION');
  });

  test('is looked at also when its header came before anybody asked', async () => {
    const { websocket, peer } = await open();
    const whole = frame(TEXT, 'x'.repeat(5_000));
    peer.send(frame(PING, 'p'), whole.subarray(0, 100));
    await once(websocket, 'ping');
    await settled();
    const user = requireFirstMessage(websocket, { authenticate: () => expect.unreachable() });
    peer.send(whole.subarray(100));
    expect((await refusalOf(user)).message).toBe('the first message is too long');
    await peer.expect(PONG);
    expect(closeOf(await peer.expect(CLOSE)).code).toBe(1009);
  });

  test('does not matter to other connections of the same settings', async () => {
    const { websocket, peer } = await open();
    const one = await open();
    void requireFirstMessage(one.websocket, { authenticate });
    peer.send(frame(TEXT, 'x'.repeat(5_000)));
    expect((await messagesOf(websocket, 1))[0]).toHaveLength(5_000);
  });
});

test('a violation ends it like anything else', async () => {
  const { websocket, peer } = await open();
  const user = requireFirstMessage(websocket, { authenticate });
  peer.send(frame(TEXT, 'secret-token', { masked: false }));
  expect(await refusalOf(user)).toMatchObject({
    code: 'WS_ERR_AUTHENTICATION_VIOLATION',
    cause: { name: 'ProtocolError' },
  });
  expect(closeOf(await peer.expect(CLOSE)).code).toBe(1002);
});

test('a client that leaves without a word is gone', async () => {
  const { websocket, peer } = await open();
  const user = requireFirstMessage(websocket, { authenticate });
  leave(peer, 1000);
  expect((await refusalOf(user)).code).toBe('WS_ERR_AUTHENTICATION_CLOSED');
});
