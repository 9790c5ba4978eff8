// How an open connection answers: one write a turn, nothing lost to exceptions, and an end that is the end. Real sockets;
// the other end speaks in raw frames.
import { describe, expect, test, vi } from 'vitest';
import { uncaughtExceptions } from '../transport/uncaught.ts';
import { BINARY, closingOf, frame, messageOf, messagesOf, open, PING, PONG, settled, TEXT } from './raw-peer.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `message ${index}`);

describe('a turn', () => {
  test('of a hundred messages in one chunk is answered in one write', async () => {
    const { websocket, peer, ours } = await open();
    const write = vi.spyOn(ours, 'write');
    websocket.on('message', (data, isBinary) => websocket.send(data, { binary: isBinary }));
    peer.send(...names(100).map((name) => frame(TEXT, name)));
    for (const name of names(100)) expect(String((await peer.expect(TEXT)).payload)).toBe(name);
    expect(write).toHaveBeenCalledOnce();
  });

  test('of a hundred Pings is answered in one write, too, each Ping by its Pong', async () => {
    const { peer, ours } = await open();
    const write = vi.spyOn(ours, 'write');
    peer.send(...names(100).map((name) => frame(PING, name)));
    for (const name of names(100)) expect(String((await peer.expect(PONG)).payload)).toBe(name);
    expect(write).toHaveBeenCalledOnce();
  });

  test('out of which everything is said by one piece of code ends with one write', async () => {
    const { websocket, peer, ours } = await open();
    const write = vi.spyOn(ours, 'write');
    for (const name of names(10)) websocket.send(name);
    websocket.ping('p');
    expect(write).not.toHaveBeenCalled();
    for (const name of names(10)) expect(String((await peer.expect(TEXT)).payload)).toBe(name);
    await peer.expect(PING);
    expect(write).toHaveBeenCalledOnce();
  });

  test('in which a handler pauses and resumes is still one', async () => {
    const { websocket, peer, ours } = await open();
    const write = vi.spyOn(ours, 'write');
    websocket.on('message', (data) => {
      websocket.pause();
      websocket.send(data);
      websocket.resume();
    });
    peer.send(...names(20).map((name) => frame(TEXT, name)));
    for (const _ of names(20)) await peer.expect(BINARY);
    expect(write).toHaveBeenCalledOnce();
  });

  test('in which a handler throws sends what was said before, and loses no message behind', async () => {
    const { websocket, peer } = await open();
    const seen: string[] = [];
    websocket.on('message', (data) => {
      seen.push(String(data));
      websocket.send(data);
      if (seen.length % 2 === 1) throw new Error(String(data));
    });
    const errors = await uncaughtExceptions(3, () => {
      peer.send(...names(5).map((name) => frame(TEXT, name)));
    });
    expect(errors.map(({ message }) => message)).toEqual(['message 0', 'message 2', 'message 4']);
    for (const name of names(5)) expect(String((await peer.expect(BINARY)).payload)).toBe(name);
    expect(seen).toEqual(names(5));
    // And the kernel goes on as well.
    peer.send(frame(TEXT, 'later'));
    await peer.expect(BINARY);
  });

  test('in which a handler throws although it paused stays paused', async () => {
    const { websocket, peer } = await open();
    websocket.once('message', () => {
      websocket.pause();
      throw new Error('mine');
    });
    await uncaughtExceptions(1, () => peer.send(frame(TEXT, 'a'), frame(TEXT, 'b')));
    const next = vi.fn();
    websocket.on('message', next);
    await settled();
    await settled();
    expect(next).not.toHaveBeenCalled();
    const message = messageOf(websocket);
    websocket.resume();
    expect(await message).toBe('b');
  });
});

describe('bytes that came behind the handshake', () => {
  test('are read first', async () => {
    const head = Buffer.concat([frame(TEXT, 'one'), frame(TEXT, 'two').subarray(0, 4)]);
    const { websocket, peer } = await open({ establishment: { head } });
    const messages = messagesOf(websocket, 3);
    peer.send(frame(TEXT, 'two').subarray(4), frame(TEXT, 'three'));
    expect(await messages).toEqual(['one', 'two', 'three']);
  });

  test('and make a handler throw cost nothing either', async () => {
    const head = Buffer.concat([frame(TEXT, 'one'), frame(TEXT, 'two')]);
    const errors: Error[] = [];
    const messages: string[] = [];
    errors.push(
      ...(await uncaughtExceptions(1, () => {
        void open({ establishment: { head } }).then(({ websocket, peer }) => {
          websocket.on('message', (data) => {
            messages.push(String(data));
            if (messages.length === 1) throw new Error('mine');
            if (messages.length === 2) peer.send(frame(TEXT, 'three'));
            else websocket.emit('all');
          });
          websocket.on('all', () => {
            throw new Error('all');
          });
        });
      })),
    );
    const [all] = await uncaughtExceptions(1, () => {});
    expect(all?.message).toBe('all');
    expect(messages).toEqual(['one', 'two', 'three']);
  });
});

describe('terminate()', () => {
  test('within a handler is the end: nothing more of the same chunk is delivered', async () => {
    const { websocket, peer } = await open();
    const seen: string[] = [];
    const closing = closingOf(websocket);
    websocket.on('message', (data) => {
      seen.push(String(data));
      websocket.terminate();
      websocket.resume();
    });
    peer.send(...names(3).map((name) => frame(TEXT, name)));
    expect(await closing).toEqual({ code: 1006, reason: '', wasClean: false });
    expect(seen).toEqual(['message 0']);
  });
});

describe('Pings of a peer that never reads', () => {
  test('cost one Pong at a time: what waits does not grow', async () => {
    const { websocket, peer } = await open({ maxBufferedAmount: 0, writeTimeout: 0 });
    peer.socket.pause();
    // Fill both kernels, so that nothing leaves any more.
    websocket.send(Buffer.alloc(16 * 1024 * 1024));
    await settled();
    await settled();
    const before = websocket.bufferedAmount;
    const pings = names(5_000).map((name) => frame(PING, name));
    peer.send(...pings);
    await new Promise<void>((resolve) => {
      let count = 0;
      websocket.on('ping', () => {
        if (++count === pings.length) resolve();
      });
    });
    expect(websocket.bufferedAmount).toBe(before);
    peer.socket.resume();
    await peer.expect(BINARY);
    // RFC 6455 §5.5.3: the most recent one is enough.
    expect(String((await peer.expect(PONG)).payload)).toBe('message 4999');
  });
});
