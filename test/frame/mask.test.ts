// Statements about masking: RFC 6455 §5.3, the fast way against the formula.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mask, readMaskingKey, rotateMaskingKey, writeMaskingKey } from '../../src/frame/mask.ts';
import { hex, keyBytes, slowMask } from './slow-frames.ts';

const KEYS = [0x3d21_fa37, 0, -1, 0x8000_0000 | 0, 0x0403_0201, 0x0000_00ff, 0x7f00_0000];

/** Bytes that are different at every place for as long as matters. */
function bytesOf(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 167 + (index >> 8)) & 0xff));
}

/** Masks a payload of `length` bytes that lies `alignment` bytes behind a word in memory, and looks around it too. */
function expectMasked(length: number, alignment: number, key: number): void {
  const memory = new ArrayBuffer(length + alignment + 13);
  const chunk = Buffer.from(memory, alignment, length + 9);
  chunk.fill(0x55);
  const payload = bytesOf(length);
  payload.copy(chunk, 3);
  mask(chunk, 3, 3 + length, key);
  const expected = Buffer.concat([hex('555555'), slowMask(payload, keyBytes(key)), hex('555555555555')]);
  expect(chunk.equals(expected)).toBe(true);
}

describe('a payload', () => {
  // RFC 6455 §5.3(e)
  test('is masked as the formula says, for every length from 0 to 300 at every alignment', () => {
    for (let length = 0; length <= 300; length++) {
      for (let alignment = 0; alignment < 8; alignment++) {
        expectMasked(length, alignment, KEYS[(length + alignment) % KEYS.length] as number);
      }
    }
  });

  test('is masked as the formula says with every kind of key', () => {
    for (const key of KEYS) for (const length of [5, 94, 95, 96, 97, 257]) expectMasked(length, 1, key);
  });

  test('is masked as the formula says when it is large', () => {
    for (const length of [1000, 16_384]) {
      for (let alignment = 0; alignment < 8; alignment++) expectMasked(length, alignment, 0x1234_5678);
    }
    for (const length of [65_535, 65_536, 300_003]) expectMasked(length, length & 3, 0x1234_5678);
  });

  test('is masked where it lies at the very end of memory, and from the very beginning', () => {
    for (const length of [1, 7, 95, 96, 99, 300]) {
      const chunk = Buffer.alloc(length);
      mask(chunk, 0, length, 0x3d21_fa37);
      expect(chunk.equals(slowMask(Buffer.alloc(length), keyBytes(0x3d21_fa37)))).toBe(true);
    }
  });

  test('is masked in its own memory, and in no other that was masked before', () => {
    const chunks = [Buffer.alloc(200), Buffer.alloc(304), Buffer.allocUnsafeSlow(200).fill(0)];
    for (const chunk of [...chunks, ...chunks]) mask(chunk, 0, chunk.length, 0x3d21_fa37);
    for (const chunk of chunks) expect(chunk.equals(Buffer.alloc(chunk.length))).toBe(true);
  });

  test('is itself again when masked twice', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer(), (payload, key) => {
        const chunk = Buffer.from(payload);
        mask(chunk, 0, chunk.length, key);
        mask(chunk, 0, chunk.length, key);
        expect(chunk.equals(payload)).toBe(true);
      }),
    );
  });

  test('that comes in pieces is masked with the key turned by what has come', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 600 }),
        fc.integer(),
        fc.array(fc.nat(600), { maxLength: 5 }),
        (payload, key, places) => {
          const chunk = Buffer.from(payload);
          let turned = key;
          let start = 0;
          for (const end of [
            ...places.map((place) => Math.min(place, chunk.length)).sort((a, b) => a - b),
            chunk.length,
          ]) {
            mask(chunk, start, end, turned);
            turned = rotateMaskingKey(turned, end - start);
            start = end;
          }
          expect(chunk.equals(slowMask(payload, keyBytes(key)))).toBe(true);
        },
      ),
    );
  });
});

describe('a key', () => {
  test('has its first byte on the wire in its lowest bits', () => {
    expect(readMaskingKey(hex('00 37fa213d 00'), 1)).toBe(0x3d21_fa37);
    const bytes = hex('555555555555');
    writeMaskingKey(bytes, 1, 0x3d21_fa37);
    expect(bytes).toEqual(hex('55 37fa213d 55'));
  });

  test('is read as it was written', () => {
    fc.assert(
      fc.property(fc.integer(), (key) => {
        const bytes = new Uint8Array(4);
        writeMaskingKey(bytes, 0, key);
        expect(readMaskingKey(bytes, 0)).toBe(key);
        expect([...bytes]).toEqual([...keyBytes(key)]);
      }),
    );
  });

  test('turned by n begins with its byte n mod 4, however large n is', () => {
    for (const key of KEYS) {
      const bytes = keyBytes(key);
      for (const count of [0, 1, 2, 3, 4, 5, 6, 7, 1000, 1003, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 2, 2 ** 32 + 3]) {
        const turned = keyBytes(rotateMaskingKey(key, count));
        expect([...turned]).toEqual([0, 1, 2, 3].map((index) => bytes[(index + count) % 4]));
      }
    }
  });
});

test('memory that has grown since it was masked last is masked to its end', () => {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;
  const memory = new Resizable(1_024, { maxByteLength: 4_096 }) as ArrayBuffer & { resize(length: number): void };
  mask(new Uint8Array(memory), 0, 1_024, 0x04030201);
  memory.resize(4_096);
  const bytes = new Uint8Array(memory);
  mask(bytes, 1_024, 4_096, 0x04030201);
  expect(bytes.every((byte, index) => byte === (index % 4) + 1)).toBe(true);
});
