// Statements about memory: it follows the bytes that came, never the number of pieces, never what was announced.
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { GrowingBuffer } from '../../src/bytes/growing-buffer.ts';
import { cutAt } from '../http/cuttings.ts';

const UNKNOWN = 0;
const SMALLEST = 256;

function bytesOf(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 31) & 0xff));
}

describe('what was appended', () => {
  test('comes out in order, whatever the pieces and whatever was expected', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000 }),
        fc.array(fc.nat(3000), { maxLength: 20 }),
        fc.nat(4000),
        (array, places, expected) => {
          const bytes = Buffer.from(array);
          const buffer = new GrowingBuffer();
          for (const piece of cutAt(bytes, places)) buffer.append(piece, 0, piece.length, expected);
          expect(buffer.length).toBe(bytes.length);
          expect(buffer.take().equals(bytes)).toBe(true);
        },
      ),
    );
  });

  test('is a part of the chunk where only a part was meant', () => {
    const buffer = new GrowingBuffer();
    const chunk = bytesOf(100);
    buffer.append(chunk, 10, 20, UNKNOWN);
    buffer.append(chunk, 0, 5, UNKNOWN);
    expect(buffer.take()).toEqual(Buffer.concat([chunk.subarray(10, 20), chunk.subarray(0, 5)]));
  });

  test('is a copy: what happens to the chunk afterwards does not matter', () => {
    const buffer = new GrowingBuffer();
    const chunk = Buffer.from('hello');
    buffer.append(chunk, 0, 5, 5);
    chunk.fill(0);
    expect(buffer.take().toString()).toBe('hello');
  });

  test('belongs to whoever took it: the next message gets other memory', () => {
    const buffer = new GrowingBuffer();
    buffer.append(Buffer.from('one'), 0, 3, UNKNOWN);
    const one = buffer.take();
    expect(buffer.length).toBe(0);
    expect(buffer.capacity).toBe(0);
    buffer.append(Buffer.from('two'), 0, 3, UNKNOWN);
    expect(one.toString()).toBe('one');
    expect(buffer.take().buffer).not.toBe(one.buffer);
  });

  test('and is nothing is no memory that anybody shares', () => {
    const first = new GrowingBuffer().take();
    expect(first).toHaveLength(0);
    // A caller may give away what is its own.
    structuredClone(first.buffer, { transfer: [first.buffer as ArrayBuffer] });
    const buffer = new GrowingBuffer();
    buffer.append(Buffer.from('still works'), 0, 11, UNKNOWN);
    expect(buffer.take().toString()).toBe('still works');
  });

  test('is gone after clear, and the memory with it', () => {
    const buffer = new GrowingBuffer();
    buffer.append(bytesOf(1000), 0, 1000, UNKNOWN);
    buffer.clear();
    expect(buffer.length).toBe(0);
    expect(buffer.capacity).toBe(0);
    expect(buffer.take()).toHaveLength(0);
  });
});

describe('where there is no memory', () => {
  function withoutMemory(): void {
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation(() => {
      throw new RangeError('Array buffer allocation failed');
    });
    onTestFinished(() => allocate.mockRestore());
  }

  test('the bytes are refused, and those before them are kept', () => {
    const buffer = new GrowingBuffer();
    const bytes = bytesOf(100);
    buffer.append(bytes, 0, 100, UNKNOWN);
    withoutMemory();
    // The first 100 took the smallest place there is, of 256 bytes.
    expect(buffer.append(bytes, 0, 100, UNKNOWN)).toBe(true);
    expect(buffer.append(bytes, 0, 57, UNKNOWN)).toBe(false);
    expect(buffer.append(bytes, 0, 0, UNKNOWN)).toBe(true);
    expect(buffer.append(bytes, 0, 56, UNKNOWN)).toBe(true);
    expect(buffer.take()).toEqual(Buffer.concat([bytes, bytes, bytes.subarray(0, 56)]));
  });

  test('not even for the first of them, nothing is thrown', () => {
    withoutMemory();
    const buffer = new GrowingBuffer();
    expect(buffer.append(bytesOf(1), 0, 1, 2 ** 53 - 1)).toBe(false);
    expect(buffer.length).toBe(0);
  });
});

describe('the memory', () => {
  test('never comes from the pool that Node shares between small buffers', () => {
    const buffer = new GrowingBuffer();
    buffer.append(Buffer.from('x'), 0, 1, 1);
    expect(buffer.take().buffer.byteLength).toBe(1);
  });

  test('is at most twice what has come, where nobody knows how much will', () => {
    const buffer = new GrowingBuffer();
    const chunk = bytesOf(977);
    for (let count = 1; count < 400; count++) {
      buffer.append(chunk, 0, (count * 7) % 978, UNKNOWN);
      expect(buffer.capacity).toBeLessThanOrEqual(Math.max(SMALLEST, 2 * buffer.length));
    }
  });

  test('is at most four times what has come on the way to a known size, and never more than that size', () => {
    const size = 1 << 20;
    const buffer = new GrowingBuffer();
    const chunk = bytesOf(1000);
    while (buffer.length < size) {
      buffer.append(chunk, 0, Math.min(1000, size - buffer.length), size);
      expect(buffer.capacity).toBeLessThanOrEqual(Math.max(SMALLEST, 4 * buffer.length));
      expect(buffer.capacity).toBeLessThanOrEqual(size);
    }
    expect(buffer.capacity).toBe(size);
    expect(buffer.take().buffer.byteLength).toBe(size);
  });

  test('is exactly the known size when all of it comes at once', () => {
    for (const size of [1, 125, 255, 256, 257, 65_536]) {
      const buffer = new GrowingBuffer();
      buffer.append(bytesOf(size), 0, size, size);
      expect(buffer.capacity).toBe(size);
    }
  });

  test('is not taken on account of an announcement alone', () => {
    const buffer = new GrowingBuffer();
    buffer.append(Buffer.from('abc'), 0, 0, 2 ** 31);
    expect(buffer.capacity).toBe(0);
    buffer.append(Buffer.from('abc'), 0, 3, 2 ** 31);
    expect(buffer.capacity).toBe(SMALLEST);
  });

  test('is moved a few times only: a megabyte in single bytes takes fewer than 14 places', () => {
    const buffer = new GrowingBuffer();
    const byte = Buffer.of(7);
    let places = 0;
    let capacity = -1;
    for (let count = 0; count < 1 << 20; count++) {
      buffer.append(byte, 0, 1, UNKNOWN);
      if (buffer.capacity !== capacity) places++;
      capacity = buffer.capacity;
    }
    expect(places).toBeLessThan(14);
  });

  test('grows as if nobody knew when more comes than was expected', () => {
    const buffer = new GrowingBuffer();
    buffer.append(bytesOf(100), 0, 100, 100);
    buffer.append(bytesOf(300), 0, 300, 100);
    expect(buffer.capacity).toBe(800);
    expect(buffer.take()).toEqual(Buffer.concat([bytesOf(100), bytesOf(300)]));
  });
});

describe('long pieces', () => {
  /** As many bytes as are kept without a copy. */
  const LONG = 32_768;

  test('come out in order with short ones between them, whether somebody knew how many would come or not', () => {
    const lengths = fc.array(fc.oneof(fc.nat(300), fc.integer({ min: LONG - 1, max: LONG + 1 })), { maxLength: 8 });
    fc.assert(
      fc.property(lengths, fc.boolean(), (sizes, isKnown) => {
        const pieces = sizes.map((size, index) => Buffer.alloc(size, index + 1));
        const bytes = Buffer.concat(pieces);
        const buffer = new GrowingBuffer();
        for (const piece of pieces) {
          expect(buffer.append(piece, 0, piece.length, isKnown ? bytes.length : UNKNOWN)).toBe(true);
        }
        expect(buffer.length).toBe(bytes.length);
        expect(buffer.take().equals(bytes)).toBe(true);
        expect(buffer.length).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ['are kept as they came', LONG, LONG * 2, true],
    ['are copied when they are a byte too short', LONG - 1, LONG, false],
    ['are copied when more than as much again stands around them', LONG, LONG * 2 + 1, false],
  ])('%s', (_what, size, around, isKept) => {
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow');
    onTestFinished(() => void allocate.mockRestore());
    const chunk = Buffer.from(new ArrayBuffer(around));
    new GrowingBuffer().append(chunk, 0, size, LONG * 4);
    expect(allocate).toHaveBeenCalledTimes(isKept ? 0 : 1);
  });

  test('make one buffer of the known size when the last byte has come, though nothing comes with it', () => {
    for (const last of [0, 1]) {
      const buffer = new GrowingBuffer();
      const piece = Buffer.alloc(LONG, 'x');
      buffer.append(piece, 0, LONG, UNKNOWN);
      buffer.append(piece, 0, LONG, UNKNOWN);
      expect(buffer.append(piece, 0, last, 2 * LONG + last)).toBe(true);
      const taken = buffer.take();
      expect(taken.length).toBe(2 * LONG + last);
      expect(taken.buffer.byteLength).toBe(2 * LONG + last);
      expect(taken.buffer).not.toBe(piece.buffer);
    }
  });

  test('for which there is no memory in one piece are refused with the last of them', () => {
    const buffer = new GrowingBuffer();
    const piece = Buffer.alloc(LONG);
    expect(buffer.append(piece, 0, LONG, 2 * LONG)).toBe(true);
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation(() => {
      throw new RangeError('no memory');
    });
    onTestFinished(() => void allocate.mockRestore());
    expect(buffer.append(piece, 0, LONG, 2 * LONG)).toBe(false);
    expect(() => buffer.take()).toThrow(RangeError);
    buffer.clear();
    expect(buffer.capacity).toBe(0);
  });
});
