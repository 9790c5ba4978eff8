// RFC 7692 §7.2: what a Deflater makes, an Inflater takes back, whatever was agreed and however zlib is set.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Deflater } from '../../src/deflate/deflater.ts';
import { Inflater } from '../../src/deflate/inflater.ts';
import { JobQueue } from '../../src/deflate/job-queue.ts';
import { anyMessage, deflated, expectBytes, inflated } from './messages.ts';

const anySettings = fc.record(
  {
    level: fc.integer({ min: -1, max: 9 }),
    memLevel: fc.integer({ min: 1, max: 9 }),
    strategy: fc.integer({ min: 0, max: 4 }),
    chunkSize: fc.oneof(fc.constantFrom(64, 65, 100, 1024), fc.integer({ min: 64, max: 100_000 })),
  },
  { requiredKeys: [] },
);

test('any sequence of messages, any window, level, memLevel, strategy and chunk size', async () => {
  const jobs = new JobQueue(2);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 8, max: 15 }),
      fc.boolean(),
      anySettings,
      fc.array(anyMessage, { minLength: 1, maxLength: 6 }),
      async (windowBits, contextTakeover, zlibOptions, messages) => {
        const deflater = new Deflater({ windowBits, contextTakeover, zlibOptions, jobs });
        const inflater = new Inflater({ windowBits, contextTakeover, zlibOptions, jobs });
        for (const message of messages) {
          const payload = await deflated(deflater, Buffer.from(message));
          expectBytes(await inflated(inflater, payload, message.length), message);
        }
        deflater.close();
        inflater.close();
      },
    ),
    { numRuns: 250 },
  );
  expect([jobs.running, jobs.waiting]).toEqual([0, 0]);
});

test('many connections at once share ten places, and nothing is mixed up', async () => {
  const jobs = new JobQueue(10);
  await Promise.all(
    Array.from({ length: 60 }, async (_, connection) => {
      const contextTakeover = connection % 2 === 0;
      const deflater = new Deflater({ windowBits: 12, contextTakeover, jobs });
      const inflater = new Inflater({ windowBits: 12, contextTakeover, jobs });
      for (let n = 0; n < 5; n += 1) {
        const message = Buffer.from(`${connection}:${n} `.repeat(1 + ((connection * n * 997) % 30_000)));
        expectBytes(await inflated(inflater, await deflated(deflater, message)), message);
        expect(jobs.running).toBeLessThanOrEqual(10);
      }
      deflater.close();
      inflater.close();
    }),
  );
  expect([jobs.running, jobs.waiting]).toEqual([0, 0]);
});
