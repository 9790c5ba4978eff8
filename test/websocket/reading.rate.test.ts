// maxMessageRate: what becomes of a peer that sends more than it may (RFC 6455 §10.4). The time is the test's, the sockets
// are real.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Violations } from '../../src/frame/index.ts';
import {
  CLOSE,
  CONTINUATION,
  closeFrame,
  closeOf,
  closingOf,
  frame,
  type Opened,
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

/** Ten a second, three at once: a message each 100 ms. */
const SLOW = { maxMessageRate: 10, maxMessageBurst: 3 };
const STEP = 100;

/** A connection, and what the application has heard from it. */
async function listening(options: OpenOptions): Promise<Opened & { heard: string[] }> {
  const opened = await open(options);
  const heard: string[] = [];
  opened.websocket.on('message', (data) => heard.push(String(data)));
  opened.websocket.on('ping', (data) => heard.push(`ping ${data}`));
  opened.websocket.on('pong', (data) => heard.push(`pong ${data}`));
  return { ...opened, heard };
}

const texts = (...words: string[]): Buffer => Buffer.concat(words.map((word) => frame(TEXT, word)));

/** Waits until so much has been heard. */
async function until(heard: readonly string[], count: number): Promise<void> {
  while (heard.length < count) await settled();
}

/** Lets what is on its way arrive. */
async function arrived(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await settled();
}

async function pass(milliseconds: number): Promise<void> {
  vi.advanceTimersByTime(milliseconds);
  await arrived();
}

describe("'pause'", () => {
  test('is what happens when nobody says: the burst is read, and the rest as its time comes, in order', async () => {
    const { peer, heard, ours } = await listening(SLOW);
    peer.send(texts('a', 'b', 'c', 'd', 'e'));
    await until(heard, 3);
    await arrived();
    expect(heard.join('')).toBe('abc');
    // The kernel is stopped: TCP slows the peer down.
    expect(ours.isPaused()).toBe(true);
    // And nobody looks again and again whether the time has come.
    const now = vi.spyOn(performance, 'now');
    await arrived();
    expect(now).not.toHaveBeenCalled();
    await pass(STEP - 1);
    expect(heard.join('')).toBe('abc');
    await pass(1);
    expect(heard.join('')).toBe('abcd');
    await pass(STEP);
    expect(heard.join('')).toBe('abcde');
    await pass(STEP);
    expect(ours.isPaused()).toBe(false);
  });

  test('stops the kernel with the last message that was allowed, though nothing came behind it', async () => {
    const { peer, heard, ours } = await listening(SLOW);
    peer.send(texts('a', 'b', 'c'));
    await until(heard, 3);
    await arrived();
    expect(ours.isPaused()).toBe(true);
    await pass(STEP);
    expect(ours.isPaused()).toBe(false);
  });

  test('leaves a peer alone that keeps to the rate', async () => {
    const { peer, heard, websocket } = await listening(SLOW);
    for (let count = 1; count <= 50; count++) {
      peer.send(texts('x'));
      await until(heard, count);
      vi.advanceTimersByTime(STEP);
    }
    expect(websocket.readyState).toBe(websocket.OPEN);
  });

  test('counts Pings and Pongs too, and messages by their last frame', async () => {
    const { peer, heard } = await listening(SLOW);
    peer.send(frame(TEXT, 'fr', { fin: false }), frame(CONTINUATION, 'ag', { fin: false }), frame(PING, 'a'));
    peer.send(frame(CONTINUATION, 'ment'), frame(PONG, 'b'), frame(PING, 'c'), frame(PING, 'd'));
    await until(heard, 3);
    await arrived();
    expect(heard).toEqual(['ping a', 'fragment', 'pong b']);
    // A flood of Pings is answered no faster than it is read.
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([PONG]);
    await pass(STEP);
    expect(heard.at(-1)).toBe('ping c');
    await pass(STEP);
    expect(heard.at(-1)).toBe('ping d');
    expect(peer.frames.map(({ payload }) => String(payload))).toEqual(['a', 'c', 'd']);
  });

  test('reads a flood in batches, and the clock by the turn and never by the frame', async () => {
    const { peer, heard } = await listening({ maxMessageRate: 1_000 });
    const now = vi.spyOn(performance, 'now');
    peer.send(Buffer.concat(Array.from({ length: 1_000 }, () => frame(TEXT, ''))));
    await until(heard, 1_000);
    await arrived();
    expect(now.mock.calls.length).toBeLessThan(50);
    peer.send(Buffer.concat(Array.from({ length: 120 }, () => frame(TEXT, ''))));
    await arrived();
    expect(heard).toHaveLength(1_000);
    await pass(49);
    expect(heard).toHaveLength(1_000);
    await pass(1);
    expect(heard).toHaveLength(1_050);
    await pass(100);
    expect(heard).toHaveLength(1_120);
  });

  test('goes with pause(): nothing comes before both allow it', async () => {
    const { peer, heard, websocket } = await listening(SLOW);
    peer.send(texts('a', 'b', 'c', 'd', 'e'));
    await until(heard, 3);
    websocket.pause();
    await pass(10 * STEP);
    expect(heard.join('')).toBe('abc');
    websocket.resume();
    await until(heard, 5);
    peer.send(texts('f', 'g'));
    await until(heard, 6);
    // Spent again: a resume() gives nothing that the time has not given.
    websocket.pause();
    websocket.resume();
    await arrived();
    expect(heard.join('')).toBe('abcdef');
    await pass(STEP);
    expect(heard.join('')).toBe('abcdefg');
  });

  test('goes with a pause() inside the listener of the last message that was allowed', async () => {
    const { peer, heard, websocket } = await listening({ ...SLOW, maxMessageBurst: 1 });
    websocket.on('message', () => {
      websocket.pause();
      websocket.resume();
    });
    peer.send(texts('a', 'b'));
    await until(heard, 1);
    await arrived();
    expect(heard.join('')).toBe('a');
    await pass(STEP);
    expect(heard.join('')).toBe('ab');
  });

  test('goes with allowSynchronousEvents: false', async () => {
    const { peer, heard } = await listening({ ...SLOW, allowSynchronousEvents: false });
    peer.send(texts('a', 'b', 'c', 'd', 'e'));
    await until(heard, 3);
    await arrived();
    expect(heard.join('')).toBe('abc');
    await pass(STEP);
    await pass(STEP);
    expect(heard.join('')).toBe('abcde');
  });

  test('goes on where a listener threw', async () => {
    const { peer, heard, websocket } = await listening({ ...SLOW, maxMessageBurst: 1 });
    const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
    websocket.once('message', () => {
      throw new Error('mine');
    });
    peer.send(texts('a', 'b'));
    await thrown;
    await arrived();
    expect(heard.join('')).toBe('a');
    await pass(STEP);
    expect(heard.join('')).toBe('ab');
  });

  test('delivers what came before the end of the peer, and a Close in its order', async () => {
    const { peer, heard, websocket } = await listening(SLOW);
    const closing = closingOf(websocket);
    peer.send(texts('a', 'b', 'c', 'd'), closeFrame(1000, 'done'));
    peer.socket.end();
    await until(heard, 3);
    await arrived();
    expect(websocket.readyState).toBe(websocket.OPEN);
    await pass(STEP);
    await pass(STEP);
    expect(heard.join('')).toBe('abcd');
    expect(await closing).toEqual({ code: 1000, reason: 'done', wasClean: true });
  });

  test('does not let the heartbeat take for dead whom we do not hear, and finds the dead afterwards', async () => {
    const heartbeat = { interval: 1_000, timeout: 500 };
    const { peer, heard, websocket } = await listening({
      maxMessageRate: 0.01,
      maxMessageBurst: 1,
      heartbeat,
    });
    const closing = closingOf(websocket);
    peer.send(texts('a', 'b'));
    await until(heard, 1);
    for (let second = 0; second < 99; second++) await pass(1_000);
    expect(websocket.readyState).toBe(websocket.OPEN);
    expect(peer.frames.length).toBeGreaterThan(50);
    await pass(1_000);
    expect(heard.join('')).toBe('ab');
    // Slowed down for another hundred seconds, and silent when they are over.
    for (let second = 0; second < 99; second++) await pass(1_000);
    expect(websocket.readyState).toBe(websocket.OPEN);
    for (let second = 0; second < 4; second++) await pass(1_000);
    expect((await closing).code).toBe(1006);
  });

  test('buys no time for an unfinished message: a flood of Pings beside it counts', async () => {
    const { peer, heard, websocket } = await listening({ ...SLOW, messageTimeout: 1_000 });
    const onError = vi.fn();
    websocket.on('error', onError);
    peer.send(frame(TEXT, 'part', { fin: false }), ...Array.from({ length: 100 }, () => frame(PING)));
    await until(heard, 3);
    for (let step = 0; step < 9; step++) await pass(STEP);
    expect(onError).not.toHaveBeenCalled();
    await pass(STEP);
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: Violations.MessageTimeout.code });
  });

  test('buys no time for the closing handshake', async () => {
    const { peer, heard, websocket } = await listening({ ...SLOW, closeTimeout: 500 });
    const closing = closingOf(websocket);
    peer.send(...Array.from({ length: 1_000 }, () => frame(TEXT, '')), closeFrame(1000));
    await until(heard, 3);
    websocket.close(1000);
    await pass(499);
    expect(websocket.readyState).toBe(websocket.CLOSING);
    await pass(1);
    expect((await closing).code).toBe(1006);
  });

  test('leaves nothing behind when the connection is ended meanwhile', async () => {
    const { peer, heard, websocket } = await listening(SLOW);
    const closing = closingOf(websocket);
    peer.send(texts('a', 'b', 'c', 'd'));
    await until(heard, 3);
    websocket.terminate();
    await closing;
    await pass(10 * STEP);
    expect(heard.join('')).toBe('abc');
  });
});

describe("'close'", () => {
  const STRICT = { ...SLOW, fastProducer: 'close' } as const;

  test('fails the connection with 1008 at the first message too many; those before it are delivered', async () => {
    const { peer, heard, websocket } = await listening(STRICT);
    const onError = vi.fn();
    websocket.on('error', onError);
    peer.send(texts('a', 'b', 'c', 'd'), frame(PING));
    expect(closeOf(await peer.expect(CLOSE))).toMatchObject({
      code: 1008,
      reason: expect.stringContaining('maxMessageRate'),
    });
    expect(heard.join('')).toBe('abc');
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: Violations.TooManyMessages.code, offset: 4 * 7 - 1 });
  });

  test('leaves a peer alone that keeps to the rate, also right at it', async () => {
    const { peer, heard, websocket } = await listening(STRICT);
    peer.send(texts('a', 'b', 'c'));
    await until(heard, 3);
    for (let count = 4; count <= 50; count++) {
      vi.advanceTimersByTime(STEP);
      peer.send(texts('x'));
      await until(heard, count);
    }
    expect(websocket.readyState).toBe(websocket.OPEN);
  });

  test('holds for a client too', async () => {
    const { peer, heard } = await listening({ ...STRICT, isServer: false });
    for (let count = 0; count < 4; count++) peer.send(frame(TEXT, 'x', { masked: false }));
    expect(closeOf(await peer.expect(CLOSE)).code).toBe(1008);
    expect(heard).toHaveLength(3);
  });
});

test('there is no limit when nobody asks for one', async () => {
  const { peer, heard } = await listening({});
  peer.send(Buffer.concat(Array.from({ length: 10_000 }, () => frame(TEXT, ''))));
  await until(heard, 10_000);
});
