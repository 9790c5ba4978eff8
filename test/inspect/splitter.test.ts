import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Piece, Splitter } from '../../src/inspect/splitter.ts';
import { frameOf, hex, RESPONSE } from './frames.ts';

function split(chunks: readonly Buffer[], expectsHead = false, most = 1_000): Piece[] {
  const pieces: Piece[] = [];
  const splitter = new Splitter(expectsHead, most, (piece) => pieces.push(piece));
  for (const chunk of chunks) splitter.push(chunk);
  return pieces;
}

/** Cuts `bytes` at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

describe('frames', () => {
  const frames = [frameOf({ payload: 'a' }), frameOf({ key: 7, payload: 'Hello' }), frameOf({ opcode: 8 })];

  test('are told apart', () => {
    expect(split([Buffer.concat(frames)])).toEqual(
      frames.map((bytes) => ({ isHead: false, bytes, length: bytes.length })),
    );
  });

  test('are the same however the bytes are cut', () => {
    const parts = fc.record({
      payload: fc
        .oneof(fc.nat(200), fc.constantFrom(125, 126, 65_535, 65_536))
        .map((length) => Buffer.alloc(length, 1)),
      key: fc.integer(),
    });
    fc.assert(
      fc.property(
        fc.array(parts, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat()),
        fc.nat(300),
        (all, places, most) => {
          const bytes = Buffer.concat(all.map(frameOf));
          expect(split(cut(bytes, places), false, most)).toEqual(split([bytes], false, most));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('come byte by byte too', () => {
    const bytes = Buffer.concat(frames);
    expect(split([...bytes].map((byte) => Buffer.of(byte)))).toEqual(split([bytes]));
  });

  test('are kept up to the limit and counted beyond it', () => {
    const frame = frameOf({ payload: Buffer.alloc(5_000, 1) });
    expect(split([frame, frameOf({ payload: 'next' })], false, 100)).toEqual([
      { isHead: false, bytes: frame.subarray(0, 100), length: frame.length },
      { isHead: false, bytes: frameOf({ payload: 'next' }), length: 6 },
    ]);
  });

  test('are always kept with their whole header', () => {
    const frame = frameOf({ key: 1, payload: Buffer.alloc(70_000) });
    expect(split([frame], false, 0)[0]).toMatchObject({ bytes: frame.subarray(0, 14), length: frame.length });
  });

  test('with a length beyond all bounds are waited for, and cost nothing', () => {
    const pieces: Piece[] = [];
    const splitter = new Splitter(false, 100, (piece) => pieces.push(piece));
    splitter.push(hex('827fffffffffffffffff'));
    for (let count = 0; count < 100; count++) splitter.push(Buffer.alloc(1_000));
    expect(pieces).toEqual([]);
    expect(splitter.rest).toMatchObject({ length: 2 ** 64 + 10 });
    expect(splitter.rest?.bytes).toHaveLength(100);
  });

  test('are copied: what becomes of the chunk afterwards does not matter', () => {
    const chunk = Buffer.from(frameOf({ payload: 'Hello' }));
    const [piece] = split([chunk]);
    chunk.fill(0);
    expect(piece?.bytes).toEqual(frameOf({ payload: 'Hello' }));
  });
});

describe('a head', () => {
  const head = Buffer.from(RESPONSE);
  const frame = frameOf({ payload: 'a' });

  test('comes first where one is expected, and frames follow, however the bytes are cut', () => {
    const bytes = Buffer.concat([head, frame, frame]);
    fc.assert(
      fc.property(fc.array(fc.nat()), (places) => {
        expect(split(cut(bytes, places), true)).toEqual([
          { isHead: true, bytes: head, length: head.length },
          { isHead: false, bytes: frame, length: frame.length },
          { isHead: false, bytes: frame, length: frame.length },
        ]);
      }),
    );
  });

  test('without an end is cut at its limit', () => {
    const [piece] = split([Buffer.alloc(20_000, 0x61)], true);
    expect(piece).toMatchObject({ isHead: true, length: 16_384 });
  });
});

describe('between two chunks', () => {
  test('the beginning of a piece is the rest', () => {
    const splitter = new Splitter(false, 100, () => {});
    splitter.push(hex('81'));
    expect(splitter.rest).toEqual({ isHead: false, bytes: hex('81'), length: 1 });
    splitter.push(hex('02 61'));
    expect(splitter.rest).toEqual({ isHead: false, bytes: hex('81 02 61'), length: 4 });
  });

  test('there is no rest when a piece has just ended', () => {
    const splitter = new Splitter(false, 100, () => {});
    splitter.push(hex('81 00'));
    expect(splitter.rest).toBeUndefined();
  });
});
