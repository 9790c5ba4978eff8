// Authentication by the first message, over real sockets; the other end speaks in raw frames.
import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';

import { requireFirstMessage } from '../../src/server/first-message.ts';
import { clock } from '../../src/transport/index.ts';
import { ReadyState, WebSocket } from '../../src/websocket/index.ts';
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  closeFrame,
  closeOf,
  closingOf,
  frame,
  messagesOf,
  open,
  PING,
  PONG,
  settled,
  TEXT,
} from '../websocket/raw-peer.ts';
import { authenticate, refusalOf, undecided, waitingFor, yes } from './first-message-clients.ts';

describe('a first message that is believed', () => {
  test('gives the identity, and reaches no listener itself', async () => {
    const { websocket, peer } = await open();
    const onMessage = vi.fn();
    websocket.on('message', onMessage);
    const user = requireFirstMessage(websocket, { authenticate });
    peer.send(frame(TEXT, 'secret-token'));
    expect(await user).toBe(yes);
    expect(onMessage).not.toHaveBeenCalled();
  });

  test('is handed over as it came, text or binary, whole or in fragments', async () => {
    for (const isBinary of [false, true]) {
      const { websocket, peer } = await open();
      const ask = vi.fn(() => yes);
      const user = requireFirstMessage(websocket, { authenticate: ask });
      peer.send(
        frame(isBinary ? BINARY : TEXT, 'secret', { fin: false }),
        frame(PING, 'p'),
        frame(CONTINUATION, '-token'),
      );
      await user;
      expect(ask).toHaveBeenCalledExactlyOnceWith(Buffer.from('secret-token'), isBinary, {
        signal: expect.any(AbortSignal),
      });
    }
  });

  test('is followed by all that came behind it, in order, for listeners that are added after the await', async () => {
    const { websocket, peer } = await open();
    const user = requireFirstMessage(websocket, { authenticate });
    peer.send(frame(TEXT, 'secret-token'), frame(TEXT, 'one'), frame(TEXT, 'two'), frame(TEXT, 'three'));
    await user;
    expect(await messagesOf(websocket, 3)).toEqual(['one', 'two', 'three']);
    peer.send(frame(TEXT, 'four'));
    expect(await messagesOf(websocket, 1)).toEqual(['four']);
  });

  test('lifts the limit for the messages behind it, and not for those before', async () => {
    const { websocket, peer } = await open({ maxPayload: 100_000 });
    const user = requireFirstMessage(websocket, { authenticate, maxPayload: 12 });
    peer.send(frame(TEXT, 'secret-token'), frame(TEXT, 'x'.repeat(100_000)));
    await user;
    expect((await messagesOf(websocket, 1))[0]).toHaveLength(100_000);
  });

  test('leaves no timer and no listener behind', async () => {
    const { websocket, peer } = await open();
    const listeners = websocket.eventNames();
    const user = requireFirstMessage(websocket, { authenticate });
    const waiting = waitingFor(websocket);
    expect(waiting.clockIndex).not.toBe(-1);
    peer.send(frame(TEXT, 'secret-token'));
    await user;
    expect(waiting.clockIndex).toBe(-1);
    expect(waitingFor(websocket)).not.toBe(waiting);
    expect(websocket.eventNames()).toEqual(listeners);
  });

  test('may be followed by a pause of the application, which holds', async () => {
    const { websocket, peer } = await open();
    const user = requireFirstMessage(websocket, { authenticate });
    peer.send(frame(TEXT, 'secret-token'), frame(TEXT, 'one'));
    await user;
    const onMessage = vi.fn();
    websocket.on('message', onMessage);
    websocket.pause();
    await settled();
    await settled();
    expect(onMessage).not.toHaveBeenCalled();
    const message = messagesOf(websocket, 1);
    websocket.resume();
    expect(await message).toEqual(['one']);
  });
});

describe('while it is not decided who the client is', () => {
  test('nothing reaches the application, whatever that resumes, and nothing is lost', async () => {
    const { websocket, peer } = await open();
    const { authenticate, decide, asked } = undecided();
    const onMessage = vi.fn();
    websocket.on('message', onMessage);
    const user = requireFirstMessage(websocket, { authenticate });
    peer.send(frame(TEXT, 'secret-token'), frame(TEXT, 'one'), frame(TEXT, 'two'));
    await asked;
    for (let turn = 0; turn < 5; turn++) {
      websocket.resume();
      await settled();
    }
    expect(onMessage).not.toHaveBeenCalled();
    expect(authenticate).toHaveBeenCalledOnce();
    const messages = messagesOf(websocket, 2);
    decide(yes);
    await user;
    expect(await messages).toEqual(['one', 'two']);
  });

  test('the socket stands still as soon as something has come, and memory does not grow', async () => {
    const { websocket, peer, ours } = await open({ maxPayload: 0 });
    const { authenticate, decide, asked } = undecided();
    const user = requireFirstMessage(websocket, { authenticate });
    peer.send(frame(TEXT, 'secret-token'));
    await asked;
    const much = frame(BINARY, Buffer.alloc(1_000_000));
    for (let count = 0; count < 20; count++) peer.send(much);
    while (!ours.isPaused()) await settled();
    const { bytesRead } = ours;
    for (let turn = 0; turn < 20; turn++) await settled();
    expect(ours.bytesRead).toBe(bytesRead);
    expect(bytesRead).toBeLessThan(1_000_000);
    const messages = messagesOf(websocket, 20);
    decide(yes);
    await user;
    expect(await messages).toHaveLength(20);
  });

  test('Pings are answered', async () => {
    const { websocket, peer } = await open();
    const onPing = vi.fn();
    websocket.on('ping', onPing);
    const user = requireFirstMessage(websocket, { authenticate });
    peer.send(frame(PING, 'here'), frame(PONG, 'too'));
    expect(String((await peer.expect(PONG)).payload)).toBe('here');
    expect(onPing).toHaveBeenCalledOnce();
    peer.send(frame(TEXT, 'secret-token'));
    expect(await user).toBe(yes);
  });

  test('messages may be sent, and drain comes', async () => {
    const { websocket, peer } = await open({ highWaterMark: 1 });
    const user = requireFirstMessage(websocket, { authenticate });
    const drained = once(websocket, 'drain');
    expect(websocket.send('welcome')).toBe(false);
    await peer.expect(TEXT);
    await drained;
    peer.send(frame(TEXT, 'secret-token'));
    await user;
  });

  test('a client that leaves is seen to leave', async () => {
    const { websocket, peer } = await open();
    const { authenticate, decide, asked } = undecided();
    const user = requireFirstMessage(websocket, { authenticate });
    const closing = closingOf(websocket);
    peer.send(frame(TEXT, 'secret-token'));
    const signal = await asked;
    peer.socket.resetAndDestroy();
    const refusal = await refusalOf(user);
    expect(refusal.code).toBe('WS_ERR_AUTHENTICATION_CLOSED');
    expect(signal.aborted).toBe(true);
    expect((await closing).code).toBe(1006);
    // A late yes means nothing.
    decide(yes);
    await settled();
    expect(websocket.readyState).toBe(ReadyState.CLOSED);
  });

  test('a connection that we have begun to close is not opened by a late yes', async () => {
    const { websocket, peer } = await open();
    const { authenticate, decide, asked } = undecided();
    const user = requireFirstMessage(websocket, { authenticate });
    peer.send(frame(TEXT, 'secret-token'));
    await asked;
    websocket.close(1012);
    decide(yes);
    expect((await refusalOf(user)).code).toBe('WS_ERR_AUTHENTICATION_CLOSED');
    expect(closeOf(await peer.expect(CLOSE)).code).toBe(1012);
  });

  test('a client that has said Close and stays is gone when its time is over, and not late', async () => {
    const { websocket, peer } = await open();
    const user = requireFirstMessage(websocket, { authenticate });
    peer.send(closeFrame(1000));
    expect(closeOf(await peer.expect(CLOSE)).code).toBe(1000);
    waitingFor(websocket).onTime(clock.now());
    expect((await refusalOf(user)).code).toBe('WS_ERR_AUTHENTICATION_CLOSED');
  });
});

describe('an identity that expires', () => {
  test.each([
    ['milliseconds', (at: number) => at],
    ['a Date', (at: number) => new Date(at)],
  ])('as %s ends the connection with 4001 then', async (_, form) => {
    const { websocket, peer } = await open();
    const user = requireFirstMessage(websocket, { authenticate: () => ({ expires: form(Date.now() + 300) }) });
    peer.send(frame(TEXT, 'secret-token'));
    await user;
    expect(closeOf(await peer.expect(CLOSE))).toEqual({ code: 4001, reason: 'token expired' });
  });

  test('and has done so already is refused', async () => {
    const { websocket, peer } = await open();
    const user = requireFirstMessage(websocket, { authenticate: () => ({ expires: Date.now() - 1 }) });
    peer.send(frame(TEXT, 'secret-token'));
    expect((await refusalOf(user)).code).toBe('WS_ERR_AUTHENTICATION_EXPIRED');
    expect(closeOf(await peer.expect(CLOSE))).toEqual({ code: 4001, reason: 'token expired' });
  });

  test.each(['2030-01-01', Number.NaN, new Date(Number.NaN), null])(
    'at a time that is none, %s, is refused: nobody stays for ever by mistake',
    async (expires) => {
      const { websocket, peer } = await open();
      const user = requireFirstMessage(websocket, { authenticate: () => ({ expires }) });
      peer.send(frame(TEXT, 'secret-token'));
      expect((await refusalOf(user)).cause).toBeInstanceOf(TypeError);
    },
  );
});

describe('mistakes of the caller', () => {
  test.each([
    ['no authenticate', {}, TypeError],
    ['no time', { authenticate, timeout: 0 }, RangeError],
    ['less than no time', { authenticate, timeout: -1 }, RangeError],
    ['a time that is no number', { authenticate, timeout: '5' }, TypeError],
    ['no length', { authenticate, maxPayload: 0 }, RangeError],
  ])('%s is thrown at once', async (_, options, kind) => {
    const { websocket } = await open();
    expect(() => requireFirstMessage(websocket, options as never)).toThrow(kind);
  });

  test('twice at a time is thrown, and the first stays', async () => {
    const { websocket, peer } = await open();
    const user = requireFirstMessage(websocket, { authenticate });
    expect(() => requireFirstMessage(websocket, { authenticate })).toThrow('called twice');
    peer.send(frame(TEXT, 'secret-token'));
    expect(await user).toBe(yes);
  });

  test('on a WebSocket that is closed, or was never open, it rejects', async () => {
    const { websocket } = await open();
    const closing = closingOf(websocket);
    websocket.terminate();
    await closing;
    for (const dead of [websocket, new WebSocket(null)]) {
      expect((await refusalOf(requireFirstMessage(dead, { authenticate }))).code).toBe('WS_ERR_AUTHENTICATION_CLOSED');
    }
  });
});
