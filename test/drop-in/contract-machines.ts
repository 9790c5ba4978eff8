// The rows about what `ws` exports besides: Receiver, Sender, PerMessageDeflate, extension and subprotocol.
import { Blob } from 'node:buffer';
import { PassThrough, type Writable } from 'node:stream';
import { type Row, row, unlike } from './row.ts';
import type { DeflateLike, SenderLike, Stage } from './stage.ts';
import { frameBytes } from './wire.ts';

const PLAIN = 'permessage-deflate';

/** The class of what an act throws. */
function thrown(act: () => unknown): string {
  try {
    act();
    return 'nothing';
  } catch (error) {
    return (error as Error).name;
  }
}

/** What a Receiver emits for these chunks, to its end. */
function received(stage: Stage, options: object, chunks: readonly Buffer[]): Promise<unknown[]> {
  const receiver: Writable = new stage.subject.Receiver(options);
  const seen: unknown[] = [];
  receiver.on('message', (data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean) => {
    const text = Array.isArray(data) ? data.map(String) : Buffer.from(data as Buffer).toString();
    seen.push([isBinary ? 'binary' : 'text', data.constructor.name, text]);
  });
  receiver.on('ping', (data) => seen.push(['ping', String(data)]));
  receiver.on('pong', (data) => seen.push(['pong', String(data)]));
  receiver.on('conclude', (code, reason) => seen.push(['conclude', code, String(reason)]));
  return new Promise((resolve) => {
    receiver.on('error', (error: NodeJS.ErrnoException) => seen.push(['error', error.code]));
    receiver.on('close', () => resolve(seen));
    for (const chunk of chunks) receiver.write(Buffer.from(chunk));
    receiver.end();
  });
}

const CONVERSATION = [
  frameBytes(1, 'häuser'),
  frameBytes(9, 'are you there?'),
  frameBytes(2, 'one ', { fin: false }),
  frameBytes(10, 'yes'),
  frameBytes(0, 'two'),
  frameBytes(1, 'x'.repeat(300)),
  frameBytes(8, Buffer.concat([Buffer.from([0x0f, 0xa1]), Buffer.from('bye')])),
];

const HEARD = [
  ['text', 'Buffer', 'häuser'],
  ['ping', 'are you there?'],
  ['pong', 'yes'],
  ['binary', 'Buffer', 'one two'],
  ['text', 'Buffer', 'x'.repeat(300)],
  ['conclude', 4001, 'bye'],
];

function inOnePiece(frames: readonly Buffer[]): Buffer[] {
  return [Buffer.concat(frames)];
}

function byteByByte(frames: readonly Buffer[]): Buffer[] {
  return Array.from(Buffer.concat(frames), (byte) => Buffer.from([byte]));
}

const receiver: Row[] = [
  ...Object.entries({ inOnePiece, byteByByte }).map(([way, cut]) =>
    row(`a Receiver tells what is in its bytes (${way})`, (stage) => received(stage, {}, cut(CONVERSATION)), HEARD),
  ),
  row(
    'a Receiver of a server reads masked frames',
    (stage) => received(stage, { isServer: true }, [frameBytes(1, 'masked', { masked: true })]),
    [['text', 'Buffer', 'masked']],
  ),
  row(
    'a Receiver takes turns, when it shall',
    async (stage) => {
      const seen = await received(stage, { allowSynchronousEvents: false }, inOnePiece(CONVERSATION));
      return seen;
    },
    HEARD,
  ),
  row(
    'a Receiver reads nothing behind a Close',
    (stage) => received(stage, {}, [Buffer.concat([frameBytes(8), frameBytes(1, 'late')])]),
    [['conclude', 1005, '']],
  ),
  row(
    'a Receiver gives binary data in the form it is asked for',
    async (stage) => {
      const read = (binaryType: string): Promise<unknown[]> => received(stage, { binaryType }, [frameBytes(2, 'x')]);
      return [await read('arraybuffer'), await read('fragments')];
    },
    [[['binary', 'ArrayBuffer', 'x']], [['binary', 'Array', ['x']]]],
  ),
  row(
    'a Receiver has limits',
    async (stage) => [
      await received(stage, { maxPayload: 3 }, [frameBytes(1, 'four')]),
      await received(stage, { maxFragments: 1 }, [
        Buffer.concat([frameBytes(1, '', { fin: false }), frameBytes(0, '', { fin: false })]),
      ]),
      await received(stage, {}, [frameBytes(1, Buffer.from([0xff]))]),
      await received(stage, { skipUTF8Validation: true }, [frameBytes(1, Buffer.from([0xff]))]),
    ],
    [
      [['error', 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH']],
      [['error', 'WS_ERR_TOO_MANY_BUFFERED_PARTS']],
      [['error', 'WS_ERR_INVALID_UTF8']],
      [['text', 'Buffer', '\ufffd']],
    ],
  ),
  row(
    'a Receiver tells what its peer broke',
    async (stage) => {
      const frames = [frameBytes(3), frameBytes(1, 'x', { rsv: 4 }), frameBytes(1, 'x', { rsv: 1 }), frameBytes(0)];
      const seen: unknown[] = [];
      for (const frame of frames) seen.push(await received(stage, {}, [frame]));
      return seen;
    },
    [
      [['error', 'WS_ERR_INVALID_OPCODE']],
      [['error', 'WS_ERR_UNEXPECTED_RSV_1']],
      [['error', 'WS_ERR_UNEXPECTED_RSV_2_3']],
      [['error', 'WS_ERR_INVALID_OPCODE']],
    ],
  ),
  row(
    'a Receiver inflates what a PerMessageDeflate has compressed',
    async (stage) => {
      const { sender, receiver } = await agreement(stage);
      const texts = ['short', 'again and again '.repeat(20_000), ''];
      const frames: Buffer[] = [];
      for (const text of texts) frames.push(frameBytes(1, await compressed(sender, text), { rsv: 4 }));
      const seen = await received(stage, { extensions: { [PLAIN]: receiver } }, inOnePiece(frames));
      receiver.cleanup();
      sender.cleanup();
      return seen.map((event) => (event as string[])[2] === texts.shift());
    },
    [true, true, true],
  ),
  row(
    'a Receiver tells that a message is too long when it is inflated, or cannot be',
    async (stage) => {
      const seen: unknown[] = [];
      for (const payload of ['zeros', Buffer.from([0xff, 0xff])]) {
        const { sender, receiver } = await agreement(stage, { maxPayload: 1_000 });
        const body = typeof payload === 'string' ? await compressed(sender, '0'.repeat(1_001)) : payload;
        const extensions = { [PLAIN]: receiver };
        seen.push(await received(stage, { extensions, maxPayload: 1_000 }, [frameBytes(1, body, { rsv: 4 })]));
        receiver.cleanup();
        sender.cleanup();
      }
      return seen;
    },
    [[['error', 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH']], [['error', 'Z_DATA_ERROR']]],
    unlike(
      [[['error', 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH']], [['error', 'WS_ERR_INVALID_DEFLATE_DATA']]],
      'a code that says what the peer did, as all the others do',
    ),
  ),
];

// ---- Sender

const FRAMES: readonly (readonly [data: Buffer | string, options: object])[] = [
  ['', { opcode: 1, fin: true }],
  ['häuser', { opcode: 1, fin: true }],
  [Buffer.from('bytes'), { opcode: 2, fin: false }],
  [Buffer.alloc(125), { opcode: 9, fin: true }],
  [Buffer.alloc(126), { opcode: 2, fin: true, rsv1: true }],
  [Buffer.alloc(65_535, 'x'), { opcode: 0, fin: true }],
  [Buffer.alloc(65_536, 'y'), { opcode: 2, fin: true }],
];

/** Three bytes that are no masking key for anybody who wants to be safe. */
function generateMask(mask: Buffer): void {
  mask.writeUInt32BE(0x12345678);
}

/** What a Sender writes for these calls. */
async function sent(stage: Stage, act: (sender: SenderLike) => unknown, extensions?: object): Promise<string> {
  const socket = new PassThrough({ highWaterMark: 1_000_000 });
  await act(new stage.subject.Sender(socket, extensions, generateMask));
  await new Promise((resolve) => setImmediate(resolve));
  return (socket.read() as Buffer | null)?.toString('hex') ?? '';
}

const sender: Row[] = [
  row(
    'Sender.frame makes frames',
    ({ subject: { Sender } }) =>
      FRAMES.map(([data, options]) =>
        Buffer.concat(Sender.frame(data, { mask: false, readOnly: false, ...options })),
      ).map((frame) => `${frame.subarray(0, 16).toString('hex')} ${frame.length}`),
    FRAMES.map(
      ([data, { opcode, fin, rsv1 }]: readonly [Buffer | string, { opcode?: number; fin?: boolean; rsv1?: boolean }]) =>
        frameBytes(opcode as number, data, { fin: fin === true, rsv: rsv1 ? 4 : 0 }),
    ).map((frame) => `${frame.subarray(0, 16).toString('hex')} ${frame.length}`),
  ),
  row(
    'Sender.frame masks, and leaves what it shall only read',
    ({ subject: { Sender } }) => {
      const data = Buffer.from('bytes');
      const options = { opcode: 2, fin: true, mask: true, readOnly: true, generateMask };
      const frame = Buffer.concat(Sender.frame(data, options));
      return [frame.equals(frameBytes(2, 'bytes', { masked: true })), data.toString()];
    },
    [true, 'bytes'],
  ),
  row(
    'Sender.frame masks with a key of its own',
    ({ subject: { Sender } }) => {
      const frames = [1, 2].map(() =>
        Buffer.concat(Sender.frame(Buffer.alloc(4), { opcode: 2, fin: true, mask: true })),
      );
      return [frames[0]?.[1], frames[0]?.length, frames[0]?.equals(frames[1] as Buffer)];
    },
    [0x84, 10, false],
  ),
  row(
    'a Sender writes messages, parts of messages and control frames',
    (stage) =>
      sent(stage, (sender) => {
        sender.send('text', { fin: true });
        sender.send(Buffer.from('one'), { binary: true, fin: false });
        sender.ping('in between', false);
        sender.send(new Uint8Array([1, 2]), { binary: true, fin: true });
        sender.pong(Buffer.from('x'), false);
        sender.close(4000, 'bye', false);
      }),
    Buffer.concat([
      frameBytes(1, 'text'),
      frameBytes(2, 'one', { fin: false }),
      frameBytes(9, 'in between'),
      frameBytes(0, Buffer.from([1, 2])),
      frameBytes(10, 'x'),
      frameBytes(8, Buffer.from('\x0f\xa0bye', 'latin1')),
    ]).toString('hex'),
  ),
  row(
    'a Sender masks what it is told to mask',
    (stage) =>
      sent(stage, (sender) => {
        sender.send('text', { fin: true, mask: true });
        sender.ping('x', true);
        sender.close(undefined, undefined, true);
      }),
    Buffer.concat([
      frameBytes(1, 'text', { masked: true }),
      frameBytes(9, 'x', { masked: true }),
      frameBytes(8, '', { masked: true }),
    ]).toString('hex'),
  ),
  row(
    'a Sender reads Blobs, and keeps the order',
    (stage) =>
      sent(stage, async (sender) => {
        sender.send(new Blob(['one']), { binary: true, fin: true });
        await new Promise<unknown>((resolve) => sender.send('two', { fin: true }, resolve));
      }),
    Buffer.concat([frameBytes(2, 'one'), frameBytes(1, 'two')]).toString('hex'),
  ),
  row(
    'a Sender calls back',
    async (stage) => {
      const seen: unknown[] = [];
      await sent(stage, async (sender) => {
        const told = (name: string, act: (callback: (error?: Error) => void) => void): Promise<void> =>
          new Promise((resolve) =>
            act((error) => {
              seen.push([name, error ?? 'done']);
              resolve();
            }),
          );
        await told('send', (callback) => sender.send('x', { fin: true }, callback));
        await told('ping', (callback) => sender.ping('x', false, callback));
        await told('pong', (callback) => sender.pong('x', false, callback));
        await told('close', (callback) => sender.close(1000, '', false, callback));
      });
      return seen;
    },
    ['send', 'ping', 'pong', 'close'].map((name) => [name, 'done']),
  ),
  row(
    'a Sender refuses what RFC 6455 forbids',
    ({ subject: { Sender } }) => {
      const sender = new Sender(new PassThrough());
      return [
        thrown(() => sender.ping(Buffer.alloc(126), false)),
        thrown(() => sender.pong(Buffer.alloc(126), false)),
        thrown(() => sender.close(1006)),
        thrown(() => sender.close(1000, 'x'.repeat(124))),
        thrown(() => sender.send({}, { fin: true })),
      ];
    },
    ['RangeError', 'RangeError', 'TypeError', 'RangeError', 'TypeError'],
  ),
  row(
    'a Sender compresses with a PerMessageDeflate',
    async (stage) => {
      const { sender: extension, receiver } = await agreement(stage);
      const socket = new PassThrough({ highWaterMark: 1_000_000 });
      const sender = new stage.subject.Sender(socket, { [PLAIN]: extension });
      const text = 'again and again '.repeat(1_000);
      await new Promise<unknown>((resolve) => sender.send(text, { fin: true, compress: true, mask: false }, resolve));
      const bytes = socket.read() as Buffer;
      const [message] = (await received(stage, { extensions: { [PLAIN]: receiver } }, [bytes])) as [string[]];
      extension.cleanup();
      receiver.cleanup();
      return [bytes[0], bytes.length < text.length, message[2] === text];
    },
    [0xc1, true, true],
  ),
];

// ---- PerMessageDeflate

function compressed(extension: DeflateLike, data: string, fin = true): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    extension.compress(Buffer.from(data), fin, (error, result) => (error ? reject(error) : resolve(result as Buffer))),
  );
}

function decompressed(extension: DeflateLike, data: Buffer, fin = true): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    extension.decompress(data, fin, (error, result) => (error ? reject(error) : resolve(result as Buffer))),
  );
}

/** Two ends that have agreed: a server that sends, and a client that receives. */
async function agreement(
  { subject: { PerMessageDeflate, extension } }: Stage,
  options: object = {},
): Promise<{ sender: DeflateLike; receiver: DeflateLike }> {
  const receiver = new PerMessageDeflate({ ...options, isServer: false });
  const sender = new PerMessageDeflate({ ...options, isServer: true });
  const read = (written: object): object[] => extension.parse(extension.format({ [PLAIN]: [written] }))[PLAIN] ?? [];
  receiver.accept(read(sender.accept(read(receiver.offer()))));
  return { sender, receiver };
}

const deflate: Row[] = [
  row(
    'PerMessageDeflate knows its name',
    ({ subject: { PerMessageDeflate } }) => PerMessageDeflate.extensionName,
    PLAIN,
  ),
  row(
    'PerMessageDeflate offers what its options say',
    ({ subject: { PerMessageDeflate } }) =>
      [
        {},
        { serverNoContextTakeover: true, clientNoContextTakeover: true },
        { serverMaxWindowBits: 10, clientMaxWindowBits: 11 },
        { clientMaxWindowBits: false },
      ].map((options) => new PerMessageDeflate(options).offer()),
    [
      { client_max_window_bits: true },
      { server_no_context_takeover: true, client_no_context_takeover: true, client_max_window_bits: true },
      { server_max_window_bits: 10, client_max_window_bits: 11 },
      {},
    ],
  ),
  row(
    'PerMessageDeflate accepts offers as a server',
    ({ subject: { PerMessageDeflate } }) => {
      const accept = (offers: object[], options: object = {}): unknown => {
        const extension = new PerMessageDeflate({ ...options, isServer: true });
        const before = extension.params;
        const accepted = extension.accept(offers);
        return [before, { ...accepted }, extension.params === accepted];
      };
      return [
        accept([{}]),
        accept([{ client_max_window_bits: [true] }]),
        accept([{ client_max_window_bits: ['10'], server_max_window_bits: ['9'] }]),
        accept([{ server_no_context_takeover: [true], client_no_context_takeover: [true] }]),
        accept([{}, { client_max_window_bits: [true] }], { clientMaxWindowBits: 12 }),
      ];
    },
    [
      {},
      {},
      { client_max_window_bits: 10, server_max_window_bits: 9 },
      { server_no_context_takeover: true, client_no_context_takeover: true },
      { client_max_window_bits: 12 },
    ].map((accepted) => [null, accepted, true]),
  ),
  row(
    'PerMessageDeflate accepts an answer as a client',
    ({ subject: { PerMessageDeflate } }) => {
      const accept = (answer: object, options: object = {}): unknown => ({
        ...new PerMessageDeflate(options).accept([answer]),
      });
      return [
        accept({}),
        accept({ client_max_window_bits: ['10'], server_max_window_bits: ['9'] }),
        accept({ client_no_context_takeover: [true] }),
        accept({}, { clientMaxWindowBits: 12 }),
      ];
    },
    [
      {},
      { client_max_window_bits: 10, server_max_window_bits: 9 },
      { client_no_context_takeover: true },
      { client_max_window_bits: 12 },
    ],
  ),
  row(
    'PerMessageDeflate throws on what it cannot accept',
    ({ subject: { PerMessageDeflate } }) => {
      const accept = (isServer: boolean, configuration: object, options: object = {}): boolean =>
        thrown(() => new PerMessageDeflate({ ...options, isServer }).accept([configuration])) !== 'nothing';
      return [
        accept(true, { unknown: [true] }),
        accept(true, { server_max_window_bits: ['7'] }),
        accept(true, { server_no_context_takeover: ['1'] }),
        accept(true, { server_no_context_takeover: [true, true] }),
        accept(true, {}, { clientMaxWindowBits: 9 }),
        accept(false, { client_max_window_bits: [true] }),
        accept(false, { client_max_window_bits: ['12'] }, { clientMaxWindowBits: 11 }),
      ];
    },
    [true, true, true, true, true, true, true],
  ),
  row(
    'PerMessageDeflate declines offers that ask the server to forget, if it shall not',
    ({ subject: { PerMessageDeflate } }) =>
      thrown(() =>
        new PerMessageDeflate({ isServer: true, serverNoContextTakeover: false }).accept([
          { server_no_context_takeover: [true] },
        ]),
      ),
    'Error',
    unlike('nothing', 'RFC 7692 §7.1.1.1: to forget is always possible, and false says only that it is not wanted'),
  ),
  row(
    'PerMessageDeflate compresses and decompresses, with and without memory',
    async (stage) => {
      const seen: unknown[] = [];
      for (const serverNoContextTakeover of [true, undefined]) {
        const { sender, receiver } = await agreement(stage, { serverNoContextTakeover });
        const sizes: number[] = [];
        for (const text of ['once and again', 'once and again', 'x'.repeat(100_000)]) {
          const payload = await compressed(sender, text);
          sizes.push(payload.length);
          if (String(await decompressed(receiver, payload)) !== text) seen.push(`lost: ${text}`);
        }
        seen.push((sizes[1] as number) < (sizes[0] as number));
        sender.cleanup();
        receiver.cleanup();
      }
      return seen;
    },
    [false, true],
  ),
  row(
    'PerMessageDeflate takes messages in parts, and gives what they were when the last has come',
    async (stage) => {
      const { sender, receiver } = await agreement(stage);
      const payload = [await compressed(sender, 'one ', false), await compressed(sender, 'two', true)];
      const text = [
        await decompressed(receiver, payload[0] as Buffer, false),
        await decompressed(receiver, payload[1] as Buffer, true),
      ];
      sender.cleanup();
      receiver.cleanup();
      return Buffer.concat(text).toString();
    },
    'one two',
  ),
  row(
    'PerMessageDeflate stops at maxPayload',
    async (stage) => {
      const { sender, receiver } = await agreement(stage, { maxPayload: 10_000 });
      const error = await decompressed(receiver, await compressed(sender, '0'.repeat(10_001))).catch((error) => error);
      sender.cleanup();
      receiver.cleanup();
      return [error.name, error.code];
    },
    ['RangeError', 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'],
  ),
  row(
    'PerMessageDeflate tells who waits when it is cleaned up',
    async (stage) => {
      const { sender, receiver } = await agreement(stage);
      const waiting = compressed(sender, 'x'.repeat(1_000_000)).catch((error: Error) => error.message);
      sender.cleanup();
      receiver.cleanup();
      return waiting;
    },
    'The deflate stream was closed while data was being processed',
  ),
];

// ---- extension and subprotocol

const headers: Row[] = [
  row(
    'extension.parse reads a list',
    ({ subject: { extension } }) =>
      JSON.stringify(
        extension.parse(
          'permessage-deflate; client_max_window_bits; server_max_window_bits="10", other;a=1;a=2, permessage-deflate',
        ),
      ),
    JSON.stringify({
      'permessage-deflate': [{ client_max_window_bits: [true], server_max_window_bits: ['10'] }, {}],
      other: [{ a: ['1', '2'] }],
    }),
  ),
  row(
    'extension.parse throws on what is no list',
    ({ subject: { extension } }) =>
      ['', 'a,', 'a;', 'a;b=', 'a b', 'a;b="', ',a'].map((text) => thrown(() => extension.parse(text))),
    Array.from({ length: 7 }, () => 'SyntaxError'),
  ),
  row(
    'extension.parse is not taken in by names',
    ({ subject: { extension } }) => Object.keys(extension.parse('__proto__; constructor=x')),
    ['__proto__'],
  ),
  row(
    'extension.format writes a list',
    ({ subject: { extension } }) =>
      extension.format({
        [PLAIN]: [{ client_max_window_bits: true, server_max_window_bits: 10 }, {}],
        other: { a: ['1', '2'] },
      }),
    'permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate, other; a=1; a=2',
  ),
  row(
    'subprotocol.parse reads a list',
    ({ subject: { subprotocol } }) => [...subprotocol.parse('chat.v2, chat.v1 ,x')],
    ['chat.v2', 'chat.v1', 'x'],
  ),
  row(
    'subprotocol.parse throws on what is no list',
    ({ subject: { subprotocol } }) =>
      ['', 'a,', 'a b', 'a,a', ',a', 'a;b'].map((text) => thrown(() => subprotocol.parse(text))),
    Array.from({ length: 6 }, () => 'SyntaxError'),
  ),
];

export const machineRows: readonly Row[] = [...receiver, ...sender, ...deflate, ...headers];
