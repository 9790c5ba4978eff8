// The rows about an open connection, either end of it: states, sending, receiving, pausing, closing.
import { Blob } from 'node:buffer';
import type { WebSocket as WsWebSocket } from 'ws';
import { listenerRows } from './contract-listeners.ts';
import { type Row, row, rows, unlike } from './row.ts';
import { next, type Pair, type Role, type Stage } from './stage.ts';

const PLAIN = 'permessage-deflate';
const MEBIBYTE = 1_048_576;

/** The next message in a form that can be compared: its kind and its bytes. */
async function message(socket: WsWebSocket): Promise<[kind: string, bytes: string]> {
  const [data, isBinary] = (await next(socket, 'message')) as [Buffer, boolean];
  return [isBinary ? 'binary' : 'text', isBinary ? data.toString('hex') : data.toString()];
}

/** How both ends of a connection close. */
async function goodbyes({ socket, peer }: Pair, act: () => unknown): Promise<unknown> {
  const both = Promise.all([next(socket, 'close'), next(peer, 'close')]);
  act();
  const [own, theirs] = await both;
  return { own: [own[0], String(own[1])], theirs: [theirs[0], String(theirs[1])] };
}

/** The class of what an act throws. */
function thrown(act: () => unknown): string {
  try {
    act();
    return 'nothing';
  } catch (error) {
    return (error as Error).name;
  }
}

/** What a callback is told. */
function told(act: (callback: (error?: Error | null) => void) => unknown): Promise<string> {
  return new Promise((resolve) => act((error) => resolve(error ? error.message : 'done')));
}

async function closedPair(stage: Stage, role: Role): Promise<Pair> {
  const pair = await stage.pair(role);
  await goodbyes(pair, () => pair.socket.close());
  return pair;
}

const states: Row[] = [
  ...rows(
    'shows its state, and names the states',
    async (stage, role) => {
      const pair = await stage.pair(role);
      const { socket } = pair;
      const { WebSocket } = stage.subject;
      const seen: number[] = [socket.readyState];
      socket.on('close', () => seen.push(socket.readyState));
      await goodbyes(pair, () => {
        socket.close();
        seen.push(socket.readyState);
      });
      const names = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const;
      return [seen, names.map((name) => [WebSocket[name], socket[name], Object.keys(WebSocket).includes(name)])];
    },
    [[1, 2, 3], [0, 1, 2, 3].map((state) => [state, state, true])],
  ),
  ...rows(
    'is closing when the peer has begun to',
    async (stage, role) => {
      const { socket, wire } = await stage.wired(role);
      const closed = next(socket, 'close');
      wire.frame(8, Buffer.from([0x03, 0xe8]));
      await wire.closeStatus();
      const during = socket.readyState;
      wire.socket.end();
      await closed;
      return [during >= 2, socket.readyState];
    },
    [true, 3],
  ),
  ...rows(
    'has no subprotocol and no extensions when none were agreed',
    async (stage, role) => {
      const { socket } = await stage.pair(role, { own: { perMessageDeflate: false } });
      return [socket.protocol, socket.extensions];
    },
    ['', ''],
  ),
  ...rows(
    'has the subprotocol and the extensions that were agreed',
    async (stage, role) => {
      const compressing = { perMessageDeflate: true };
      const { socket } = await stage.pair(role, { own: compressing, peer: compressing, protocols: ['chat'] });
      return [socket.protocol, socket.extensions];
    },
    ['chat', PLAIN],
  ),
  row(
    'has no URL on a server',
    async (stage) => (await stage.pair('server')).socket.url,
    undefined,
    unlike('', 'its type says that it is a string'),
  ),
];

/** Everything that can be sent, and what arrives. */
const SENDABLE: readonly (readonly [name: string, make: () => unknown, arrives: readonly [string, string]])[] = [
  ['a string', () => 'häuser', ['text', 'häuser']],
  ['an empty string', () => '', ['text', '']],
  ['a number', () => 42, ['text', '42']],
  ['a Buffer', () => Buffer.from([1, 2]), ['binary', '0102']],
  ['an empty Buffer', () => Buffer.alloc(0), ['binary', '']],
  ['an array', () => [1, 2, 255], ['binary', '0102ff']],
  ['a Uint8Array', () => new Uint8Array([3, 4]), ['binary', '0304']],
  ['part of a Uint16Array', () => new Uint16Array([1, 0x0201, 3]).subarray(1, 2), ['binary', '0102']],
  ['a Float32Array', () => new Float32Array([1]), ['binary', '0000803f']],
  ['a DataView', () => new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2), ['binary', '0203']],
  ['an ArrayBuffer', () => new Uint8Array([5, 6]).buffer, ['binary', '0506']],
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(2), ['binary', '0000']],
  ['a Blob', () => new Blob(['blob']), ['binary', '626c6f62']],
  ['an empty Blob', () => new Blob([]), ['binary', '']],
  ['a String object', () => new String('boxed'), ['binary', '626f786564']],
  ['what JSON made of a Buffer', () => JSON.parse(JSON.stringify(Buffer.from([7]))), ['binary', '07']],
  ['undefined', () => undefined, ['binary', '']],
  ['null', () => null, ['binary', '']],
  ['a long text', () => 'ä'.repeat(40_000), ['text', 'ä'.repeat(40_000)]],
];

const sending: Row[] = [
  ...SENDABLE.flatMap(([name, make, arrives]) =>
    rows(
      `sends ${name}`,
      async (stage, role) => {
        const { socket, peer } = await stage.pair(role);
        const arrived = message(peer);
        socket.send(make() as string);
        return arrived;
      },
      arrives,
    ),
  ),
  row(
    'leaves the bytes that it sends as they were, where it masks them too',
    async (stage) => {
      const { socket, peer } = await stage.pair('client');
      const memory = new Uint8Array(new SharedArrayBuffer(4)).fill(1);
      const arrived = message(peer);
      socket.send(memory.buffer);
      await arrived;
      return memory.every((byte) => byte === 1);
    },
    false,
    unlike(true, 'bytes are masked in memory of our own; ws masks shared memory where it lies'),
  ),
  ...rows(
    'does not send what is no data',
    async (stage, role) => {
      const { socket } = await stage.pair(role);
      return [{}, Symbol('x'), () => {}, true].map((data) => thrown(() => socket.send(data as string)));
    },
    ['TypeError', 'TypeError', 'TypeError', 'TypeError'],
  ),
  ...rows(
    'sends text as binary data, and bytes as text',
    async (stage, role) => {
      const { socket, peer } = await stage.pair(role);
      const seen: unknown[] = [];
      for (const [data, binary] of [
        ['text', true],
        [Buffer.from('bytes'), false],
      ] as const) {
        const arrived = message(peer);
        socket.send(data, { binary });
        seen.push(await arrived);
      }
      return seen;
    },
    [
      ['binary', '74657874'],
      ['text', 'bytes'],
    ],
  ),
  ...rows(
    'calls back when a message has left',
    async (stage, role) => {
      const { socket } = await stage.pair(role);
      return [
        await told((callback) => socket.send('x', callback)),
        await told((callback) => socket.send('x', {}, callback)),
        await told((callback) => socket.send(new Blob(['x']), callback)),
      ];
    },
    ['done', 'done', 'done'],
  ),
  ...rows(
    'keeps the order, also behind a Blob',
    async (stage, role) => {
      const { socket, peer } = await stage.pair(role);
      const seen: string[] = [];
      const all = new Promise<void>((resolve) => {
        peer.on('message', (data) => seen.push(String(data)) === 4 && resolve());
      });
      socket.send('one');
      socket.send(new Blob(['two']));
      socket.send('three');
      socket.send('four');
      await all;
      return seen;
    },
    ['one', 'two', 'three', 'four'],
  ),
  ...rows(
    'sends a message in fragments',
    async (stage, role) => {
      const { socket, wire } = await stage.wired(role);
      socket.send('one', { fin: false });
      socket.send('two', { fin: false });
      socket.ping();
      socket.send('three', { fin: true });
      socket.send(Buffer.from('next'));
      const seen: unknown[] = [];
      for (let i = 0; i < 5; i++) {
        const { opcode, fin, payload, masked } = (await wire.nextFrame())!;
        seen.push([opcode, fin, String(payload), masked === (role === 'client')]);
      }
      return seen;
    },
    [
      [1, false, 'one', true],
      [0, false, 'two', true],
      [9, true, '', true],
      [0, true, 'three', true],
      [2, true, 'next', true],
    ],
  ),
  ...rows(
    'masks as its role has to, whatever it is told',
    async (stage, role) => {
      const { socket, wire } = await stage.wired(role);
      socket.send('x', { mask: role === 'server' });
      return ((await wire.nextFrame())?.masked as boolean) === (role === 'client');
    },
    false,
    unlike(true, 'RFC 6455 §5.1: a server that masks and a client that does not are failed by their peers'),
  ),
  ...rows(
    'tells the callback, and throws nothing, when it is too late to send',
    async (stage, role) => {
      const { socket } = await closedPair(stage, role);
      return [
        await told((callback) => socket.send('x', callback)),
        await told((callback) => socket.ping('x', undefined, callback)),
        await told((callback) => socket.pong('x', undefined, callback)),
        thrown(() => socket.send('x')),
      ];
    },
    [
      'WebSocket is not open: readyState 3 (CLOSED)',
      'WebSocket is not open: readyState 3 (CLOSED)',
      'WebSocket is not open: readyState 3 (CLOSED)',
      'nothing',
    ],
  ),
  ...rows(
    'tells the callback when the connection is closing',
    async (stage, role) => {
      const { socket } = await stage.wired(role);
      socket.close();
      return told((callback) => socket.send('x', callback));
    },
    'WebSocket is not open: readyState 2 (CLOSING)',
  ),
];

const pressure: Row[] = [
  ...rows(
    'has nothing buffered before and after a message',
    async (stage, role) => {
      const { socket } = await stage.pair(role);
      const before = socket.bufferedAmount;
      await told((callback) => socket.send('x'.repeat(1_000), callback));
      return [before, socket.bufferedAmount];
    },
    [0, 0],
  ),
  ...rows(
    'counts what the peer does not take',
    async (stage, role) => {
      const { socket, wire } = await stage.wired(role);
      wire.socket.pause();
      const left = told((callback) => socket.send(Buffer.alloc(16 * MEBIBYTE), callback));
      await stage.roundTrip();
      const during = socket.bufferedAmount > MEBIBYTE;
      wire.socket.resume();
      return [during, await left, socket.bufferedAmount];
    },
    [true, 'done', 0],
  ),
  ...rows(
    'counts what was sent too late',
    async (stage, role) => {
      const { socket } = await closedPair(stage, role);
      socket.send('four');
      socket.send(Buffer.from('more'));
      socket.ping('12');
      return socket.bufferedAmount;
    },
    10,
  ),
  ...rows(
    'counts a message until the turn is over',
    async (stage, role) => {
      const { socket } = await stage.pair(role);
      socket.send('x');
      return socket.bufferedAmount > 0;
    },
    false,
    unlike(true, 'everything said in a turn leaves in one write at its end; until then the kernel has not taken it'),
  ),
];

const control: Row[] = [
  ...rows(
    'sends Pings, which the peer answers',
    async (stage, role) => {
      const { socket, peer } = await stage.pair(role);
      const seen: unknown[] = [];
      for (const data of [undefined, 'text', 7, Buffer.from('bytes'), new Uint8Array([0x61])]) {
        const both = Promise.all([next(peer, 'ping'), next(socket, 'pong')]);
        socket.ping(data);
        const [[asked], [answered]] = await both;
        seen.push([String(asked), String(answered)]);
      }
      return seen;
    },
    ['', 'text', '7', 'bytes', 'a'].map((data) => [data, data]),
  ),
  ...rows(
    'sends Pongs that nobody asked for',
    async (stage, role) => {
      const { socket, peer } = await stage.pair(role);
      const pong = next(peer, 'pong');
      socket.pong('alive');
      return String((await pong)[0]);
    },
    'alive',
  ),
  ...rows(
    'calls back for Pings and Pongs, however few arguments there are',
    async (stage, role) => {
      const { socket } = await stage.pair(role);
      return [
        await told((callback) => socket.ping(callback)),
        await told((callback) => socket.ping('x', callback as never)),
        await told((callback) => socket.ping('x', role === 'client', callback)),
        await told((callback) => socket.pong('x', undefined, callback)),
      ];
    },
    ['done', 'done', 'done', 'done'],
  ),
  ...rows(
    'sends no control frame of more than 125 bytes',
    async (stage, role) => {
      const { socket } = await stage.pair(role);
      const [fits, tooLong] = [Buffer.alloc(125), 'ä'.repeat(63)];
      return [fits, tooLong].flatMap((data) => [thrown(() => socket.ping(data)), thrown(() => socket.pong(data))]);
    },
    ['nothing', 'nothing', 'RangeError', 'RangeError'],
  ),
  ...rows(
    'delivers Pings between the fragments of a message',
    async (stage, role) => {
      const { socket, wire } = await stage.wired(role);
      const seen: string[] = [];
      socket.on('ping', (data) => seen.push(`ping ${data}`));
      const whole = next(socket, 'message').then(([data]) => seen.push(`message ${data}`));
      wire.frame(1, 'in ', { fin: false });
      wire.frame(9, 'now');
      wire.frame(0, 'two', { fin: true });
      await whole;
      return seen;
    },
    ['ping now', 'message in two'],
  ),
];

const receiving: Row[] = [
  ...rows(
    'delivers text as a Buffer, and binary data as binaryType says',
    async (stage, role) => {
      const { socket, peer } = await stage.pair(role);
      const seen: unknown[] = [socket.binaryType];
      for (const type of ['nodebuffer', 'arraybuffer', 'blob', 'fragments', 'nonsense'] as const) {
        socket.binaryType = type as 'nodebuffer';
        for (const data of ['text', Buffer.from('bytes')]) {
          const arrived = next(socket, 'message');
          peer.send(data);
          const [given, isBinary] = (await arrived) as [Buffer | ArrayBuffer | Blob | Buffer[], boolean];
          const whole = Array.isArray(given) ? Buffer.concat(given) : given;
          const text = whole instanceof Blob ? await whole.text() : Buffer.from(whole as Buffer).toString();
          seen.push([socket.binaryType, isBinary, given.constructor.name, text]);
        }
      }
      return seen;
    },
    [
      'nodebuffer',
      ...[
        ['nodebuffer', 'Buffer'],
        ['arraybuffer', 'ArrayBuffer'],
        ['blob', 'Blob'],
        ['fragments', 'Array'],
        ['fragments', 'Array'],
      ].flatMap(([type, kind]) => [
        [type, false, 'Buffer', 'text'],
        [type, true, kind, 'bytes'],
      ]),
    ],
  ),
  ...rows(
    'gives the fragments of a binary message one by one',
    async (stage, role) => {
      const { socket, wire } = await stage.wired(role);
      socket.binaryType = 'fragments';
      const arrived = next(socket, 'message');
      wire.frame(2, 'one', { fin: false });
      wire.frame(0, 'two');
      return ((await arrived)[0] as Buffer[]).map(String);
    },
    ['one', 'two'],
    unlike(
      ['onetwo'],
      'fragments are joined as they come: kept apart, a thousand empty ones would cost a thousand Buffers',
    ),
  ),
  ...rows(
    'gives an ArrayBuffer with nothing else in it',
    async (stage, role) => {
      const { socket, wire } = await stage.wired(role);
      socket.binaryType = 'arraybuffer';
      const arrived = next(socket, 'message');
      wire.write(Buffer.concat([wire.bytesOf(2, 'one'), wire.bytesOf(9, 'two')]));
      return ((await arrived)[0] as ArrayBuffer).byteLength;
    },
    3,
  ),
  ...rows(
    'delivers nothing while it is paused',
    async (stage, role) => {
      const { socket, wire } = await stage.wired(role);
      const seen: unknown[] = [socket.isPaused];
      socket.on('message', (data) => seen.push(String(data)));
      socket.pause();
      seen.push(socket.isPaused);
      wire.frame(1, 'held back');
      await stage.roundTrip();
      seen.push('resume');
      const arrived = next(socket, 'message');
      socket.resume();
      seen.push(socket.isPaused);
      await arrived;
      return seen;
    },
    [false, true, 'resume', false, 'held back'],
  ),
  ...rows(
    'does not pause when it is closed',
    async (stage, role) => {
      const { socket } = await closedPair(stage, role);
      socket.pause();
      const paused = socket.isPaused;
      socket.resume();
      return paused;
    },
    false,
  ),
];

/** The frames with which a WebSocket sends what `act` says: opcode, RSV1, and whether it is shorter than the text. */
async function compressed(stage: Stage, role: Role, offer: string, own: object, act: (socket: WsWebSocket) => unknown) {
  const { socket, wire } = await stage.wired(role, { own: { perMessageDeflate: own }, extensions: offer });
  act(socket);
  const frame = await wire.nextFrame();
  return [frame?.rsv1, frame?.payload.length];
}

const NO_TAKEOVER = { serverNoContextTakeover: true, clientNoContextTakeover: true };
const FORGETFUL = `${PLAIN}; server_no_context_takeover; client_no_context_takeover`;

const compression: Row[] = [
  ...rows(
    'compresses from the threshold on, and not when it shall not',
    async (stage, role) => {
      const rsv1 = async (data: string, own: object, options: object = {}): Promise<unknown> =>
        (
          await compressed(stage, role, FORGETFUL, { ...NO_TAKEOVER, ...own }, (socket) => socket.send(data, options))
        )[0];
      return [
        await rsv1('x'.repeat(1_023), {}),
        await rsv1('x'.repeat(1_024), {}),
        await rsv1('x'.repeat(9), { threshold: 10 }),
        await rsv1('x'.repeat(10), { threshold: 10 }),
        await rsv1('x'.repeat(5_000), {}, { compress: false }),
      ];
    },
    [false, true, false, true, false],
  ),
  ...rows(
    'compresses everything where contexts are taken over',
    async (stage, role) => {
      const own = { serverNoContextTakeover: false, clientNoContextTakeover: false };
      return (await compressed(stage, role, PLAIN, own, (socket) => socket.send('short')))[0];
    },
    true,
  ),
  ...rows(
    'compresses a message that is sent in fragments',
    async (stage, role) =>
      (
        await compressed(stage, role, FORGETFUL, { ...NO_TAKEOVER, threshold: 0 }, (socket) =>
          socket.send('part', { fin: false }),
        )
      )[0],
    true,
    unlike(false, 'a part leaves at once and as it is: it is what a program sends that cannot wait for the whole'),
  ),
  ...rows(
    'understands its peer, whatever was agreed',
    async (stage, role) => {
      const seen: string[] = [];
      const ways = [
        true,
        { ...NO_TAKEOVER, threshold: 0 },
        { serverMaxWindowBits: 9 },
        {
          zlibDeflateOptions: { level: 9, memLevel: 9 },
          zlibInflateOptions: { chunkSize: 1_024 },
          concurrencyLimit: 2,
        },
      ];
      for (const perMessageDeflate of ways) {
        const { socket, peer } = await stage.pair(role, { own: { perMessageDeflate }, peer: { perMessageDeflate } });
        for (const text of ['one and one', 'one and two', 'x'.repeat(100_000)]) {
          const there = message(peer);
          socket.send(text);
          const back = message(socket);
          peer.send((await there)[1]);
          seen.push((await back)[1] === text ? 'same' : 'other');
        }
      }
      return seen;
    },
    Array.from({ length: 12 }, () => 'same'),
  ),
];

const closing: Row[] = [
  ...rows(
    'closes without a code, with one, and with a reason',
    async (stage, role) => {
      const seen: unknown[] = [];
      for (const values of [[], [1000], [3001, 'bye'], [4999, Buffer.from('bytes')]] as [number?, string?][]) {
        const pair = await stage.pair(role);
        seen.push(await goodbyes(pair, () => pair.socket.close(...values)));
      }
      return seen;
    },
    [
      { own: [1005, ''], theirs: [1005, ''] },
      { own: [1000, ''], theirs: [1000, ''] },
      { own: [3001, 'bye'], theirs: [3001, 'bye'] },
      { own: [4999, 'bytes'], theirs: [4999, 'bytes'] },
    ],
  ),
  ...rows(
    'is closed by its peer',
    async (stage, role) => {
      const pair = await stage.pair(role);
      return goodbyes(pair, () => pair.peer.close(4001, 'go'));
    },
    { own: [4001, 'go'], theirs: [4001, 'go'] },
  ),
  ...rows(
    'sends what was sent before it closes',
    async (stage, role) => {
      const pair = await stage.pair(role);
      const seen: string[] = [];
      pair.peer.on('message', (data) => seen.push(String(data)));
      await goodbyes(pair, () => {
        pair.socket.send('one');
        pair.socket.send(new Blob(['two']));
        pair.socket.close();
      });
      return seen;
    },
    ['one', 'two'],
  ),
  ...rows(
    'is terminated without a goodbye',
    async (stage, role) => {
      const pair = await stage.pair(role);
      return goodbyes(pair, () => {
        pair.socket.terminate();
        pair.socket.terminate();
      });
    },
    { own: [1006, ''], theirs: [1006, ''] },
  ),
  ...rows(
    'closes abnormally when its peer dies or leaves without a word',
    async (stage, role) => {
      const seen: unknown[] = [];
      for (const way of ['resetAndDestroy', 'destroy', 'end'] as const) {
        const { socket, wire } = await stage.wired(role);
        const closed = next(socket, 'close');
        wire.socket[way]();
        const [code, reason] = await closed;
        seen.push([code, String(reason)]);
      }
      return seen;
    },
    [
      [1006, ''],
      [1006, ''],
      [1006, ''],
    ],
  ),
  ...rows(
    'says goodbye once',
    async (stage, role) => {
      const { socket, wire } = await stage.wired(role);
      socket.close(4000, 'first');
      socket.close(4001, 'second');
      const frame = await wire.nextFrame();
      wire.frame(8, frame!.payload);
      wire.socket.end();
      return [frame?.payload.readUInt16BE(0), await wire.nextFrame()];
    },
    [4000, undefined],
  ),
  ...rows(
    'does not close with a code that may not be sent, or with too long a reason',
    async (stage, role) => {
      const { socket } = await stage.pair(role);
      const codes = [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 'x', null];
      return [
        ...codes.map((code) => thrown(() => socket.close(code as number))),
        thrown(() => socket.close(1000, 'ä'.repeat(62))),
        socket.readyState,
      ];
    },
    [...Array.from({ length: 10 }, () => 'TypeError'), 'RangeError', 1],
  ),
  ...rows(
    'closes with a code that is no integer',
    async (stage, role) => {
      const { socket } = await stage.pair(role);
      return thrown(() => socket.close(1000.5));
    },
    'nothing',
    unlike('TypeError', 'RFC 6455 §5.5.1: a close code is an integer of 16 bits'),
  ),
  ...rows(
    'does not look at the code when it is closed already',
    async (stage, role) => {
      const { socket } = await closedPair(stage, role);
      return [thrown(() => socket.close(1006)), thrown(() => socket.terminate())];
    },
    ['nothing', 'nothing'],
  ),
  ...rows(
    'closes with a reason but no code',
    async (stage, role) => {
      const { socket } = await stage.pair(role);
      return thrown(() => socket.close(undefined, 'a reason'));
    },
    'nothing',
    unlike('RangeError', 'RFC 6455 §5.5.1: a reason has no place without a code; ws drops it in silence'),
  ),
];

export const socketRows: readonly Row[] = [
  ...states,
  ...sending,
  ...pressure,
  ...control,
  ...receiving,
  ...compression,
  ...closing,
  ...listenerRows,
];
