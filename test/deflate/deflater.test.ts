// RFC 7692 §7.2.1: messages to DEFLATE blocks; at once or later, with a memory or without, and nothing left behind.
import { constants, createInflateRaw, type InflateRaw, inflateRawSync } from 'node:zlib';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { DEFLATE_AT_ONCE_LIMIT, Deflater, type DeflaterOptions } from '../../src/deflate/deflater.ts';
import { JobQueue } from '../../src/deflate/job-queue.ts';
import { deflated, expectBytes, hex, json, noise, silentSink } from './messages.ts';
import { NO_MEMORY, watch } from './zlib-watch.ts';

vi.mock('node:zlib', async (importOriginal) => (await import('./zlib-watch.ts')).watchedZlib(importOriginal as never));

beforeEach(() => watch.reset());

const TAIL = hex('00 00 ff ff');

function deflater(options: Partial<DeflaterOptions> = {}): Deflater {
  return new Deflater({ windowBits: 15, contextTakeover: false, jobs: new JobQueue(10), ...options });
}

/** What zlib makes of one message that stands alone. */
function plainInflate(payload: Buffer): Buffer {
  return inflateRawSync(Buffer.concat([payload, TAIL]), { finishFlush: constants.Z_SYNC_FLUSH });
}

describe('the examples of the RFC', () => {
  // RFC 7692 §7.2.1(a)
  test.each([true, false])('§7.2.3.1: one block, context takeover %s', async (contextTakeover) => {
    const d = deflater({ contextTakeover });
    expect(await deflated(d, Buffer.from('Hello'))).toEqual(hex('f2 48 cd c9 c9 07 00'));
    d.close();
  });

  test('§7.2.3.2: with context takeover the second message refers to the first', async () => {
    const d = deflater({ contextTakeover: true });
    await deflated(d, Buffer.from('Hello'));
    expect(await deflated(d, Buffer.from('Hello'))).toEqual(hex('f2 00 11 00 00'));
    d.close();
  });

  // RFC 7692 §7.2.1(e)(f)
  test('§7.2.3.2: without it the second message is like the first', async () => {
    const d = deflater();
    await deflated(d, Buffer.from('Hello'));
    expect(await deflated(d, Buffer.from('Hello'))).toEqual(hex('f2 48 cd c9 c9 07 00'));
  });

  test('§7.2.3.3: a block without compression', () => {
    const d = deflater({ zlibOptions: { level: 0 } });
    expect(d.deflate(Buffer.from('Hello'), silentSink)).toEqual(hex('00 05 00 fa ff 48 65 6c 6c 6f 00'));
  });

  // RFC 7692 §7.2.3.6(a)
  test.each([true, false])('§7.2.3.6: an empty message is 00, context takeover %s', async (contextTakeover) => {
    const d = deflater({ contextTakeover });
    await deflated(d, Buffer.from('Hello'));
    expect(d.deflate(Buffer.alloc(0), silentSink)).toEqual(hex('00'));
    d.close();
  });
});

describe('without context takeover', () => {
  test.each([1, 125, 250, 251, 1088, DEFLATE_AT_ONCE_LIMIT])('%d bytes are compressed at once', (length) => {
    const data = deflater().deflate(json(length), silentSink);
    expectBytes(plainInflate(data!), json(length));
    expect(watch.streams).toHaveLength(0);
  });

  test.each([
    [1, 9, 2],
    [250, 9, 2],
    [251, 10, 3],
    [1088, 11, 4],
    [1786, 11, 4],
    [1787, 12, 5],
    [16_122, 14, 7],
    [16_384, 15, 8],
  ])('a message of %d bytes gets a window of 2^%d and memLevel %d, no more', (length, windowBits, memLevel) => {
    deflater().deflate(json(length), silentSink);
    expect(watch.oneShots.at(-1)).toMatchObject({ windowBits, memLevel });
  });

  // Each output buffer outlives its message, until the next full collection of garbage.
  test.each([1, 1088, DEFLATE_AT_ONCE_LIMIT])('a message of %d bytes gets room for half of it, no more', (length) => {
    deflater().deflate(json(length), silentSink);
    expect(watch.oneShots.at(-1)).toMatchObject({ chunkSize: 64 + Math.floor(length / 2) });
  });

  test('what needs more room than that is one message all the same', () => {
    const d = deflater();
    for (let length = 1; length < 600; length += 1) {
      const message = noise(length, length);
      const data = d.deflate(message, silentSink)!;
      expect(data.length).toBeLessThan(length + 64);
      expectBytes(plainInflate(data), message);
    }
    expect(watch.streams).toHaveLength(0);
  });

  // RFC 7692 §7.2.1(d)(g)(h), §7.2.2(f)
  test('never a larger window than agreed, nor more memory than the application allows', () => {
    const d = deflater({ windowBits: 10, zlibOptions: { memLevel: 3, level: 9, strategy: constants.Z_FILTERED } });
    d.deflate(json(8000), silentSink);
    expect(watch.oneShots.at(-1)).toMatchObject({ windowBits: 10, memLevel: 3, level: 9, strategy: 1 });
    d.deflate(json(100), silentSink);
    expect(watch.oneShots.at(-1)).toMatchObject({ windowBits: 9, memLevel: 2 });
  });

  test('the smaller window costs a message of 1,088 bytes nothing', () => {
    const small = deflater().deflate(json(1088), silentSink)!;
    watch.reset();
    const whole = deflater({ zlibOptions: { memLevel: 9 } }).deflate(json(1088), silentSink)!;
    expect(small.length).toBeLessThanOrEqual(whole.length + 2);
  });

  test('a longer message goes through the thread pool and leaves no stream behind', async () => {
    const message = json(DEFLATE_AT_ONCE_LIMIT + 1);
    const d = deflater();
    const calls: Buffer[] = [];
    await new Promise<void>((resolve) => {
      const onDeflated = (data: Buffer) => {
        calls.push(data);
        resolve();
      };
      expect(d.deflate(message, { ...silentSink, onDeflated })).toBeUndefined();
    });
    // The thread pool works in order: had the first one called back twice, it would have done so by the end of these.
    for (let n = 0; n < 3; n += 1) await deflated(d, message);
    expect(calls).toHaveLength(1);
    expectBytes(plainInflate(calls[0]!), message);
    expect(watch.streams.every(({ stream }) => stream.destroyed)).toBe(true);
  });

  test('what does not shrink grows by little', () => {
    const message = noise(DEFLATE_AT_ONCE_LIMIT);
    const data = deflater().deflate(message, silentSink)!;
    expect(data.length).toBeLessThan(message.length + 64);
    expectBytes(plainInflate(data), message);
  });

  test('the payload is not written to, and the answer shares no memory with it or with another answer', async () => {
    const d = deflater();
    for (const length of [0, 5, 1000, 40_000]) {
      const slab = Buffer.alloc(length + 200, 0xaa);
      const payload = slab.subarray(100, 100 + length);
      json(length).copy(payload);
      const before = Buffer.from(slab);
      const first = await deflated(d, payload);
      const copy = Buffer.from(first);
      first.fill(0xff);
      expect(slab.equals(before)).toBe(true);
      expect((await deflated(d, payload)).equals(copy)).toBe(true);
    }
  });
});

describe('with context takeover', () => {
  test('messages refer to earlier ones, through one stream', async () => {
    const d = deflater({ contextTakeover: true });
    const first = await deflated(d, json(1000));
    const second = await deflated(d, json(1000));
    expect(second.length).toBeLessThan(first.length / 10);
    expect(watch.streams).toHaveLength(1);
    d.close();
    expect(watch.streams[0]!.stream.destroyed).toBe(true);
  });

  test('no stream is made before the first message that needs one', () => {
    const d = deflater({ contextTakeover: true });
    expect(d.deflate(Buffer.alloc(0), silentSink)).toEqual(hex('00'));
    d.close();
    expect(watch.streams).toHaveLength(0);
  });
});

/**
 * Whether an inflater with this window can read messages that repeat themselves over 300 to 760 bytes. Its output buffer
 * has 64 bytes, so what it refers to must be in its window.
 */
async function windowIsEnough(d: Deflater, inflateBits: number, contextTakeover: boolean, trial: number) {
  const length = 300 + ((trial * 37) % 460);
  const block = noise(length, trial);
  const stream: InflateRaw = createInflateRaw({ windowBits: inflateBits, chunkSize: 64 });
  const output: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => output.push(chunk));
  const messages = contextTakeover ? [block, block] : [Buffer.concat([block, block])];
  try {
    for (const message of messages) {
      const data = await deflated(d, message);
      await new Promise<void>((resolve, reject) => {
        stream.once('error', reject);
        stream.write(data);
        stream.write(TAIL);
        stream.flush(constants.Z_SYNC_FLUSH, () => resolve());
      });
    }
    return Buffer.concat(output).equals(Buffer.concat([block, block]));
  } catch (error) {
    expect((error as Error).message).toContain('invalid distance too far back');
    return false;
  } finally {
    stream.close();
  }
}

describe('an agreed window of 2^8 bytes (§7.1.2.1), which zlib does not have for compression', () => {
  const TRIALS = 300;

  // RFC 7692 §7.2.1(g)(h)
  test.each([
    [8, true, 0],
    [8, false, 0],
    [9, true, 0],
    // The controls: a window that reaches further is found out every time.
    [10, true, TRIALS],
    [10, false, TRIALS],
    [15, true, TRIALS],
    [15, false, TRIALS],
  ])(`windowBits %d, context takeover %s: %d of ${TRIALS} fail`, async (windowBits, contextTakeover, failures) => {
    let failed = 0;
    for (let trial = 0; trial < TRIALS; trial += 1) {
      const d = deflater({ windowBits, contextTakeover });
      if (!(await windowIsEnough(d, 8, contextTakeover, trial))) failed += 1;
      d.close();
    }
    expect(failed).toBe(failures);
  });
});

describe('one message at a time', () => {
  test('a second one before the answer to the first is the caller’s mistake', async () => {
    const d = deflater({ contextTakeover: true });
    const first = deflated(d, json(100));
    expect(() => d.deflate(json(100), silentSink)).toThrow(TypeError);
    expect(() => d.deflate(Buffer.alloc(0), silentSink)).toThrow(TypeError);
    expect(await first).toBeInstanceOf(Buffer);
    d.close();
  });

  test('the next one may be given inside the answer', async () => {
    const d = deflater({ contextTakeover: true });
    const second = new Promise<Buffer>((resolve, reject) => {
      d.deflate(Buffer.from('Hello'), {
        onDeflated: () => resolve(deflated(d, Buffer.from('Hello'))),
        onDeflateFailed: reject,
      });
    });
    expect(await second).toEqual(hex('f2 00 11 00 00'));
    d.close();
  });

  test('a sink that throws costs nobody a place in the queue', async () => {
    const jobs = new JobQueue(1);
    const d = deflater({ contextTakeover: true, jobs });
    const caught = new Promise((resolve) => process.once('uncaughtException', resolve));
    d.deflate(json(100), {
      ...silentSink,
      onDeflated: () => {
        throw new Error('from the application');
      },
    });
    expect(await caught).toMatchObject({ message: 'from the application' });
    expect(jobs.running).toBe(0);
    expect(await deflated(d, json(100))).toBeInstanceOf(Buffer);
    d.close();
  });
});

describe('the queue', () => {
  test('one at a time when the limit is one, in order', async () => {
    const jobs = new JobQueue(1);
    const all = Array.from({ length: 5 }, () => deflater({ contextTakeover: true, jobs }));
    const order: number[] = [];
    await Promise.all(
      all.map(async (d, index) => {
        await deflated(d, json(5000));
        order.push(index);
        expect(jobs.running).toBeLessThanOrEqual(1);
      }),
    );
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect([jobs.running, jobs.waiting]).toEqual([0, 0]);
    for (const d of all) d.close();
  });
});

describe('close', () => {
  test.each([true, false])('in the middle of a message tells nobody, context takeover %s', async (contextTakeover) => {
    const jobs = new JobQueue(1);
    const closed = deflater({ contextTakeover, jobs });
    expect(closed.deflate(json(500_000), silentSink)).toBeUndefined();
    closed.close();
    expect([jobs.running, jobs.waiting]).toEqual([0, 0]);
    expect(watch.streams[0]!.stream.destroyed).toBe(true);
    // The thread pool works in order, so by then zlib has long called back.
    const other = deflater({ contextTakeover: true, jobs });
    await deflated(other, json(500_000));
    other.close();
  });

  test('while waiting in line frees the place, and the one behind moves up', async () => {
    const jobs = new JobQueue(1);
    const [first, second, third] = Array.from({ length: 3 }, () => deflater({ contextTakeover: true, jobs }));
    const firstAnswer = deflated(first!, json(5000));
    second!.deflate(json(5000), silentSink);
    const thirdAnswer = deflated(third!, json(5000));
    second!.close();
    await Promise.all([firstAnswer, thirdAnswer]);
    expect(watch.streams).toHaveLength(2);
    first!.close();
    third!.close();
  });

  test('inside the answer is as good as anywhere', async () => {
    const jobs = new JobQueue(1);
    const d = deflater({ contextTakeover: true, jobs });
    await new Promise<void>((resolve) => {
      d.deflate(json(100), {
        ...silentSink,
        onDeflated: () => {
          d.close();
          resolve();
        },
      });
    });
    expect(watch.streams[0]!.stream.destroyed).toBe(true);
    expect(jobs.running).toBe(0);
  });

  test('may be called again, and nothing can be compressed after it', () => {
    const d = deflater();
    d.close();
    d.close();
    expect(() => d.deflate(json(10), silentSink)).toThrow(TypeError);
  });
});

describe('when memory runs out', () => {
  test('a message that could not be compressed at once stands in line instead', async () => {
    watch.failOneShots = 1;
    const message = json(1000);
    expectBytes(plainInflate(await deflated(deflater(), message)), message);
    expect(watch.streams).toHaveLength(1);
  });

  test('a stream that cannot be made is thrown to the caller, whose turn it is, and nothing is under way', async () => {
    const jobs = new JobQueue(1);
    const d = deflater({ contextTakeover: true, jobs });
    watch.failStreams = 1;
    expect(() => d.deflate(json(100), silentSink)).toThrow(NO_MEMORY);
    expect(jobs.running).toBe(0);
    expect(await deflated(d, json(100))).toBeInstanceOf(Buffer);
    d.close();
  });

  test('a stream that cannot be made later is told to the sink, and everybody else is served', async () => {
    const jobs = new JobQueue(1);
    const [first, second, third] = Array.from({ length: 3 }, () => deflater({ contextTakeover: true, jobs }));
    watch.passStreams = 1;
    watch.failStreams = 1;
    const answers = [first!, second!, third!].map((d) => deflated(d, json(5000)));
    expect((await Promise.allSettled(answers)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    await expect(answers[1]).rejects.toBe(NO_MEMORY);
    for (const d of [first!, second!, third!]) d.close();
    expect([jobs.running, jobs.waiting]).toEqual([0, 0]);
  });

  test('a sink that throws at that moment does not cost the one before it its answer', async () => {
    const jobs = new JobQueue(1);
    const [first, second] = Array.from({ length: 2 }, () => deflater({ contextTakeover: true, jobs }));
    watch.passStreams = 1;
    watch.failStreams = 1;
    const answer = deflated(first!, json(5000));
    const caught = new Promise((resolve) => process.once('uncaughtException', resolve));
    second!.deflate(json(10), {
      ...silentSink,
      onDeflateFailed: () => {
        throw new Error('from the application');
      },
    });
    expect(await answer).toBeInstanceOf(Buffer);
    expect(await caught).toMatchObject({ message: 'from the application' });
    first!.close();
  });

  test('an error of a stream is told once, and the next message gets a stream that remembers nothing', async () => {
    const jobs = new JobQueue(1);
    const d = deflater({ contextTakeover: true, jobs });
    await deflated(d, Buffer.from('Hello'));
    const failed = deflated(d, json(500_000));
    const { stream } = watch.streams[0]!;
    stream.emit('error', NO_MEMORY);
    stream.emit('error', NO_MEMORY);
    await expect(failed).rejects.toBe(NO_MEMORY);
    expect(jobs.running).toBe(0);
    expect(await deflated(d, Buffer.from('Hello'))).toEqual(hex('f2 48 cd c9 c9 07 00'));
    expect(watch.streams).toHaveLength(2);
    d.close();
  });

  test('what the failed stream still calls back is not taken for the next message', async () => {
    const d = deflater({ contextTakeover: true });
    const next = new Promise<Buffer>((resolve) => {
      d.deflate(json(500_000), {
        ...silentSink,
        onDeflateFailed: () => resolve(deflated(d, json(400_000, 2))),
      });
    });
    watch.streams[0]!.stream.emit('error', NO_MEMORY);
    expectBytes(plainInflate(await next), json(400_000, 2));
    d.close();
  });

  test('an error of a stream between two messages tells nobody and spoils nothing', async () => {
    const d = deflater({ contextTakeover: true });
    await deflated(d, Buffer.from('Hello'));
    watch.streams[0]!.stream.emit('error', NO_MEMORY);
    expect(await deflated(d, Buffer.from('Hello'))).toEqual(hex('f2 48 cd c9 c9 07 00'));
    d.close();
  });
});

describe('what others ask of it', () => {
  test('whether the same message is always the same bytes', () => {
    expect(deflater({ contextTakeover: true }).contextTakeover).toBe(true);
    expect(deflater().contextTakeover).toBe(false);
  });

  test('deflaters with the same key make the same bytes', () => {
    const same: Partial<DeflaterOptions>[] = [{ windowBits: 8 }, { windowBits: 9 }];
    expect(new Set(same.map((options) => deflater(options).key)).size).toBe(1);
    const [a, b] = same.map((options) => deflater(options).deflate(json(3000), silentSink)!);
    expectBytes(a, b!);
  });

  test('deflaters that compress differently have different keys', () => {
    const different: Partial<DeflaterOptions>[] = [
      {},
      { windowBits: 14 },
      { zlibOptions: { level: 1 } },
      { zlibOptions: { memLevel: 1 } },
      { zlibOptions: { strategy: 1 } },
    ];
    expect(new Set(different.map((options) => deflater(options).key)).size).toBe(different.length);
  });
});

describe('a mistake in its options is thrown at once', () => {
  test.each([7, 16, 9.5])('windowBits %d', (windowBits) => {
    expect(() => deflater({ windowBits })).toThrow(RangeError);
  });

  test.each([{ level: 10 }, { memLevel: 0 }, { strategy: 9 }, { chunkSize: 1 }])('%j', (zlibOptions) => {
    expect(() => deflater({ zlibOptions })).toThrow(RangeError);
  });
});
