// The load generator's own codec, held against ours: two who wrote RFC 6455 §5.2 down apart must agree.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientFrame, clientFrameLength, Opcode, readFrame } from '../../bench/load/frames.mjs';
import { FrameParser, UNMASKED, writeFrame } from '../../src/frame/index.ts';

/** Around every form of the length. */
const LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537];

function payloadOf(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 7) & 0xff));
}

test.each(LENGTHS)('our parser reads what the load generator writes: %d bytes', (length) => {
  const frame = clientFrame(Opcode.Binary, payloadOf(length), 0xdeadbeef, true);
  expect(frame.length).toBe(clientFrameLength(length));
  const seen: unknown[] = [];
  const parser = new FrameParser(
    {
      onFrame: (...[opcode, fin, rsv1, chunk, start, end]) => {
        seen.push([opcode, fin, rsv1, chunk.subarray(start, end).equals(payloadOf(length))]);
        return true;
      },
      onFrameHeader: () => false,
      onFramePart: () => false,
      onViolation: (violation) => {
        seen.push(violation);
      },
    },
    { masked: true, rsv1: true },
  );
  parser.push(frame);
  expect(seen).toEqual([[Opcode.Binary, true, true, true]]);
});

test.each(LENGTHS)('the load generator reads what our writer writes: %d bytes', (length) => {
  const payload = payloadOf(length);
  for (const key of [UNMASKED, 0x12345678]) {
    const bytes = written(payload, key);
    const frame = readFrame(Buffer.concat([Buffer.alloc(3), bytes]), 3);
    expect(frame).toMatchObject({ opcode: Opcode.Text, fin: true, rsv1: false, masked: key !== UNMASKED });
    expect(frame?.payload.equals(payload)).toBe(true);
    expect(frame?.end).toBe(3 + bytes.length);
  }
});

test('a frame that is not all there is not read', () => {
  fc.assert(
    fc.property(fc.constantFrom(...LENGTHS), fc.double({ min: 0, max: 1, noNaN: true }), (length, part) => {
      const frame = clientFrame(Opcode.Binary, payloadOf(length), 1);
      const cut = Math.floor(part * (frame.length - 1));
      expect(readFrame(frame.subarray(0, cut), 0)).toBeUndefined();
    }),
  );
});

/** The bytes of one frame of ours. */
function written(payload: Buffer, key: number): Buffer {
  const target = Buffer.alloc(payload.length + 14);
  let position = 0;
  writeFrame(
    {
      target,
      reserve: () => position,
      commit: (size) => {
        position += size;
      },
      attach: (bytes) => {
        target.set(bytes, position);
        position += bytes.length;
      },
      share: () => {
        throw new Error("a frame that is written now is nobody else's");
      },
    },
    Opcode.Text,
    true,
    false,
    payload,
    key,
  );
  return target.subarray(0, position);
}
