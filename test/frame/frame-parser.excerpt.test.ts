// Statements about the bytes that a frame parser shows of a violation: RFC 6455 §5.2, cut anywhere.
import { describe, expect, test } from 'vitest';
import { EXCERPT_REACH } from '../../src/bytes/index.ts';
import { FrameParser } from '../../src/frame/frame-parser.ts';
import { Opcode } from '../../src/frame/opcode.ts';
import { cuttingsOf } from '../http/cuttings.ts';
import { FROM_CLIENT, FrameRecorder } from './record.ts';
import { encodeFrame, hex } from './slow-frames.ts';

const KEY = hex('37fa213d');

/** Pushes `chunks`, and asks in the first upcall for the byte at each of these indices of the chunk. */
function askedAt(chunks: readonly Buffer[], indices: readonly number[]): (string | undefined)[] {
  const shown: (string | undefined)[] = [];
  const ask = (): boolean => {
    if (shown.length === 0) shown.push(...indices.map((index) => parser.excerpt(index)?.hex));
    return true;
  };
  const sink = { onFrame: ask, onFrameHeader: ask, onFramePart: ask, onViolation: ask };
  const parser = new FrameParser(sink, FROM_CLIENT);
  for (const chunk of chunks) parser.push(Buffer.from(chunk));
  return shown;
}

describe('the excerpt of a violation', () => {
  test('has the guilty byte in the midst of its header, in however many chunks that came', () => {
    const before = encodeFrame({ opcode: Opcode.Pong, payload: 'x', key: KEY });
    const wire = Buffer.concat([before, hex('82 fe 0005 37fa213d 0102')]);
    const guilty = before.length + 2;
    for (const { name, chunks } of cuttingsOf(wire)) {
      const recorder = new FrameRecorder(FROM_CLIENT);
      const shown: (string | undefined)[] = [];
      recorder.onViolation = (_, index) => shown.push(recorder.parser.excerpt(index)?.hex);
      for (const chunk of chunks) recorder.push(chunk);
      expect(wire[guilty]).toBe(0);
      expect({ name, shown }).toEqual({ name, shown: [expect.stringContaining('82 fe [00]')] });
    }
  });

  test('is short, wherever it is', () => {
    for (const { chunks } of cuttingsOf(hex('82 ff 0000000000000005 37fa213d 00000000'))) {
      const recorder = new FrameRecorder(FROM_CLIENT);
      let length = 0;
      recorder.onViolation = (_, index) => {
        length = recorder.parser.excerpt(index)?.bytes.length ?? 0;
      };
      for (const chunk of chunks) recorder.push(chunk);
      expect(length).toBeGreaterThan(0);
      expect(length).toBeLessThanOrEqual(2 * EXCERPT_REACH + 1);
    }
  });

  test('shows payload unmasked, and of earlier chunks the beginning of the header', () => {
    const wire = encodeFrame({ opcode: Opcode.Text, payload: 'Hello, world', key: KEY });
    const shown = askedAt([wire.subarray(0, 3), wire.subarray(3)], [-4, -3, -1, 0, 3, 7, 8, 14]);
    expect(shown).toEqual([
      undefined,
      '[81] 8c 37 fa 21 3d 48 65 6c',
      '81 8c [37] fa 21 3d 48 65 6c 6c 6f',
      '81 8c 37 [fa] 21 3d 48 65 6c 6c 6f 2c',
      '81 8c 37 fa 21 3d [48] 65 6c 6c 6f 2c 20 77 6f',
      '37 fa 21 3d 48 65 6c 6c [6f] 2c 20 77 6f 72 6c 64',
      'fa 21 3d 48 65 6c 6c 6f [2c] 20 77 6f 72 6c 64',
      '6c 6f 2c 20 77 6f 72 6c [64]',
    ]);
  });

  test('counts in the chunk from wherever it is read on', () => {
    const chunk = Buffer.concat([Buffer.alloc(10, 0xee), hex('83 80')]);
    let shown: string | undefined;
    const recorder = new FrameRecorder(FROM_CLIENT);
    recorder.onViolation = (_, index) => {
      shown = recorder.parser.excerpt(index)?.hex;
    };
    recorder.parser.push(chunk, 10);
    expect(shown).toBe('ee ee ee ee ee ee ee ee [83] 80');
  });

  test('is there only while a chunk is being read: nothing is kept for the sake of it', () => {
    const recorder = new FrameRecorder(FROM_CLIENT);
    recorder.push(hex('81'));
    expect(recorder.parser.excerpt(0)).toBeUndefined();
    recorder.parser.discard();
    recorder.push(hex('80'));
    expect(recorder.parser.excerpt(-1)).toBeUndefined();
    expect(recorder.events).toEqual([]);
  });
});
