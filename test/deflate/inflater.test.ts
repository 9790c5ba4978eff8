// RFC 7692 §7.2.2: DEFLATE blocks to messages; at once or later, with a memory or without, and never past the limit.
import { constants, deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { InflateFailures } from '../../src/deflate/inflate-failure.ts';
import { MAX_RESTARTS } from '../../src/deflate/inflate-job.ts';
import {
  INFLATE_AT_ONCE_LIMIT,
  INFLATE_AT_ONCE_PAYLOAD_LIMIT,
  Inflater,
  type InflaterOptions,
} from '../../src/deflate/inflater.ts';
import { JobQueue } from '../../src/deflate/job-queue.ts';
import { expectBytes, hex, inflated, json, noise, silentSink } from './messages.ts';
import { watch } from './zlib-watch.ts';

vi.mock('node:zlib', async (importOriginal) => (await import('./zlib-watch.ts')).watchedZlib(importOriginal as never));

beforeEach(() => watch.reset());

const NOTHING: Buffer = Buffer.alloc(0);
const NO_LIMIT = Number.POSITIVE_INFINITY;
const MIB = 1024 * 1024;

function inflater(options: Partial<InflaterOptions> = {}): Inflater {
  return new Inflater({ windowBits: 15, contextTakeover: false, jobs: new JobQueue(10), ...options });
}

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

const HELLO = Buffer.from('Hello');

describe('the examples of the RFC', () => {
  // RFC 7692 §7.2.2(a), §7.2.3.3(a), §7.2.3.5(a)
  test.each([
    ['§7.2.3.1: one block', 'f2 48 cd c9 c9 07 00'],
    ['§7.2.3.3: a block without compression', '00 05 00 fa ff 48 65 6c 6c 6f 00'],
    ['§7.2.3.4: a block with BFINAL set', 'f3 48 cd c9 c9 07 00 00'],
    ['§7.2.3.5: two blocks', 'f2 48 05 00 00 00 ff ff ca c9 c9 07 00'],
  ])('%s', (_, payload) => {
    for (const contextTakeover of [true, false]) {
      expect(inflater({ contextTakeover }).inflate(hex(payload), NO_LIMIT, silentSink)).toEqual(HELLO);
    }
  });

  // RFC 7692 §7.2.2(b)(c)
  test('§7.2.3.2: a reference to the message before it', () => {
    const i = inflater({ contextTakeover: true });
    expect(i.inflate(hex('f2 48 cd c9 c9 07 00'), NO_LIMIT, silentSink)).toEqual(HELLO);
    expect(i.inflate(hex('f2 00 11 00 00'), NO_LIMIT, silentSink)).toEqual(HELLO);
  });

  test('§7.1.1: the same reference without context takeover is corrupt', () => {
    const i = inflater();
    i.inflate(hex('f2 48 cd c9 c9 07 00'), NO_LIMIT, silentSink);
    expect(i.inflate(hex('f2 00 11 00 00'), NO_LIMIT, silentSink)).toBe(InflateFailures.Corrupt);
  });

  test('§7.2.3.6: 00 is the empty message, and so is nothing at all', () => {
    const i = inflater({ contextTakeover: true });
    expect(i.inflate(hex('00'), NO_LIMIT, silentSink)).toEqual(NOTHING);
    expect(i.inflate(NOTHING, NO_LIMIT, silentSink)).toEqual(NOTHING);
    i.inflate(hex('f2 48 cd c9 c9 07 00'), NO_LIMIT, silentSink);
    expect(i.inflate(hex('00'), NO_LIMIT, silentSink)).toEqual(NOTHING);
    expect(i.inflate(NOTHING, NO_LIMIT, silentSink)).toEqual(NOTHING);
    expect(i.inflate(hex('f2 00 11 00 00'), NO_LIMIT, silentSink)).toEqual(HELLO);
  });
});

describe.each([true, false])('at once or later, context takeover %s', (contextTakeover) => {
  test.each([1, 1000, 20_000, INFLATE_AT_ONCE_LIMIT])('%d bytes come at once', (length) => {
    const payload = blocks(json(length)).subarray(0);
    expect(payload.length).toBeLessThanOrEqual(INFLATE_AT_ONCE_PAYLOAD_LIMIT);
    expectBytes(inflater({ contextTakeover }).inflate(payload, NO_LIMIT, silentSink), json(length));
    expect(watch.streams).toHaveLength(0);
  });

  test('more than that comes later', async () => {
    const i = inflater({ contextTakeover });
    const message = json(INFLATE_AT_ONCE_LIMIT + 1);
    expectBytes(await inflated(i, blocks(message)), message);
    expect(watch.streams).toHaveLength(1);
  });

  test('a long payload is not even tried at once', async () => {
    const message = noise(INFLATE_AT_ONCE_PAYLOAD_LIMIT);
    expectBytes(await inflated(inflater({ contextTakeover }), blocks(message)), message);
    expect(watch.oneShots.filter((options) => options.info)).toHaveLength(0);
  });

  test('a message is nobody else’s memory: neither the next message changes it, nor it the next', () => {
    const i = inflater({ contextTakeover });
    const first = i.inflate(blocks(json(1000)), NO_LIMIT, silentSink) as Buffer;
    const copy = Buffer.from(first);
    const second = i.inflate(blocks(noise(20_000)), NO_LIMIT, silentSink) as Buffer;
    expectBytes(first, copy);
    first.fill(0xff);
    expectBytes(second, noise(20_000));
    expectBytes(i.inflate(blocks(json(1000)), NO_LIMIT, silentSink), copy);
  });

  test('the payload is not written to, even when it is a view into somebody else’s memory', async () => {
    for (const length of [5, 1000, 300_000]) {
      const payload = blocks(json(length));
      const slab = Buffer.alloc(payload.length + 200, 0xaa);
      const view = slab.subarray(100, 100 + payload.length);
      payload.copy(view);
      const before = Buffer.from(slab);
      expectBytes(await inflated(inflater({ contextTakeover }), view), json(length));
      expect(slab.equals(before)).toBe(true);
    }
  });
});

describe('context takeover', () => {
  test('the window is not the application’s message: it may write into that', async () => {
    const i = inflater({ contextTakeover: true });
    const first = json(200_000);
    const answer = (await inflated(i, blocks(first))) as Buffer;
    answer.fill(0);
    const again = i.inflate(blocks(first.subarray(-1000), first), NO_LIMIT, silentSink);
    expectBytes(again, first.subarray(-1000));
  });

  // RFC 7692 §7.2.2(b)(c)
  test('a message inflated later goes on from those inflated at once, and the other way round', async () => {
    const i = inflater({ contextTakeover: true });
    let history: Buffer = NOTHING;
    for (const message of [noise(500), Buffer.concat([noise(500), json(200_000)]), json(30_000), noise(500, 2)]) {
      expectBytes(await inflated(i, blocks(message, history)), message);
      history = Buffer.concat([history, message]).subarray(-32_768);
    }
    expect(watch.streams).toHaveLength(1);
  });

  test('a message that was refused leaves the window as it was', () => {
    const i = inflater({ contextTakeover: true });
    i.inflate(blocks(json(1000)), NO_LIMIT, silentSink);
    expect(i.inflate(blocks(noise(1000)), 999, silentSink)).toBe(InflateFailures.TooBig);
    expect(i.inflate(hex('ff'), NO_LIMIT, silentSink)).toBe(InflateFailures.Corrupt);
    expectBytes(i.inflate(blocks(json(500), json(1000)), NO_LIMIT, silentSink), json(500));
  });

  test('keeps no zlib stream between messages', async () => {
    const i = inflater({ contextTakeover: true });
    for (let n = 0; n < 3; n += 1) await inflated(i, blocks(json(200_000)));
    expect(watch.streams.map(({ stream }) => stream.destroyed)).toEqual([true, true, true]);
  });
});

describe('the limit', () => {
  test.each([1, 2, 1000, INFLATE_AT_ONCE_LIMIT, INFLATE_AT_ONCE_LIMIT + 1, 300_000])(
    'of %d bytes is reached by exactly that many',
    async (limit) => {
      expectBytes(await inflated(inflater(), blocks(json(limit)), limit), json(limit));
      expect(await inflated(inflater(), blocks(json(limit + 1)), limit)).toBe(InflateFailures.TooBig);
    },
  );

  test('of 0 lets only the empty message pass', () => {
    expect(inflater().inflate(hex('00'), 0, silentSink)).toEqual(NOTHING);
    expect(inflater().inflate(NOTHING, 0, silentSink)).toEqual(NOTHING);
    expect(inflater().inflate(blocks(Buffer.from('a')), 0, silentSink)).toBe(InflateFailures.TooBig);
  });

  // RFC 7692 §7.2.2(B)
  test('a bomb for a small limit is found out at once', () => {
    const bomb = blocks(Buffer.alloc(16 * MIB));
    expect(bomb.length).toBeLessThan(INFLATE_AT_ONCE_PAYLOAD_LIMIT);
    expect(inflater().inflate(bomb, INFLATE_AT_ONCE_LIMIT, silentSink)).toBe(InflateFailures.TooBig);
    expect(watch.oneShots.at(-1)).toMatchObject({ maxOutputLength: INFLATE_AT_ONCE_LIMIT });
  });

  // RFC 7692 §7.2.2(B)
  test('a bomb for a large limit goes no further than the limit and one chunk', async () => {
    expect(await inflated(inflater(), blocks(Buffer.alloc(16 * MIB)), MIB)).toBe(InflateFailures.TooBig);
    expect(watch.streams[0]!.outputLength).toBeGreaterThan(MIB);
    expect(watch.streams[0]!.outputLength).toBeLessThanOrEqual(MIB + 64 * 1024);
  });

  test('zlib’s chunk size is the application’s to choose', async () => {
    const i = inflater({ zlibOptions: { chunkSize: 1000 } });
    expect(await inflated(i, blocks(Buffer.alloc(16 * MIB)), 200_000)).toBe(InflateFailures.TooBig);
    expect(watch.streams[0]!.outputLength).toBe(201_000);
  });

  test('a thousand bombs at once: one stream at a time, and every one is stopped', async () => {
    const jobs = new JobQueue(1);
    const bomb = blocks(Buffer.alloc(2 * MIB));
    const all = Array.from({ length: 1000 }, () => inflated(inflater({ jobs }), bomb, 150_000));
    expect(jobs.waiting).toBe(999);
    expect(new Set(await Promise.all(all))).toEqual(new Set([InflateFailures.TooBig]));
    expect(Math.max(...watch.streams.map(({ outputLength }) => outputLength))).toBeLessThanOrEqual(150_000 + 65_536);
    expect([jobs.running, jobs.waiting]).toEqual([0, 0]);
  });
});

describe('what is not a message', () => {
  // RFC 7692 §7.2.2(A)
  test('no beginning of one passes for the whole', () => {
    const payload = blocks(json(400));
    for (let length = 1; length < payload.length; length += 1) {
      expect(inflater().inflate(payload.subarray(0, length), NO_LIMIT, silentSink)).toBe(InflateFailures.Corrupt);
    }
    expectBytes(inflater().inflate(payload, NO_LIMIT, silentSink), json(400));
  });

  test.each([
    ['no DEFLATE at all', Buffer.alloc(100, 0xff)],
    ['the tail was not cut off', Buffer.concat([blocks(HELLO), hex('00 00 ff ff')])],
    ['something follows', Buffer.concat([blocks(HELLO), hex('55')])],
    ['something follows BFINAL', Buffer.concat([finalBlocks(HELLO), hex('ff ff')])],
    ['a stored block whose length is wrong', hex('00 05 00 fa fe 48 65 6c 6c 6f 00')],
  ])('%s', (_, payload) => {
    for (const contextTakeover of [true, false]) {
      expect(inflater({ contextTakeover }).inflate(payload, NO_LIMIT, silentSink)).toBe(InflateFailures.Corrupt);
    }
  });

  test('any bytes at all are answered, with a message within the limit or with a row', async () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(fc.nat(3000), fc.nat(), fc.nat(255)).map(([length, at, value]) => {
        const payload = Buffer.from(blocks(json(length + 1)));
        payload[at % payload.length] = value;
        return payload;
      }),
    );
    await fc.assert(
      fc.asyncProperty(anyBytes, fc.boolean(), fc.nat(5000), async (payload, contextTakeover, limit) => {
        const i = inflater({ contextTakeover });
        const result = await inflated(i, payload, limit);
        if (Buffer.isBuffer(result)) expect(result.length).toBeLessThanOrEqual(limit);
        else expect(Object.values(InflateFailures)).toContain(result);
        i.close();
      }),
      { numRuns: 400 },
    );
  });
});

describe.each([
  ['at once', 1000],
  ['later', 200_000],
] as const)('blocks with BFINAL set (§7.2.3.4), %s', (_, length) => {
  const first = json(length);
  const second = json(700, 3);

  test('end the message, with and without the byte that should follow', async () => {
    expectBytes(await inflated(inflater(), Buffer.concat([finalBlocks(first), hex('00')])), first);
    expectBytes(await inflated(inflater(), finalBlocks(first)), first);
  });

  // RFC 7692 §7.2.3.4(a)
  test('do not swallow the blocks after them, which may refer to those before', async () => {
    const payload = Buffer.concat([finalBlocks(first), blocks(second, first)]);
    expectBytes(await inflated(inflater(), payload), Buffer.concat([first, second]));
  });

  test('in a row: each run may refer to all before it, also in earlier messages', async () => {
    const i = inflater({ contextTakeover: true });
    const [one, two, three] = [noise(400, 1), noise(400, 2), noise(400, 3)];
    expectBytes(await inflated(i, blocks(one)), one);
    const known = Buffer.concat([one, first]).subarray(-32_000);
    const afterTwo = Buffer.concat([known, two]).subarray(-32_000);
    const recent = known.subarray(0, 400);
    const payload = Buffer.concat([
      finalBlocks(first, one),
      finalBlocks(two, known),
      finalBlocks(three, afterTwo),
      blocks(Buffer.concat([two, recent]), Buffer.concat([afterTwo, three])),
    ]);
    expectBytes(await inflated(i, payload), Buffer.concat([first, two, three, two, recent]));
  });

  test('do not swallow the next message', async () => {
    for (const contextTakeover of [true, false]) {
      const i = inflater({ contextTakeover });
      expectBytes(await inflated(i, Buffer.concat([finalBlocks(first), hex('00')])), first);
      expectBytes(await inflated(i, blocks(second)), second);
    }
  });

  // RFC 7692 §7.2.3.4(a)
  test('do not empty the window: the next message may refer to this one and to those before it', async () => {
    const i = inflater({ contextTakeover: true });
    const earlier = noise(400);
    let history = earlier;
    expectBytes(await inflated(i, blocks(earlier)), earlier);
    expectBytes(await inflated(i, Buffer.concat([finalBlocks(first, history), hex('00')])), first);
    history = Buffer.concat([history, first]).subarray(-32_768);
    const message = Buffer.concat([first.subarray(-300), history.subarray(-32_000).subarray(0, 300)]);
    const payload = blocks(message, history);
    expect(payload.length).toBeLessThan(60);
    expectBytes(await inflated(i, payload), message);
  });

  test('do not reset the count of bytes', async () => {
    const payload = Buffer.concat([finalBlocks(first), finalBlocks(second), blocks(second)]);
    const whole = first.length + 2 * second.length;
    expect(await inflated(inflater(), payload, whole)).toHaveLength(whole);
    expect(await inflated(inflater(), payload, whole - 1)).toBe(InflateFailures.TooBig);
    expect(await inflated(inflater(), payload, first.length)).toBe(InflateFailures.TooBig);
  });

  // RFC 7692 §7.2.3.4(A)
  test('are followed up to a number, since each one makes zlib start again', async () => {
    const many = (count: number) => Buffer.concat([...Array(count).fill(hex('03 00')), blocks(first)]);
    expectBytes(await inflated(inflater({ contextTakeover: true }), many(MAX_RESTARTS)), first);
    expect(await inflated(inflater(), many(MAX_RESTARTS + 1))).toBe(InflateFailures.TooManyFinalBlocks);
  });
});

test('a block with BFINAL set that alone fills the limit may be followed by empty ones only', () => {
  const empty = Buffer.concat([finalBlocks(HELLO), hex('03 00'), hex('00')]);
  expect(inflater().inflate(empty, HELLO.length, silentSink)).toEqual(HELLO);
  const one = Buffer.concat([finalBlocks(HELLO), finalBlocks(Buffer.from('!')), hex('00')]);
  expect(inflater().inflate(one, HELLO.length, silentSink)).toBe(InflateFailures.TooBig);
});

test('a block with BFINAL set that alone fills the limit at once goes on later', async () => {
  const first = json(INFLATE_AT_ONCE_LIMIT);
  const payload = Buffer.concat([finalBlocks(first), blocks(HELLO)]);
  expectBytes(await inflated(inflater(), payload), Buffer.concat([first, HELLO]));
});

describe('one message at a time', () => {
  test('a second one before the answer to the first is the caller’s mistake', async () => {
    const i = inflater();
    const first = inflated(i, blocks(json(200_000)));
    expect(() => i.inflate(blocks(HELLO), NO_LIMIT, silentSink)).toThrow(TypeError);
    expect(await first).toHaveLength(200_000);
    expect(i.inflate(blocks(HELLO), NO_LIMIT, silentSink)).toEqual(HELLO);
  });

  test('the next one may be given inside the answer, after a message and after a failure', async () => {
    const i = inflater({ contextTakeover: true });
    await new Promise<void>((resolve) => {
      i.inflate(blocks(json(200_000)), NO_LIMIT, {
        ...silentSink,
        onInflated: () => {
          const corrupt = Buffer.concat([blocks(json(200_000)), hex('55')]);
          i.inflate(corrupt, NO_LIMIT, {
            ...silentSink,
            onInflateFailed: (failure) => {
              expect(failure).toBe(InflateFailures.Corrupt);
              expect(i.inflate(blocks(HELLO), NO_LIMIT, silentSink)).toEqual(HELLO);
              resolve();
            },
          });
        },
      });
    });
  });

  test.each([-1, Number.NaN])('a limit of %d is the caller’s mistake', (limit) => {
    expect(() => inflater().inflate(hex('00'), limit, silentSink)).toThrow(RangeError);
  });
});

describe('close', () => {
  test('in the middle of a message tells nobody and frees the place', async () => {
    const jobs = new JobQueue(1);
    const closed = inflater({ jobs, contextTakeover: true });
    expect(closed.inflate(blocks(json(MIB)), NO_LIMIT, silentSink)).toBeUndefined();
    closed.close();
    expect([jobs.running, jobs.waiting]).toEqual([0, 0]);
    expect(watch.streams[0]!.stream.destroyed).toBe(true);
    // The thread pool works in order, so by then zlib has long called back.
    await inflated(inflater({ jobs }), blocks(json(MIB)));
  });

  test('inside the answer is as good as anywhere', async () => {
    const i = inflater();
    await new Promise<void>((resolve) => {
      i.inflate(blocks(json(200_000)), NO_LIMIT, {
        ...silentSink,
        onInflated: () => {
          i.close();
          resolve();
        },
      });
    });
    expect(watch.streams[0]!.stream.destroyed).toBe(true);
  });

  test('may be called again, and nothing can be decompressed after it', () => {
    const i = inflater();
    i.close();
    i.close();
    expect(() => i.inflate(hex('00'), NO_LIMIT, silentSink)).toThrow(TypeError);
  });
});

describe('when memory runs out', () => {
  test.each([1000, 200_000])('the caller is told at once (%d bytes)', (length) => {
    const jobs = new JobQueue(1);
    const i = inflater({ jobs });
    const payload = blocks(json(length));
    watch.failOneShots = length === 1000 ? 1 : 0;
    watch.failStreams = 1;
    expect(i.inflate(payload, NO_LIMIT, silentSink)).toBe(InflateFailures.OutOfMemory);
    expect(jobs.running).toBe(0);
    expect(i.inflate(blocks(HELLO), NO_LIMIT, silentSink)).toEqual(HELLO);
  });
});

describe('a mistake in its options is thrown at once', () => {
  test.each([7, 16, 9.5])('windowBits %d', (windowBits) => {
    expect(() => inflater({ windowBits })).toThrow(RangeError);
  });

  test('zlib’s chunkSize', () => {
    expect(() => inflater({ zlibOptions: { chunkSize: 1 } })).toThrow(RangeError);
  });
});
