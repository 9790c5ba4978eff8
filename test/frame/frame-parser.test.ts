// Statements about frames that come in: RFC 6455 §5.1, §5.2, §5.5 and §5.7, whole, byte by byte, and cut anywhere.
import { describe, expect, test } from 'vitest';
import { FrameParser } from '../../src/frame/frame-parser.ts';
import type { FrameSink } from '../../src/frame/frame-sink.ts';
import { isControl, isReserved, Opcode } from '../../src/frame/opcode.ts';
import { type Violation, Violations } from '../../src/frame/violation.ts';
import { cutAt } from '../http/cuttings.ts';
import {
  expectFrames,
  FROM_CLIENT,
  FROM_SERVER,
  FrameRecorder,
  frameEvent,
  readFrames,
  violationEvent,
} from './record.ts';
import { encodeFrame, encodeFrames, hex, type SlowFrame } from './slow-frames.ts';

const KEY = hex('37fa213d');
const HELLO = Buffer.from('Hello');
/** Something legal, of seven bytes, to stand before the frame in question. */
const BEFORE: SlowFrame = { opcode: Opcode.Pong, payload: 'x', key: KEY };
const BEFORE_EVENT = frameEvent(Opcode.Pong, 'x');
const BEFORE_SIZE = 7;

/** Expects that the frame is refused, first of all and behind another one, and that nothing after it is read. */
function expectRefused(frame: SlowFrame, violation: Violation, index: number, options = FROM_CLIENT): void {
  const key = options.masked ? KEY : undefined;
  const after = encodeFrame({ opcode: Opcode.Text, payload: '!', key });
  expectFrames(Buffer.concat([encodeFrame(frame), after]), options, [violationEvent(violation, index)]);
  const before = encodeFrame({ ...BEFORE, key });
  expectFrames(Buffer.concat([before, encodeFrame(frame), after]), options, [
    BEFORE_EVENT,
    violationEvent(violation, before.length + index),
  ]);
}

describe('the examples of RFC 6455 §5.7 are read', () => {
  test('a single-frame unmasked text message', () => {
    expectFrames(hex('81 05 48 65 6c 6c 6f'), FROM_SERVER, [frameEvent(Opcode.Text, HELLO)]);
  });

  test('a single-frame masked text message', () => {
    expectFrames(hex('81 85 37 fa 21 3d 7f 9f 4d 51 58'), FROM_CLIENT, [frameEvent(Opcode.Text, HELLO)]);
  });

  test('a fragmented unmasked text message', () => {
    expectFrames(hex('01 03 48 65 6c 80 02 6c 6f'), FROM_SERVER, [
      frameEvent(Opcode.Text, 'Hel', false),
      frameEvent(Opcode.Continuation, 'lo'),
    ]);
  });

  test('an unmasked Ping, and a masked Pong', () => {
    expectFrames(hex('89 05 48 65 6c 6c 6f'), FROM_SERVER, [frameEvent(Opcode.Ping, HELLO)]);
    expectFrames(hex('8a 85 37 fa 21 3d 7f 9f 4d 51 58'), FROM_CLIENT, [frameEvent(Opcode.Pong, HELLO)]);
  });

  test('256 bytes of binary data in a single unmasked frame', () => {
    const payload = Buffer.alloc(256, 'abc');
    expectFrames(Buffer.concat([hex('82 7e 01 00'), payload]), FROM_SERVER, [frameEvent(Opcode.Binary, payload)]);
  });

  test('64 KiB of binary data in a single unmasked frame', () => {
    const payload = Buffer.alloc(65_536, 'abc');
    const wire = Buffer.concat([hex('82 7f 00 00 00 00 00 01 00 00'), payload]);
    // Cut at every place it would take minutes; what matters is the header, and where the payload begins and ends.
    const places = [...Array(20).keys(), 30_000, wire.length - 2, wire.length - 1, wire.length];
    for (const place of places) {
      const { events } = readFrames(cutAt(wire, [place]), FROM_SERVER);
      expect(events).toHaveLength(1);
      expect(JSON.stringify(events[0])).toBe(JSON.stringify(frameEvent(Opcode.Binary, payload)));
    }
  });
});

describe('a frame', () => {
  // RFC 6455 §6.2(a)
  test('of every defined opcode passes, empty and not, masked and not', () => {
    for (const opcode of Object.values(Opcode)) {
      for (const payload of ['', 'x', 'Hello, world']) {
        const event = frameEvent(opcode, payload);
        expectFrames(encodeFrame({ opcode, payload, key: KEY }), FROM_CLIENT, [event]);
        expectFrames(encodeFrame({ opcode, payload }), FROM_SERVER, [event]);
      }
    }
  });

  test('with the masking key 0 passes', () => {
    expectFrames(encodeFrame({ opcode: Opcode.Text, payload: HELLO, key: hex('00000000') }), FROM_CLIENT, [
      frameEvent(Opcode.Text, HELLO),
    ]);
  });

  test('of each length around 7, 16 and 64 bits passes', () => {
    for (const length of [0, 1, 2, 3, 4, 124, 125, 126, 127, 128, 255, 256]) {
      const payload = Buffer.alloc(length, 'payload');
      const event = frameEvent(Opcode.Binary, payload);
      expectFrames(encodeFrame({ opcode: Opcode.Binary, payload, key: KEY }), FROM_CLIENT, [event]);
      expectFrames(encodeFrame({ opcode: Opcode.Binary, payload }), FROM_SERVER, [event]);
    }
  });

  // RFC 6455 §6.2(e)
  test('is unmasked where it lies, and its neighbours are left alone', () => {
    const wire = encodeFrames([BEFORE, { opcode: Opcode.Text, payload: HELLO, key: KEY }, BEFORE]);
    const chunk = Buffer.from(wire);
    const sink = new FrameRecorder(FROM_CLIENT);
    sink.answer = (call) => call !== 1;
    expect(sink.parser.push(chunk)).toBe(BEFORE_SIZE + 11);
    expect(chunk.subarray(BEFORE_SIZE, BEFORE_SIZE + 6)).toEqual(wire.subarray(BEFORE_SIZE, BEFORE_SIZE + 6));
    expect(chunk.subarray(BEFORE_SIZE + 6, BEFORE_SIZE + 11)).toEqual(HELLO);
    expect(chunk.subarray(BEFORE_SIZE + 11)).toEqual(wire.subarray(BEFORE_SIZE + 11));
  });

  test('comes 174,000 times in one chunk without a stack to overflow', () => {
    const one = encodeFrame({ opcode: Opcode.Binary, key: KEY });
    const count = 174_000;
    const wire = Buffer.alloc(one.length * count, one);
    let seen = 0;
    const parser = new FrameParser({ ...DEAF, onFrame: () => ++seen > 0 }, FROM_CLIENT);
    expect(parser.push(wire)).toBe(wire.length);
    expect(seen).toBe(count);
  });
});

/** A sink that goes on whatever it is told. */
const DEAF: FrameSink = {
  onFrame: () => true,
  onFrameHeader: () => true,
  onFramePart: () => true,
  onViolation: () => {},
};

describe('refused with 1002', () => {
  // RFC 6455 §5.2(b)
  test('RSV2 or RSV3 on any opcode, whatever was agreed (§5.2)', () => {
    for (let opcode = 0; opcode < 16; opcode++) {
      for (const bits of [{ rsv2: true }, { rsv3: true }, { rsv2: true, rsv3: true }, { rsv1: true, rsv2: true }]) {
        for (const rsv1 of [false, true]) {
          const options = { masked: true, rsv1 };
          expectRefused({ opcode, ...bits, key: KEY }, Violations.ReservedBits2And3, 0, options);
        }
      }
    }
  });

  // RFC 6455 §5.2(b), §5.8(a)
  test('RSV1 where permessage-deflate was not agreed (§5.2)', () => {
    for (const opcode of Object.values(Opcode)) {
      expectRefused({ opcode, rsv1: true, key: KEY }, Violations.ReservedBit1, 0);
    }
  });

  // RFC 7692 §6.1(d)
  test('RSV1 on a control frame where it was agreed (RFC 7692 §6.1)', () => {
    for (const opcode of Object.values(Opcode)) {
      const frame = { opcode, rsv1: true, key: KEY };
      const options = { masked: true, rsv1: true };
      if (isControl(opcode)) expectRefused(frame, Violations.ReservedBit1OnControl, 0, options);
      else expectFrames(encodeFrame(frame), options, [frameEvent(opcode, '', true, true)]);
    }
  });

  // RFC 6455 §5.2(c)
  test('each reserved opcode, with and without FIN (§5.2)', () => {
    for (let opcode = 0; opcode < 16; opcode++) {
      if (!isReserved(opcode)) continue;
      for (const fin of [false, true]) {
        expectRefused({ opcode, fin, key: KEY }, Violations.ReservedOpcode, 0);
        expectRefused({ opcode, fin }, Violations.ReservedOpcode, 0, FROM_SERVER);
      }
    }
  });

  // RFC 6455 §5.1(b)
  test("a client's frame without a mask (§5.1)", () => {
    for (const opcode of Object.values(Opcode)) {
      expectRefused({ opcode, payload: HELLO }, Violations.UnmaskedClientFrame, 1);
    }
  });

  // RFC 6455 §5.1(d)
  test("a server's frame with a mask (§5.1)", () => {
    for (const opcode of Object.values(Opcode)) {
      expectRefused({ opcode, payload: HELLO, key: KEY }, Violations.MaskedServerFrame, 1, FROM_SERVER);
    }
  });

  // RFC 6455 §5.4(b), §5.5(b)
  test('a control frame without FIN (§5.5)', () => {
    for (const opcode of [Opcode.Close, Opcode.Ping, Opcode.Pong]) {
      expectRefused({ opcode, fin: false, key: KEY }, Violations.FragmentedControl, 0);
    }
  });

  // RFC 6455 §5.5(a)
  test('a control frame of more than 125 bytes, in whatever form its length is written (§5.5)', () => {
    for (const opcode of [Opcode.Close, Opcode.Ping, Opcode.Pong]) {
      for (const announced of [126, 127, 65_535, 65_536, 2 ** 40]) {
        expectRefused({ opcode, announced, key: KEY }, Violations.ControlTooLong, 1);
      }
      expectRefused({ opcode, announced: 5, lengthBits: 16, key: KEY }, Violations.ControlTooLong, 1);
      expectRefused({ opcode, announced: 5, lengthBits: 64, key: KEY }, Violations.ControlTooLong, 1);
      const payload = Buffer.alloc(125, 'x');
      expectFrames(encodeFrame({ opcode, payload, key: KEY }), FROM_CLIENT, [frameEvent(opcode, payload)]);
    }
  });

  // RFC 6455 §5.2(A)
  test('a length in more bytes than it needs (§5.2)', () => {
    for (const announced of [0, 1, 124, 125]) {
      expectRefused({ opcode: Opcode.Text, announced, lengthBits: 16, key: KEY }, Violations.NonMinimalLength, 2);
    }
    for (const announced of [0, 125, 126, 65_534, 65_535]) {
      const frame: SlowFrame = { opcode: Opcode.Text, announced, lengthBits: 64 };
      expectRefused({ ...frame, key: KEY }, Violations.NonMinimalLength, 2);
      expectRefused(frame, Violations.NonMinimalLength, 2, FROM_SERVER);
    }
  });

  // RFC 6455 §5.2(d)
  test('a 64-bit length with its top bit set (§5.2)', () => {
    for (const announced of [2n ** 63n, 2n ** 63n + 5n, 2n ** 64n - 1n]) {
      expectRefused({ opcode: Opcode.Binary, announced, key: KEY }, Violations.LengthTopBit, 2);
    }
    expectFrames(hex('82 7f 80 00 00 00 00 00 00 01'), FROM_SERVER, [violationEvent(Violations.LengthTopBit, 2)]);
    expectFrames(hex('82 7f ff ff ff ff ff ff ff ff'), FROM_SERVER, [violationEvent(Violations.LengthTopBit, 2)]);
  });

  test('as soon as the two bytes are there that show it, before any length or key', () => {
    const cases: [wire: string, violation: Violation][] = [
      ['91 fe', Violations.ReservedBits2And3],
      ['83 ff', Violations.ReservedOpcode],
      ['c1 fe', Violations.ReservedBit1],
      ['81 7e', Violations.UnmaskedClientFrame],
      ['09 85', Violations.FragmentedControl],
      ['89 fe', Violations.ControlTooLong],
    ];
    for (const [wire, violation] of cases) {
      const { events } = readFrames([hex(wire)], FROM_CLIENT);
      expect(events).toMatchObject([{ violation: violation.name }]);
    }
  });

  test('for the first of several reasons, in the order of the bits', () => {
    const order: [wire: string, violation: Violation][] = [
      ['3f fe', Violations.ReservedBits2And3],
      ['4f 7e', Violations.ReservedOpcode],
      ['49 7e', Violations.ReservedBit1],
      ['09 7e', Violations.UnmaskedClientFrame],
      ['09 fe', Violations.FragmentedControl],
    ];
    for (const [wire, violation] of order) {
      expect(readFrames([hex(wire)], FROM_CLIENT).events).toMatchObject([{ violation: violation.name }]);
    }
  });
});

describe('a length', () => {
  test('below 2^63 is announced as it is, as a number, before a byte of the payload has come', () => {
    const lengths: [announced: bigint, told: number][] = [
      [65_536n, 65_536],
      [2n ** 31n - 1n, 2 ** 31 - 1],
      [2n ** 31n, 2 ** 31],
      [2n ** 32n - 1n, 2 ** 32 - 1],
      [2n ** 32n, 2 ** 32],
      [2n ** 53n - 1n, 2 ** 53 - 1],
      [2n ** 53n, 2 ** 53],
      [2n ** 63n - 1n, 2 ** 63],
    ];
    for (const [announced, told] of lengths) {
      const wire = encodeFrame({ opcode: Opcode.Binary, announced, key: KEY });
      for (const chunks of [[wire], cutAt(wire, [9]), cutAt(wire, [13])]) {
        const recorder = readFrames(chunks, FROM_CLIENT);
        expect(recorder.announced).toBe(told);
        expect(recorder.calls).toBe(1);
        expect(recorder.parser.insideFrame).toBe(true);
      }
    }
  });
});

describe('the parser', () => {
  const first = encodeFrame({ opcode: Opcode.Text, payload: HELLO, key: KEY });

  test('knows whether the next byte begins a frame', () => {
    const recorder = new FrameRecorder(FROM_CLIENT);
    for (const [index, byte] of first.entries()) {
      expect(recorder.parser.insideFrame).toBe(index > 0);
      recorder.push(Buffer.of(byte));
    }
    expect(recorder.parser.insideFrame).toBe(false);
  });

  test('stops where the sink says so, and goes on from there', () => {
    const wire = encodeFrames([BEFORE, { opcode: Opcode.Text, payload: HELLO, key: KEY }, BEFORE]);
    const recorder = new FrameRecorder(FROM_CLIENT);
    recorder.answer = () => false;
    expect(recorder.parser.push(wire)).toBe(7);
    expect(recorder.parser.push(wire, 7)).toBe(18);
    expect(recorder.parser.push(wire, 18)).toBe(25);
    expect(recorder.parser.push(wire, 25)).toBe(25);
    expect(recorder.events).toEqual([BEFORE_EVENT, frameEvent(Opcode.Text, HELLO), BEFORE_EVENT]);
  });

  test('stops behind a header, and behind a part of a payload', () => {
    const recorder = new FrameRecorder(FROM_CLIENT);
    recorder.answer = () => false;
    const chunk = Buffer.from(first.subarray(0, 9));
    expect(recorder.parser.push(chunk)).toBe(6);
    expect(recorder.parser.push(chunk, 6)).toBe(9);
    expect(recorder.parser.insideFrame).toBe(true);
    const rest = Buffer.concat([first.subarray(9), first]);
    expect(recorder.parser.push(rest)).toBe(2);
    expect(recorder.parser.push(rest, 2)).toBe(13);
    expect(recorder.events).toEqual([frameEvent(Opcode.Text, HELLO), frameEvent(Opcode.Text, HELLO)]);
  });

  test('says at which byte of all bytes it is, however they came', () => {
    const wire = Buffer.concat([first, encodeFrame(BEFORE), hex('8f 80')]);
    const recorder = readFrames(cutAt(wire, [3, 11, 12, 19]), FROM_CLIENT);
    expect(recorder.events.at(-1)).toEqual(violationEvent(Violations.ReservedOpcode, 18));
  });

  test('counts what was told of as read when the sink throws, and goes on behind it', () => {
    const wire = encodeFrames([
      BEFORE,
      { opcode: Opcode.Text, payload: HELLO, key: KEY },
      BEFORE,
      { opcode: 15, key: KEY },
    ]);
    const expected = [
      BEFORE_EVENT,
      frameEvent(Opcode.Text, HELLO),
      BEFORE_EVENT,
      violationEvent(Violations.ReservedOpcode, 25),
    ];
    // Cut so that headers and parts are told of too; throwing at each call in turn, and at every call.
    for (let cut = 0; cut < wire.length; cut++) {
      for (let call = -1; call < 8; call++) {
        const recorder = new FrameRecorder(FROM_CLIENT);
        recorder.answer = (number) => {
          if (call === -1 || number === call) throw new Error('from the sink');
          return true;
        };
        for (const chunk of cutAt(wire, [cut])) {
          let at = 0;
          while (at < chunk.length) {
            try {
              at = recorder.parser.push(chunk, at);
            } catch (error) {
              expect(error).toEqual(new Error('from the sink'));
              at = recorder.parser.next;
            }
          }
        }
        expect(recorder.events).toEqual(expected);
      }
    }
  });

  // RFC 6455 §7.1.7(e)
  test('reads nothing more after a violation, however often it is pushed', () => {
    const recorder = readFrames([hex('83 80'), first, hex('83'), hex('80')], FROM_CLIENT);
    expect(recorder.events).toEqual([violationEvent(Violations.ReservedOpcode, 0)]);
    expect(recorder.parser.insideFrame).toBe(false);
  });

  test('reads nothing more after a violation whose report threw', () => {
    let seen = 0;
    const parser = new FrameParser(
      {
        ...DEAF,
        onFrame: () => ++seen > 0,
        onViolation: () => {
          throw new Error('from the sink');
        },
      },
      FROM_CLIENT,
    );
    expect(parser.push(Buffer.from(first))).toBe(first.length);
    expect(() => parser.push(Buffer.concat([hex('83 80'), first]))).toThrow('from the sink');
    // The frame that was refused does not count as read.
    expect(parser.next).toBe(0);
    expect(parser.push(Buffer.from(first))).toBe(first.length);
    expect(seen).toBe(1);
  });

  test('throws everything away after discard, also in the middle of a header and of a payload', () => {
    for (let cut = 0; cut <= first.length; cut++) {
      const recorder = new FrameRecorder(FROM_CLIENT);
      recorder.push(Buffer.from(first.subarray(0, cut)));
      const before = recorder.calls;
      recorder.parser.discard();
      expect(recorder.parser.insideFrame).toBe(false);
      for (const chunk of [first.subarray(cut), first, hex('8f 80')]) {
        expect(recorder.parser.push(Buffer.from(chunk))).toBe(chunk.length);
      }
      expect(recorder.calls).toBe(before);
    }
  });

  test('tells nothing more after discard inside a call, whatever the sink answers', () => {
    const wire = Buffer.concat([first, first, hex('8f 80')]);
    for (let cut = 1; cut <= wire.length; cut++) {
      for (const answer of [true, false]) {
        for (let call = 0; call < 4; call++) {
          const recorder = new FrameRecorder(FROM_CLIENT);
          recorder.answer = (number) => {
            if (number !== call) return true;
            recorder.parser.discard();
            return answer;
          };
          for (const chunk of cutAt(wire, [cut])) recorder.push(chunk);
          if (recorder.calls > call) expect(recorder.calls).toBe(call + 1);
        }
      }
    }
  });

  test('tells nothing of an empty chunk, also in the middle of a payload', () => {
    const recorder = new FrameRecorder(FROM_CLIENT);
    recorder.push(Buffer.alloc(0));
    recorder.push(Buffer.from(first.subarray(0, 8)));
    const before = recorder.calls;
    expect(recorder.parser.push(Buffer.alloc(0))).toBe(0);
    expect(recorder.calls).toBe(before);
    recorder.push(Buffer.from(first.subarray(8)));
    expect(recorder.events).toEqual([frameEvent(Opcode.Text, HELLO)]);
  });
});
