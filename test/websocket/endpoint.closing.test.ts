// How a connection ends: 'close' exactly once, with the code, the reason and the cleanness that RFC 6455 §7.1.4 to §7.1.6
// give it, whoever ends it and however badly. Both roles; the other end speaks in raw frames.

import { once } from 'node:events';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { Deflater, Inflater, JobQueue } from '../../src/deflate/index.ts';
import { closed } from '../transport/socket-pairs.ts';
import { uncaughtExceptions } from '../transport/uncaught.ts';
import {
  BINARY,
  CLOSE,
  type Closing,
  closeFrame,
  closeOf,
  closingOf,
  frame,
  messageOf,
  messagesOf,
  type OpenOptions,
  open,
  PING,
  settled,
  TEXT,
} from './raw-peer.ts';

const ABNORMAL: Closing = { code: 1006, reason: '', wasClean: false };

describe.each([
  ['a server', { isServer: true }],
  ['a client', { isServer: false }],
] as [string, OpenOptions][])('%s', (_role, role) => {
  const masked = role.isServer === true;
  const says = { masked };

  // RFC 6455 §7.1.4(a)
  test('that closes is closed cleanly when the peer has answered', async () => {
    const { websocket, peer } = await open(role);
    const closing = closingOf(websocket);
    websocket.close(4000, 'enough');
    expect(websocket.readyState).toBe(websocket.CLOSING);
    expect(closeOf(await peer.expect(CLOSE))).toEqual({ code: 4000, reason: 'enough' });
    peer.send(closeFrame(4000, 'enough', says));
    peer.socket.end();
    expect(await closing).toEqual({ code: 4000, reason: 'enough', wasClean: true });
    expect(websocket.readyState).toBe(websocket.CLOSED);
  });

  test('that the peer closes says the same code back', async () => {
    const { websocket, peer } = await open(role);
    const closing = closingOf(websocket);
    peer.send(closeFrame(1001, 'away', says));
    expect(closeOf(await peer.expect(CLOSE))).toEqual({ code: 1001, reason: 'away' });
    peer.socket.end();
    expect(await closing).toEqual({ code: 1001, reason: 'away', wasClean: true });
  });

  test('that the peer closes without a code is told 1005, and says none either', async () => {
    const { websocket, peer } = await open(role);
    const closing = closingOf(websocket);
    peer.send(closeFrame(undefined, '', says));
    expect(closeOf(await peer.expect(CLOSE)).code).toBeUndefined();
    peer.socket.end();
    expect(await closing).toEqual({ code: 1005, reason: '', wasClean: true });
  });

  test('and its peer may close at the same time: each has sent one Close', async () => {
    const { websocket, peer } = await open(role);
    const closing = closingOf(websocket);
    peer.send(closeFrame(1001, '', says));
    websocket.close(1000);
    const frames = await Promise.all([peer.expect(CLOSE), closed(peer.socket.end())]);
    expect(closeOf(frames[0]).code).toBe(1000);
    expect(peer.frames).toEqual([]);
    expect(await closing).toEqual({ code: 1001, reason: '', wasClean: true });
  });

  test('whose peer ends TCP without a Close is told 1006', async () => {
    const { websocket, peer } = await open(role);
    const closing = closingOf(websocket);
    peer.socket.end();
    expect(await closing).toEqual(ABNORMAL);
    expect(await peer.rest()).toEqual([]);
  });

  test('whose peer resets the connection is told 1006, and no error', async () => {
    const { websocket, peer } = await open(role);
    const onError = vi.fn();
    websocket.on('error', onError);
    const closing = closingOf(websocket);
    peer.socket.resetAndDestroy();
    expect(await closing).toEqual(ABNORMAL);
    expect(onError).not.toHaveBeenCalled();
  });

  test('that is reset in the middle of a frame, of a message or of the closing handshake is told 1006', async () => {
    for (const bytes of [
      frame(TEXT, 'half', says).subarray(0, 3),
      frame(TEXT, 'part', { ...says, fin: false }),
      closeFrame(1000, 'reason', says).subarray(0, 5),
    ]) {
      const { websocket, peer } = await open(role);
      const closing = closingOf(websocket);
      peer.send(bytes);
      await settled();
      if (bytes.length < 8) websocket.close(1000);
      await settled();
      peer.socket.resetAndDestroy();
      expect(await closing).toEqual(ABNORMAL);
    }
  });

  test('that is terminated is told 1006, and the peer sees the end', async () => {
    const { websocket, peer } = await open(role);
    const closing = closingOf(websocket);
    websocket.terminate();
    websocket.terminate();
    expect(websocket.readyState).toBe(websocket.CLOSING);
    expect(await closing).toEqual(ABNORMAL);
    expect(await peer.rest()).toEqual([]);
  });

  test('reads on after its own Close until the peer has said it too: those messages still come', async () => {
    const { websocket, peer } = await open(role);
    const messages = messagesOf(websocket, 2);
    const closing = closingOf(websocket);
    websocket.close(1000);
    await peer.expect(CLOSE);
    peer.send(frame(TEXT, 'a', says), frame(TEXT, 'b', says), closeFrame(1000, '', says));
    expect(await messages).toEqual(['a', 'b']);
    peer.socket.end();
    expect((await closing).wasClean).toBe(true);
  });

  test('reads nothing behind the Close of its peer', async () => {
    const { websocket, peer } = await open(role);
    const onMessage = vi.fn();
    websocket.on('message', onMessage);
    websocket.on('ping', onMessage);
    const closing = closingOf(websocket);
    peer.send(closeFrame(1000, '', says), frame(TEXT, 'late', says), frame(PING, '', says), closeFrame(1001, '', says));
    expect(closeOf(await peer.expect(CLOSE)).code).toBe(1000);
    peer.socket.end(frame(TEXT, 'later', says));
    expect(await closing).toEqual({ code: 1000, reason: '', wasClean: true });
    expect(onMessage).not.toHaveBeenCalled();
    expect(peer.frames).toEqual([]);
  });

  test('sends what it has said before its Close, however slowly the peer reads', async () => {
    const { websocket, peer } = await open({ ...role, maxBufferedAmount: 0 });
    peer.socket.pause();
    for (let index = 0; index < 8; index++) websocket.send(Buffer.alloc(1024 * 1024, index));
    const closing = closingOf(websocket);
    websocket.close(1000);
    expect(websocket.send('too late')).toBe(false);
    await settled();
    peer.socket.resume();
    for (let index = 0; index < 8; index++) {
      const { payload } = await peer.expect(BINARY);
      expect(payload.equals(Buffer.alloc(1024 * 1024, index))).toBe(true);
    }
    await peer.expect(CLOSE);
    peer.send(closeFrame(1000, '', says));
    peer.socket.end();
    expect((await closing).wasClean).toBe(true);
  });

  test('loses no message to the FIN behind it, though it reads one at a time, or is paused', async () => {
    for (const settings of [{}, { allowSynchronousEvents: false }]) {
      const { websocket, peer } = await open({ ...role, ...settings });
      const seen: string[] = [];
      websocket.on('message', (data) => {
        seen.push(String(data));
        websocket.pause();
        setImmediate(() => setImmediate(() => websocket.resume()));
      });
      const closing = closingOf(websocket);
      peer.socket.end(Buffer.concat(['a', 'b', 'c'].map((text) => frame(TEXT, text, says))));
      expect(await closing).toEqual(ABNORMAL);
      expect(seen).toEqual(['a', 'b', 'c']);
    }
  });

  test('may be closed while it is paused: what is held back, the peer’s Close too, comes with resume()', async () => {
    const { websocket, peer } = await open(role);
    const closing = closingOf(websocket);
    const onMessage = vi.fn();
    websocket.on('message', onMessage);
    websocket.pause();
    websocket.close(1000);
    await peer.expect(CLOSE);
    peer.send(frame(TEXT, 'on its way', says), closeFrame(1000, '', says));
    peer.socket.end();
    await settled();
    await settled();
    expect(onMessage).not.toHaveBeenCalled();
    websocket.resume();
    expect(await closing).toEqual({ code: 1000, reason: '', wasClean: true });
    expect(onMessage).toHaveBeenCalledOnce();
  });

  test('tells each callback of a message that was not sent why', async () => {
    const { websocket, peer } = await open({ ...role, maxBufferedAmount: 0 });
    peer.socket.pause();
    const outcomes: Promise<unknown>[] = [];
    for (let index = 0; index < 20; index++) {
      outcomes.push(new Promise((resolve) => websocket.send(Buffer.alloc(1024 * 1024), resolve)));
    }
    await settled();
    const closing = closingOf(websocket);
    websocket.terminate();
    await closing;
    const errors = await Promise.all(outcomes);
    expect(errors.at(-1)).toBeInstanceOf(Error);
    const firstLost = errors.findIndex((error) => error instanceof Error);
    expect(errors.slice(firstLost).every((error) => error instanceof Error)).toBe(true);
  });

  test('emits "close" although a callback of a message that was not sent throws', async () => {
    const { websocket, peer } = await open(role);
    peer.socket.pause();
    const closing = closingOf(websocket);
    const errors = await uncaughtExceptions(3, () => {
      for (const name of ['a', 'b', 'c']) {
        websocket.send(Buffer.alloc(8 * 1024 * 1024), () => {
          throw new Error(name);
        });
      }
      setImmediate(() => websocket.terminate());
    });
    expect(errors.map(({ message }) => message).sort()).toEqual(['a', 'b', 'c']);
    expect(await closing).toEqual(ABNORMAL);
  });
});

describe('who ends TCP (RFC 6455 §7.1.1)', () => {
  test('is the server: at once when both Close frames are through', async () => {
    const { websocket, peer } = await open();
    peer.send(closeFrame(1000));
    await peer.expect(CLOSE);
    // The peer has not ended its side, and yet ours ends.
    expect(await peer.next()).toBeUndefined();
    const closing = closingOf(websocket);
    peer.socket.end();
    expect((await closing).wasClean).toBe(true);
  });

  test('is not the client: it waits for the server', async () => {
    const { websocket, peer, ours } = await open({ isServer: false });
    const closing = closingOf(websocket);
    peer.send(closeFrame(1000, '', { masked: false }));
    await peer.expect(CLOSE);
    await settled();
    await settled();
    expect(ours.writableEnded).toBe(false);
    peer.socket.end();
    expect((await closing).wasClean).toBe(true);
    expect(ours.writableEnded).toBe(true);
  });
});

describe('compressed messages', () => {
  const jobs = new JobQueue(1);
  const noise = (length: number): Buffer => {
    let state = 1;
    return Buffer.alloc(length).map(() => {
      state = (state * 48_271) % 2_147_483_647;
      return state & 0xff;
    }) as Buffer;
  };
  /** Long enough that it is inflated elsewhere, and takes its time. */
  const LONG = noise(200_000);
  const compressed = (data: Buffer): Buffer =>
    frame(BINARY, deflateRawSync(data, { finishFlush: 2 }).subarray(0, -4), { rsv1: true });
  const compression = () => {
    const options = { windowBits: 15, contextTakeover: false, jobs };
    return { compression: { deflater: new Deflater(options), inflater: new Inflater(options) } };
  };
  const withDeflate = (options: OpenOptions = {}) => open({ ...options, establishment: compression() });

  test('that are still being inflated come before what is behind them, and reading goes on', async () => {
    const { websocket, peer } = await withDeflate();
    const sizes: number[] = [];
    websocket.on('message', (data) => sizes.push(data.length));
    peer.send(compressed(LONG), frame(BINARY, Buffer.alloc(1)), frame(BINARY, Buffer.alloc(2)), compressed(LONG));
    while (sizes.length < 4) await once(websocket, 'message');
    // The kernel has been stopped meanwhile, and must have been started again.
    peer.send(frame(BINARY, Buffer.alloc(3)));
    while (sizes.length < 5) await once(websocket, 'message');
    expect(sizes).toEqual([200_000, 1, 2, 200_000, 3]);
  });

  test('are not lost to the peer’s Close or FIN behind them', async () => {
    for (const end of [closeFrame(1000), Buffer.alloc(0)]) {
      const { websocket, peer } = await withDeflate();
      const sizes: number[] = [];
      websocket.on('message', (data) => sizes.push(data.length));
      const closing = closingOf(websocket);
      peer.socket.end(Buffer.concat([compressed(LONG), compressed(LONG), frame(BINARY, 'x'), end]));
      expect((await closing).code).toBe(end.length > 0 ? 1000 : 1006);
      expect(sizes).toEqual([200_000, 200_000, 1]);
    }
  });

  test('that are still being compressed leave before our Close', async () => {
    const { websocket, peer } = await withDeflate();
    const closing = closingOf(websocket);
    websocket.send(LONG);
    websocket.send(LONG);
    websocket.close(1000);
    const frames = [await peer.expect(BINARY), await peer.expect(BINARY), await peer.expect(CLOSE)];
    expect(frames.map(({ rsv1 }) => rsv1)).toEqual([true, true, false]);
    peer.send(closeFrame(1000));
    peer.socket.end();
    expect((await closing).wasClean).toBe(true);
  });

  test('that were never sent are told so, and the threads are free for others', async () => {
    const { websocket, peer } = await withDeflate();
    const outcomes = [0, 1, 2].map(() => new Promise((resolve) => websocket.send(LONG, resolve)));
    const closing = closingOf(websocket);
    peer.socket.resetAndDestroy();
    expect(await closing).toEqual(ABNORMAL);
    for (const error of await Promise.all(outcomes)) expect(error).toBeInstanceOf(Error);
    expect([jobs.running, jobs.waiting]).toEqual([0, 0]);
  });

  test('delivered in a handler that throws, pauses or takes one at a time do not stop the connection', async () => {
    for (const settings of [{}, { allowSynchronousEvents: false }]) {
      const { websocket, peer } = await withDeflate(settings);
      const sizes: number[] = [];
      websocket.on('message', (data) => {
        sizes.push(data.length);
        websocket.pause();
        setImmediate(() => websocket.resume());
        if (sizes.length === 1) throw new Error('mine');
      });
      await uncaughtExceptions(1, () => {
        peer.send(compressed(LONG), compressed(LONG), frame(BINARY, 'x'), compressed(LONG));
      });
      while (sizes.length < 4) await once(websocket, 'message');
      expect(sizes).toEqual([200_000, 200_000, 1, 200_000]);
      const last = messageOf(websocket);
      peer.send(frame(TEXT, 'last'));
      expect(await last).toBe('last');
    }
  });
});
