// What RFC 7692 §7.2.1 asks of a sender without context takeover: each message can be read by somebody who has seen no other.
import { constants, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DEFLATE_AT_ONCE_LIMIT, Deflater } from '../../src/deflate/deflater.ts';
import { JobQueue } from '../../src/deflate/job-queue.ts';

/** §7.2.1 step 3 in reverse. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** So many bytes of forty phrases that come again from near and from far; the same each time. */
function phrases(length: number): Buffer {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
  const forty = Array.from({ length: 40 }, () => Buffer.from(Array.from({ length: 50 }, next)));
  const picked = Array.from({ length: Math.ceil(length / 50) }, () => forty[next() % 40] as Buffer);
  return Buffer.concat(picked).subarray(0, length);
}

/** Compresses one message, at once or later. */
function deflated(deflater: Deflater, payload: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const now = deflater.deflate(payload, { onDeflated: resolve, onDeflateFailed: reject });
    if (now !== undefined) resolve(now);
  });
}

describe.each([
  ['short', 1_000],
  ['long', DEFLATE_AT_ONCE_LIMIT * 3],
])('a %s message', (_, length) => {
  const message = phrases(length);

  // RFC 7692 §7.2.1(a)(e)(f)
  test('without context takeover refers to none before it', async () => {
    const deflater = new Deflater({ windowBits: 15, contextTakeover: false, jobs: new JobQueue(1) });
    const first = await deflated(deflater, message);
    const second = await deflated(deflater, message);
    deflater.close();
    expect(second.equals(first)).toBe(true);
    const whole = inflateRawSync(Buffer.concat([second, TAIL]), { finishFlush: constants.Z_SYNC_FLUSH });
    expect(whole.equals(message)).toBe(true);
  });

  // RFC 7692 §7.2.1(d)(g)(h)
  test.each([9, 10, 12, 15])('in a window of 2^%d bytes refers no further back', async (windowBits) => {
    const deflater = new Deflater({ windowBits, contextTakeover: true, jobs: new JobQueue(1) });
    let seen = Buffer.alloc(0);
    for (let turn = 0; turn < 3; turn++) {
      const data = await deflated(deflater, message);
      const dictionary = seen.subarray(Math.max(0, seen.length - 2 ** windowBits));
      const options = { windowBits, dictionary: turn === 0 ? undefined : dictionary };
      const whole = inflateRawSync(Buffer.concat([data, TAIL]), { ...options, finishFlush: constants.Z_SYNC_FLUSH });
      expect(whole.equals(message)).toBe(true);
      seen = Buffer.concat([seen, message]);
    }
    deflater.close();
  });
});
