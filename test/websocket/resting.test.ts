// Prepared messages for connections at rest: they need no machinery, nothing overtakes them, and everything that send() promises
// holds. Real sockets.
import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Deflater, Inflater, JobQueue } from '../../src/deflate/index.ts';
import { PreparedMessage } from '../../src/message/index.ts';
import { Engine } from '../../src/websocket/engine.ts';
import { hasOpenssl, makeCertificates } from '../client/certificates.ts';
import { tlsPair } from '../transport/socket-pairs.ts';
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  closeFrame,
  closingOf,
  type Frame,
  frame,
  type Opened,
  type OpenOptions,
  open,
  PING,
  PONG,
  type RawPeer,
  settled,
  TEXT,
} from './raw-peer.ts';

const KIB = 1024;
/** What the header of a short frame takes. */
const SHORT_HEADER = 2;

beforeEach(() => {
  vi.spyOn(Engine, 'lend');
});

afterEach(() => {
  vi.restoreAllMocks();
});

function prepared(text: string): PreparedMessage {
  return new PreparedMessage(Buffer.from(text), false);
}

/** The next `count` frames. */
async function framesOf(peer: RawPeer, count: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  while (frames.length < count) {
    const next = await peer.next();
    if (next === undefined) throw new Error(`the other side has ended after ${frames.length} frames`);
    frames.push(next);
  }
  return frames;
}

/** The next `count` frames as `opcode text`. */
async function linesOf(peer: RawPeer, count: number): Promise<string[]> {
  return (await framesOf(peer, count)).map(({ opcode, payload }) => `${opcode} ${payload}`);
}

/** What `socket` is handed. */
function writesOf(socket: Socket): Buffer[] {
  const writes: Buffer[] = [];
  const write = socket.write.bind(socket) as (chunk: Buffer, callback?: () => void) => boolean;
  socket.write = ((chunk: Buffer, callback?: () => void) => {
    writes.push(chunk);
    return write(chunk, callback);
  }) as Socket['write'];
  return writes;
}

describe('a prepared message for a connection at rest', () => {
  test('leaves without machinery', async () => {
    const { websocket, peer } = await open();
    expect(websocket.send(prepared('to all'))).toBe(true);
    expect(await linesOf(peer, 1)).toEqual([`${TEXT} to all`]);
    websocket.send(new PreparedMessage(Buffer.from('again'), true));
    expect(await linesOf(peer, 1)).toEqual([`${BINARY} again`]);
    expect(Engine.lend).not.toHaveBeenCalled();
  });

  test('leaves when the code that said it has returned', async () => {
    const { websocket, ours } = await open();
    const writes = writesOf(ours);
    websocket.send(prepared('to all'));
    expect(writes).toEqual([]);
    await Promise.resolve();
    expect(writes).toHaveLength(1);
  });

  test('leaves with all that are said in the same turn, in one write of the same bytes for everybody', async () => {
    const all = await Promise.all([open(), open(), open()]);
    const writes = all.map(({ ours }) => writesOf(ours));
    for (const message of ['1', '2', '3'].map(prepared)) {
      for (const { websocket } of all) websocket.send(message);
    }
    for (const { peer } of all) expect(await linesOf(peer, 3)).toEqual([`${TEXT} 1`, `${TEXT} 2`, `${TEXT} 3`]);
    expect(writes.map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(new Set(writes.map(([bytes]) => bytes)).size).toBe(1);
    expect(Engine.lend).not.toHaveBeenCalled();
  });

  test('counts in bufferedAmount until the kernel has it', async () => {
    const { websocket, peer } = await open();
    websocket.send(prepared('12345'));
    expect(websocket.bufferedAmount).toBe(SHORT_HEADER + 5);
    websocket.send(prepared('678'));
    expect(websocket.bufferedAmount).toBe(2 * SHORT_HEADER + 8);
    await linesOf(peer, 2);
    expect(websocket.bufferedAmount).toBe(0);
    expect(Engine.lend).not.toHaveBeenCalled();
  });

  test('is heard by those who listen to sluice:message:out', async () => {
    const { websocket, peer } = await open();
    const heard: unknown[] = [];
    const listener = (message: unknown): void => void heard.push(message);
    channel('sluice:message:out').subscribe(listener);
    onTestFinished(() => void channel('sluice:message:out').unsubscribe(listener));
    const message = prepared('heard');
    websocket.send(message);
    expect(heard).toEqual([{ websocket, data: message, isBinary: false }]);
    expect(await linesOf(peer, 1)).toEqual([`${TEXT} heard`]);
  });

  test('takes machinery over TLS, of which nobody knows what the kernel has', async (context) => {
    if (!hasOpenssl && process.env.CI !== 'true') context.skip('openssl is not installed');
    const { websocket, peer } = await open({ pair: () => tlsPair(makeCertificates()) });
    websocket.send(prepared('secret'));
    expect(Engine.lend).toHaveBeenCalledOnce();
    expect(websocket.bufferedAmount).toBe(SHORT_HEADER + 6);
    expect(await linesOf(peer, 1)).toEqual([`${TEXT} secret`]);
  });

  test('is masked by a client with a key of its own', async () => {
    const { websocket, peer } = await open({ isServer: false });
    websocket.send(prepared('masked'));
    const [first] = await framesOf(peer, 1);
    expect(first).toMatchObject({ masked: true, payload: Buffer.from('masked') });
  });

  test('tells its callback when it has left', async () => {
    const { websocket, peer } = await open();
    const callback = vi.fn();
    websocket.send(prepared('first'));
    websocket.send(prepared('second'), callback);
    expect(callback).not.toHaveBeenCalled();
    expect(await linesOf(peer, 2)).toEqual([`${TEXT} first`, `${TEXT} second`]);
    await vi.waitFor(() => expect(callback).toHaveBeenCalledExactlyOnceWith(undefined));
  });

  test('may be one of more than leave in one write', async () => {
    const { websocket, peer, ours } = await open();
    const writes = writesOf(ours);
    const texts = Array.from({ length: 300 }, (_, index) => `${index}`);
    for (const text of texts) websocket.send(prepared(text));
    expect(await linesOf(peer, 300)).toEqual(texts.map((text) => `${TEXT} ${text}`));
    expect(writes).toHaveLength(1);
  });
});

describe('nothing overtakes a prepared message (RFC 6455 §5.4, §6.1)', () => {
  type Said = (opened: Opened) => unknown;
  const closing = Buffer.from([0x03, 0xe8]);
  test.each<[string, Said, string]>([
    ['a message', ({ websocket }) => websocket.send('x'), `${TEXT} x`],
    ['the first part of one', ({ websocket }) => websocket.send('x', { fin: false }), `${TEXT} x`],
    ['a message that waits for room', ({ websocket }) => websocket.sendWithBackpressure('x'), `${TEXT} x`],
    ['a Blob', ({ websocket }) => websocket.send(new Blob(['x'])), `${BINARY} x`],
    ['a Ping', ({ websocket }) => websocket.ping('x'), `${PING} x`],
    ['a Pong', ({ websocket }) => websocket.pong('x'), `${PONG} x`],
    ['the answer to a Ping', ({ ours }) => ours.emit('data', frame(PING, 'x')), `${PONG} x`],
    ['the end', ({ websocket }) => websocket.close(1000), `${CLOSE} ${closing}`],
    ['the answer to the end', ({ ours }) => ours.emit('data', closeFrame(1000)), `${CLOSE} ${closing}`],
    ['a prepared message with a callback', ({ websocket }) => websocket.send(prepared('x'), () => {}), `${TEXT} x`],
  ])('not %s', async (_what, say, line) => {
    const opened = await open();
    opened.websocket.send(prepared('first'));
    say(opened);
    expect(await linesOf(opened.peer, 2)).toEqual([`${TEXT} first`, line]);
  });

  test('not even what is said in its own turn, by the listener of a message', async () => {
    const { websocket, peer, ours } = await open();
    websocket.on('message', (data: Buffer) => {
      websocket.send(prepared('prepared'));
      websocket.send(data, { binary: false });
    });
    websocket.send(prepared('first'));
    ours.emit('data', frame(TEXT, 'echo'));
    expect(await linesOf(peer, 3)).toEqual([`${TEXT} first`, `${TEXT} prepared`, `${TEXT} echo`]);
  });

  test('and it does not come between the parts of another', async () => {
    const { websocket, peer } = await open();
    websocket.send('1', { fin: false });
    await settled();
    websocket.send(prepared('prepared'));
    websocket.send('2');
    expect(await linesOf(peer, 3)).toEqual([`${TEXT} 1`, `${CONTINUATION} 2`, `${TEXT} prepared`]);
  });
});

describe('where the kernel does not take a prepared message', () => {
  /** A connection at rest whose peer reads nothing, told the same until the kernel is full. */
  async function full(
    options: OpenOptions = {},
    size = 32 * KIB,
  ): Promise<Opened & { count: number; message: PreparedMessage }> {
    const opened = await open({ writeTimeout: 0, ...options });
    opened.peer.socket.pause();
    const message = new PreparedMessage(Buffer.alloc(size, 'x'), true);
    let count = 0;
    do {
      expect(opened.websocket.send(message)).toBe(true);
      count++;
      await settled();
    } while (opened.websocket.bufferedAmount === 0);
    expect(Engine.lend).toHaveBeenCalledOnce();
    return { ...opened, count, message };
  }

  test('it is counted, what is said later stands behind it, and nothing is lost', async () => {
    const { websocket, peer, ours, count, message } = await full();
    expect(websocket.bufferedAmount).toBe(ours.writableLength);
    websocket.send(message);
    websocket.send('behind');
    const drained = new Promise<void>((resolve) => websocket.once('drain', resolve));
    // More than highWaterMark, at the latest now.
    expect(websocket.send(message)).toBe(false);
    peer.socket.resume();
    const frames = await framesOf(peer, count + 3);
    expect(frames.map(({ payload }) => payload.length)).toEqual([
      ...Array(count + 1).fill(32 * KIB),
      'behind'.length,
      32 * KIB,
    ]);
    await drained;
    expect(websocket.bufferedAmount).toBe(0);
  });

  // The socket tells of the first by itself, for it is more than its mark; of the second it has to be asked.
  test.each([128 * KIB, KIB])(
    '%i bytes rest again when it has, and no drain comes that nobody was promised',
    async (size) => {
      const { websocket, peer, count, message } = await full({ highWaterMark: 1 << 20 }, size);
      const onDrain = vi.fn();
      websocket.on('drain', onDrain);
      peer.socket.resume();
      await framesOf(peer, count);
      await vi.waitFor(() => expect(websocket.bufferedAmount).toBe(0));
      vi.mocked(Engine.lend).mockClear();
      websocket.send(message);
      await framesOf(peer, 1);
      expect(Engine.lend).not.toHaveBeenCalled();
      expect(onDrain).not.toHaveBeenCalled();
    },
  );

  test('what its peer says meanwhile changes nothing', async () => {
    const { websocket, peer, ours, count, message } = await full();
    const other = await open();
    const heard = new Promise((resolve) => websocket.once('message', resolve));
    peer.send(frame(TEXT, 'I am here'));
    await heard;
    expect(websocket.bufferedAmount).toBe(ours.writableLength);
    other.websocket.send('nobody waits for the slow one');
    expect(await linesOf(other.peer, 1)).toEqual([`${TEXT} nobody waits for the slow one`]);
    websocket.send(message);
    peer.socket.resume();
    await framesOf(peer, count + 1);
    await vi.waitFor(() => expect(websocket.bufferedAmount).toBe(0));
  });

  test('writeTimeout ends the connection', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { websocket } = await full({ writeTimeout: 1_000 });
    const closing = closingOf(websocket);
    vi.advanceTimersByTime(1_000);
    expect(await closing).toMatchObject({ code: 1006 });
  });

  test('slowConsumer is applied above maxBufferedAmount', async () => {
    const { websocket, message } = await full({ maxBufferedAmount: 128 * KIB, slowConsumer: 'drop-newest' });
    const dropped = vi.fn();
    websocket.on('dropped', dropped);
    for (let count = 0; count < 8; count++) websocket.send(message);
    expect(dropped).toHaveBeenCalled();
    expect(websocket.bufferedAmount).toBeLessThanOrEqual((128 + 2 * 32) * KIB);
  });
});

describe('send() of prepared messages', () => {
  test('answers false above highWaterMark, and drain comes once', async () => {
    const { websocket, peer } = await open({ highWaterMark: 3 * (SHORT_HEADER + 1) });
    const onDrain = vi.fn();
    websocket.on('drain', onDrain);
    const message = prepared('x');
    expect(Array.from({ length: 4 }, () => websocket.send(message))).toEqual([true, true, true, false]);
    await framesOf(peer, 4);
    await settled();
    expect(onDrain).toHaveBeenCalledOnce();
    expect(websocket.bufferedAmount).toBe(0);
  });

  test('counts what somebody has put into the socket before', async () => {
    const { websocket, peer, ours } = await open({ highWaterMark: 10 });
    ours.cork();
    ours.write(frame(PONG, 'before', { masked: false }));
    expect(websocket.bufferedAmount).toBe(SHORT_HEADER + 6);
    expect(websocket.send(prepared('x'))).toBe(false);
    ours.uncork();
    expect(await linesOf(peer, 2)).toEqual([`${PONG} before`, `${TEXT} x`]);
  });

  test('answers false, and sends nothing, once the end has begun', async () => {
    const { websocket, peer } = await open();
    websocket.close();
    expect(websocket.send(prepared('late'))).toBe(false);
    expect((await framesOf(peer, 1)).map(({ opcode }) => opcode)).toEqual([CLOSE]);
  });

  test.each<[string, (opened: Opened) => unknown]>([
    ['terminate()', ({ websocket }) => websocket.terminate()],
    ['a destroyed socket', ({ ours }) => ours.destroy()],
    ['a reset', ({ ours }) => ours.destroy(new Error('ECONNRESET'))],
  ])('is forgotten where %s ends the connection before it leaves', async (_what, end) => {
    const opened = await open();
    const closing = closingOf(opened.websocket);
    opened.websocket.send(prepared('never'));
    end(opened);
    opened.websocket.send(prepared('never'));
    expect(await closing).toEqual({ code: 1006, reason: '', wasClean: false });
    expect(await opened.peer.rest()).toEqual([]);
  });
});

describe('a compressed prepared message', () => {
  function compressing(contextTakeover: boolean, threshold = 0): OpenOptions {
    const jobs = new JobQueue(1);
    const deflater = new Deflater({ windowBits: 15, contextTakeover, jobs });
    const inflater = new Inflater({ windowBits: 15, contextTakeover, jobs });
    return { threshold, establishment: { compression: { deflater, inflater } } };
  }

  test('needs machinery where it is compressed, and nowhere else', async () => {
    const [one, two] = [await open(compressing(false)), await open(compressing(false))];
    const message = prepared('twice '.repeat(100));
    one.websocket.send(message);
    const [first] = await framesOf(one.peer, 1);
    expect(first?.rsv1).toBe(true);
    expect(Engine.lend).toHaveBeenCalledOnce();
    two.websocket.send(message);
    expect(await framesOf(two.peer, 1)).toEqual([first]);
    expect(Engine.lend).toHaveBeenCalledOnce();
  });

  test('is sent as it is where compress is false, or it is too short', async () => {
    const { websocket, peer } = await open(compressing(false, 5));
    websocket.send(prepared('12345'), { compress: false });
    websocket.send(prepared('1234'));
    expect((await framesOf(peer, 2)).map(({ rsv1, payload }) => [rsv1, `${payload}`])).toEqual([
      [false, '12345'],
      [false, '1234'],
    ]);
    expect(Engine.lend).not.toHaveBeenCalled();
  });

  test("is nobody else's with context takeover", async () => {
    const { websocket, peer } = await open(compressing(true));
    const message = prepared('twice '.repeat(100));
    websocket.send(message);
    await framesOf(peer, 1);
    await settled();
    websocket.send(message);
    await framesOf(peer, 1);
    expect(Engine.lend).toHaveBeenCalledTimes(2);
  });
});
