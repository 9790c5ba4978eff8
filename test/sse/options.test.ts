// The options of an event stream: what they become, and what they must be.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventStreamDefaults, type EventStreamOptions, readSettings } from '../../src/sse/options.ts';

describe('the settings of a stream', () => {
  it('are the defaults where nobody says', () => {
    const { retry, slowConsumer, retrySpread, ...others } = { ...EventStreamDefaults };
    expect(readSettings({})).toMatchObject({ ...others, slowConsumer });
  });

  it('spread the reconnection time around its base, another for each client', () => {
    const times = Array.from({ length: 1_000 }, () => readSettings({}).retry ?? Number.NaN);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(2_100);
    expect(Math.max(...times)).toBeLessThanOrEqual(3_900);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(1_000);
    expect(times.every(Number.isSafeInteger)).toBe(true);
    expect(new Set(times).size).toBeGreaterThan(300);
  });

  it('keep it within the spread, whatever both are', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.double({ min: 0, max: 1, noNaN: true }), (retry, retrySpread) => {
        const { retry: chosen = Number.NaN } = readSettings({ retry, retrySpread });
        expect(Math.abs(chosen - retry)).toBeLessThanOrEqual(retry * retrySpread + 1);
      }),
    );
    expect(readSettings({ retry: 500, retrySpread: 0 }).retry).toBe(500);
    expect(readSettings({ retry: false }).retry).toBeUndefined();
  });

  it('have no limit of bytes for 0, and a mark no higher than the limit', () => {
    expect(readSettings({ maxBufferedAmount: 0 }).maxBufferedAmount).toBe(Number.POSITIVE_INFINITY);
    expect(readSettings({ maxBufferedAmount: 10 }).highWaterMark).toBe(10);
  });

  const wrong: readonly [EventStreamOptions, ErrorConstructor][] = [
    [{ retry: -1 }, RangeError],
    [{ retry: Number.POSITIVE_INFINITY }, RangeError],
    [{ retrySpread: 1.1 }, RangeError],
    [{ heartbeat: Number.NaN }, TypeError],
    [{ heartbeat: '5' as unknown as number }, TypeError],
    [{ slowConsumer: 'wait' as 'close' }, TypeError],
    [{ maxLastEventIdLength: -1 }, RangeError],
  ];
  it.each(wrong)('are refused: %j', (options, kind) => {
    expect(() => readSettings(options)).toThrow(kind);
  });
});
