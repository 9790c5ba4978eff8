// Statements about messages for which there is no memory, where nobody has set a limit: RFC 6455 §10.4. The machine that
// refuses is a stand-in, for a real one would first have to be filled.
import { constants } from 'node:buffer';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Opcode, Violations } from '../../src/frame/index.ts';
import { encodeFrame, hex } from '../frame/slow-frames.ts';
import { FakeInflater } from './fake-inflater.ts';
import { MessageRecorder, messageEvent, SERVER, violationEvent } from './record.ts';

const KEY = hex('37fa213d');
const UNLIMITED = { ...SERVER, maxPayload: Number.POSITIVE_INFINITY };
/** Bytes that a masked frame with a length of 64 bits has before its payload. */
const LONGEST_HEADER = 14;

/** From now on nothing of more than `most` bytes can be had. */
function memoryOf(most: number): void {
  const real = Buffer.allocUnsafeSlow;
  const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => {
    if (size > most) throw new RangeError('Array buffer allocation failed');
    return real(size);
  });
  onTestFinished(() => allocate.mockRestore());
}

describe('a message without a limit', () => {
  // RFC 6455 §10.4(a)
  test.each([2n ** 31n, 2n ** 53n - 1n])(
    'of %s bytes is refused with 1011 at the first byte with no place',
    (announced) => {
      memoryOf(4096);
      const recorder = new MessageRecorder(UNLIMITED);
      recorder.push(encodeFrame({ opcode: Opcode.Binary, announced, key: KEY }));
      recorder.push(Buffer.alloc(1000));
      expect(recorder.events).toEqual([]);
      recorder.push(Buffer.alloc(4000));
      expect(recorder.events).toEqual([violationEvent(Violations.OutOfMemory, LONGEST_HEADER + 1000)]);
      expect(recorder.assembler.underWay).toBe(false);
    },
  );

  test('in fragments too, text or not', () => {
    memoryOf(300);
    for (const opcode of [Opcode.Text, Opcode.Binary]) {
      const recorder = new MessageRecorder(UNLIMITED);
      recorder.push(encodeFrame({ opcode, payload: 'x'.repeat(100), fin: false, key: KEY }));
      recorder.push(encodeFrame({ opcode: Opcode.Continuation, payload: 'x'.repeat(100), fin: false, key: KEY }));
      expect(recorder.events).toEqual([]);
      recorder.push(encodeFrame({ opcode: Opcode.Continuation, payload: 'x'.repeat(100), fin: false, key: KEY }));
      expect(recorder.events).toEqual([violationEvent(Violations.OutOfMemory, 106 + 106 + 6)]);
    }
  });

  test('in one frame that came at once needs none', () => {
    const wire = encodeFrame({ opcode: Opcode.Text, payload: 'x'.repeat(1000), key: KEY });
    memoryOf(0);
    const recorder = new MessageRecorder(UNLIMITED);
    recorder.push(wire);
    expect(recorder.events).toEqual([messageEvent(Opcode.Text, 'x'.repeat(1000))]);
  });
});

test('a control frame in pieces for which there is no memory ends the connection in the same way', () => {
  memoryOf(0);
  const recorder = new MessageRecorder(UNLIMITED);
  const wire = encodeFrame({ opcode: Opcode.Ping, payload: 'abc', key: KEY });
  recorder.push(wire.subarray(0, 8));
  expect(recorder.events).toEqual([violationEvent(Violations.OutOfMemory, 6)]);
});

describe('a text of which no string could be made', () => {
  const LONGEST = constants.MAX_STRING_LENGTH;
  const announce = (opcode: number, announced: number, fin = true, rsv1 = false): Buffer =>
    encodeFrame({ opcode, announced: BigInt(announced), key: KEY, fin, rsv1 });

  // RFC 6455 §10.4(a)
  test('is refused with 1009 by its length, though there is no limit; one byte less, or binary data, is not', () => {
    for (const [opcode, length, events] of [
      [Opcode.Text, LONGEST, []],
      [Opcode.Text, LONGEST + 1, [violationEvent(Violations.MessageTooBig, 1)]],
      [Opcode.Binary, LONGEST + 1, []],
    ] as const) {
      const recorder = new MessageRecorder(UNLIMITED);
      recorder.push(announce(opcode, length));
      expect(recorder.events).toEqual(events);
      recorder.assembler.close();
    }
  });

  test('also in fragments', () => {
    const recorder = new MessageRecorder(UNLIMITED);
    recorder.push(encodeFrame({ opcode: Opcode.Text, payload: 'x', fin: false, key: KEY }));
    recorder.push(announce(Opcode.Continuation, LONGEST));
    expect(recorder.events).toEqual([violationEvent(Violations.MessageTooBig, 7 + 1)]);
  });

  test('also when it only becomes so long by inflation', () => {
    const inflater = new FakeInflater();
    const recorder = new MessageRecorder(UNLIMITED, inflater.asInflater);
    recorder.push(encodeFrame({ opcode: Opcode.Text, payload: 'x', rsv1: true, key: KEY }));
    recorder.push(encodeFrame({ opcode: Opcode.Binary, payload: 'x', rsv1: true, key: KEY }));
    expect(inflater.asked.map(({ maxLength }) => maxLength)).toEqual([LONGEST, Number.POSITIVE_INFINITY]);
  });
});
