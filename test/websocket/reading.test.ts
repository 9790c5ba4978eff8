// When an open connection reads, and when it does not: nothing is lost to pauses, and the peer is slowed down by TCP alone.
// Real sockets; the other end speaks in raw frames.
import { describe, expect, test, vi } from 'vitest';
import { uncaughtExceptions } from '../transport/uncaught.ts';
import {
  BINARY,
  CONTINUATION,
  closeFrame,
  closingOf,
  frame,
  messageOf,
  messagesOf,
  open,
  PING,
  PONG,
  settled,
  TEXT,
} from './raw-peer.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `message ${index}`);

describe('pause()', () => {
  test('stops behind the current message, and resume() goes on with the next', async () => {
    const { websocket, peer } = await open();
    const seen: string[] = [];
    websocket.on('message', (data) => {
      seen.push(String(data));
      websocket.pause();
    });
    peer.send(...names(3).map((name) => frame(TEXT, name)));
    await messageOf(websocket);
    await settled();
    expect(seen).toEqual(['message 0']);
    expect(websocket.isPaused).toBe(true);
    websocket.resume();
    expect(seen).toEqual(['message 0', 'message 1']);
    websocket.resume();
    expect(seen).toEqual(names(3));
    websocket.resume();
    const fourth = messageOf(websocket);
    peer.send(frame(TEXT, 'message 3'));
    expect(await fourth).toBe('message 3');
    expect(seen).toEqual(names(4));
  });

  test('reaches the kernel: the writes of a peer that goes on are no longer taken', async () => {
    const { websocket, peer } = await open();
    let bytes = 0;
    websocket.on('message', (data) => {
      bytes += data.length;
    });
    websocket.pause();
    const message = frame(BINARY, Buffer.alloc(256 * 1024));
    let sent = 0;
    while (peer.socket.writableLength < 4 * message.length) {
      peer.send(message);
      sent++;
      await settled();
    }
    expect(bytes).toBe(0);
    const closing = closingOf(websocket);
    peer.send(closeFrame(1000));
    websocket.resume();
    await peer.next();
    peer.socket.end();
    await closing;
    expect(bytes).toBe(sent * 256 * 1024);
  });

  test('in the middle of a message delivers it when reading goes on', async () => {
    const { websocket, peer } = await open();
    const message = messageOf(websocket);
    peer.send(frame(TEXT, 'he', { fin: false }));
    await settled();
    websocket.pause();
    peer.send(frame(CONTINUATION, 'llo'));
    await settled();
    websocket.resume();
    expect(await message).toBe('hello');
  });

  test('is possible at once, before the first byte', async () => {
    const { websocket, peer } = await open({ establishment: { head: frame(TEXT, 'early') } });
    websocket.pause();
    const seen = vi.fn();
    websocket.on('message', seen);
    peer.send(frame(TEXT, 'a'));
    await settled();
    await settled();
    expect(seen).not.toHaveBeenCalled();
    const messages = messagesOf(websocket, 2);
    websocket.resume();
    expect(await messages).toEqual(['early', 'a']);
  });
});

describe('allowSynchronousEvents: false', () => {
  test('delivers each message in a turn of its own, in order', async () => {
    const { websocket, peer } = await open({ allowSynchronousEvents: false });
    const log: string[] = [];
    const messages = messagesOf(websocket, 4);
    websocket.on('message', (data) => {
      log.push(String(data));
      queueMicrotask(() => log.push('microtask'));
      setImmediate(() => log.push('turn'));
    });
    peer.send(...names(4).map((name) => frame(TEXT, name)));
    await messages;
    expect(log.slice(0, 6)).toEqual(['message 0', 'microtask', 'turn', 'message 1', 'microtask', 'turn']);
  });

  test('holds for Pings and Pongs, too', async () => {
    const { websocket, peer } = await open({ allowSynchronousEvents: false });
    const log: string[] = [];
    const record = (name: string) => (): void => {
      log.push(name);
      queueMicrotask(() => log.push('microtask'));
    };
    websocket.on('ping', record('ping'));
    websocket.on('pong', record('pong'));
    const message = messageOf(websocket);
    peer.send(frame(PING), frame(PONG), frame(TEXT, 'end'));
    expect(await message).toBe('end');
    expect(log).toEqual(['ping', 'microtask', 'pong', 'microtask']);
  });

  test('goes together with pause() and resume(), also called by a handler', async () => {
    const { websocket, peer } = await open({ allowSynchronousEvents: false });
    const log: string[] = [];
    websocket.on('message', (data) => {
      log.push(`begin ${data}`);
      websocket.pause();
      websocket.resume();
      log.push(`end ${data}`);
    });
    const messages = messagesOf(websocket, 3);
    peer.send(...names(3).map((name) => frame(TEXT, name)));
    await messages;
    expect(log).toEqual(names(3).flatMap((name) => [`begin ${name}`, `end ${name}`]));
    websocket.pause();
    peer.send(frame(TEXT, 'while paused'));
    await settled();
    await settled();
    expect(log).toHaveLength(6);
    const message = messageOf(websocket);
    websocket.resume();
    expect(await message).toBe('while paused');
  });

  test('loses no message to an exception', async () => {
    const { websocket, peer } = await open({ allowSynchronousEvents: false });
    const seen: string[] = [];
    websocket.on('message', (data) => {
      seen.push(String(data));
      throw new Error('mine');
    });
    await uncaughtExceptions(3, () => peer.send(...names(3).map((name) => frame(TEXT, name))));
    expect(seen).toEqual(names(3));
  });

  test('does not stop the kernel for good', async () => {
    const { websocket, peer } = await open({ allowSynchronousEvents: false });
    for (const name of names(3)) {
      const message = messageOf(websocket);
      peer.send(frame(TEXT, name));
      expect(await message).toBe(name);
    }
  });
});
