// What happens to a real connection when its times have come. The time is the test's, the sockets are real.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  closeFrame,
  closeOf,
  closingOf,
  frame,
  messageOf,
  type OpenOptions,
  open,
  PING,
  PONG,
  settled,
  TEXT,
} from './raw-peer.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const ABNORMAL = { code: 1006, reason: '', wasClean: false };

describe.each([
  ['a server', { isServer: true }],
  ['a client', { isServer: false }],
] as [string, OpenOptions][])('closeTimeout of %s', (_role, role) => {
  const says = { masked: role.isServer === true };

  test('ends a connection whose peer never answers our Close', async () => {
    const { websocket, peer } = await open({ ...role, closeTimeout: 100 });
    const closing = closingOf(websocket);
    websocket.close(1000);
    await peer.expect(CLOSE);
    vi.advanceTimersByTime(99);
    await settled();
    expect(websocket.readyState).toBe(websocket.CLOSING);
    vi.advanceTimersByTime(1);
    expect(await closing).toEqual(ABNORMAL);
  });

  test('ends a connection whose peer says Close and then never ends TCP', async () => {
    const { websocket, peer } = await open({ ...role, closeTimeout: 100 });
    const closing = closingOf(websocket);
    peer.send(closeFrame(1000, '', says));
    await peer.expect(CLOSE);
    await settled();
    vi.advanceTimersByTime(100);
    // The closing handshake was complete: that TCP was not ended in time changes nothing about it.
    expect(await closing).toEqual({ code: 1000, reason: '', wasClean: true });
  });

  test('ends a connection that was paused when it was closed', async () => {
    const { websocket, peer } = await open({ ...role, closeTimeout: 100 });
    const closing = closingOf(websocket);
    websocket.pause();
    websocket.close(1000);
    await peer.expect(CLOSE);
    peer.send(frame(TEXT, 'unread', says), closeFrame(1000, '', says));
    await settled();
    vi.advanceTimersByTime(100);
    expect(await closing).toEqual(ABNORMAL);
  });

  test('ends a connection that failed and whose peer sends for ever', async () => {
    const { websocket, peer } = await open({ ...role, closeTimeout: 100 });
    const closing = closingOf(websocket);
    peer.send(frame(3, '', says));
    await peer.expect(CLOSE);
    for (let round = 0; round < 10; round++) {
      peer.send(frame(TEXT, 'more', says));
      await settled();
      vi.advanceTimersByTime(10);
    }
    expect(await closing).toEqual(ABNORMAL);
  });
});

describe('messageTimeout', () => {
  test('fails a connection that does not finish a message', async () => {
    const { websocket, peer } = await open({ messageTimeout: 100 });
    const onError = vi.fn();
    websocket.on('error', onError);
    const closing = closingOf(websocket);
    peer.send(frame(TEXT, 'part', { fin: false }), frame(PING));
    // The Ping is behind the part: both have been read.
    await peer.expect(PONG);
    vi.advanceTimersByTime(50);
    peer.send(frame(CONTINUATION, 'and part', { fin: false }), frame(PING));
    await peer.expect(PONG);
    vi.advanceTimersByTime(50);
    expect(closeOf(await peer.expect(CLOSE)).code).toBe(1008);
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: 'WS_ERR_MESSAGE_TIMEOUT' });
    peer.socket.end();
    expect(await closing).toEqual(ABNORMAL);
  });

  test('spares a peer that sends one message after the other and never ends a chunk with one', async () => {
    const { websocket, peer } = await open({ messageTimeout: 100 });
    const bytes = Buffer.concat([frame(BINARY, 'abcd'), frame(BINARY, 'abcd')]);
    peer.send(bytes.subarray(0, 5));
    for (let round = 0; round < 10; round++) {
      const message = messageOf(websocket);
      // The rest of one message and the beginning of the next.
      peer.send(Buffer.concat([bytes.subarray(5), bytes.subarray(0, 5)]));
      await message;
      vi.advanceTimersByTime(60);
      await settled();
    }
    expect(websocket.readyState).toBe(websocket.OPEN);
  });

  test('spares a peer whose message we do not read on', async () => {
    const { websocket, peer } = await open({ messageTimeout: 100 });
    const message = messageOf(websocket);
    peer.send(frame(TEXT, 'he', { fin: false }), frame(PING));
    await peer.expect(PONG);
    websocket.pause();
    vi.advanceTimersByTime(10_000);
    peer.send(frame(CONTINUATION, 'llo'));
    websocket.resume();
    expect(await message).toBe('hello');
    expect(websocket.readyState).toBe(websocket.OPEN);
  });
});

describe('heartbeat', () => {
  const heartbeat = { interval: 100, timeout: 50 };

  test('ends a connection whose peer is dead: 1006, and nothing is waited for', async () => {
    const { websocket, peer } = await open({ heartbeat });
    const closing = closingOf(websocket);
    vi.advanceTimersByTime(100);
    await peer.expect(PING);
    vi.advanceTimersByTime(50);
    expect(await closing).toEqual(ABNORMAL);
  });

  test('keeps one whose peer answers, and measures the way', async () => {
    const { websocket, peer } = await open({ heartbeat });
    for (let round = 0; round < 5; round++) {
      vi.advanceTimersByTime(round === 0 ? 100 : 80);
      const { payload } = await peer.expect(PING);
      vi.advanceTimersByTime(20);
      const pong = new Promise((resolve) => websocket.once('pong', resolve));
      peer.send(frame(PONG, payload));
      await pong;
      expect(websocket.rtt).toBe(20);
    }
    expect(websocket.readyState).toBe(websocket.OPEN);
    const closing = closingOf(websocket);
    websocket.terminate();
    await closing;
    expect(websocket.rtt).toBe(20);
  });

  test('keeps one that the application has paused, though its peer’s Pongs are not read', async () => {
    const { websocket, peer } = await open({ heartbeat });
    websocket.pause();
    vi.advanceTimersByTime(10_000);
    await peer.expect(PING);
    expect(websocket.readyState).toBe(websocket.OPEN);
    const message = messageOf(websocket);
    peer.send(frame(TEXT, 'still here'));
    websocket.resume();
    expect(await message).toBe('still here');
  });

  test('sends no Ping behind our Close', async () => {
    const { websocket, peer } = await open({ heartbeat, closeTimeout: 1_000 });
    const closing = closingOf(websocket);
    websocket.close(1000);
    await peer.expect(CLOSE);
    vi.advanceTimersByTime(1_000);
    await closing;
    expect(await peer.rest()).toEqual([]);
  });
});

test('maxLifetime closes with 1001', async () => {
  const { websocket, peer } = await open({ maxLifetime: 1_000 });
  const closing = closingOf(websocket);
  vi.advanceTimersByTime(1_101);
  expect(closeOf(await peer.expect(CLOSE))).toEqual({ code: 1001, reason: 'maximum lifetime' });
  peer.send(closeFrame(1001));
  peer.socket.end();
  expect(await closing).toEqual({ code: 1001, reason: '', wasClean: true });
});

describe('writeTimeout', () => {
  const MIB = 1024 * 1024;

  test('ends a connection whose peer reads nothing', async () => {
    const { websocket, peer } = await open({ writeTimeout: 100, maxBufferedAmount: 0 });
    peer.socket.pause();
    const closing = closingOf(websocket);
    websocket.send(Buffer.alloc(32 * MIB));
    await settled();
    await settled();
    vi.advanceTimersByTime(100);
    expect(await closing).toEqual(ABNORMAL);
  });

  test('spares one that reads, however slowly: also in the middle of one large message', async () => {
    const { websocket, peer } = await open({ writeTimeout: 100, heartbeat: { interval: 50, timeout: 50 } });
    peer.socket.pause();
    websocket.send(Buffer.alloc(16 * MIB));
    let before = websocket.bufferedAmount;
    for (let round = 0; round < 20 && before > 0; round++) {
      peer.socket.resume();
      while (websocket.bufferedAmount > before - MIB && websocket.bufferedAmount > 0) await settled();
      peer.socket.pause();
      before = websocket.bufferedAmount;
      vi.advanceTimersByTime(40);
    }
    expect(websocket.readyState).toBe(websocket.OPEN);
    peer.socket.resume();
    expect((await peer.expect(BINARY)).payload).toHaveLength(16 * MIB);
  });
});
