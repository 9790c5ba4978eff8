import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dissectAll, dissectPiece } from '../../src/inspect/dissect.ts';
import { frameOf, hex, REQUEST, RESPONSE } from './frames.ts';

const CONTEXT = { compression: false };

describe('a piece of a recording', () => {
  test('is a head or a frame, as the recording says', () => {
    const head = Buffer.from(REQUEST);
    expect(dissectPiece({ isHead: true, bytes: head, length: head.length }, CONTEXT).kind).toBe('request');
    const frame = frameOf({ payload: 'a' });
    expect(dissectPiece({ isHead: false, bytes: frame, length: frame.length }, CONTEXT).kind).toBe('frame');
  });

  test('of which the end was not kept is incomplete and has its whole length', () => {
    const bytes = frameOf({ payload: 'Hello' }).subarray(0, 4);
    expect(dissectPiece({ isHead: false, bytes, length: 7 }, CONTEXT)).toMatchObject({ complete: false, length: 7 });
  });
});

describe('all that stands in some bytes', () => {
  test('is a handshake and frames, one behind the other', () => {
    const parts = [
      Buffer.from(REQUEST),
      Buffer.from(RESPONSE),
      frameOf({ payload: 'a' }),
      frameOf({ opcode: 9, key: 3 }),
    ];
    const specimens = dissectAll(Buffer.concat(parts), CONTEXT);
    expect(specimens.map(({ bytes }) => bytes)).toEqual(parts);
    expect(specimens.map(({ dissection }) => dissection.title)).toEqual([
      'GET /chat',
      '101 Switching Protocols',
      'Text',
      'Ping',
    ]);
    // The response was held against the request before it.
    expect(specimens[1]?.dissection.fields[5]?.meaning).toContain('answers the key');
  });

  test('ends with a breach, as a connection does', () => {
    const specimens = dissectAll(hex('81 00 83 00 81 00'), CONTEXT);
    expect(specimens.map(({ bytes }) => bytes)).toEqual([hex('81 00'), hex('83 00 81 00')]);
    expect(specimens[1]?.dissection.breach).toBeDefined();
  });

  test('may end in the middle of a frame', () => {
    expect(dissectAll(hex('81 00 81 05 61'), CONTEXT)[1]).toMatchObject({
      bytes: hex('81 05 61'),
      dissection: { complete: false },
    });
  });

  test('is every byte once, whatever they are, and never a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const specimens = dissectAll(Buffer.from(bytes), { compression: true });
        expect(Buffer.concat(specimens.map((specimen) => specimen.bytes))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 500 },
    );
  });
});
