// The Sender beyond what the contract with `ws` asks: sockets that take nothing, or are gone; and `ws` as the reader.
import { Blob } from 'node:buffer';
import { Duplex, PassThrough, type Writable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { PerMessageDeflate } from '../../src/drop-in/permessage-deflate.ts';
import { Sender } from '../../src/drop-in/sender.ts';
import { frameBytes } from './wire.ts';

const { Receiver: WsReceiver } = ws as unknown as { Receiver: new (options: object) => Writable };

/** A socket that takes one chunk at a time, when it is told to. */
function slowSocket(): { socket: Duplex; taken: Buffer[]; take(): void } {
  const taken: Buffer[] = [];
  let waiting: (() => void) | undefined;
  const socket = new Duplex({
    highWaterMark: 1,
    read() {},
    write(chunk: Buffer, _, callback) {
      taken.push(Buffer.from(chunk));
      waiting = callback;
    },
  });
  return {
    socket,
    taken,
    take(): void {
      const next = waiting;
      waiting = undefined;
      next?.();
    },
  };
}

describe('Sender.frame', () => {
  it('makes what ws reads, of any payload and of any length', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.uint8Array({ maxLength: 70_000, size: 'max' })),
        fc.boolean(),
        (data, mask) => {
          const binary = typeof data !== 'string';
          const original = Buffer.from(data as string);
          const given = binary ? Buffer.from(data) : data;
          const list = Sender.frame(given, { opcode: binary ? 2 : 1, fin: true, mask });
          const receiver = new WsReceiver({ isServer: mask });
          const seen: unknown[] = [];
          receiver.on('message', (message: Buffer, isBinary: boolean) =>
            seen.push([message.equals(original), isBinary]),
          );
          for (const part of list) receiver.write(Buffer.from(part));
          receiver.destroy();
          expect(seen).toEqual([[true, binary]]);
          // What was given is as it was.
          expect(Buffer.from(given as string).equals(original)).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('does not copy what it does not mask', () => {
    const data = Buffer.from('bytes');
    expect(Sender.frame(data, { opcode: 2, fin: true })[1]).toBe(data);
  });

  it('knows sixteen opcodes', () => {
    for (const opcode of [-1, 16, 1.5, '1' as never]) {
      expect(() => Sender.frame('', { opcode })).toThrow(RangeError);
    }
    expect(Sender.frame('', { opcode: 15, fin: true })).toEqual([Buffer.from([0x8f, 0])]);
  });
});

describe('a Sender', () => {
  it('writes in the order of the calls to a socket that takes its time, and calls back when it has', async () => {
    const { socket, taken, take } = slowSocket();
    const sender = new Sender(socket);
    const seen: string[] = [];
    const all = ['one', 'two', 'three'].map(
      (text) =>
        new Promise<void>((resolve) =>
          sender.send(text, { fin: true }, (error) => {
            seen.push(`${text} ${error ?? 'done'}`);
            resolve();
          }),
        ),
    );
    expect(seen).toEqual([]);
    const bytes = Buffer.concat(['one', 'two', 'three'].map((text) => frameBytes(1, text)));
    while (Buffer.concat(taken).length < bytes.length) {
      take();
      await new Promise((resolve) => setImmediate(resolve));
    }
    take();
    await Promise.all(all);
    expect(Buffer.concat(taken)).toEqual(bytes);
    expect(seen).toEqual(['one done', 'two done', 'three done']);
    socket.destroy();
  });

  it('tells those who wait when the socket is closed, and those who come later', async () => {
    const { socket, take } = slowSocket();
    const sender = new Sender(socket);
    const told = (act: (callback: (error?: Error | null) => void) => void): Promise<string> =>
      new Promise((resolve) => act((error) => resolve(error?.constructor === Error ? 'an error' : String(error))));
    const waiting = [
      told((callback) => sender.send('x'.repeat(10), { fin: true }, callback)),
      told((callback) => sender.send('y'.repeat(10), { fin: true }, callback)),
      told((callback) => sender.send(new Blob(['z']), { fin: true, binary: true }, callback)),
    ];
    socket.destroy();
    take();
    expect((await Promise.all(waiting)).slice(1)).toEqual(['an error', 'an error']);
    expect(
      await Promise.all([
        told((callback) => sender.send('x', { fin: true }, callback)),
        told((callback) => sender.ping('x', false, callback)),
        told((callback) => sender.close(1000, '', false, callback)),
      ]),
    ).toEqual(['an error', 'an error', 'an error']);
    sender.send('without a callback', { fin: true });
  });

  it('refuses a control frame that is too long at once, also when it is a Blob', () => {
    const sender = new Sender(new PassThrough());
    expect(() => sender.ping(new Blob(['x'.repeat(126)]))).toThrow(RangeError);
    expect(() => sender.pong(Buffer.alloc(126))).toThrow(RangeError);
  });

  it('sends the bytes of a Blob in a control frame', async () => {
    const socket = new PassThrough();
    const sender = new Sender(socket);
    await new Promise((resolve) => sender.ping(new Blob(['late']), false, resolve));
    expect(socket.read()).toEqual(frameBytes(9, 'late'));
  });

  it('tells why a Blob could not be read', async () => {
    const broken = Object.assign(new Blob(['x']), { arrayBuffer: () => Promise.reject(new Error('unreadable')) });
    const sender = new Sender(new PassThrough());
    const error = await new Promise<Error | null | undefined>((resolve) => sender.pong(broken, false, resolve));
    expect(error?.message).toBe('unreadable');
  });

  it('closes behind what is still being compressed', async () => {
    const extension = new PerMessageDeflate({ isServer: true });
    extension.accept([{}]);
    const socket = new PassThrough({ highWaterMark: 1_000_000 });
    const sender = new Sender(socket, { 'permessage-deflate': extension });
    sender.send('x'.repeat(100_000), { fin: true, compress: true });
    await new Promise((resolve) => sender.close(1000, '', false, resolve));
    const bytes = socket.read() as Buffer;
    expect(bytes[0]).toBe(0xc1);
    expect(bytes.subarray(-4)).toEqual(frameBytes(8, Buffer.from([0x03, 0xe8])));
    extension.cleanup();
  });

  it('does not compress without permessage-deflate', () => {
    const socket = new PassThrough();
    new Sender(socket).send('x'.repeat(10_000), { fin: true, compress: true });
    expect((socket.read() as Buffer)[0]).toBe(0x81);
  });
});
