// What a row sends: the same in every run, different within a round, and what its row says.
import { isUtf8 } from 'node:buffer';
import { constants, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readFrame } from '../../bench/load/frames.mjs';
import { roundOf } from '../../bench/load/messages.mjs';
import { ROWS } from '../../bench/rows.mjs';

describe.each(ROWS.map((row) => [row.name, row] as const))('%s', (_, row) => {
  const { payloads, frames, opcode } = roundOf(row);

  test('sends the same in every run, and no message twice in a round', () => {
    expect(Buffer.concat(roundOf(row).frames).equals(Buffer.concat(frames))).toBe(true);
    expect(new Set(payloads.map((payload) => payload.toString('latin1'))).size).toBe(payloads.length);
    expect(payloads.length).toBeGreaterThan(1);
  });

  test('sends messages of the size and kind it names', () => {
    for (const payload of payloads) {
      if (row.content === 'json') {
        JSON.parse(payload.toString());
        expect(payload.length).toBeGreaterThanOrEqual(row.size);
      } else {
        expect(payload.length).toBe(row.size);
      }
      if (opcode === 1) expect(isUtf8(payload)).toBe(true);
    }
  });

  test('puts each message into one masked frame, compressed if the row says so', () => {
    for (const [index, bytes] of frames.entries()) {
      const frame = readFrame(bytes, 0);
      expect(frame).toMatchObject({
        opcode,
        fin: true,
        masked: true,
        rsv1: row.compression !== 'none',
        end: bytes.length,
      });
      const content = row.compression !== 'none' ? inflated(frame!.payload) : frame!.payload;
      expect(content.equals(payloads[index]!)).toBe(true);
    }
  });
});

function inflated(payload: Buffer): Buffer {
  const bytes = Buffer.concat([payload, Buffer.from([0x00, 0x00, 0xff, 0xff])]);
  return inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
}
