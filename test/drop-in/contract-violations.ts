// The rows about peers that break RFC 6455: which error the application sees, with which code, and what the peer is told.
import { constants, deflateRawSync } from 'node:zlib';
import { type Row, row, unlike } from './row.ts';
import { next, type Role, type Stage } from './stage.ts';
import { type FrameBits, frameBytes } from './wire.ts';

interface Breach {
  readonly name: string;
  /** The frames: opcode, payload, bits. */
  readonly frames: readonly (readonly [opcode: number, payload?: Buffer | string, bits?: FrameBits])[];
  /** `code` of the error, and the close code that the peer sees. */
  readonly expected: readonly [code: string, status: number];
  readonly own?: object;
  readonly extensions?: string;
  readonly sluice?: readonly [expected: readonly [code: string, status: number], because: string];
}

/** 1,000 zeros as RFC 7692 §7.2.1 deflates them. */
const DEFLATED_ZEROS = deflateRawSync(Buffer.alloc(1_000), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
/** What every set of limits can agree to. */
const FORGETTING = { perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true } };
const FORGETFUL = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';

const NOT_UTF8 = Buffer.from([0x68, 0xff]);

const breaches: readonly Breach[] = [
  {
    name: 'RSV2 or RSV3',
    frames: [[1, 'x', { rsv: 1 }]],
    expected: ['WS_ERR_UNEXPECTED_RSV_2_3', 1002],
  },
  {
    name: 'RSV1 without permessage-deflate',
    frames: [[1, 'x', { rsv: 4 }]],
    expected: ['WS_ERR_UNEXPECTED_RSV_1', 1002],
  },
  {
    name: 'RSV1 on a control frame',
    frames: [[9, 'x', { rsv: 4 }]],
    own: FORGETTING,
    extensions: FORGETFUL,
    expected: ['WS_ERR_UNEXPECTED_RSV_1', 1002],
  },
  {
    name: 'RSV1 on a continuation',
    frames: [
      [1, 'x', { fin: false }],
      [0, 'x', { rsv: 4 }],
    ],
    own: FORGETTING,
    extensions: FORGETFUL,
    expected: ['WS_ERR_UNEXPECTED_RSV_1', 1002],
  },
  { name: 'a reserved opcode of data', frames: [[3, 'x']], expected: ['WS_ERR_INVALID_OPCODE', 1002] },
  { name: 'a reserved opcode of control', frames: [[11]], expected: ['WS_ERR_INVALID_OPCODE', 1002] },
  { name: 'a continuation of nothing', frames: [[0, 'x']], expected: ['WS_ERR_INVALID_OPCODE', 1002] },
  {
    name: 'a message inside another',
    frames: [
      [1, 'x', { fin: false }],
      [2, 'y'],
    ],
    expected: ['WS_ERR_INVALID_OPCODE', 1002],
  },
  { name: 'a Ping in fragments', frames: [[9, 'x', { fin: false }]], expected: ['WS_ERR_EXPECTED_FIN', 1002] },
  {
    name: 'a Ping of 126 bytes',
    frames: [[9, Buffer.alloc(126)]],
    expected: ['WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH', 1002],
  },
  {
    name: 'a Close of one byte',
    frames: [[8, 'x']],
    expected: ['WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH', 1002],
  },
  {
    name: 'a close code that may not be sent',
    frames: [[8, Buffer.from([0x03, 0xed])]],
    expected: ['WS_ERR_INVALID_CLOSE_CODE', 1002],
  },
  {
    name: 'a close reason that is not UTF-8',
    frames: [[8, Buffer.from([0x03, 0xe8, 0xff])]],
    expected: ['WS_ERR_INVALID_UTF8', 1007],
  },
  { name: 'text that is not UTF-8', frames: [[1, NOT_UTF8]], expected: ['WS_ERR_INVALID_UTF8', 1007] },
  {
    name: 'text in fragments that is not UTF-8',
    frames: [
      [1, 'x', { fin: false }],
      [0, NOT_UTF8],
    ],
    expected: ['WS_ERR_INVALID_UTF8', 1007],
  },
  {
    name: 'a length of 2^53',
    frames: [[2, '', { announced: 1n << 53n }]],
    expected: ['WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', 1009],
    sluice: [
      ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 1009],
      'it is one of the lengths above maxPayload, and none of its own kind',
    ],
  },
  {
    name: 'a length of 2^63',
    frames: [[2, '', { announced: 1n << 63n }]],
    expected: ['WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', 1009],
    sluice: [
      ['WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', 1002],
      'RFC 6455 §5.2: the most significant bit must be 0, so it is no length at all',
    ],
  },
  {
    name: 'a message above maxPayload',
    frames: [[2, 'four']],
    own: { maxPayload: 3 },
    expected: ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 1009],
  },
  {
    name: 'fragments above maxPayload',
    frames: [
      [2, 'tw', { fin: false }],
      [0, 'o!'],
    ],
    own: { maxPayload: 3 },
    expected: ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 1009],
  },
  {
    name: 'more fragments than maxFragments',
    frames: [
      [1, '', { fin: false }],
      [0, '', { fin: false }],
      [0, '', { fin: false }],
    ],
    own: { maxFragments: 2 },
    expected: ['WS_ERR_TOO_MANY_BUFFERED_PARTS', 1008],
  },
  {
    name: 'a message that inflates to more than maxPayload',
    frames: [[2, DEFLATED_ZEROS, { rsv: 4 }]],
    own: { ...FORGETTING, maxPayload: 100 },
    extensions: FORGETFUL,
    expected: ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 1009],
  },
];

/** What the application and the peer see of a breach. */
async function seen(stage: Stage, role: Role, { frames, own, extensions }: Breach): Promise<unknown> {
  const { socket, wire } = await stage.wired(role, { own: own ?? {}, ...(extensions ? { extensions } : {}) });
  const errors: unknown[] = [];
  socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code));
  const closed = next(socket, 'close');
  for (const [opcode, payload, bits] of frames) wire.frame(opcode, payload, bits);
  const status = await wire.closeStatus();
  wire.socket.end();
  const [code, reason] = await closed;
  return [errors, status, code, String(reason)];
}

/** An error, a Close frame, and an abnormal end for the application: nothing the peer says behind a breach is read. */
function inFull([code, status]: readonly [string, number]): unknown {
  return [[code], status, 1006, ''];
}

const both: Row[] = (['server', 'client'] as const).flatMap((role) =>
  breaches.map((breach) =>
    row(
      `${breach.name} (as a ${role})`,
      (stage) => seen(stage, role, breach),
      inFull(breach.expected),
      ...(breach.sluice === undefined ? [] : [unlike(inFull(breach.sluice[0]), breach.sluice[1])]),
    ),
  ),
);

const masks: Row[] = [
  row(
    'a client that does not mask',
    (stage) => seen(stage, 'server', { name: '', frames: [[1, 'x', { masked: false }]], expected: ['', 0] }),
    inFull(['WS_ERR_EXPECTED_MASK', 1002]),
  ),
  row(
    'a server that masks',
    (stage) => seen(stage, 'client', { name: '', frames: [[1, 'x', { masked: true }]], expected: ['', 0] }),
    inFull(['WS_ERR_UNEXPECTED_MASK', 1002]),
  ),
];

const ends: Row[] = (['server', 'client'] as const).flatMap((role) => [
  row(
    `data that is not deflated (as a ${role})`,
    async (stage) => {
      const breach: Breach = {
        name: '',
        frames: [[2, Buffer.from([0xff, 0xff]), { rsv: 4 }]],
        own: FORGETTING,
        extensions: FORGETFUL,
        expected: ['', 0],
      };
      return seen(stage, role, breach);
    },
    inFull(['Z_DATA_ERROR', 1007]),
    unlike(inFull(['WS_ERR_INVALID_DEFLATE_DATA', 1007]), 'a code that says what the peer did, as all the others do'),
  ),
  row(
    `the length in more bytes than it needs (as a ${role})`,
    async (stage) => {
      const { socket, wire } = await stage.wired(role);
      const outcome = new Promise((resolve) => {
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
        socket.on('message', (data) => resolve(String(data)));
      });
      const frame = frameBytes(1, 'hi', { masked: role === 'server' });
      // The same frame, its length in 16 bits.
      wire.write(Buffer.concat([Buffer.from([0x81, (frame[1]! & 0x80) | 126, 0, 2]), frame.subarray(2)]));
      return outcome;
    },
    'hi',
    unlike('WS_ERR_NON_MINIMAL_PAYLOAD_LENGTH', 'RFC 6455 §5.2: the minimal number of bytes must be used'),
  ),
  row(
    `what follows a Close is not read (as a ${role})`,
    async (stage) => {
      const { socket, wire } = await stage.wired(role);
      const messages: string[] = [];
      socket.on('message', (data) => messages.push(String(data)));
      const closed = next(socket, 'close');
      wire.write(Buffer.concat([wire.bytesOf(8, Buffer.from([0x0f, 0xa0])), wire.bytesOf(1, 'too late')]));
      const status = await wire.closeStatus();
      wire.socket.end();
      const [code] = await closed;
      return [messages, status, code];
    },
    [[], 4000, 4000],
  ),
]);

/** The codes of the exceptions that nobody catches until `end` is there. */
async function uncaught(end: Promise<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  const usual = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error: NodeJS.ErrnoException) => seen.push(error.code));
  try {
    await end;
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of usual) process.on('uncaughtException', listener);
  }
  return seen;
}

const unheard: Row[] = (['server', 'client'] as const).map((role) =>
  row(
    `nobody listens to the error (as a ${role})`,
    async (stage) => {
      const { socket, wire } = await stage.wired(role);
      socket.removeAllListeners('error');
      const status = wire.closeStatus();
      const seen = uncaught(status);
      wire.frame(3);
      return [await seen, await status];
    },
    [['WS_ERR_INVALID_OPCODE'], 1002],
    unlike([[], 1002], 'a peer must not be able to end a process with two bytes; the close code tells, too'),
  ),
);

export const violationRows: readonly Row[] = [...both, ...masks, ...ends, ...unheard];
