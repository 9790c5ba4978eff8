// Who has machinery and when: as long as something is under way, and no longer. What is taken back is as good as new, and keeps
// nobody in memory.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Engine } from '../../src/websocket/engine.ts';
import { readSettings } from '../../src/websocket/settings.ts';
import { establish, WebSocket } from '../../src/websocket/websocket.ts';
import { FakeSocket } from '../transport/fake-socket.ts';
import { CONTINUATION, frame, open, PING, settled, TEXT } from './raw-peer.ts';

const SETTINGS = readSettings({}, { isServer: true, threshold: 0, heartbeat: false, nextMaskingKey: undefined });

const { lend, takeBack } = Engine;

/** Those who have machinery now, by what was lent and taken back. */
const borrowers = new Set<Engine>();

afterEach(() => {
  vi.restoreAllMocks();
});

beforeEach(() => {
  borrowers.clear();
  vi.spyOn(Engine, 'lend').mockImplementation((endpoint) => {
    const engine = lend(endpoint);
    expect(borrowers.has(engine), 'lent to two connections').toBe(false);
    borrowers.add(engine);
    return engine;
  });
  vi.spyOn(Engine, 'takeBack').mockImplementation((engine) => {
    borrowers.delete(engine);
    takeBack(engine);
  });
});

/** A connection that echoes, on a socket in memory. */
function connect(): { socket: FakeSocket; websocket: WebSocket } {
  const socket = new FakeSocket();
  const websocket = new WebSocket(null);
  const agreed = { compression: undefined, protocol: '', extensions: '' };
  establish(websocket, { socket, head: Buffer.alloc(0), settings: SETTINGS, ...agreed });
  websocket.on('message', (data: Buffer, isBinary: boolean) => websocket.send(data, { binary: isBinary }));
  onTestFinished(() => websocket.terminate());
  return { socket, websocket };
}

describe('a connection', () => {
  test('that is open and silent has none', async () => {
    connect();
    await settled();
    expect(Engine.lend).not.toHaveBeenCalled();
  });

  test('has some for the time of a turn, and the next has the same', async () => {
    const all = Array.from({ length: 10 }, connect);
    for (const { socket } of all) {
      socket.emit('data', frame(TEXT, 'hello'));
      await settled();
    }
    expect(borrowers.size).toBe(0);
    expect(new Set(vi.mocked(Engine.lend).mock.results.map(({ value }) => value)).size).toBe(1);
  });

  test('has some until what it said by itself has left', async () => {
    const { websocket } = connect();
    websocket.send('hello');
    expect(borrowers.size).toBe(1);
    await settled();
    expect(borrowers.size).toBe(0);
  });

  test.each([
    ['a header', [frame(TEXT, 'hello').subarray(0, 3)], [frame(TEXT, 'hello').subarray(3)]],
    ['a frame', [frame(TEXT, 'hello').subarray(0, 8)], [frame(TEXT, 'hello').subarray(8)]],
    ['a message', [frame(TEXT, 'hel', { fin: false })], [frame(PING), frame(CONTINUATION, 'lo')]],
  ])('keeps it in the middle of %s', async (_what, first, rest) => {
    const { socket } = connect();
    for (const chunk of first) socket.emit('data', Buffer.from(chunk));
    await settled();
    expect(borrowers.size).toBe(1);
    for (const chunk of rest) socket.emit('data', Buffer.from(chunk));
    await settled();
    expect(borrowers.size).toBe(0);
  });

  test('keeps it in the middle of a message of its own', async () => {
    const { websocket } = connect();
    websocket.send('hel', { fin: false });
    await settled();
    expect(borrowers.size).toBe(1);
    websocket.send('lo');
    await settled();
    expect(borrowers.size).toBe(0);
  });

  test('keeps it while it is paused', async () => {
    const { websocket } = connect();
    websocket.pause();
    await settled();
    expect(borrowers.size).toBe(1);
    websocket.resume();
    await settled();
    expect(borrowers.size).toBe(0);
  });

  test('keeps it until the callback of send() was called', async () => {
    const { socket, websocket } = connect();
    socket.appetite = 'later';
    const callback = vi.fn();
    websocket.send('hello', callback);
    await settled();
    expect(borrowers.size).toBe(1);
    while (socket.swallow()) await settled();
    expect(callback).toHaveBeenCalledOnce();
    expect(borrowers.size).toBe(0);
  });

  test('keeps it while the kernel takes nothing', async () => {
    const { websocket, peer, ours } = await open();
    peer.socket.pause();
    while (ours.writableLength === 0) {
      websocket.send(Buffer.alloc(1 << 20));
      await settled();
    }
    expect(borrowers.size).toBe(1);
    const drained = new Promise<void>((resolve) => websocket.once('drain', () => resolve()));
    peer.socket.resume();
    await drained;
    await settled();
    expect(borrowers.size).toBe(0);
  });

  test('gives it back although its listener has thrown', async () => {
    const { socket, websocket } = connect();
    websocket.once('message', () => {
      throw new Error('of the application');
    });
    expect(() => socket.emit('data', Buffer.concat([frame(TEXT, '1'), frame(TEXT, '2')]))).toThrow(
      'of the application',
    );
    await settled();
    expect(borrowers.size).toBe(0);
  });

  test.each([
    ['a violation', ({ socket }: { socket: FakeSocket }) => socket.emit('data', frame(TEXT, 'x', { masked: false }))],
    [
      'a reset in the middle of a message',
      ({ socket }: { socket: FakeSocket }) => {
        socket.emit('data', frame(TEXT, 'hel', { fin: false }));
        socket.destroy();
      },
    ],
    [
      'terminate() by its own listener',
      ({ socket, websocket }: { socket: FakeSocket; websocket: WebSocket }) => {
        websocket.once('message', () => websocket.terminate());
        socket.emit('data', frame(TEXT, 'hello'));
      },
    ],
  ])('that ends by %s never gives it back', async (_what, end) => {
    const connection = connect();
    end(connection);
    connection.socket.destroy();
    await settled();
    expect(connection.websocket.readyState).toBe(WebSocket.CLOSED);
    expect(borrowers.size).toBe(1);
    expect(Engine.takeBack).not.toHaveBeenCalled();
  });
});

describe('idle machinery', () => {
  test('is kept for as many as are spoken to at a time, up to 1,024', async () => {
    const all = Array.from({ length: 1_100 }, connect);
    const broadcast = async (): Promise<Set<Engine>> => {
      vi.mocked(Engine.lend).mockClear();
      for (const { websocket } of all) websocket.send('to all');
      await settled();
      return new Set(vi.mocked(Engine.lend).mock.results.map(({ value }) => value as Engine));
    };
    const first = await broadcast();
    const second = await broadcast();
    expect([first.size, second.size]).toEqual([1_100, 1_100]);
    expect([...second].filter((engine) => first.has(engine))).toHaveLength(1_024);
  });

  test('keeps no connection in memory that it has served', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const served = await (async () => {
      const socket = new FakeSocket();
      const websocket = new WebSocket(null);
      const agreed = { compression: undefined, protocol: '', extensions: '' };
      establish(websocket, { socket, head: Buffer.alloc(0), settings: SETTINGS, ...agreed });
      websocket.send('hello');
      await settled();
      vi.mocked(Engine.lend).mockClear();
      vi.mocked(Engine.takeBack).mockClear();
      // Still open: nobody but the machinery could hold it.
      return new WeakRef(websocket);
    })();
    for (let round = 0; round < 3; round++) {
      await settled();
      collectGarbage();
    }
    expect(served.deref()).toBeUndefined();
  });
});
