// A peer that does not read, and the four things that `slowConsumer` can mean. Real sockets, real kernels; the content of
// every message is looked at.
import { channel } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { PreparedMessage } from '../../src/message/index.ts';
import type { SlowConsumerPolicy } from '../../src/websocket/settings.ts';
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  closeFrame,
  closeOf,
  closingOf,
  type Frame,
  type Opened,
  type OpenOptions,
  open,
  settled,
  TEXT,
} from './raw-peer.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** A message that tells its number. */
function numbered(number: number, length = 32 * KIB): Buffer {
  const bytes = Buffer.alloc(length, number & 0xff);
  bytes.writeUInt32BE(number);
  return bytes;
}

/** The numbers of messages that came whole. */
function numbersOf(frames: readonly Frame[]): number[] {
  return frames.map(({ payload }) => {
    const number = payload.readUInt32BE(0);
    expect(payload.equals(numbered(number, payload.length))).toBe(true);
    return number;
  });
}

/** A connection whose peer reads nothing, and whose kernel is full. */
async function blocked(
  slowConsumer: SlowConsumerPolicy,
  options: OpenOptions = {},
): Promise<Opened & { sent: number }> {
  const opened = await open({ slowConsumer, maxBufferedAmount: MIB, writeTimeout: 0, ...options });
  const { websocket, peer } = opened;
  peer.socket.pause();
  let sent = 0;
  do {
    websocket.send(numbered(sent++, 256 * KIB));
    await settled();
  } while (websocket.bufferedAmount === 0);
  return { ...opened, sent };
}

/** All data frames until there have been `count`. */
async function dataOf({ peer }: Opened, count: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  while (frames.length < count) {
    const next = await peer.next();
    if (next === undefined) throw new Error(`only ${frames.length} of ${count} came`);
    frames.push(next);
  }
  return frames;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

describe("'close'", () => {
  test('closes with 1013 above the limit, behind what was accepted, and refuses what comes later', async () => {
    const opened = await blocked('close');
    const { websocket, peer } = opened;
    let { sent } = opened;
    const closing = closingOf(websocket);
    const refused = vi.fn();
    while (websocket.readyState === websocket.OPEN) {
      expect(websocket.bufferedAmount).toBeLessThan(2 * MIB);
      websocket.send(numbered(sent++), refused);
    }
    await settled();
    expect(refused).toHaveBeenCalledOnce();
    expect(refused.mock.calls[0]?.[0]).toMatchObject({ message: expect.stringContaining('maxBufferedAmount') });
    expect(websocket.send('late')).toBe(false);
    peer.socket.resume();
    const frames = await dataOf(opened, sent - 1);
    expect(numbersOf(frames)).toEqual(range(0, sent - 1));
    expect(closeOf(await peer.expect(CLOSE))).toEqual({ code: 1013, reason: 'too slow' });
    peer.send(closeFrame(1013));
    peer.socket.end();
    expect((await closing).wasClean).toBe(true);
  });

  test('never counts what was said in one turn and the kernel was not asked about', async () => {
    const { websocket, peer } = await open({ maxBufferedAmount: MIB });
    // Sixteen times the limit: the peer reads, so the kernel takes it.
    let waiting = 0;
    for (let number = 0; number < 64; number++) {
      while (!websocket.send(numbered(number, 64 * KIB))) {
        await new Promise((resolve) => websocket.once('drain', resolve));
        break;
      }
      waiting = Math.max(waiting, websocket.bufferedAmount);
    }
    expect(waiting).toBeLessThanOrEqual(MIB + 65 * KIB);
    const frames: Frame[] = [];
    while (frames.length < 64) frames.push(await peer.expect(BINARY));
    expect(numbersOf(frames)).toEqual(range(0, 64));
  });

  test('is told to whoever listens to diagnostics', async () => {
    const { websocket, sent } = await blocked('close');
    const heard = vi.fn();
    const slow = channel('sluice:slow-consumer');
    slow.subscribe(heard);
    onTestFinished(() => void slow.unsubscribe(heard));
    for (let number = sent; websocket.readyState === websocket.OPEN; number++) websocket.send(numbered(number));
    expect(heard).toHaveBeenCalledOnce();
    expect(heard.mock.calls[0]?.[0]).toMatchObject({ websocket, policy: 'close', bufferedAmount: expect.any(Number) });
  });
});

describe("'drop-newest'", () => {
  test('keeps what was accepted, drops what comes above the limit, and tells which', async () => {
    const opened = await blocked('drop-newest');
    const { websocket, peer, sent } = opened;
    const dropped: number[] = [];
    const errors: unknown[] = [];
    websocket.on('dropped', (data: Buffer, isBinary: boolean) => {
      expect(isBinary).toBe(true);
      dropped.push(data.readUInt32BE(0));
    });
    const last = sent + 100;
    for (const number of range(sent, last)) {
      websocket.send(numbered(number), (error) => error && errors.push(error));
      expect(websocket.bufferedAmount).toBeLessThan(MIB + 300 * KIB);
    }
    expect(dropped.length).toBeGreaterThan(50);
    expect(dropped.at(-1)).toBe(last - 1);
    await settled();
    expect(errors).toHaveLength(dropped.length);
    const drained = new Promise((resolve) => websocket.once('drain', resolve));
    peer.socket.resume();
    await drained;
    // There is room again.
    websocket.send(numbered(last));
    const frames = await dataOf(opened, last + 1 - dropped.length);
    expect(numbersOf(frames)).toEqual(range(0, last + 1).filter((number) => !dropped.includes(number)));
    expect(websocket.readyState).toBe(websocket.OPEN);
  });

  test('does not drop part of a message: then it is closed', async () => {
    const { websocket, peer, sent } = await blocked('drop-newest');
    const onDropped = vi.fn();
    websocket.on('dropped', onDropped);
    const closing = closingOf(websocket);
    for (let part = sent; websocket.readyState === websocket.OPEN; part++) {
      websocket.send(numbered(part), { fin: false });
    }
    expect(onDropped).not.toHaveBeenCalled();
    peer.socket.resume();
    let frame = await peer.next();
    while (frame?.opcode === BINARY || frame?.opcode === CONTINUATION) frame = await peer.next();
    expect(closeOf(frame as Frame).code).toBe(1013);
    peer.send(closeFrame(1013));
    peer.socket.end();
    await closing;
  });
});

describe("'drop-oldest'", () => {
  test('keeps the newest that fit, in order, and tells what it dropped, oldest first', async () => {
    const opened = await blocked('drop-oldest');
    const { websocket, peer, sent } = opened;
    const dropped: number[] = [];
    websocket.on('dropped', (data: Buffer) => dropped.push(data.readUInt32BE(0)));
    const last = sent + 200;
    for (const number of range(sent, last)) {
      websocket.send(numbered(number));
      expect(websocket.bufferedAmount).toBeLessThan(MIB + 600 * KIB);
    }
    expect(dropped).toEqual(range(sent, sent + dropped.length));
    // A MiB of the newest is left.
    expect(last - sent - dropped.length).toBe(32);
    peer.socket.resume();
    const frames = await dataOf(opened, last - dropped.length);
    expect(numbersOf(frames)).toEqual([...range(0, sent), ...range(sent + dropped.length, last)]);
  });

  test('what waits counts in bufferedAmount, though it is not framed', async () => {
    const { websocket, ours } = await blocked('drop-oldest');
    // The first that is answered false puts the others in line.
    while (websocket.send(numbered(0, KIB)));
    const before = websocket.bufferedAmount;
    websocket.send(numbered(1, 3 * KIB));
    websocket.send('ten bytes.');
    expect(websocket.bufferedAmount).toBe(before + 3 * KIB + 10);
    expect(websocket.bufferedAmount).toBeGreaterThan(ours.writableLength);
  });

  test('applies also to a flood within one turn: nobody is closed for it', async () => {
    const opened = await open({ slowConsumer: 'drop-oldest', maxBufferedAmount: MIB });
    const { websocket, peer } = opened;
    peer.socket.pause();
    let dropped = 0;
    websocket.on('dropped', () => dropped++);
    for (const number of range(0, 1_000)) websocket.send(numbered(number));
    expect(websocket.readyState).toBe(websocket.OPEN);
    expect(dropped).toBeGreaterThan(0);
    expect(websocket.bufferedAmount).toBeLessThan(2 * MIB);
    peer.socket.resume();
    const numbers = numbersOf(await dataOf(opened, 1_000 - dropped));
    expect(numbers.at(-1)).toBe(999);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  test('keeps the order of empty messages, too', async () => {
    const opened = await blocked('drop-oldest');
    const { websocket, peer, sent } = opened;
    websocket.send('');
    websocket.send(numbered(sent));
    peer.socket.resume();
    const frames = await dataOf(opened, sent + 2);
    expect(frames.slice(sent).map(({ payload }) => payload.length)).toEqual([0, 32 * KIB]);
  });

  test('keeps no endless number of empty messages', async () => {
    const opened = await blocked('drop-oldest');
    const { websocket } = opened;
    const dropped = vi.fn();
    websocket.on('dropped', dropped);
    const most = MIB / 256;
    for (let count = 0; count < most; count++) websocket.send('');
    expect(dropped).not.toHaveBeenCalled();
    websocket.send('');
    expect(dropped).toHaveBeenCalledOnce();
  });

  test('sends the parts of a message behind what waits, and nothing between them', async () => {
    const opened = await blocked('drop-oldest');
    const { websocket, peer, sent } = opened;
    websocket.send('waits');
    websocket.send('part one,', { fin: false });
    websocket.send('part two,', { fin: false });
    websocket.send('part three', { fin: true });
    websocket.send('whole');
    peer.socket.resume();
    const frames = (await dataOf(opened, sent + 5)).slice(sent);
    expect(frames.map(({ opcode, fin, payload }) => [opcode, fin, String(payload)])).toEqual([
      [TEXT, true, 'waits'],
      [TEXT, false, 'part one,'],
      [CONTINUATION, false, 'part two,'],
      [CONTINUATION, true, 'part three'],
      [TEXT, true, 'whole'],
    ]);
  });

  test('drops no last part of a message, though a prepared one was sent in between', async () => {
    const { websocket, sent } = await blocked('drop-oldest');
    const dropped: unknown[] = [];
    websocket.on('dropped', (data) => dropped.push(data));
    websocket.send('part one', { fin: false });
    const prepared = new PreparedMessage(Buffer.from('prepared'), false);
    websocket.send(prepared);
    websocket.send('last part');
    for (const number of range(sent, sent + 100)) websocket.send(numbered(number));
    expect(dropped.length).toBeGreaterThan(0);
    expect(dropped).not.toContain('last part');
  });

  test('closes when parts of one message pass the limit: none of them can be dropped', async () => {
    const { websocket, sent } = await blocked('drop-oldest');
    const onDropped = vi.fn();
    websocket.on('dropped', onDropped);
    for (let part = sent; websocket.readyState === websocket.OPEN; part++) {
      expect(websocket.bufferedAmount).toBeLessThan(2 * MIB);
      websocket.send(numbered(part), { fin: false });
    }
    expect(onDropped).not.toHaveBeenCalled();
  });

  test('sends what was accepted before our Close, and nothing behind one of the peer', async () => {
    for (const whoCloses of ['we', 'the peer']) {
      const opened = await blocked('drop-oldest');
      const { websocket, peer, sent } = opened;
      const outcome = new Promise((resolve) => websocket.send(numbered(sent), resolve));
      const closing = closingOf(websocket);
      if (whoCloses === 'we') websocket.close(1000);
      else peer.send(closeFrame(1000));
      await settled();
      await settled();
      peer.socket.resume();
      const frames = await dataOf(opened, sent + (whoCloses === 'we' ? 2 : 1));
      expect(frames.at(-1)?.opcode).toBe(CLOSE);
      if (whoCloses === 'we') peer.send(closeFrame(1000));
      peer.socket.end();
      expect((await closing).wasClean).toBe(true);
      expect((await outcome) instanceof Error).toBe(whoCloses === 'the peer');
    }
  });

  test('drops prepared messages and Blobs like others, and says what they were', async () => {
    const { websocket, sent } = await blocked('drop-oldest');
    const dropped: [unknown, boolean][] = [];
    websocket.on('dropped', (data: unknown, isBinary: boolean) => dropped.push([data, isBinary]));
    const text = new PreparedMessage(Buffer.from('text'), false);
    const blob = new Blob(['blob']);
    websocket.send(text);
    websocket.send(blob);
    for (let number = sent; dropped.length < 2; number++) websocket.send(numbered(number));
    expect(dropped).toEqual([
      [text.payload, false],
      [blob, true],
    ]);
  });
});

describe("'conflate'", () => {
  test('keeps of each key the newest, and everything without a key', async () => {
    const opened = await blocked('conflate');
    const { websocket, peer, sent } = opened;
    const dropped: string[] = [];
    websocket.on('dropped', (data: string) => dropped.push(data));
    for (const round of [1, 2, 3]) {
      for (const key of ['EUR', 'USD', '__proto__']) websocket.send(`${key} ${round}`, { key });
      websocket.send(`no key ${round}`);
    }
    expect(dropped).toEqual(['EUR 1', 'USD 1', '__proto__ 1', 'EUR 2', 'USD 2', '__proto__ 2']);
    peer.socket.resume();
    const frames = (await dataOf(opened, sent + 6)).slice(sent);
    expect(frames.map(({ payload }) => String(payload))).toEqual([
      'no key 1',
      'no key 2',
      'EUR 3',
      'USD 3',
      '__proto__ 3',
      'no key 3',
    ]);
  });

  test('sends every message to a peer that keeps up, keys or no keys', async () => {
    const { websocket, peer } = await open({ slowConsumer: 'conflate' });
    const onDropped = vi.fn();
    websocket.on('dropped', onDropped);
    for (const number of range(0, 100)) {
      websocket.send(numbered(number, 1_000), { key: 'one' });
      if (number % 10 === 0) await settled();
    }
    const frames: Frame[] = [];
    while (frames.length < 100) frames.push(await peer.expect(BINARY));
    expect(numbersOf(frames)).toEqual(range(0, 100));
    expect(onDropped).not.toHaveBeenCalled();
  });
});

test('no message is lost to a slow reader while the application waits for drain: 24 MiB, each byte looked at', async () => {
  const { websocket, peer } = await open({ slowConsumer: 'close' });
  const count = 800;
  const sending = (async () => {
    for (const number of range(0, count)) {
      if (!websocket.send(numbered(number, 30 * KIB + number))) {
        await new Promise((resolve) => websocket.once('drain', resolve));
      }
    }
  })();
  const frames: Frame[] = [];
  while (frames.length < count) {
    frames.push(await peer.expect(BINARY));
    if (frames.length % 50 === 0) {
      peer.socket.pause();
      await settled();
      await settled();
      peer.socket.resume();
    }
  }
  await sending;
  expect(numbersOf(frames)).toEqual(range(0, count));
});
