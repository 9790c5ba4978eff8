// What send() answers and what it promises: 'drain' once after each `false`, order for those who wait, and a place in line
// for what must be read first.
import { Blob } from 'node:buffer';
import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { PreparedMessage } from '../../src/message/index.ts';
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  closingOf,
  type Opened,
  type OpenOptions,
  open,
  PING,
  settled,
  TEXT,
} from './raw-peer.ts';

const MIB = 1024 * 1024;

/** A connection of which the kernel takes nothing more. */
async function full(options: OpenOptions = {}): Promise<Opened> {
  const opened = await open({ maxBufferedAmount: 0, writeTimeout: 0, ...options });
  opened.peer.socket.pause();
  opened.websocket.send(Buffer.alloc(16 * MIB));
  await settled();
  await settled();
  return opened;
}

describe('send()', () => {
  test('says true below highWaterMark and false above it', async () => {
    const { websocket } = await open({ highWaterMark: 1_000 });
    expect(websocket.send(Buffer.alloc(996))).toBe(true);
    expect(websocket.bufferedAmount).toBe(1_000);
    expect(websocket.send('')).toBe(false);
  });

  test('is followed by one drain for all the answers of false before it', async () => {
    const { websocket, peer } = await open({ highWaterMark: 1_000 });
    const onDrain = vi.fn();
    websocket.on('drain', onDrain);
    expect(websocket.send(Buffer.alloc(2_000))).toBe(false);
    expect(websocket.send(Buffer.alloc(2_000))).toBe(false);
    await peer.expect(BINARY);
    await peer.expect(BINARY);
    await settled();
    expect(onDrain).toHaveBeenCalledOnce();
    expect(websocket.bufferedAmount).toBe(0);
    websocket.send('small');
    await peer.expect(TEXT);
    await settled();
    expect(onDrain).toHaveBeenCalledOnce();
    expect(websocket.send(Buffer.alloc(2_000))).toBe(false);
    await once(websocket, 'drain');
    expect(onDrain).toHaveBeenCalledTimes(2);
  });

  test('is followed by drain, too, when the kernel takes nothing for a while', async () => {
    const { websocket, peer } = await full();
    const onDrain = vi.fn();
    websocket.on('drain', onDrain);
    await settled();
    expect(onDrain).not.toHaveBeenCalled();
    peer.socket.resume();
    await once(websocket, 'drain');
    expect(websocket.bufferedAmount).toBe(0);
    await settled();
    expect(onDrain).toHaveBeenCalledOnce();
  });

  test('may be called by the listener of drain, as often as there is room', async () => {
    const { websocket, peer } = await open({ highWaterMark: 1_000 });
    let drains = 0;
    websocket.on('drain', () => {
      if (++drains < 5) expect(websocket.send(Buffer.alloc(2_000))).toBe(false);
    });
    websocket.send(Buffer.alloc(2_000));
    for (let count = 0; count < 5; count++) await peer.expect(BINARY);
    await settled();
    expect(drains).toBe(5);
  });

  test('leaves no drain owed when the connection ends', async () => {
    const { websocket, peer } = await full();
    const onDrain = vi.fn();
    websocket.on('drain', onDrain);
    const closing = closingOf(websocket);
    websocket.close(1000);
    peer.socket.resume();
    await peer.expect(BINARY);
    await peer.expect(CLOSE);
    peer.socket.destroy();
    await closing;
    expect(onDrain).not.toHaveBeenCalled();
  });

  test('counts every byte that waits, framing included, compressed messages and Blobs too', async () => {
    const { websocket } = await open();
    websocket.send('12345');
    websocket.send(new Blob(['123']));
    expect(websocket.bufferedAmount).toBe(2 + 5 + 3);
  });

  test('takes the callback in either place, and calls it once when the message has left', async () => {
    const { websocket, peer } = await open();
    const errors = await Promise.all([
      new Promise((resolve) => websocket.send('a', resolve)),
      new Promise((resolve) => websocket.send('b', {}, resolve)),
      new Promise((resolve) => websocket.send(new Blob(['c']), resolve)),
    ]);
    expect(errors.map((error) => error ?? undefined)).toEqual([undefined, undefined, undefined]);
    expect(String((await peer.expect(TEXT)).payload)).toBe('a');
  });

  test.each([
    ['text', 'abc', TEXT, 'abc'],
    ['a number, as its digits', 100, TEXT, '100'],
    ['a Buffer', Buffer.from('abc'), BINARY, 'abc'],
    ['a DataView', new DataView(Uint8Array.from([97, 98, 99]).buffer, 1), BINARY, 'bc'],
    ['an ArrayBuffer', Uint8Array.from([97]).buffer, BINARY, 'a'],
    ['a Blob', new Blob(['blob']), BINARY, 'blob'],
    ['a prepared text', new PreparedMessage(Buffer.from('ready'), false), TEXT, 'ready'],
    ['prepared bytes', new PreparedMessage(Buffer.from('ready'), true), BINARY, 'ready'],
  ])('sends %s', async (_name, data, opcode, text) => {
    const { websocket, peer } = await open();
    websocket.send(data);
    expect(String((await peer.expect(opcode)).payload)).toBe(text);
  });

  test('sends large messages from memory of every kind, the shared one too', async () => {
    const { websocket, peer } = await open();
    const shared = new SharedArrayBuffer(40_000);
    new Uint8Array(shared).fill(7);
    websocket.send(shared);
    expect((await peer.expect(BINARY)).payload.equals(Buffer.alloc(40_000, 7))).toBe(true);
    // Only a newer Node than the oldest we support can make one that grows.
    const Resizable = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;
    const resizable = new Resizable(40_000, { maxByteLength: 80_000 });
    new Uint8Array(resizable).fill(9);
    websocket.send(resizable);
    expect((await peer.expect(BINARY)).payload.equals(Buffer.alloc(40_000, 9))).toBe(true);
  });

  test('obeys binary and fin', async () => {
    const { websocket, peer } = await open();
    websocket.send(Buffer.from('text'), { binary: false });
    websocket.send('bytes', { binary: true });
    websocket.send('part,', { fin: false });
    websocket.send('end');
    expect((await peer.expect(TEXT)).payload.toString()).toBe('text');
    expect((await peer.expect(BINARY)).payload.toString()).toBe('bytes');
    expect((await peer.expect(TEXT)).fin).toBe(false);
    expect((await peer.expect(CONTINUATION)).fin).toBe(true);
  });

  // RFC 6455 §5.6(a), §8.1(a)
  test('throws at once on text that is not UTF-8, in whatever it is given, and nothing of it is sent', async () => {
    const { websocket, peer } = await open();
    const euro = Buffer.from('€');
    const binary = false;
    for (const bad of [
      Buffer.of(0xff),
      euro.subarray(1),
      new Uint8Array([0xed, 0xa0, 0x80]),
      Buffer.alloc(100, 0x80),
    ]) {
      expect(() => websocket.send(bad, { binary })).toThrow(TypeError);
      await expect(websocket.sendWithBackpressure(bad, { binary })).rejects.toThrow(TypeError);
      expect(websocket.bufferedAmount).toBe(0);
    }
    websocket.send(euro, { binary });
    expect(String((await peer.expect(TEXT)).payload)).toBe('€');
    websocket.send(Buffer.of(0xff));
    expect((await peer.expect(BINARY)).payload).toEqual(Buffer.of(0xff));
  });

  // RFC 6455 §5.6(a)
  test('lets the parts of a text end inside a character, not the whole of it', async () => {
    const { websocket, peer } = await open();
    const euro = Buffer.from('€');
    websocket.send(euro.subarray(0, 1), { binary: false, fin: false });
    websocket.send(euro.subarray(1, 2), { fin: false });
    expect(() => websocket.send('', { fin: true })).toThrow(TypeError);
    expect(() => websocket.send('a', { fin: false })).toThrow(TypeError);
    // What was refused has ended nothing.
    websocket.send(euro.subarray(2));
    const parts = [await peer.expect(TEXT), await peer.expect(CONTINUATION), await peer.expect(CONTINUATION)];
    expect(Buffer.concat(parts.map(({ payload }) => payload))).toEqual(euro);
    expect(parts.map(({ fin }) => fin)).toEqual([false, false, true]);
    // And the message behind it may be anything.
    websocket.send(Buffer.of(0xff), { fin: false });
    websocket.send(Buffer.of(0xfe), { binary: false });
    expect((await peer.expect(BINARY)).payload).toEqual(Buffer.of(0xff));
    expect((await peer.expect(CONTINUATION)).payload).toEqual(Buffer.of(0xfe));
  });

  test('believes the application where it wants that', async () => {
    const { websocket, peer } = await open({ skipUTF8Validation: true });
    websocket.send(Buffer.of(0xff), { binary: false });
    websocket.send(Buffer.of(0xff), { binary: false, fin: false });
    websocket.send(Buffer.of(0xff));
    for (const opcode of [TEXT, TEXT, CONTINUATION]) {
      expect((await peer.expect(opcode)).payload).toEqual(Buffer.of(0xff));
    }
  });

  test('masks everything a client sends, prepared messages too', async () => {
    const { websocket, peer } = await open({ isServer: false });
    websocket.send('a');
    websocket.send(new PreparedMessage(Buffer.from('ready'), false));
    websocket.ping('p');
    const frames = [await peer.expect(TEXT), await peer.expect(TEXT), await peer.expect(PING)];
    expect(frames.map(({ masked, payload }) => [masked, String(payload)])).toEqual([
      [true, 'a'],
      [true, 'ready'],
      [true, 'p'],
    ]);
  });

  test('keeps the order, whatever has to be read first', async () => {
    const { websocket, peer } = await open();
    const texts = ['one', 'two', 'three', 'four'];
    for (const [index, text] of texts.entries()) websocket.send(index % 2 === 0 ? new Blob([text]) : text);
    for (const text of texts) expect(String((await peer.next())?.payload)).toBe(text);
  });

  test('leaves out a Blob that cannot be read, says so, and owes its drain all the same', async () => {
    const { websocket, peer } = await open({ highWaterMark: 10 });
    const broken = new Blob(['will never be read']);
    Object.defineProperty(broken, 'arrayBuffer', { value: () => Promise.reject(new Error('the file has changed')) });
    const error = new Promise((resolve) => {
      expect(websocket.send(broken, resolve)).toBe(false);
    });
    const drained = once(websocket, 'drain');
    expect(await error).toMatchObject({ message: 'the file has changed' });
    await drained;
    websocket.send('next');
    expect(String((await peer.expect(TEXT)).payload)).toBe('next');
  });

  test('throws at once on what cannot be sent, and nothing of it is sent', async () => {
    const { websocket, peer } = await open();
    expect(() => websocket.send(Symbol('no') as never)).toThrow(TypeError);
    expect(websocket.bufferedAmount).toBe(0);
    websocket.send('good');
    expect(String((await peer.expect(TEXT)).payload)).toBe('good');
  });
});

describe('sendWithBackpressure()', () => {
  test('resolves at once while there is room', async () => {
    const { websocket, peer } = await open();
    const sent = websocket.sendWithBackpressure('a');
    expect(websocket.bufferedAmount).toBeGreaterThan(0);
    await sent;
    await peer.expect(TEXT);
  });

  test('waits for room, and lets through in the order of the calls', async () => {
    const { websocket, peer } = await full();
    const order: number[] = [];
    const sends = [1, 2, 3].map((number) => websocket.sendWithBackpressure(`${number}`).then(() => order.push(number)));
    await settled();
    expect(order).toEqual([]);
    peer.socket.resume();
    await Promise.all(sends);
    expect(order).toEqual([1, 2, 3]);
    await peer.expect(BINARY);
    for (const number of [1, 2, 3]) expect(String((await peer.expect(TEXT)).payload)).toBe(`${number}`);
  });

  test('lets through no more at a time than there is room for', async () => {
    const { websocket, peer } = await full({ highWaterMark: 100_000 });
    let most = 0;
    const sends = Array.from({ length: 50 }, () =>
      websocket.sendWithBackpressure(Buffer.alloc(90_000)).then(() => {
        most = Math.max(most, websocket.bufferedAmount);
      }),
    );
    peer.socket.resume();
    await Promise.all(sends);
    expect(most).toBeLessThanOrEqual(2 * 90_100);
  });

  test('comes to its turn also where everything waits in the socket, and highWaterMark is far below that of Node', async () => {
    const { websocket, peer, ours } = await open({ highWaterMark: 0, writeTimeout: 0 });
    peer.socket.pause();
    while (ours.writableLength === 0) {
      websocket.send(Buffer.alloc(1_000));
      await Promise.resolve();
    }
    const sent = websocket.sendWithBackpressure('waits');
    peer.socket.resume();
    await sent;
  });

  test('goes together with send(): each drain that is owed comes, and none that is not', async () => {
    const { websocket, peer } = await full();
    // Those who have waited come first, and then there must be room.
    const onDrain = vi.fn(() => expect(websocket.bufferedAmount).toBeLessThanOrEqual(65_536));
    websocket.on('drain', onDrain);
    const sends = Array.from({ length: 10 }, () => websocket.sendWithBackpressure(Buffer.alloc(100_000)));
    peer.socket.resume();
    await Promise.all(sends);
    for (let count = 0; count < 11; count++) await peer.expect(BINARY);
    await settled();
    // full() was told false once.
    expect(onDrain).toHaveBeenCalledOnce();
  });

  test('rejects what cannot be sent, at once or in its turn', async () => {
    const { websocket, peer } = await full();
    const later = websocket.sendWithBackpressure(Symbol('no') as never);
    const behind = websocket.sendWithBackpressure('good');
    peer.socket.resume();
    await expect(later).rejects.toThrow(TypeError);
    await behind;
    await expect(websocket.sendWithBackpressure(Symbol('no') as never)).rejects.toThrow(TypeError);
  });

  test('rejects when the connection closes before its turn, and after', async () => {
    const { websocket } = await full();
    const waiting = websocket.sendWithBackpressure('never');
    websocket.terminate();
    await expect(waiting).rejects.toThrow(/not open/);
    await expect(websocket.sendWithBackpressure('late')).rejects.toThrow(/not open/);
  });
});
