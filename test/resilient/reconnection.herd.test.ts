// The thundering herd, in simulated time: what docs/resilience.md shows is what the sources do.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { peak, simulate } from '../../scripts/herd/simulation.mjs';
import { ResilientWebSocket } from '../../src/resilient/index.ts';

const RECORD = JSON.parse(readFileSync(new URL('../../docs/resilience/herd.json', import.meta.url), 'utf8'));

const herd = (jitter: number | undefined): Promise<number[]> =>
  simulate(ResilientWebSocket as never, { clients: 2_000, away: 20_000, until: 60_000, jitter });

test('with jitter 2,000 clients come back at least five times less densely than without', async () => {
  const none = await herd(0);
  const jitter = await herd(undefined);
  expect([none.length, jitter.length]).toEqual([2_000, 2_000]);
  expect(peak(none, 1_000)).toBe(2_000);
  expect(peak(jitter, 1_000) * 5).toBeLessThanOrEqual(peak(none, 1_000));
  expect(RECORD).toMatchObject({
    none: { peakPerSecond: peak(none, 1_000), peakPerTenth: peak(none, 100) },
    jitter: { peakPerSecond: peak(jitter, 1_000), peakPerTenth: peak(jitter, 100) },
  });
});

test('also where the server is back at once: in no tenth of a second come more than a fifth', async () => {
  const herdAtOnce = (jitter: number | undefined) =>
    simulate(ResilientWebSocket as never, { clients: 2_000, away: 0, until: 10_000, jitter });
  expect(peak(await herdAtOnce(0), 100)).toBe(2_000);
  expect(peak(await herdAtOnce(undefined), 100)).toBeLessThanOrEqual(400);
});
