// What RFC 7692 §7.2 asks of a window: without context takeover each message can be read by somebody who has seen no other,
// with it by somebody who has seen all that were compressed.
import { constants, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DEFLATE_AT_ONCE_LIMIT, Deflater } from '../../src/deflate/deflater.ts';
import { Inflater } from '../../src/deflate/inflater.ts';
import { JobQueue } from '../../src/deflate/job-queue.ts';
import { ConnectionRecorder, SERVER, text } from '../connection/record.ts';
import { hex } from '../frame/slow-frames.ts';

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

describe('a message that is not compressed leaves the window as it is', () => {
  const HELLO = hex('f2 48 cd c9 c9 07 00');
  const HELLO_AGAIN = hex('f2 00 11 00 00');
  const options = { windowBits: 15, contextTakeover: true, jobs: new JobQueue(1) };

  // RFC 7692 §7.2.3.2(a)
  test('of a reader', () => {
    const recorder = new ConnectionRecorder(SERVER, { inflater: new Inflater(options) });
    const compressed = (payload: Buffer) => ({ ...text(''), payload, rsv1: true });
    recorder.receive(compressed(HELLO), text('Help, not compressed'), compressed(HELLO_AGAIN));
    expect(recorder.events).toEqual([
      ['message', 'Hello', false],
      ['message', 'Help, not compressed', false],
      ['message', 'Hello', false],
    ]);
  });

  // RFC 7692 §7.2.3.2(a)
  test('of a writer', async () => {
    const recorder = new ConnectionRecorder(SERVER, { deflater: new Deflater(options) });
    const { connection, output } = recorder;
    connection.send('Hello', false, true, true);
    connection.send('Help, not compressed', false, true, false);
    connection.send('Hello', false, true, true);
    // Its turn comes when all before it have left.
    await new Promise<void>((resolve) => connection.sendDeferred(0, () => resolve(), true, true));
    connection.release(new Error('the test is over'));
    const payloads = output.frames.map(({ rsv1, payload }) => [rsv1, payload]);
    expect(payloads).toEqual([
      [true, HELLO],
      [false, Buffer.from('Help, not compressed')],
      [true, HELLO_AGAIN],
    ]);
  });
});
