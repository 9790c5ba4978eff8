// Statements about one frame of ours: RFC 6455 §5.2 and §5.3, against the slow pen.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ATTACH_FROM,
  frameHeaderLength,
  UNMASKED,
  writeFrame,
  writeFrameHeader,
  writeTextFrame,
} from '../../src/frame/frame-writer.ts';
import { readMaskingKey } from '../../src/frame/mask.ts';
import { Opcode } from '../../src/frame/opcode.ts';
import { RecordingSink } from '../bytes/recording-sink.ts';
import { expectFrames, FROM_CLIENT, FROM_SERVER, frameEvent } from './record.ts';
import { encodeFrame, hex, keyBytes } from './slow-frames.ts';

const KEY = readMaskingKey(hex('37fa213d'), 0);

function frameOf(opcode: number, payload: Uint8Array | string, key = UNMASKED, fin = true, rsv1 = false): Buffer {
  const sink = new RecordingSink();
  if (typeof payload === 'string') writeTextFrame(sink, opcode, fin, payload, key);
  else writeFrame(sink, opcode, fin, rsv1, payload, key);
  return sink.bytes;
}

/** The same frame by the slow pen. */
function slowFrameOf(opcode: number, payload: Uint8Array | string, key = UNMASKED, fin = true, rsv1 = false): Buffer {
  return encodeFrame({ opcode, payload, fin, rsv1, key: key === UNMASKED ? undefined : keyBytes(key) });
}

function expectSame(actual: Buffer, expected: Buffer): void {
  // toEqual takes seconds for a long frame.
  expect(actual.equals(expected)).toBe(true);
}

describe('the examples of RFC 6455 §5.7 are written byte for byte', () => {
  test('a single-frame unmasked text message', () => {
    expect(frameOf(Opcode.Text, 'Hello')).toEqual(hex('81 05 48 65 6c 6c 6f'));
  });

  test('a single-frame masked text message', () => {
    expect(frameOf(Opcode.Text, 'Hello', KEY)).toEqual(hex('81 85 37 fa 21 3d 7f 9f 4d 51 58'));
  });

  test('a fragmented unmasked text message', () => {
    expect(frameOf(Opcode.Text, 'Hel', UNMASKED, false)).toEqual(hex('01 03 48 65 6c'));
    expect(frameOf(Opcode.Continuation, 'lo')).toEqual(hex('80 02 6c 6f'));
  });

  test('an unmasked Ping and a masked Pong', () => {
    expect(frameOf(Opcode.Ping, Buffer.from('Hello'))).toEqual(hex('89 05 48 65 6c 6c 6f'));
    expect(frameOf(Opcode.Pong, Buffer.from('Hello'), KEY)).toEqual(hex('8a 85 37 fa 21 3d 7f 9f 4d 51 58'));
  });

  // RFC 6455 §5.2(h)
  test('256 bytes of binary data in a single unmasked frame', () => {
    const payload = Buffer.alloc(256, 7);
    expect(frameOf(Opcode.Binary, payload)).toEqual(Buffer.concat([hex('82 7e 01 00'), payload]));
  });

  test('64 KiB of binary data in a single unmasked frame', () => {
    const payload = Buffer.alloc(65_536, 7);
    expectSame(frameOf(Opcode.Binary, payload), Buffer.concat([hex('82 7f 00 00 00 00 00 01 00 00'), payload]));
  });
});

describe('a header', () => {
  // RFC 6455 §5.2(d)(e)
  test('takes the minimal number of bytes for the length', () => {
    const sizes: [payload: number, header: number][] = [
      [0, 2],
      [125, 2],
      [126, 4],
      [65_535, 4],
      [65_536, 10],
      [2 ** 32, 10],
      [Number.MAX_SAFE_INTEGER, 10],
    ];
    for (const [payload, header] of sizes) {
      expect(frameHeaderLength(payload, false)).toBe(header);
      expect(frameHeaderLength(payload, true)).toBe(header + 4);
      const target = Buffer.alloc(20, 0xee);
      expect(writeFrameHeader(target, 3, Opcode.Binary, true, false, payload, UNMASKED)).toBe(3 + header);
      const expected = encodeFrame({ opcode: Opcode.Binary, announced: payload });
      expect(target).toEqual(Buffer.concat([hex('eeeeee'), expected, Buffer.alloc(17 - header, 0xee)]));
    }
  });

  // RFC 6455 §5.2(a), §5.3(a), §6.1(c)
  test('holds FIN, RSV1, the opcode and the key where §5.2 draws them', () => {
    for (const opcode of Object.values(Opcode)) {
      for (const fin of [false, true]) {
        for (const rsv1 of [false, true]) {
          const target = Buffer.alloc(14);
          const end = writeFrameHeader(target, 0, opcode, fin, rsv1, 70_000, KEY);
          const expected = encodeFrame({ opcode, fin, rsv1, announced: 70_000, key: hex('37fa213d') });
          expect(target.subarray(0, end)).toEqual(expected);
        }
      }
    }
  });

  test('is masked also with the key 0, which is a key like any other', () => {
    expect(frameOf(Opcode.Text, 'Hi', 0)).toEqual(hex('81 82 00000000 48 69'));
  });
});

describe('a payload', () => {
  test('is written as by the slow pen for every length from 0 to 300, masked and not', () => {
    for (let length = 0; length <= 300; length++) {
      const payload = Buffer.alloc(length, 'abcdefg');
      for (const key of [UNMASKED, KEY]) {
        expectSame(frameOf(Opcode.Binary, payload, key), slowFrameOf(Opcode.Binary, payload, key));
        expectSame(frameOf(Opcode.Text, payload.toString(), key), slowFrameOf(Opcode.Text, payload, key));
      }
    }
  });

  test('is written as by the slow pen around 64 KiB, masked and not', () => {
    for (const length of [65_535, 65_536, 65_537]) {
      const payload = Buffer.alloc(length, 'abcdefg');
      for (const key of [UNMASKED, KEY]) {
        expectSame(frameOf(Opcode.Binary, payload, key), slowFrameOf(Opcode.Binary, payload, key));
        expectSame(frameOf(Opcode.Text, payload.toString(), key), slowFrameOf(Opcode.Text, payload, key));
      }
    }
  });

  test('of a text is its UTF-8, whatever the characters, and whatever the header has to be', () => {
    for (const unit of ['a', 'é', '€', '😀', '\ud800', '\0']) {
      for (const count of [0, 1, 20, 21, 31, 32, 40, 41, 42, 43, 62, 63, 64, 125, 126, 127, 21_845, 21_846, 65_535]) {
        const text = unit.repeat(count);
        expectSame(frameOf(Opcode.Text, text), slowFrameOf(Opcode.Text, text));
        expectSame(frameOf(Opcode.Text, text, KEY), slowFrameOf(Opcode.Text, text, KEY));
      }
    }
  });

  // RFC 6455 §5.6(a)
  test('of a text with lone surrogates is still UTF-8: U+FFFD stands for them', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0xd7fe, max: 0xe001 }), { maxLength: 60 }), (units) => {
        const text = String.fromCharCode(...units);
        expectSame(frameOf(Opcode.Text, text, KEY), slowFrameOf(Opcode.Text, Buffer.from(text), KEY));
      }),
    );
  });

  test('of the caller is never changed, though it is masked on the wire', () => {
    for (const length of [1, 125, 20_000]) {
      const payload = Buffer.alloc(length, 'x');
      frameOf(Opcode.Binary, payload, KEY);
      expect(payload.equals(Buffer.alloc(length, 'x'))).toBe(true);
    }
  });

  test('is attached without a copy from ATTACH_FROM on, and copied below', () => {
    const large = Buffer.alloc(ATTACH_FROM, 'x');
    const attached = new RecordingSink();
    writeFrame(attached, Opcode.Binary, true, false, large, UNMASKED);
    expect(attached.pieces.map((piece) => piece.attached)).toEqual([false, true]);
    expect(attached.pieces[1]?.bytes.buffer).toBe(large.buffer);

    const copied = new RecordingSink();
    writeFrame(copied, Opcode.Binary, true, false, large.subarray(1), UNMASKED);
    expect(copied.pieces.map((piece) => piece.attached)).toEqual([false]);
  });

  // RFC 6455 §10.3(b)
  test('is never attached when it must be masked', () => {
    const sink = new RecordingSink();
    writeFrame(sink, Opcode.Binary, true, false, Buffer.alloc(ATTACH_FROM), KEY);
    expect(sink.pieces.map((piece) => piece.attached)).toEqual([false]);
  });
});

describe('what is written is read back', () => {
  const payloads = fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.uint8Array({ minLength: 120, maxLength: 130 }));

  test('whatever the opcode, the bits, the payload and the key', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<number>(Opcode.Text, Opcode.Binary, Opcode.Continuation),
        payloads,
        fc.boolean(),
        fc.boolean(),
        fc.integer(),
        (opcode, payload, fin, rsv1, key) => {
          const event = frameEvent(opcode, payload, fin, rsv1);
          const agreed = { rsv1: true };
          expectFrames(frameOf(opcode, payload, key, fin, rsv1), { ...FROM_CLIENT, ...agreed }, [event]);
          expectFrames(frameOf(opcode, payload, UNMASKED, fin, rsv1), { ...FROM_SERVER, ...agreed }, [event]);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('as text, whatever the characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), fc.integer(), (text, key) => {
        const event = frameEvent(Opcode.Text, Buffer.from(text));
        expectFrames(frameOf(Opcode.Text, text, key), FROM_CLIENT, [event]);
        expectFrames(frameOf(Opcode.Text, text), FROM_SERVER, [event]);
      }),
      { numRuns: 50 },
    );
  });
});
