// Machinery that has served one connection serves the next: nothing of the first is found by the second, whatever was agreed with
// either, and what the first is to remember it does. Real sockets; that it is the same machinery is looked at each time.
import { Duplex } from 'node:stream';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Deflater, Inflater, JobQueue } from '../../src/deflate/index.ts';
import { Engine } from '../../src/websocket/engine.ts';
import type { ProtocolError } from '../../src/websocket/protocol-error.ts';
import { readSettings } from '../../src/websocket/settings.ts';
import { endpointOf, establish, WebSocket } from '../../src/websocket/websocket.ts';
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  closeFrame,
  closeOf,
  closingOf,
  type Frame,
  FrameReader,
  frame,
  messageOf,
  type Opened,
  type OpenOptions,
  open,
  PING,
  PONG,
  settled,
  TEXT,
} from './raw-peer.ts';

beforeEach(() => {
  vi.spyOn(Engine, 'lend');
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Machinery that was lent, each once. */
function lent(): Set<unknown> {
  return new Set(vi.mocked(Engine.lend).mock.results.map(({ value }) => value));
}

/** A connection that echoes. */
async function echoing(options: OpenOptions = {}): Promise<Opened> {
  const opened = await open(options);
  opened.websocket.on('message', (data: Buffer, isBinary: boolean) =>
    opened.websocket.send(data, { binary: isBinary }),
  );
  return opened;
}

/** Lets a connection say something that everybody may, and hears the answer: then it is at rest again. */
async function visit({ peer }: Opened, options: OpenOptions = {}): Promise<void> {
  peer.send(frame(TEXT, 'hello', { masked: options.isServer !== false }));
  expect((await peer.next())?.payload.toString()).toBe('hello');
  await settled();
}

/** What a frame of ours is, in words. */
function inWords(said: Frame | undefined): string {
  if (said === undefined) return 'the end';
  if (said.opcode === CLOSE) return `close ${closeOf(said).code}`;
  const words = [said.opcode === PONG ? 'pong' : said.rsv1 ? 'deflated' : `${said.payload}`];
  if (said.masked) words.push('masked');
  return words.join(' ');
}

/** permessage-deflate without context takeover. */
function deflating(): OpenOptions {
  const jobs = new JobQueue(1);
  const deflater = new Deflater({ windowBits: 15, contextTakeover: false, jobs });
  const inflater = new Inflater({ windowBits: 15, contextTakeover: false, jobs });
  return { threshold: 8, establishment: { compression: { deflater, inflater } } };
}

const LONG = 'x'.repeat(100);
const BAD_UTF8 = Buffer.from([0xc0, 0xaf]);
const DEFLATED = deflateRawSync(Buffer.from(LONG));

/** What can be agreed with a connection, what its peer then says, and the answer; and the same where something else was agreed. */
const AGREEMENTS: [
  string,
  OpenOptions | (() => OpenOptions),
  Buffer[],
  string,
  OpenOptions | (() => OpenOptions),
  string,
][] = [
  ['maxPayload', { maxPayload: 99 }, [frame(TEXT, LONG)], 'close 1009', {}, LONG],
  [
    'maxFragments',
    { maxFragments: 1 },
    [frame(TEXT, 'a', { fin: false }), frame(CONTINUATION, 'b')],
    'close 1008',
    {},
    'ab',
  ],
  ['skipUTF8Validation', {}, [frame(TEXT, BAD_UTF8)], 'close 1007', { skipUTF8Validation: true }, `${BAD_UTF8}`],
  ['the role', { isServer: false }, [frame(TEXT, 'x')], 'close 1002', {}, 'x'],
  ['the role of a client', {}, [frame(TEXT, 'x', { masked: false })], 'close 1002', { isServer: false }, 'x masked'],
  ['permessage-deflate', {}, [frame(BINARY, DEFLATED, { rsv1: true })], 'close 1002', deflating, 'deflated'],
  ['permessage-deflate of what we say', {}, [frame(TEXT, LONG)], LONG, deflating, 'deflated'],
  ['autoPong', { autoPong: false }, [frame(PING, ''), frame(TEXT, 'x')], 'x', {}, 'pong'],
  [
    'maxMessageRate',
    { maxMessageRate: 0.001, maxMessageBurst: 2, fastProducer: 'close' },
    [frame(PONG), frame(PONG), frame(TEXT, 'x')],
    'close 1008',
    {},
    'x',
  ],
];

const made = (options: OpenOptions | (() => OpenOptions)): OpenOptions =>
  typeof options === 'function' ? options() : options;

test.each(AGREEMENTS)(
  '%s of one connection is not that of the next',
  async (_what, one, said, answer, other, otherAnswer) => {
    for (const [before, then, expected] of [
      [one, other, otherAnswer],
      [other, one, answer],
    ] as const) {
      vi.mocked(Engine.lend).mockClear();
      const [first, second] = [made(before), made(then)];
      const [visited, judged] = [await echoing(first), await echoing(second)];
      await visit(visited, first);
      judged.peer.send(...said);
      expect(inWords(await judged.peer.next())).toBe(expected);
      expect(lent().size).toBe(1);
      // One that has ended keeps the machinery: the first goes on with other.
      await visit(visited, first);
    }
  },
);

test('where in the frames of its own peer a violation stands, each connection is told', async () => {
  const [one, two] = [await echoing(), await echoing()];
  const { length } = frame(TEXT, 'hello');
  for (const visited of [one, two, two, one, two]) {
    await visit(visited);
    // The machinery is borrowed for this, too, and reads nothing.
    for (const { websocket, peer } of [two, one]) {
      websocket.send('by itself');
      expect(inWords(await peer.next())).toBe('by itself');
    }
  }
  expect(lent().size).toBe(1);
  for (const [{ websocket, peer }, visits] of [
    [one, 2],
    [two, 3],
  ] as const) {
    const error = new Promise<ProtocolError>((resolve) => websocket.once('error', resolve as (error: Error) => void));
    // Its second byte says that it is not masked.
    peer.send(frame(TEXT, 'x', { masked: false }));
    expect((await error).offset).toBe(visits * length + 1);
  }
});

test('of how much the peer may still send, each connection is told by its own count', async () => {
  const options: OpenOptions = { maxMessageRate: 0.001, maxMessageBurst: 3, fastProducer: 'close' };
  const [one, two] = [await echoing(options), await echoing(options)];
  for (const visited of [one, two, one, two, one, two]) await visit(visited);
  expect(lent().size).toBe(1);
  for (const { peer } of [one, two]) {
    peer.send(frame(TEXT, 'one too many'));
    expect(inWords(await peer.next())).toBe('close 1008');
  }
});

test('a maxPayload of its own is kept by the connection, and no other has it', async () => {
  const [limited, free] = [await echoing(), await echoing()];
  endpointOf(limited.websocket)?.limitPayload(5);
  for (let round = 0; round < 2; round++) {
    await visit(limited);
    free.peer.send(frame(TEXT, LONG));
    expect(inWords(await free.peer.next())).toBe(LONG);
    await settled();
  }
  limited.peer.send(frame(TEXT, 'longer'));
  expect(inWords(await limited.peer.next())).toBe('close 1009');
});

test('a socket that is read later, as that of TLS is, keeps its bytes whoever had the machinery before', async () => {
  const tcp = await echoing();
  await visit(tcp);
  const taken: Buffer[] = [];
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, callback) {
      taken.push(chunk);
      callback();
    },
  });
  const websocket = new WebSocket(null);
  const settings = readSettings({}, { isServer: true, threshold: 0, heartbeat: false, nextMaskingKey: undefined });
  const agreed = { compression: undefined, protocol: '', extensions: '' };
  establish(websocket, { socket, head: Buffer.alloc(0), settings, ...agreed });
  onTestFinished(() => websocket.terminate());
  websocket.send('unread');
  await settled();
  expect(lent().size).toBe(1);
  // From the front of the memory that all share.
  await visit(tcp);
  expect(`${new FrameReader().push(Buffer.concat(taken))[0]?.payload}`).toBe('unread');
});

describe('a connection keeps its machinery, and others are not disturbed,', () => {
  test.each<[string, Buffer, Buffer, string[]]>([
    ['in the middle of the header of a Ping', frame(PING, 'p').subarray(0, 3), frame(PING, 'p').subarray(3), ['pong']],
    ['in the middle of a Ping', frame(PING, 'ping').subarray(0, 8), frame(PING, 'ping').subarray(8), ['pong']],
    [
      'in the middle of a Ping between the parts of a message',
      Buffer.concat([frame(TEXT, 'a', { fin: false }), frame(PING, 'ping').subarray(0, 8)]),
      Buffer.concat([frame(PING, 'ping').subarray(8), frame(CONTINUATION, 'b')]),
      ['pong', 'ab'],
    ],
    ['in the middle of a frame', frame(TEXT, 'ab').subarray(0, 7), frame(TEXT, 'ab').subarray(7), ['ab']],
    ['behind the first part', frame(TEXT, 'a', { fin: false }), frame(CONTINUATION, 'b'), ['ab']],
    ['behind an empty first part', frame(TEXT, '', { fin: false }), frame(CONTINUATION, 'b'), ['b']],
  ])('%s', async (_when, beginning, rest, answers) => {
    const [one, two] = [await echoing(), await echoing()];
    const heard = new Promise<void>((resolve) => one.ours.once('data', () => resolve()));
    one.peer.send(beginning);
    await heard;
    await visit(two);
    one.peer.send(rest);
    for (const answer of answers) expect(inWords(await one.peer.next())).toBe(answer);
    await visit(two);
    await visit(one);
    expect(lent().size).toBe(2);
  });

  test('while a message of its own is under way in parts, of text and of bytes', async () => {
    const [one, two] = [await echoing(), await echoing()];
    for (const [first, second] of [
      ['te', 'xt'],
      [Buffer.from('by'), Buffer.from('tes')],
    ] as const) {
      one.websocket.send(first, { fin: false });
      await settled();
      await visit(two);
      one.websocket.send(second);
      const said = [await one.peer.next(), await one.peer.next()];
      expect(said.map((each) => [each?.opcode, `${each?.payload}`])).toEqual([
        [typeof first === 'string' ? TEXT : BINARY, `${first}`],
        [CONTINUATION, `${second}`],
      ]);
    }
  });

  test('where allowSynchronousEvents is false for it', async () => {
    const [one, two] = [await echoing({ allowSynchronousEvents: false }), await echoing()];
    for (let round = 0; round < 2; round++) {
      const turns: string[] = [];
      const onMessage = (data: Buffer): void => {
        turns.push(`${data}`);
        setImmediate(() => turns.push('next'));
      };
      one.websocket.on('message', onMessage);
      one.peer.send(frame(TEXT, 'a'), frame(TEXT, 'b'));
      expect([inWords(await one.peer.next()), inWords(await one.peer.next())]).toEqual(['a', 'b']);
      one.websocket.removeListener('message', onMessage);
      expect(turns.slice(0, 3)).toEqual(['a', 'next', 'b']);
      const heard = vi.fn();
      two.websocket.once('message', heard);
      two.ours.emit('data', frame(TEXT, 'at once'));
      expect(heard).toHaveBeenCalledOnce();
      expect(inWords(await two.peer.next())).toBe('at once');
    }
  });

  test('while a long message to it is inflated elsewhere', async () => {
    const [one, two] = [await echoing(deflating()), await echoing(deflating())];
    const long = Buffer.alloc(512 * 1024, 'so long that it is inflated on another thread ');
    const heard = [one, two].map(({ websocket }) => messageOf(websocket));
    // In one turn, so that the second finds the first in the middle of it.
    for (const { ours } of [one, two]) ours.emit('data', frame(BINARY, deflateRawSync(long), { rsv1: true }));
    expect(lent().size).toBe(2);
    expect((await Promise.all(heard)).map((text) => text === `${long}`)).toEqual([true, true]);
    for (const { peer } of [one, two]) expect(inWords(await peer.next())).toBe('deflated');
  });

  test('while it waits for the answer to its Close, and when it has said all', async () => {
    const [one, two] = [await echoing(), await echoing()];
    const closing = closingOf(one.websocket);
    one.websocket.close(1000, 'done');
    expect(inWords(await one.peer.next())).toBe('close 1000');
    await settled();
    await visit(two);
    one.peer.send(frame(TEXT, 'said before the answer'), closeFrame(1000, 'answered'));
    one.peer.socket.end();
    expect(await closing).toEqual({ code: 1000, reason: 'answered', wasClean: true });
    await visit(two);
    expect(lent().size).toBe(2);
  });

  test('while a compressed message of its own is under way', async () => {
    const jobs = new JobQueue(1);
    const deflater = new Deflater({ windowBits: 15, contextTakeover: true, jobs });
    const inflater = new Inflater({ windowBits: 15, contextTakeover: false, jobs });
    const [one, two] = [await echoing({ establishment: { compression: { deflater, inflater } } }), await echoing()];
    one.websocket.send(LONG);
    one.websocket.send('second');
    await visit(two);
    expect([inWords(await one.peer.next()), inWords(await one.peer.next())]).toEqual(['deflated', 'deflated']);
  });

  test('while it waits for a drain that it was promised, and it is told once', async () => {
    const [one, two] = [await echoing({ highWaterMark: 10 }), await echoing()];
    for (let round = 1; round <= 2; round++) {
      const drained = vi.fn();
      for (const { websocket } of [one, two]) websocket.on('drain', drained);
      expect(one.websocket.send('more than ten')).toBe(false);
      expect(two.websocket.send('as much again')).toBe(true);
      await visitAfter(one);
      await visitAfter(two);
      expect(drained).toHaveBeenCalledOnce();
      for (const { websocket } of [one, two]) websocket.removeListener('drain', drained);
    }
  });

  test('while its application waits for room, and the messages come in their order', async () => {
    const [one, two] = [await echoing({ highWaterMark: 10 }), await echoing()];
    const said = ['more than ten', 'the second of them', 'and the third'];
    const sent = said.map((text) => one.websocket.sendWithBackpressure(text));
    await visit(two);
    await Promise.all(sent);
    for (const text of said) expect(inWords(await one.peer.next())).toBe(text);
    await visit(one);
    await visit(two);
  });

  test('while the kernel takes nothing: the answer to a Ping is owed, and the other answers at once', async () => {
    const [one, two] = [await echoing({ writeTimeout: 0, maxBufferedAmount: 0 }), await echoing()];
    one.peer.socket.pause();
    one.websocket.send(Buffer.alloc(8 << 20));
    await settled();
    expect(one.websocket.bufferedAmount).toBeGreaterThan(0);
    const pinged = new Promise((resolve) => one.websocket.once('ping', resolve));
    one.peer.send(frame(PING, 'owed'));
    await pinged;
    two.peer.send(frame(PING, 'other'));
    expect((await two.peer.expect(PONG)).payload.toString()).toBe('other');
    one.peer.socket.resume();
    await one.peer.expect(BINARY);
    expect((await one.peer.expect(PONG)).payload.toString()).toBe('owed');
    await visit(one);
    await visit(two);
    expect(two.peer.frames).toEqual([]);
  });

  /** The frame that was said by itself, and then a visit. */
  async function visitAfter(opened: Opened): Promise<void> {
    await opened.peer.expect(TEXT);
    await visit(opened);
  }
});
