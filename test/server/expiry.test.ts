import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { closeAt, expiryOf } from '../../src/server/expiry.ts';
import { clock } from '../../src/transport/index.ts';
import { closeOf, closingOf, type Frame, open } from '../websocket/raw-peer.ts';

const NEVER = Number.POSITIVE_INFINITY;

test.each([
  [{ expires: 1_700_000_000_000 }, 1_700_000_000_000],
  [{ expires: new Date(1_700_000_000_000) }, 1_700_000_000_000],
  [{ expires: NEVER }, NEVER],
  [{ expires: undefined }, NEVER],
  [{}, NEVER],
  ['alice', NEVER],
  [7, NEVER],
  [null, NEVER],
])('the identity %j ends at %d', (identity, time) => {
  expect(expiryOf(identity)).toBe(time);
});

test.each(['soon', Number.NaN, new Date('nonsense'), null, {}])('%s is no time to end at', (expires) => {
  expect(() => expiryOf({ expires })).toThrow(TypeError);
});

test('never is no timer', async () => {
  const { websocket } = await open();
  const schedule = vi.spyOn(clock, 'schedule');
  closeAt(websocket, NEVER);
  expect(schedule).not.toHaveBeenCalled();
});

test('a connection that ends before takes its timer with it', async () => {
  const { websocket } = await open();
  const cancel = vi.spyOn(clock, 'cancel');
  const schedule = vi.spyOn(clock, 'schedule');
  closeAt(websocket, Date.now() + 1_000_000);
  const expiry = schedule.mock.lastCall?.[0];
  const closing = closingOf(websocket);
  websocket.terminate();
  await closing;
  expect(cancel).toHaveBeenCalledWith(expiry);
  expect(expiry?.clockIndex).toBe(-1);
});

describe('the time of day', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  async function expiring(delay: number) {
    const { websocket, peer } = await open();
    const schedule = vi.spyOn(clock, 'schedule');
    closeAt(websocket, Date.now() + delay);
    const [expiry, deadline] = schedule.mock.lastCall as Parameters<typeof clock.schedule>;
    return { websocket, peer, schedule, expiry, delay: deadline - clock.now() };
  }

  test.each([1_000, 2 ** 31 - 1, 2 ** 31, 2 ** 40])('of %d ms from now is waited for that long', async (wanted) => {
    const { delay } = await expiring(wanted);
    expect(delay).toBeGreaterThan(wanted - 10_000);
    expect(delay).toBeLessThanOrEqual(wanted);
  });

  test('that was set back meanwhile is waited for anew, and ends the connection when it comes', async () => {
    const { websocket, peer, schedule, expiry } = await expiring(1_000_000);
    vi.setSystemTime(Date.now() + 400_000);
    expiry.onTime(clock.now());
    expect(websocket.readyState).toBe(websocket.OPEN);
    expect(schedule).toHaveBeenLastCalledWith(expiry, expect.closeTo(clock.now() + 600_000, -4));
    vi.setSystemTime(Date.now() + 600_000);
    expiry.onTime(clock.now());
    expect(closeOf((await peer.next()) as Frame)).toEqual({ code: 4001, reason: 'token expired' });
  });
});
