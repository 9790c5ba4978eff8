// Peers that read little or nothing: what waits for them is bounded in bytes and in time, over TCP and TLS, whatever it is
// and whoever said it. Real sockets and kernels; the time is the test's.
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { PreparedMessage } from '../../src/message/index.ts';
import { type Certificates, hasOpenssl, makeCertificates } from '../client/certificates.ts';
import { type SocketPair, tcpPair, tlsPair } from '../transport/socket-pairs.ts';
import {
  BINARY,
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

const KIB = 1024;
const MIB = 1024 * KIB;
const ABNORMAL = { code: 1006, reason: '', wasClean: false };

let certificates: Certificates;

beforeAll(() => {
  if (hasOpenssl || process.env.CI === 'true') certificates = makeCertificates();
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

async function arrived(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await settled();
}

async function pass(milliseconds: number): Promise<void> {
  vi.advanceTimersByTime(milliseconds);
  await arrived();
}

/** A connection whose peer reads nothing, and of which no kernel takes any more. */
async function full(options: OpenOptions, payload: Buffer | string = Buffer.alloc(16 * MIB)): Promise<Opened> {
  const opened = await open(options);
  opened.peer.socket.pause();
  opened.websocket.send(payload);
  await arrived();
  expect(opened.websocket.bufferedAmount).toBeGreaterThan(0);
  return opened;
}

const WIRES: [string, () => Promise<SocketPair>][] = [['TCP', tcpPair]];
if (hasOpenssl || process.env.CI === 'true') WIRES.push(['TLS', () => tlsPair(certificates)]);

describe.each(WIRES)('writeTimeout over %s', (_name, pair) => {
  test('ends a connection whose peer reads nothing, though it goes on to speak', async () => {
    const { websocket, peer } = await full({ pair, writeTimeout: 60_000, heartbeat: true });
    const closing = closingOf(websocket);
    for (let second = 0; second < 59; second++) {
      peer.send(frame(PONG), frame(TEXT, 'I am here'));
      await pass(1_000);
    }
    expect(websocket.readyState).toBe(websocket.OPEN);
    await pass(1_000);
    expect(await closing).toEqual(ABNORMAL);
  });

  test('ends it also when another write comes behind the one that waits', async () => {
    const { websocket } = await full({ pair, writeTimeout: 1_000, maxBufferedAmount: 0 });
    const closing = closingOf(websocket);
    await pass(900);
    websocket.send('one more');
    websocket.send(Buffer.alloc(MIB));
    websocket.ping();
    await pass(99);
    expect(websocket.readyState).toBe(websocket.OPEN);
    await pass(1);
    expect(await closing).toEqual(ABNORMAL);
  });

  test('ends it when the peer reads a byte every second: that is no reading', async () => {
    const { websocket, peer } = await full({ pair, writeTimeout: 60_000 }, Buffer.alloc(8 * MIB));
    const closing = closingOf(websocket);
    for (let second = 0; second < 60; second++) {
      peer.socket.read(1);
      await pass(1_000);
    }
    expect(await closing).toEqual(ABNORMAL);
  });

  test('ends it when little waits, less than would block a socket', async () => {
    const { websocket, peer } = await open({ pair, writeTimeout: 1_000, maxBufferedAmount: 0 });
    const closing = closingOf(websocket);
    peer.socket.pause();
    let rounds = 0;
    do {
      websocket.send(Buffer.alloc(4 * KIB));
      for (let turn = 0; turn < 4 && websocket.bufferedAmount > 0; turn++) await settled();
      // Once it waits it must go on to wait.
      if (websocket.bufferedAmount > 0) await arrived();
    } while (websocket.bufferedAmount === 0 && ++rounds < 10_000);
    expect(websocket.bufferedAmount).toBeGreaterThan(0);
    expect(websocket.bufferedAmount).toBeLessThan(16 * KIB);
    // Bytes of before may have begun the time; those that wait now have two of it at most.
    await pass(1_000);
    await pass(1_000);
    expect(await closing).toEqual(ABNORMAL);
  });

  test('spares one that reads a large text, however slowly', async () => {
    const { websocket, peer } = await full({ pair, writeTimeout: 100 }, 'x'.repeat(24 * MIB));
    let read = 0;
    let enough = 0;
    peer.socket.on('data', (chunk) => {
      read += chunk.length;
      if (read >= enough) peer.socket.pause();
    });
    // So much at a time that the kernels must pass some on.
    for (enough = 3 * MIB; enough <= 24 * MIB; enough += 3 * MIB) {
      peer.socket.resume();
      while (read < enough && !peer.isEnded) await settled();
      await arrived();
      vi.advanceTimersByTime(60);
    }
    peer.socket.resume();
    expect((await peer.expect(TEXT)).payload).toHaveLength(24 * MIB);
    expect(websocket.readyState).toBe(websocket.OPEN);
  });

  test('spares one that reads, for as long as it lasts', async () => {
    const { websocket, peer } = await open({ pair, writeTimeout: 100 });
    for (let round = 0; round < 20; round++) {
      websocket.send('small');
      await peer.expect(TEXT);
      await pass(60);
    }
    await pass(10_000);
    expect(websocket.readyState).toBe(websocket.OPEN);
  });
});

describe('what waits beside messages', () => {
  test('are no Pings of the heartbeat: a peer that reads nothing and speaks is not pinged behind all the rest', async () => {
    const { websocket, peer } = await full({ writeTimeout: 0, heartbeat: { interval: 100, timeout: 50 } });
    const before = websocket.bufferedAmount;
    for (let round = 0; round < 50; round++) {
      peer.send(frame(PONG));
      await pass(40);
    }
    expect(websocket.readyState).toBe(websocket.OPEN);
    expect(websocket.bufferedAmount).toBe(before);
    // And when it reads, it is pinged as before.
    peer.socket.resume();
    await peer.expect(BINARY);
    await arrived();
    vi.advanceTimersByTime(100);
    await peer.expect(PING);
  });

  test('are Pongs of the application up to maxBufferedAmount, and then the connection is closed', async () => {
    const { websocket, peer } = await full({ autoPong: false, maxBufferedAmount: 16 * MIB, writeTimeout: 0 });
    const refused = vi.fn();
    websocket.on('ping', (data) => {
      // Behind that it would count what was said too late.
      if (websocket.readyState === websocket.OPEN)
        websocket.pong(data, false, (error) => error && refused(error.message));
    });
    websocket.send(Buffer.alloc(16 * MIB - websocket.bufferedAmount - 1_000));
    const before = websocket.bufferedAmount;
    peer.send(...Array.from({ length: 1_000 }, () => frame(PING, Buffer.alloc(125))));
    await arrived();
    expect(websocket.readyState).toBe(websocket.CLOSING);
    expect(websocket.bufferedAmount).toBeLessThan(before + 1_500);
    expect(refused).toHaveBeenCalledWith(expect.stringContaining('maxBufferedAmount'));
  });

  test.each(['drop-newest', 'drop-oldest', 'conflate'] as const)(
    "are none above maxBufferedAmount with '%s', which drops them",
    async (slowConsumer) => {
      const { websocket, peer } = await full({ slowConsumer, maxBufferedAmount: MIB, writeTimeout: 0 });
      const before = websocket.bufferedAmount;
      const dropped = vi.fn();
      websocket.on('dropped', dropped);
      const errors: unknown[] = [];
      for (let count = 0; count < 100; count++) websocket.ping('x', false, (error) => errors.push(error));
      websocket.pong('x');
      await arrived();
      expect(websocket.bufferedAmount).toBe(before);
      expect(errors).toHaveLength(100);
      for (const error of errors) expect(error).toMatchObject({ message: expect.stringContaining('too slowly') });
      // The event is about messages.
      expect(dropped).not.toHaveBeenCalled();
      // When the peer has caught up, everything is as it was.
      peer.socket.resume();
      await peer.expect(BINARY);
      await arrived();
      websocket.ping('again');
      expect(String((await peer.expect(PING)).payload)).toBe('again');
      expect(websocket.send('and this')).toBe(true);
    },
  );

  test('is not what a peer that reads is sent in one turn, however much', async () => {
    const { websocket, peer } = await open({ maxBufferedAmount: 10 * KIB });
    for (let count = 0; count < 1_000; count++) websocket.ping(Buffer.alloc(100));
    expect(websocket.readyState).toBe(websocket.OPEN);
    for (let count = 0; count < 1_000; count++) await peer.expect(PING);
  });
});

test('a message for many slow readers is in memory once', async () => {
  const readers = await Promise.all(
    Array.from({ length: 20 }, () => full({ writeTimeout: 0, maxBufferedAmount: 0 }, Buffer.alloc(8 * MIB))),
  );
  await arrived();
  const { arrayBuffers } = process.memoryUsage();
  for (let count = 0; count < 500; count++) {
    const message = new PreparedMessage(Buffer.alloc(2 * KIB, count), true);
    for (const { websocket } of readers) websocket.send(message);
  }
  await arrived();
  // One MiB of messages, and a copy of their frames; a copy for each reader would be twenty.
  expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(6 * MIB);
  for (const { websocket } of readers) expect(websocket.bufferedAmount).toBeGreaterThan(MIB);
});
