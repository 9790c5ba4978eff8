// RFC 7692 §7.2.2 for long messages: stops at the limit, goes on after BFINAL, and settles exactly once from every path.
import { constants, deflateRawSync } from 'node:zlib';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type InflateFailure, InflateFailures } from '../../src/deflate/inflate-failure.ts';
import { InflateJob, type InflateJobOptions, MAX_RESTARTS } from '../../src/deflate/inflate-job.ts';
import { JobQueue } from '../../src/deflate/job-queue.ts';
import { expectBytes, hex, json, noise } from './messages.ts';
import { NO_MEMORY, watch } from './zlib-watch.ts';

vi.mock('node:zlib', async (importOriginal) => (await import('./zlib-watch.ts')).watchedZlib(importOriginal as never));

beforeEach(() => watch.reset());

const NOTHING: Buffer = Buffer.alloc(0);
const MIB = 1024 * 1024;
const CHUNK = 64 * 1024;

/** Blocks without BFINAL, their tail cut off, as a sender makes them; they may refer to `history`. */
function blocks(data: Buffer, history = NOTHING): Buffer {
  const options = { finishFlush: constants.Z_SYNC_FLUSH, level: 9 };
  const all = deflateRawSync(data, history.length === 0 ? options : { ...options, dictionary: history });
  return all.subarray(0, all.length - 4);
}

/** The same, but the last block has BFINAL set (§7.2.3.4). */
function finalBlocks(data: Buffer, history = NOTHING): Buffer {
  return deflateRawSync(data, history.length === 0 ? {} : { dictionary: history });
}

interface Settled {
  readonly job: InflateJob;
  readonly result: Promise<Buffer | InflateFailure>;
  readonly calls: (Buffer | InflateFailure)[];
  readonly atOnce: InflateFailure | undefined;
}

function submit(payload: Buffer, options: Partial<InflateJobOptions> = {}): Settled {
  const calls: (Buffer | InflateFailure)[] = [];
  let settle: (result: Buffer | InflateFailure) => void;
  const result = new Promise<Buffer | InflateFailure>((resolve) => {
    settle = resolve;
  });
  const job = new InflateJob({
    payload,
    maxLength: Number.POSITIVE_INFINITY,
    windowBits: 15,
    history: NOTHING,
    chunkSize: undefined,
    jobs: new JobQueue(1),
    onSettled: (outcome) => {
      calls.push(outcome);
      settle(outcome);
    },
    ...options,
  });
  const atOnce = job.submit();
  expect(calls).toEqual([]);
  return { job, result, calls, atOnce };
}

/** Every stream is closed and every place given back. */
function expectNothingLeft(jobs: JobQueue): void {
  expect(watch.streams.every(({ stream }) => stream.destroyed)).toBe(true);
  expect([jobs.running, jobs.waiting]).toEqual([0, 0]);
}

describe('a whole message', () => {
  test.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3_000_000])('of %d bytes', async (length) => {
    const jobs = new JobQueue(1);
    expectBytes(await submit(blocks(json(length)), { jobs }).result, json(length));
    expectNothingLeft(jobs);
  });

  // RFC 7692 §7.2.2(b)(c)
  test.each([8, 9, 12, 15])('in a window of 2^%d that was filled by earlier messages', async (windowBits) => {
    const history = noise(1 << windowBits, 7).subarray(-200);
    const message = Buffer.concat([history, json(200_000)]);
    const payload = deflateRawSync(message, {
      windowBits: Math.max(9, windowBits),
      dictionary: history,
      finishFlush: constants.Z_SYNC_FLUSH,
    }).subarray(0, -4);
    expectBytes(await submit(payload, { windowBits, history }).result, message);
  });

  test('in chunks of the size the application wants', async () => {
    expectBytes(await submit(blocks(json(5000)), { chunkSize: 64 }).result, json(5000));
    expect(watch.streams[0]!.outputLength).toBe(5000);
  });
});

describe('the limit', () => {
  test.each([0, 1, 100_000])('a message of exactly %d bytes passes, one more does not', async (length) => {
    expectBytes(await submit(blocks(json(length)), { maxLength: length }).result, json(length));
    expect(await submit(blocks(json(length + 1)), { maxLength: length }).result).toBe(InflateFailures.TooBig);
  });

  // RFC 7692 §7.2.2(B)
  test('a bomb of 1000:1 is stopped at the limit and one chunk', async () => {
    const bomb = blocks(Buffer.alloc(64 * MIB));
    expect((64 * MIB) / bomb.length).toBeGreaterThan(1000);
    const jobs = new JobQueue(1);
    expect(await submit(bomb, { maxLength: MIB, jobs }).result).toBe(InflateFailures.TooBig);
    expect(watch.streams[0]!.outputLength).toBeLessThanOrEqual(MIB + CHUNK);
    expectNothingLeft(jobs);
    // The control: the same bytes are a message when there is room for it.
    watch.reset();
    expect(await submit(bomb).result).toHaveLength(64 * MIB);
    expect(watch.streams[0]!.outputLength).toBe(64 * MIB);
  });

  test('counts over blocks with BFINAL set', async () => {
    const third = Buffer.alloc(MIB);
    const bomb = Buffer.concat([finalBlocks(third), finalBlocks(third), blocks(third)]);
    expect(await submit(bomb, { maxLength: 3 * MIB }).result).toHaveLength(3 * MIB);
    watch.reset();
    expect(await submit(bomb, { maxLength: 2.5 * MIB }).result).toBe(InflateFailures.TooBig);
    const output = watch.streams.reduce((sum, { outputLength }) => sum + outputLength, 0);
    expect(output).toBeLessThanOrEqual(2.5 * MIB + CHUNK);
  });
});

describe('what is not a message', () => {
  test.each([
    ['no DEFLATE at all', Buffer.alloc(1000, 0xff)],
    ['truncated', blocks(json(300_000)).subarray(0, -1)],
    ['truncated in the middle', blocks(json(300_000)).subarray(0, 10_000)],
    ['the tail was not cut off', Buffer.concat([blocks(json(300_000)), hex('00 00 ff ff')])],
    ['something follows', Buffer.concat([blocks(json(300_000)), hex('55')])],
    ['something follows BFINAL', Buffer.concat([finalBlocks(json(300_000)), hex('ff ff')])],
    ['a reference to what was never sent', hex('f2 00 11 00 00')],
  ])('%s', async (_, payload) => {
    const jobs = new JobQueue(1);
    const { result, calls } = submit(payload, { jobs });
    expect(await result).toBe(InflateFailures.Corrupt);
    expectNothingLeft(jobs);
    expect(calls).toHaveLength(1);
  });
});

describe('blocks with BFINAL set (§7.2.3.4)', () => {
  const first = json(200_000);
  const second = json(70_000, 400);

  test('at the end, with and without the byte that should follow', async () => {
    expectBytes(await submit(Buffer.concat([finalBlocks(first), hex('00')])).result, first);
    expectBytes(await submit(finalBlocks(first)).result, first);
  });

  // RFC 7692 §7.2.3.4(a)
  test('in the middle: what follows refers to what came before it', async () => {
    const payload = Buffer.concat([finalBlocks(first), blocks(second, first)]);
    expectBytes(await submit(payload).result, Buffer.concat([first, second]));
    expect(watch.streams).toHaveLength(2);
  });

  test('in the middle: what follows refers to an earlier message', async () => {
    const history = noise(20_000);
    const known = Buffer.concat([history, json(10)]);
    const payload = Buffer.concat([finalBlocks(json(10), history), finalBlocks(NOTHING), blocks(history, known)]);
    expect(payload.length).toBeLessThan(1000);
    expectBytes(await submit(payload, { history }).result, Buffer.concat([json(10), history]));
  });

  // RFC 7692 §7.2.3.4(A)
  test(`${MAX_RESTARTS} of them are followed, one more is not`, async () => {
    const many = (count: number) => Buffer.concat([...Array(count).fill(finalBlocks(NOTHING)), blocks(first)]);
    expectBytes(await submit(many(MAX_RESTARTS)).result, first);
    const jobs = new JobQueue(1);
    expect(await submit(many(MAX_RESTARTS + 1), { jobs }).result).toBe(InflateFailures.TooManyFinalBlocks);
    expectNothingLeft(jobs);
  });
});

describe('cancel', () => {
  test('in the middle closes the stream, frees the place and tells nobody', async () => {
    const jobs = new JobQueue(1);
    const { job, calls } = submit(blocks(json(MIB)), { jobs });
    job.cancel();
    expectNothingLeft(jobs);
    job.cancel();
    // The thread pool works in order, so by then zlib has long called back.
    await submit(blocks(json(MIB)), { jobs }).result;
    expect(calls).toEqual([]);
  });

  test('before its turn: it never begins', async () => {
    const jobs = new JobQueue(1);
    const running = submit(blocks(json(1000)), { jobs });
    const waiting = submit(blocks(json(1000)), { jobs });
    waiting.job.cancel();
    await running.result;
    expect(waiting.calls).toEqual([]);
    expect(watch.streams).toHaveLength(1);
    expectNothingLeft(jobs);
  });

  test('after the end changes nothing', async () => {
    const { job, result, calls } = submit(blocks(json(1000)));
    await result;
    job.cancel();
    expect(calls).toHaveLength(1);
  });
});

describe('when memory runs out', () => {
  test('at the beginning: the caller is told at once', () => {
    const jobs = new JobQueue(1);
    watch.failStreams = 1;
    const { atOnce, calls } = submit(blocks(json(1000)), { jobs });
    expect(atOnce).toBe(InflateFailures.OutOfMemory);
    expect(calls).toEqual([]);
    expectNothingLeft(jobs);
  });

  test('when its turn comes: it is told, and those behind it are served', async () => {
    const jobs = new JobQueue(1);
    watch.passStreams = 1;
    watch.failStreams = 1;
    const all = [1, 2, 3].map((seed) => submit(blocks(json(1000, seed)), { jobs }));
    expect(await Promise.all(all.map(({ result }) => result))).toEqual([
      json(1000, 1),
      InflateFailures.OutOfMemory,
      json(1000, 3),
    ]);
    expectNothingLeft(jobs);
  });

  test('when it goes on after BFINAL', async () => {
    const jobs = new JobQueue(1);
    watch.passStreams = 1;
    watch.failStreams = 1;
    const payload = Buffer.concat([finalBlocks(json(1000)), blocks(json(1000))]);
    expect(await submit(payload, { jobs }).result).toBe(InflateFailures.OutOfMemory);
    expectNothingLeft(jobs);
  });

  test('an error of the stream is told once', async () => {
    const { result, calls } = submit(blocks(json(MIB)));
    watch.streams[0]!.stream.emit('error', NO_MEMORY);
    watch.streams[0]!.stream.emit('error', NO_MEMORY);
    expect(await result).toBe(InflateFailures.OutOfMemory);
    expect(calls).toHaveLength(1);
  });

  test('one who throws when told does not cost the one before it its answer', async () => {
    const jobs = new JobQueue(1);
    watch.passStreams = 1;
    watch.failStreams = 1;
    const first = submit(blocks(json(1000)), { jobs });
    const caught = new Promise((resolve) => process.once('uncaughtException', resolve));
    submit(blocks(json(1000)), {
      jobs,
      onSettled: () => {
        throw new Error('from the application');
      },
    });
    expectBytes(await first.result, json(1000));
    expect(await caught).toMatchObject({ message: 'from the application' });
    expectNothingLeft(jobs);
  });
});
