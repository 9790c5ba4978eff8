// Statements about any bytes at all: the parser against a slow judge, never throwing, however the bytes are cut.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FrameParserOptions } from '../../src/frame/frame-parser.ts';
import { Opcode } from '../../src/frame/opcode.ts';
import { type Violation, Violations } from '../../src/frame/violation.ts';
import { cutAt } from '../http/cuttings.ts';
import { type FrameEvent, FrameRecorder, frameEvent, readFrames, violationEvent } from './record.ts';
import { encodeFrame, type SlowFrame } from './slow-frames.ts';

/** What a frame of the slow pen breaks first, and with which of its bytes. */
function judge(frame: SlowFrame, options: FrameParserOptions): [Violation, index: number] | undefined {
  const defined: readonly number[] = Object.values(Opcode);
  const length = BigInt(frame.announced ?? Buffer.from(frame.payload ?? '').length);
  const needed = length < 126n ? 7 : length < 65_536n ? 16 : 64;
  const lengthBits = frame.lengthBits ?? needed;
  const control = frame.opcode >= 8;
  if (frame.rsv2 || frame.rsv3) return [Violations.ReservedBits2And3, 0];
  if (!defined.includes(frame.opcode)) return [Violations.ReservedOpcode, 0];
  if (frame.rsv1 && !options.rsv1) return [Violations.ReservedBit1, 0];
  if (frame.rsv1 && control) return [Violations.ReservedBit1OnControl, 0];
  if (options.masked && frame.key === undefined) return [Violations.UnmaskedClientFrame, 1];
  if (!options.masked && frame.key !== undefined) return [Violations.MaskedServerFrame, 1];
  if (control && frame.fin === false) return [Violations.FragmentedControl, 0];
  if (control && lengthBits > 7) return [Violations.ControlTooLong, 1];
  if (length >= 2n ** 63n) return [Violations.LengthTopBit, 2];
  if (lengthBits > needed) return [Violations.NonMinimalLength, 2];
  return undefined;
}

/** The events of these frames, up to the first that is refused. */
function slowEvents(frames: readonly SlowFrame[], options: FrameParserOptions): FrameEvent[] {
  const events: FrameEvent[] = [];
  let offset = 0;
  for (const frame of frames) {
    const refused = judge(frame, options);
    if (refused !== undefined) return [...events, violationEvent(refused[0], offset + refused[1])];
    events.push(frameEvent(frame.opcode, Buffer.from(frame.payload ?? ''), frame.fin, frame.rsv1));
    offset += encodeFrame(frame).length;
  }
  return events;
}

const rarely = fc.integer({ min: 0, max: 30 }).map((number) => number === 0);
const options = fc.record({ masked: fc.boolean(), rsv1: fc.boolean() });
const payload = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: 20 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 120, maxLength: 200 }) },
);

/** Frames that mostly keep the rules, and now and then break one. */
function framesFor({ masked, rsv1 }: FrameParserOptions): fc.Arbitrary<SlowFrame[]> {
  const frame = fc
    .record({
      opcode: fc.oneof(
        { weight: 20, arbitrary: fc.constantFrom<number>(...Object.values(Opcode)) },
        { weight: 1, arbitrary: fc.nat(15) },
      ),
      fin: fc.boolean(),
      rsv1: fc.boolean(),
      rsv2: rarely,
      rsv3: rarely,
      wrongly: fc.record({ masked: rarely, rsv1: rarely, fin: rarely }),
      key: fc.uint8Array({ minLength: 4, maxLength: 4 }),
      payload,
      lengthBits: fc.option(fc.constantFrom<16 | 64>(16, 64), { freq: 20, nil: undefined }),
    })
    .map(({ wrongly, key, lengthBits, ...rest }): SlowFrame => {
      const control = rest.opcode >= 8;
      const length = rest.payload.length;
      return {
        ...rest,
        payload: control ? rest.payload.subarray(0, wrongly.fin ? 200 : 100) : rest.payload,
        fin: rest.fin || (control && !wrongly.fin),
        rsv1: rest.rsv1 && ((rsv1 && !control) || wrongly.rsv1),
        key: masked === wrongly.masked ? undefined : key,
        ...(lengthBits === undefined || (length >= 126 && lengthBits === 16 && control) ? {} : { lengthBits }),
      };
    });
  return fc.array(frame, { maxLength: 12 });
}

const scenario = options.chain((chosen) => fc.tuple(fc.constant(chosen), framesFor(chosen)));
const places = fc.array(fc.nat(400), { maxLength: 10 });

// RFC 6455 §10.7(d)
test('frames mean what the slow judge says, however they are cut', () => {
  fc.assert(
    fc.property(scenario, places, ([chosen, frames], cuts) => {
      const wire = Buffer.concat(frames.map(encodeFrame));
      expect(readFrames(cutAt(wire, cuts), chosen).events).toEqual(slowEvents(frames, chosen));
    }),
    { numRuns: 2000 },
  );
});

test('the slow judge sees every violation of a header now and then', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(scenario, ([chosen, frames]) => {
      for (const event of slowEvents(frames, chosen)) if ('violation' in event) seen.add(event.violation);
    }),
    { numRuns: 3000, seed: 6455 },
  );
  // All but the top bit of the length, behind which nothing could follow.
  expect(seen.size).toBe(9);
});

// RFC 6455 §6.2(a), §10.7(a)
test('any bytes give the same events however they are cut, and never throw', () => {
  fc.assert(
    fc.property(options, fc.uint8Array({ maxLength: 300 }), places, (chosen, bytes, cuts) => {
      const whole = readFrames([Buffer.from(bytes)], chosen);
      expect(readFrames(cutAt(Buffer.from(bytes), cuts), chosen).events).toEqual(whole.events);
      const single = readFrames(
        Array.from(bytes, (byte) => Buffer.of(byte)),
        chosen,
      );
      expect(single.events).toEqual(whole.events);
      expect(single.parser.insideFrame).toBe(whole.parser.insideFrame);
    }),
    { numRuns: 3000 },
  );
});

test('stopping anywhere changes nothing', () => {
  fc.assert(
    fc.property(scenario, places, fc.array(fc.boolean(), { minLength: 1 }), ([chosen, frames], cuts, answers) => {
      const wire = Buffer.concat(frames.map(encodeFrame));
      const recorder = new FrameRecorder(chosen);
      recorder.answer = (call) => answers[call % answers.length] as boolean;
      for (const chunk of cutAt(wire, cuts)) recorder.push(chunk);
      expect(recorder.events).toEqual(slowEvents(frames, chosen));
    }),
    { numRuns: 1000 },
  );
});
