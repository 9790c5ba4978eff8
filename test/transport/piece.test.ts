// What is handed to a socket at a time: no byte is lost, none comes twice, and the order stays.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PIECE, takePiece } from '../../src/transport/piece.ts';

function lengths(buffers: readonly Buffer[]): number[] {
  return buffers.map(({ length }) => length);
}

test('as much as one piece is not cut', () => {
  expect(takePiece([Buffer.alloc(PIECE)])).toBeUndefined();
  expect(takePiece([Buffer.alloc(1), Buffer.alloc(PIECE - 1)])).toBeUndefined();
});

test('one byte more is', () => {
  const pending = [Buffer.alloc(PIECE + 1)];
  expect(lengths(takePiece(pending) as Buffer[])).toEqual([PIECE]);
  expect(lengths(pending)).toEqual([1]);
});

test('a piece ends where a buffer does, when that is the place', () => {
  const pending = [Buffer.alloc(PIECE - 1), Buffer.alloc(1), Buffer.alloc(7)];
  expect(lengths(takePiece(pending) as Buffer[])).toEqual([PIECE - 1, 1]);
  expect(lengths(pending)).toEqual([7]);
});

test('the pieces and what is left are the bytes that were there, in their order', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 2 * PIECE }), { maxLength: 6 });
  fc.assert(
    fc.property(sizes, (all) => {
      const pending = all.map((size, index) => Buffer.alloc(size, index + 1));
      const whole = Buffer.concat(pending);
      const taken: Buffer[] = [];
      for (let piece = takePiece(pending); piece !== undefined; piece = takePiece(pending)) {
        expect(Buffer.concat(piece)).toHaveLength(PIECE);
        taken.push(...piece);
      }
      const left = Buffer.concat(pending);
      expect(left.length).toBeLessThanOrEqual(PIECE);
      expect(Buffer.concat([...taken, left]).equals(whole)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
