// The Receiver beyond what the contract with `ws` asks: however its bytes are cut, and whoever has framed them.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PerMessageDeflate } from '../../src/drop-in/permessage-deflate.ts';
import { Receiver, type ReceiverOptions } from '../../src/drop-in/receiver.ts';
import { Sender } from '../../src/drop-in/sender.ts';
import { ProtocolError } from '../../src/websocket/index.ts';
import { frameBytes } from './wire.ts';

const EVENTS = ['message', 'ping', 'pong', 'conclude', 'error'] as const;

/** Everything that a Receiver emits for these chunks. */
function read(chunks: readonly Buffer[], options: ReceiverOptions = {}): Promise<unknown[]> {
  const receiver = new Receiver(options);
  const seen: unknown[] = [];
  for (const event of EVENTS) {
    receiver.on(event, (...values: unknown[]) =>
      seen.push([event, ...values.map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : value))]),
    );
  }
  return new Promise((resolve) => {
    receiver.on('close', () => resolve(seen));
    for (const chunk of chunks) receiver.write(Buffer.from(chunk));
    receiver.end();
  });
}

/** Messages and control frames, as their frames. */
const frames = fc.array(
  fc.oneof(
    fc.record({ opcode: fc.constant(2), payload: fc.uint8Array({ maxLength: 200 }) }),
    fc.record({
      opcode: fc.constant(1),
      payload: fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text)),
    }),
    fc.record({ opcode: fc.constantFrom(9, 10), payload: fc.uint8Array({ maxLength: 125 }) }),
  ),
  { maxLength: 8 },
);

describe('a Receiver', () => {
  it('tells the same, however its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(frames, fc.array(fc.nat(400), { maxLength: 6 }), fc.boolean(), async (sent, cuts, oneByOne) => {
        const bytes = Buffer.concat(
          sent.map(({ opcode, payload }) => frameBytes(opcode, Buffer.from(payload), { masked: true })),
        );
        const places = [...new Set(cuts.filter((cut) => cut < bytes.length))].sort((a, b) => a - b);
        const pieces = [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
        const options = { isServer: true, allowSynchronousEvents: !oneByOne };
        expect(await read(pieces, options)).toEqual(await read([bytes], { isServer: true }));
      }),
      { numRuns: 60 },
    );
  });

  it('never throws at what anybody writes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), async (chunks) => {
        const seen = (await read(chunks.map((chunk) => Buffer.from(chunk)))) as [string][];
        // Nothing comes behind an error.
        const error = seen.findIndex(([event]) => event === 'error');
        expect([-1, seen.length - 1]).toContain(error);
      }),
      { numRuns: 100 },
    );
  });

  it('says which rule was broken, and by which byte', async () => {
    const receiver = new Receiver();
    const failed = new Promise<ProtocolError>((resolve) => receiver.on('error', resolve));
    receiver.write(Buffer.concat([frameBytes(1, 'fine'), frameBytes(3)]));
    const error = await failed;
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ offset: 6, section: 'RFC 6455 §5.2', closeCode: 1002 });
  });

  it('says which byte of a close reason is no UTF-8', async () => {
    const receiver = new Receiver();
    const failed = new Promise<ProtocolError>((resolve) => receiver.on('error', resolve));
    receiver.write(frameBytes(8, Buffer.from([0x03, 0xe8, 0x61, 0xff])));
    expect(await failed).toMatchObject({ code: 'WS_ERR_INVALID_UTF8', offset: 5 });
  });

  it('gives each message a turn of its own when it shall, also across writes', async () => {
    const receiver = new Receiver({ allowSynchronousEvents: false });
    const turns: number[] = [];
    let turn = 0;
    receiver.on('message', () => turns.push(turn));
    const ended = new Promise((resolve) => receiver.on('close', resolve));
    const count = (): void => {
      turn++;
      if (turns.length < 3) setImmediate(count);
    };
    setImmediate(count);
    receiver.write(Buffer.concat([frameBytes(1, 'a'), frameBytes(1, 'b')]));
    receiver.write(frameBytes(1, 'c'));
    receiver.end();
    await ended;
    expect(new Set(turns).size).toBe(3);
  });

  it('reads nothing more when it is destroyed by a listener', async () => {
    const receiver = new Receiver();
    const seen: string[] = [];
    receiver.on('message', (data) => {
      seen.push(String(data));
      receiver.destroy();
    });
    const closed = new Promise((resolve) => receiver.on('close', resolve));
    receiver.write(Buffer.concat([frameBytes(1, 'one'), frameBytes(1, 'two')]));
    await closed;
    expect(seen).toEqual(['one']);
  });

  it('gives up a message that is being inflated when it is destroyed', async () => {
    const [near, far] = agreement();
    const payload = await new Promise<Buffer>((resolve) =>
      near.compress('x'.repeat(5_000_000), true, (_, data) => resolve(data as Buffer)),
    );
    const receiver = new Receiver({ extensions: { 'permessage-deflate': far } });
    receiver.on('message', () => expect.unreachable());
    const closed = new Promise((resolve) => receiver.on('close', resolve));
    receiver.write(frameBytes(1, payload, { rsv: 4 }));
    setImmediate(() => receiver.destroy());
    await closed;
    near.cleanup();
    far.cleanup();
  });

  it('keeps the order of messages that are inflated elsewhere', async () => {
    const [near, far] = agreement();
    const deflated = (text: string): Promise<Buffer> =>
      new Promise((resolve) => near.compress(text, true, (_, data) => resolve(data as Buffer)));
    const long = 'x'.repeat(5_000_000);
    const bytes = Buffer.concat([
      frameBytes(1, await deflated(long), { rsv: 4 }),
      frameBytes(9, 'ping'),
      frameBytes(1, await deflated('short'), { rsv: 4 }),
      frameBytes(1, 'plain'),
      frameBytes(8),
    ]);
    const seen = await read([bytes], { extensions: { 'permessage-deflate': far } });
    expect(seen.map((event) => (event as [string])[0])).toEqual(['message', 'ping', 'message', 'message', 'conclude']);
    near.cleanup();
    far.cleanup();
  });

  it('throws away what was written behind a Close while it was still reading', async () => {
    const chunks = [Buffer.concat([frameBytes(1, 'first'), frameBytes(8)]), frameBytes(1, 'late')];
    const seen = await read(chunks, { allowSynchronousEvents: false });
    expect(seen.map((event) => (event as [string])[0])).toEqual(['message', 'conclude']);
  });

  it('fails on a message that turns out too long in the thread pool', async () => {
    const [near, far] = agreement({ maxPayload: 1_000_000 });
    const payload = await new Promise<Buffer>((resolve) =>
      near.compress('x'.repeat(1_000_001), true, (_, data) => resolve(data as Buffer)),
    );
    const bytes = Buffer.concat([frameBytes(1, payload, { rsv: 4 }), frameBytes(1, 'late')]);
    const seen = await read([bytes], { extensions: { 'permessage-deflate': far } });
    expect(seen).toEqual([['error', expect.objectContaining({ code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' })]]);
    near.cleanup();
    far.cleanup();
  });

  it('takes the smaller of the limits of its own and of the extension', async () => {
    for (const [own, extension] of [
      [10, 1_000],
      [1_000, 10],
    ] as const) {
      const [near, far] = agreement({ maxPayload: extension });
      const payload = await new Promise<Buffer>((resolve) =>
        near.compress('x'.repeat(11), true, (_, data) => resolve(data as Buffer)),
      );
      const extensions = { 'permessage-deflate': far };
      const [event] = (await read([frameBytes(1, payload, { rsv: 4 })], { extensions, maxPayload: own })) as [
        unknown[],
      ];
      expect(event[0]).toBe('error');
      near.cleanup();
      far.cleanup();
    }
  });

  it('refuses options that make no sense', () => {
    expect(() => new Receiver({ maxPayload: -1 })).toThrow(RangeError);
    expect(() => new Receiver({ maxFragments: 'x' as never })).toThrow(TypeError);
    expect(() => new Receiver({ extensions: { 'permessage-deflate': {} } })).toThrow(TypeError);
  });

  it('reads what a Sender has framed', () => {
    const [frame] = Sender.frame('häuser', { opcode: 1, fin: true, mask: true });
    const receiver = new Receiver({ isServer: true });
    const seen: unknown[] = [];
    receiver.on('message', (data, isBinary) => seen.push([String(data), isBinary]));
    receiver.write(frame as Buffer);
    expect(seen).toEqual([['häuser', false]]);
    receiver.destroy();
  });
});

/** A server's end that compresses, and a client's that reads it. */
function agreement(options: object = {}): [near: PerMessageDeflate, far: PerMessageDeflate] {
  const near = new PerMessageDeflate({ ...options, isServer: true });
  const far = new PerMessageDeflate(options);
  near.accept([{}]);
  far.accept([{}]);
  return [near, far];
}
