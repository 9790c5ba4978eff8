// Bytes gathered from pieces.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatheredBytes } from '../../src/eventstream/gathered-bytes.ts';

describe('gathered bytes', () => {
  it('are the pieces in their order, and nothing of what was cleared', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.uint8Array({ maxLength: 600 }))), (rounds) => {
        const gathered = new GatheredBytes();
        for (const pieces of rounds) {
          for (const piece of pieces) gathered.append(piece);
          gathered.appendByte(0x0a);
          expect(Buffer.from(gathered.bytes).equals(Buffer.concat([...pieces, Buffer.of(0x0a)]))).toBe(true);
          expect(gathered.length).toBe(gathered.bytes.length);
          gathered.clear();
          expect(gathered.bytes).toHaveLength(0);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('take memory for twice what came, however many pieces it came in', () => {
    const gathered = new GatheredBytes();
    for (let count = 0; count < 100_000; count++) gathered.appendByte(count);
    expect(gathered.capacity).toBeLessThanOrEqual(2 * 100_000);
  });

  it('keep a small array for the next, and give a large one back', () => {
    const gathered = new GatheredBytes();
    gathered.append(new Uint8Array(1_000));
    gathered.clear();
    expect(gathered.capacity).toBe(2_000);
    gathered.append(new Uint8Array(100_000));
    gathered.clear();
    expect(gathered.capacity).toBe(0);
  });
});
