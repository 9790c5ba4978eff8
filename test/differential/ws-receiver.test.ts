// The same bytes to our parser, assembler and connection, and to the Receiver of ws: where the two readings differ, the
// difference is on a closed list with its reason. The test fails on one that is not on it, and on one that is gone.
import { constants, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as wsExports from 'ws';
import { Connection, type ConnectionHost } from '../../src/connection/index.ts';
import { Deflater, Inflater, JobQueue } from '../../src/deflate/index.ts';
import type { Violation } from '../../src/frame/index.ts';
import { PIECES } from '../bytes/slow-utf8.ts';
import { CLIENT, RecordingOutput, SERVER } from '../connection/record.ts';
import { encodeFrame, hex, type SlowFrame } from '../frame/slow-frames.ts';
import { cutAt } from '../http/cuttings.ts';

const MAX_PAYLOAD = 60;
const MAX_FRAGMENTS = 4;

/** What came of some bytes: events in words, payloads in hexadecimal digits. */
interface Reading {
  readonly events: readonly string[];
  /** The close code that the peer is told when a rule was broken. */
  readonly failed: number | undefined;
}

interface OurReading extends Reading {
  /** The row, when a rule was broken. */
  readonly violation: string | undefined;
}

/** Whose frames are read, and whether permessage-deflate was agreed. */
interface Role {
  readonly isServer: boolean;
  readonly deflate: boolean;
}

/** Writes down what a connection tells. */
class Listener implements ConnectionHost {
  readonly events: string[] = [];
  violation: Violation | undefined = undefined;

  onMessage(data: Buffer, isBinary: boolean): void {
    this.events.push(`${isBinary ? 'binary' : 'text'} ${data.toString('hex')}`);
  }

  onPing(data: Buffer): void {
    this.events.push(`ping ${data.toString('hex')}`);
  }

  onPong(data: Buffer): void {
    this.events.push(`pong ${data.toString('hex')}`);
  }

  onClose(code: number, reason: Buffer): void {
    this.events.push(`close ${code} ${reason.toString('hex')}`);
  }

  onFail(violation: Violation): void {
    this.violation = violation;
  }

  onComplete(): void {}
  onInflationEnd(): void {}
}

function readOurselves(chunks: readonly Buffer[], { isServer, deflate }: Role): OurReading {
  const options = { ...(isServer ? SERVER : CLIENT), maxPayload: MAX_PAYLOAD, maxFragments: MAX_FRAGMENTS };
  const settings = { windowBits: 15, contextTakeover: true, jobs: new JobQueue(10) };
  const compression = { inflater: new Inflater(settings), deflater: new Deflater(settings) };
  const listener = new Listener();
  const connection = new Connection(listener, new RecordingOutput(), options, deflate ? compression : undefined);
  for (const chunk of chunks) connection.receive(chunk);
  connection.release(new Error('over'));
  const { events, violation } = listener;
  return { events, failed: violation?.status, violation: violation?.name };
}

/** ws's Receiver and PerMessageDeflate, of which @types/ws knows only the latter's absence. */
interface WsInternals {
  readonly Receiver: new (
    options: object,
  ) => NodeJS.WritableStream & {
    readonly writableEnded: boolean;
    readonly destroyed: boolean;
    readonly errored: unknown;
  };
  readonly PerMessageDeflate: {
    new (options: object): { accept(offers: object[]): object };
    readonly extensionName: string;
  };
}
const { Receiver, PerMessageDeflate } = wsExports as unknown as WsInternals;

async function readWithWs(chunks: readonly Buffer[], { isServer, deflate }: Role): Promise<Reading> {
  const extensions: Record<string, object> = {};
  if (deflate) {
    const extension = new PerMessageDeflate({ isServer, maxPayload: MAX_PAYLOAD });
    extension.accept([{}]);
    extensions[PerMessageDeflate.extensionName] = extension;
  }
  const receiver = new Receiver({ isServer, maxPayload: MAX_PAYLOAD, maxFragments: MAX_FRAGMENTS, extensions });
  const events: string[] = [];
  let failed: number | undefined;
  receiver.on('message', (data: Buffer, isBinary: boolean) =>
    events.push(`${isBinary ? 'binary' : 'text'} ${data.toString('hex')}`),
  );
  receiver.on('ping', (data: Buffer) => events.push(`ping ${data.toString('hex')}`));
  receiver.on('pong', (data: Buffer) => events.push(`pong ${data.toString('hex')}`));
  receiver.on('conclude', (code: number, reason: Buffer) => events.push(`close ${code} ${reason.toString('hex')}`));
  receiver.on('error', (error) => {
    const status = Object.getOwnPropertySymbols(error).find((symbol) => symbol.description === 'status-code');
    failed = (error as unknown as Record<symbol, number>)[status as symbol];
  });
  const closed = new Promise((resolve) => receiver.once('close', resolve));
  for (const chunk of chunks) {
    if (receiver.writableEnded || receiver.errored) break;
    // Each when the one before has been read: ws 8.23 reads on after an error when chunks have queued up behind an
    // inflation, and may then even throw.
    await new Promise((resolve) => receiver.write(chunk, resolve));
  }
  if (!receiver.writableEnded) receiver.end();
  await closed;
  return { events, failed };
}

/** One way in which the two readings may differ. */
interface Difference {
  readonly name: string;
  readonly reason: string;
  /** Bytes from a client that show it. */
  readonly wire: string;
  readonly deflate?: true;
  readonly ours: Reading;
  readonly theirs: Reading;
  /** Whether two readings that differ do so in this way. The events that both begin with have been taken away. */
  readonly holds: (ours: OurReading, theirs: Reading) => boolean;
}

function seesNoMore(reading: Reading): boolean {
  return reading.events.length === 0;
}

function seesNoMoreMessages(reading: Reading): boolean {
  return reading.events.every((event) => /^(?:ping|pong|close) /.test(event));
}

const nothing: Reading = { events: [], failed: undefined };

const KNOWN_DIFFERENCES: readonly Difference[] = [
  {
    name: 'a length in more bytes than it needs',
    reason: 'RFC 6455 §5.2: "the minimal number of bytes MUST be used". ws does not look.',
    wire: '82 fe 0001 00000000 61',
    ours: { events: [], failed: 1002 },
    theirs: { events: ['binary 61'], failed: undefined },
    holds: (ours) => ours.violation === 'NonMinimalLength',
  },
  {
    name: 'the top bit of a 64-bit length',
    reason: 'RFC 6455 §5.2: "the most significant bit MUST be 0": 1002. For ws it is just too long: 1009.',
    wire: '82 ff 8000000000000000 00000000',
    ours: { events: [], failed: 1002 },
    theirs: { events: [], failed: 1009 },
    holds: (ours, theirs) => ours.violation === 'LengthTopBit' && theirs.failed === 1009 && seesNoMore(theirs),
  },
  {
    name: 'text that is wrong before it is all there',
    reason: 'RFC 6455 §8.1 lets us fail at the first wrong byte; ws judges whole messages, and reads on until then.',
    wire: '01 81 00000000 ff 89 80 00000000',
    ours: { events: [], failed: 1007 },
    theirs: { events: ['ping '], failed: undefined },
    // It is never delivered by ws either, whatever stands between.
    holds: (ours, theirs) => ours.violation === 'InvalidText' && seesNoMoreMessages(theirs),
  },
  {
    name: 'a fragment too many whose payload has not come',
    reason: 'The header tells: nothing is kept for it. ws counts a fragment when it is whole.',
    wire: '01 80 00000000 00 80 00000000 00 80 00000000 00 80 00000000 80 85 00000000 61',
    ours: { events: [], failed: 1008 },
    theirs: nothing,
    holds: (ours, theirs) => ours.violation === 'TooManyFragments' && theirs.failed === undefined && seesNoMore(theirs),
  },
  {
    name: 'a Close of one byte that has not come',
    reason: 'ws refuses it by its length; for us the body of a Close frame is judged when it is there.',
    wire: '88 81 00000000',
    ours: nothing,
    theirs: { events: [], failed: 1002 },
    holds: (ours, theirs) => theirs.failed === 1002 && ours.failed === undefined && seesNoMore(ours),
  },
  {
    name: 'a message too long whose masking key has not come',
    reason: 'A header is told of when it is whole; ws judges the length before it has read the key.',
    wire: '82 fe 007e 0000',
    ours: nothing,
    theirs: { events: [], failed: 1009 },
    holds: (ours, theirs) => theirs.failed === 1009 && ours.failed === undefined && seesNoMore(ours),
  },
  {
    name: 'DEFLATE data that ends too early',
    reason: 'RFC 7692 §7.2.1: the data ends with a whole block. ws delivers what came out so far.',
    wire: 'c2 86 00000000 f248cdc9c907',
    deflate: true,
    ours: { events: [], failed: 1007 },
    theirs: { events: ['binary 48656c6c6f'], failed: undefined },
    holds: (ours) => ours.violation === 'CorruptDeflate',
  },
  {
    name: 'a bomb before its message has ended',
    reason: 'We inflate whole messages; ws inflates fragment by fragment, and sees the limit passed before the end.',
    wire: `42 85 00000000 ${deflated(Buffer.alloc(200)).subarray(0, 5).toString('hex')} 89 80 00000000`,
    deflate: true,
    ours: { events: ['ping '], failed: undefined },
    theirs: { events: [], failed: 1009 },
    holds: (ours, theirs) => theirs.failed === 1009 && seesNoMore(theirs) && seesNoMoreMessages(ours),
  },
  {
    name: 'data that is not DEFLATE, before its message has ended',
    reason: 'We inflate whole messages; ws inflates fragment by fragment.',
    wire: '42 82 00000000 ffff 89 80 00000000',
    deflate: true,
    ours: { events: ['ping '], failed: undefined },
    theirs: { events: [], failed: 1007 },
    holds: (ours, theirs) => theirs.failed === 1007 && seesNoMore(theirs) && seesNoMoreMessages(ours),
  },
];

/** RFC 7692 §7.2.1 by hand. */
function deflated(payload: Uint8Array): Buffer {
  const bytes = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH });
  return bytes.subarray(0, bytes.length - 4);
}

/** The two readings without the events that both begin with. */
function endingsOf(ours: OurReading, theirs: Reading): [OurReading, Reading] {
  let common = 0;
  while (common < ours.events.length && ours.events[common] === theirs.events[common]) common++;
  return [
    { ...ours, events: ours.events.slice(common) },
    { ...theirs, events: theirs.events.slice(common) },
  ];
}

/** What is wrong with two readings: `undefined` when they agree or differ in a way that is on the list. */
function complaint(ours: OurReading, theirs: Reading, { deflate }: Role): string | undefined {
  const [our, their] = endingsOf(ours, theirs);
  if (seesNoMore(our) && seesNoMore(their) && our.failed === their.failed) return undefined;
  // Never other events, never in another order: one of the two only sees fewer.
  const oneSeesFewer = seesNoMore(our) || seesNoMore(their);
  const known = KNOWN_DIFFERENCES.filter((difference) => deflate || !difference.deflate);
  if (oneSeesFewer && known.some((difference) => difference.holds(our, their))) return undefined;
  return `we read ${JSON.stringify(ours)}, ws ${JSON.stringify(theirs)}`;
}

describe('a listed difference is still there', () => {
  test.each(KNOWN_DIFFERENCES)('$name', async ({ wire, deflate = false, ours, theirs, holds }) => {
    const role = { isServer: true, deflate };
    const ourReading = readOurselves([hex(wire)], role);
    const { violation, ...reading } = ourReading;
    expect(reading).toEqual(ours);
    const theirReading = await readWithWs([hex(wire)], role);
    expect(theirReading).toEqual(theirs);
    expect(reading).not.toEqual(theirReading);
    expect(holds(...endingsOf(ourReading, theirReading))).toBe(true);
    expect(complaint(ourReading, theirReading, role)).toBeUndefined();
  });
});

describe('a difference that is not listed is a complaint', () => {
  const agreeing: Reading = { events: ['text 61', 'ping '], failed: undefined };
  test.each<[what: string, ours: OurReading, theirs: Reading]>([
    ['other events', { ...agreeing, events: ['text 62'], violation: undefined }, agreeing],
    ['another order', { ...agreeing, events: ['ping ', 'text 61'], violation: undefined }, agreeing],
    ['fewer events', { ...agreeing, events: ['text 61'], violation: undefined }, agreeing],
    ['more events', { ...agreeing, events: [...agreeing.events, 'pong '], violation: undefined }, agreeing],
    ['another code', { ...agreeing, failed: 1002, violation: 'ReservedOpcode' }, { ...agreeing, failed: 1009 }],
    ['a refusal', { ...agreeing, failed: 1002, violation: 'ReservedOpcode' }, agreeing],
    ['wrong text that ws delivers', { events: [], failed: 1007, violation: 'InvalidText' }, agreeing],
  ])('%s', (_, ours, theirs) => {
    expect(complaint(ours, theirs, { isServer: true, deflate: false })).toMatch(/^we read/);
  });
});

// ---- random bytes

const rarely = fc.integer({ min: 0, max: 40 }).map((number) => number === 0);
const key = fc.uint8Array({ minLength: 4, maxLength: 4 });
const payload = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => Buffer.from(text)) },
  {
    weight: 3,
    arbitrary: fc.array(fc.constantFrom(...PIECES.slice(0, 14)), { maxLength: 5 }).map((all) => Buffer.concat(all)),
  },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 5 }).map((all) => Buffer.concat(all)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes)) },
);
const closeBodies = fc.oneof(
  fc.constantFrom('', '03e8', '03e9 6869', '0bb8', '1387', '03', '03ed', '0000', '1388', '03e8 ff', '03e8 c3').map(hex),
  payload,
);

/** Frames that mostly make legal messages, and now and then break one of every kind of rule. */
function framesFor({ isServer, deflate }: Role): fc.Arbitrary<Buffer> {
  const message = fc
    .record({
      opcode: fc.constantFrom(1, 2),
      payload,
      compressed: fc.boolean(),
      cuts: fc.array(fc.nat(12), { maxLength: 4 }),
      controls: fc.array(fc.option(fc.record({ opcode: fc.constantFrom(9, 10), payload }), { nil: undefined }), {
        minLength: 5,
        maxLength: 5,
      }),
      unfinished: rarely,
      wrongly: rarely,
    })
    .map(({ opcode, payload, compressed, cuts, controls, unfinished, wrongly }): SlowFrame[] => {
      const rsv1 = deflate && compressed;
      const parts = cutAt(rsv1 ? deflated(payload) : payload, cuts);
      return parts.flatMap((part, index): SlowFrame[] => {
        const frame: SlowFrame = {
          opcode: index === 0 || wrongly ? opcode : 0,
          rsv1: rsv1 && (index === 0 || wrongly),
          fin: index === parts.length - 1 && !unfinished,
          payload: part,
        };
        const control = controls[index];
        return control === undefined ? [frame] : [control, frame];
      });
    });
  const odd = fc
    .record({
      opcode: fc.nat(15),
      fin: fc.boolean(),
      rsv1: rarely,
      rsv2: rarely,
      rsv3: rarely,
      payload,
      lengthBits: fc.option(fc.constantFrom<16 | 64>(16, 64), { freq: 4, nil: undefined }),
      announced: fc.option(fc.constantFrom<number | bigint>(1, 61, 126, 65_536, 2 ** 31, 2n ** 53n, 2n ** 63n), {
        freq: 8,
        nil: undefined,
      }),
    })
    .map(({ lengthBits, announced, ...frame }): SlowFrame[] => {
      const length = BigInt(announced ?? frame.payload.length);
      const fits = lengthBits !== 16 || length < 65_536n;
      return [
        {
          ...frame,
          ...(announced === undefined ? {} : { announced }),
          ...(lengthBits !== undefined && fits ? { lengthBits } : {}),
        },
      ];
    });
  const closing = closeBodies.map((body): SlowFrame[] => [{ opcode: 8, payload: body }]);
  const group = fc.oneof(
    { weight: 12, arbitrary: message },
    { weight: 1, arbitrary: odd },
    { weight: 1, arbitrary: closing },
  );
  return fc
    .tuple(fc.array(group, { maxLength: 6 }), fc.array(key, { minLength: 1, maxLength: 3 }), rarely, fc.nat(400))
    .map(([groups, keys, wrongMask, length]) => {
      const masked = isServer !== wrongMask;
      const frames = groups.flat();
      const wire = Buffer.concat(
        frames.map((frame, index) => encodeFrame(masked ? { ...frame, key: keys[index % keys.length] } : frame)),
      );
      // Half of the streams end anywhere.
      return length % 2 === 0 ? wire : wire.subarray(0, length);
    });
}

const ROLES: readonly Role[] = [
  { isServer: true, deflate: false },
  { isServer: false, deflate: false },
  { isServer: true, deflate: true },
  { isServer: false, deflate: true },
];

describe.each(ROLES)('with isServer $isServer and permessage-deflate $deflate', (role) => {
  const places = fc.array(fc.nat(400), { maxLength: 6 });

  test('frames are read as ws reads them', async () => {
    await fc.assert(
      fc.asyncProperty(framesFor(role), places, async (wire, cuts) => {
        const ours = readOurselves(cutAt(wire, cuts), role);
        expect(complaint(ours, await readWithWs(cutAt(wire, cuts), role), role)).toBeUndefined();
      }),
      { numRuns: role.deflate ? 500 : 1500 },
    );
  });

  test('any bytes are read as ws reads them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 120 }), places, async (bytes, cuts) => {
        const wire = Buffer.from(bytes);
        const ours = readOurselves(cutAt(wire, cuts), role);
        expect(complaint(ours, await readWithWs(cutAt(wire, cuts), role), role)).toBeUndefined();
      }),
      { numRuns: 700 },
    );
  });
});
