import { afterEach, expect, test, vi } from 'vitest';
import { hostPlatform, LONGEST_TIMER } from '../../src/resilient/platform.ts';

afterEach(() => vi.unstubAllGlobals());

test('a timer is never set to more than it can be: 2^31 - 1', () => {
  const set = vi.fn();
  vi.stubGlobal('setTimeout', set);
  const act = (): void => {};
  hostPlatform.setTimeout(act, Number.MAX_SAFE_INTEGER);
  hostPlatform.setTimeout(act, 5);
  expect(set.mock.calls).toEqual([
    [act, LONGEST_TIMER],
    [act, 5],
  ]);
  expect(LONGEST_TIMER).toBe(2_147_483_647);
});

test('time goes on, and chance is a part of 1', () => {
  expect(hostPlatform.now()).toBeLessThanOrEqual(hostPlatform.now());
  for (let count = 0; count < 100; count++) {
    const drawn = hostPlatform.random();
    expect(drawn >= 0 && drawn < 1).toBe(true);
  }
});

test('Node is online, and has no news', () => {
  expect(hostPlatform.isOnline()).toBe(true);
  hostPlatform.watch(() => {})();
});
