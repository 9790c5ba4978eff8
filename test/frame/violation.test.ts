// Statements about the table of violations: every row can be provoked, by exact bytes, whole and cut anywhere, and is then
// reported at the byte at fault, and shows it; and every row fits into a Close frame.
import { describe, expect, test } from 'vitest';
import type { ConnectionOptions } from '../../src/connection/index.ts';
import { type InflateFailure, InflateFailures } from '../../src/deflate/index.ts';
import { MAX_CLOSE_REASON } from '../../src/frame/close-body.ts';
import { mayTravel } from '../../src/frame/status.ts';
import { Violations } from '../../src/frame/violation.ts';
import { CLIENT, ConnectionRecorder, SERVER } from '../connection/record.ts';
import { cuttingsOf } from '../http/cuttings.ts';
import { FakeInflater } from '../message/fake-inflater.ts';
import { hex } from './slow-frames.ts';

/** How to provoke a violation. */
interface Example {
  /** What the peer sends. */
  readonly wire: string;
  /** Which of those bytes is at fault. */
  readonly offset: number;
  /** What the peer is told. */
  readonly status: number;
  /** Our side, when it is not the server of these tests with its defaults. */
  readonly options?: Partial<ConnectionOptions>;
  /** What becomes of compressed messages; without it permessage-deflate was not agreed. */
  readonly inflation?: InflateFailure | 'works';
  /** The byte that is shown, when it is not that of the wire. */
  readonly marked?: number;
  /** The last frame of the message has no payload. */
  readonly isLastEmpty?: true;
  /** The floor above finds it, when everything has been received. */
  readonly fromAbove?: true;
}

const EXAMPLES: Readonly<Record<keyof typeof Violations, readonly Example[]>> = {
  ReservedBits2And3: [
    { wire: 'a1 80 00000000', offset: 0, status: 1002 },
    { wire: '89 80 00000000 91 80 00000000', offset: 6, status: 1002 },
  ],
  ReservedBit1: [{ wire: 'c1 80 00000000', offset: 0, status: 1002 }],
  ReservedBit1OnControl: [{ wire: 'c9 80 00000000', offset: 0, status: 1002, inflation: 'works' }],
  ReservedBit1OnContinuation: [
    { wire: '41 81 00000000 61 c0 80 00000000', offset: 7, status: 1002, inflation: 'works' },
    { wire: '01 81 00000000 61 c0 80 00000000', offset: 7, status: 1002, inflation: 'works' },
  ],
  ReservedOpcode: [
    { wire: '83 80 00000000', offset: 0, status: 1002 },
    { wire: '8f 80 00000000', offset: 0, status: 1002 },
  ],
  UnmaskedClientFrame: [{ wire: '81 05 48656c6c6f', offset: 1, status: 1002 }],
  MaskedServerFrame: [{ wire: '81 85 37fa213d 7f9f4d5158', offset: 1, status: 1002, options: CLIENT }],
  NonMinimalLength: [
    { wire: '81 fe 007d', offset: 2, status: 1002 },
    { wire: '82 ff 000000000000ffff', offset: 2, status: 1002 },
    { wire: '82 7f 000000000000ffff', offset: 2, status: 1002, options: CLIENT },
  ],
  LengthTopBit: [
    { wire: '82 7f 8000000000000001', offset: 2, status: 1002, options: CLIENT },
    { wire: '82 ff ffffffffffffffff', offset: 2, status: 1002 },
  ],
  FragmentedControl: [{ wire: '09 80 00000000', offset: 0, status: 1002 }],
  ControlTooLong: [
    { wire: '89 fe 007e 00000000', offset: 1, status: 1002 },
    { wire: '88 ff', offset: 1, status: 1002 },
  ],
  ContinuationOfNothing: [
    { wire: '80 80 00000000', offset: 0, status: 1002 },
    { wire: '81 80 00000000 00 81 00000000 61', offset: 6, status: 1002 },
  ],
  MessageInsideMessage: [{ wire: '01 81 00000000 61 82 80 00000000', offset: 7, status: 1002 }],
  MessageTooBig: [
    { wire: '82 84 00000000', offset: 1, status: 1009, options: { maxPayload: 3 } },
    { wire: '02 82 00000000 6161 80 82 00000000', offset: 9, status: 1009, options: { maxPayload: 3 } },
    { wire: '02 82 00000000 6161 80 fe 0080 00000000', offset: 9, status: 1009, options: { maxPayload: 128 } },
    { wire: '82 ff 0020000000000000 00000000', offset: 1, status: 1009 },
    { wire: '82 ff 7fffffffffffffff 00000000', offset: 1, status: 1009 },
  ],
  TooManyFragments: [
    {
      wire: '01 80 00000000 00 80 00000000 80 80 00000000',
      offset: 12,
      status: 1008,
      options: { maxFragments: 2 },
    },
  ],
  MessageTimeout: [
    { wire: '01 81 00000000 61', offset: 7, status: 1008, fromAbove: true },
    { wire: '81 fe', offset: 2, status: 1008, fromAbove: true },
  ],
  TooManyMessages: [
    {
      wire: '89 80 00000000 81 81 00000000 61',
      offset: 12,
      status: 1008,
      options: { messageRate: { perSecond: 1, burst: 1 }, fastProducer: 'close' },
    },
    {
      wire: '01 81 00000000 61 8a 80 00000000 80 81 00000000 62',
      offset: 19,
      status: 1008,
      options: { messageRate: { perSecond: 1, burst: 1 }, fastProducer: 'close' },
    },
  ],
  InvalidText: [
    { wire: '81 83 00000000 6180 61', offset: 7, status: 1007 },
    { wire: '01 82 00000000 61e2 80 81 00000000 61', offset: 14, status: 1007 },
    // Text that ends inside a character, with a frame that has no payload: its last byte is one of its header.
    { wire: '01 82 00000000 61e2 80 80 00000000', offset: 13, status: 1007 },
    { wire: '81 82 00000000 61e2', offset: 7, status: 1007 },
    // What comes out is <a, the beginning of a character, and then > where it ought to go on.
    { wire: 'c1 82 00000000 61 e2', offset: 7, status: 1007, inflation: 'works', marked: 0x3e },
  ],
  CorruptDeflate: [
    { wire: 'c2 82 00000000 ffff', offset: 7, status: 1007, inflation: InflateFailures.Corrupt },
    { wire: '42 81 00000000 ff 80 81 00000000 fe', offset: 13, status: 1007, inflation: InflateFailures.Corrupt },
    {
      wire: '42 82 00000000 ffff 80 80 00000000',
      offset: 13,
      status: 1007,
      inflation: InflateFailures.Corrupt,
      isLastEmpty: true,
    },
  ],
  InflatedTooBig: [{ wire: 'c2 82 00000000 ffff', offset: 7, status: 1009, inflation: InflateFailures.TooBig }],
  TooManyFinalBlocks: [
    { wire: 'c2 82 00000000 ffff', offset: 7, status: 1008, inflation: InflateFailures.TooManyFinalBlocks },
  ],
  OutOfMemory: [{ wire: 'c2 82 00000000 ffff', offset: 7, status: 1011, inflation: InflateFailures.OutOfMemory }],
  UnreadablePart: [{ wire: '81 80 00000000', offset: 6, status: 1011, fromAbove: true }],
  CloseBodyTooShort: [{ wire: '88 81 00000000 03', offset: 6, status: 1002 }],
  InvalidCloseCode: [
    { wire: '88 82 00000000 03ed', offset: 6, status: 1002 },
    { wire: '88 82 00000000 1388', offset: 6, status: 1002 },
  ],
  InvalidCloseReason: [
    { wire: '88 84 00000000 03e8 61ff', offset: 9, status: 1007 },
    { wire: '89 80 00000000 88 84 00000000 03e8 e282', offset: 6 + 9, status: 1007 },
  ],
};

function connectionFor({ options, inflation }: Example, inflater = new FakeInflater()): ConnectionRecorder {
  const merged = { ...SERVER, ...options };
  if (inflation === undefined) return new ConnectionRecorder(merged);
  if (inflation !== 'works') inflater.answer = inflation as unknown as Buffer;
  return new ConnectionRecorder(merged, { inflater: inflater.asInflater });
}

/** The byte that the error shows as the guilty one. */
function markedOf({ excerpt }: ConnectionRecorder): number | undefined {
  return excerpt?.bytes[excerpt.index];
}

const ROWS = Object.entries(Violations);

describe.each(ROWS)('%s', (name, violation) => {
  const examples = EXAMPLES[name as keyof typeof Violations] ?? [];

  test('has an example', () => {
    expect(examples).not.toEqual([]);
  });

  // RFC 6455 §7.1.7(d), §10.7(a)(b)
  test.each(examples)('is provoked by $wire, at byte $offset, with $status', (example) => {
    expect(violation.status).toBe(example.status);
    const reason = `${violation.section}: ${violation.text}`;
    const wire = hex(example.wire);
    for (const { name: cutting, chunks } of cuttingsOf(wire)) {
      const recorder = connectionFor(example);
      for (const chunk of chunks) recorder.connection.receive(chunk);
      if (example.fromAbove) recorder.connection.fail(violation);
      expect({ cutting, event: recorder.events.at(-1) }).toEqual({ cutting, event: ['fail', name, example.offset] });
      expect(recorder.output.lines.at(-1)).toBe(`Close ${example.status} "${reason}"`);
      // The keys of these examples are 0, or the frame is refused by its header: a byte shown is the byte sent.
      expect({ cutting, marked: markedOf(recorder) }).toEqual({
        cutting,
        marked: example.marked ?? wire[example.offset],
      });
    }
  });

  test.each(examples.filter(({ inflation }) => inflation))('shows the same when $wire takes its time', (example) => {
    const wire = hex(example.wire);
    for (const { name: cutting, chunks } of cuttingsOf(wire)) {
      const inflater = new FakeInflater();
      inflater.slow = true;
      const recorder = connectionFor(example, inflater);
      for (const chunk of chunks) recorder.connection.receive(chunk);
      if (inflater.asked.length > 0) inflater.finish();
      expect({ cutting, event: recorder.events.find(([what]) => what === 'fail') }).toEqual({
        cutting,
        event: ['fail', name, example.offset],
      });
      // When the last frame has no payload, its last byte is gone with its chunk.
      const marked = example.isLastEmpty ? undefined : (example.marked ?? wire[example.offset]);
      expect({ cutting, marked: markedOf(recorder) }).toEqual({ cutting, marked });
    }
  });

  test('fits into a Close frame, with a code that may travel', () => {
    expect(mayTravel(violation.status)).toBe(true);
    expect(Buffer.byteLength(`${violation.section}: ${violation.text}`)).toBeLessThanOrEqual(MAX_CLOSE_REASON);
  });

  test('says which rule was broken, how, and what would have been right', () => {
    expect(violation.name).toBe(name);
    expect(violation.code).toMatch(/^WS_ERR_[A-Z0-9_]+$/);
    expect(violation.section).toMatch(/^RFC (?:6455|7692) §\d+(?:\.\d+)*$/);
    for (const words of [violation.text, violation.expected]) expect(words).toMatch(/^[^\s].{5,}[^\s.]$/);
  });

  test('cannot be changed', () => {
    expect(Object.isFrozen(violation)).toBe(true);
  });
});

test('the table cannot be changed either', () => {
  expect(Object.isFrozen(Violations)).toBe(true);
});
