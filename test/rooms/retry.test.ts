import { afterEach, expect, test, vi } from 'vitest';
import { FIRST_DELAY, LONGEST_DELAY, Retry } from '../../src/rooms/retry.ts';
import { clock } from '../../src/transport/index.ts';

afterEach(() => vi.restoreAllMocks());

/** The delays that a retry asks the clock for; nothing waits for them. */
function delays(): number[] {
  const asked: number[] = [];
  vi.spyOn(clock, 'now').mockReturnValue(1_000);
  vi.spyOn(clock, 'schedule').mockImplementation((_, deadline) => void asked.push(deadline - 1_000));
  return asked;
}

test('each failure is waited for longer than the one before, up to a bound, and a success begins anew', () => {
  const asked = delays();
  const retry = new Retry(() => {});
  for (let failure = 0; failure < 10; failure++) retry.later();
  expect(asked.slice(0, 3)).toEqual([FIRST_DELAY, 2 * FIRST_DELAY, 4 * FIRST_DELAY]);
  expect(asked.at(-1)).toBe(LONGEST_DELAY);
  retry.succeeded();
  retry.later();
  expect(asked.at(-1)).toBe(FIRST_DELAY);
});

test('what is pending may be tried now, once; what is not, is not', () => {
  let attempts = 0;
  const retry = new Retry(() => attempts++);
  retry.now();
  expect([attempts, retry.isPending]).toEqual([0, false]);
  retry.later();
  expect(retry.isPending).toBe(true);
  retry.now();
  retry.now();
  expect([attempts, retry.isPending, clock.size]).toEqual([1, false, 0]);
  retry.later();
  retry.cancel();
  expect([retry.isPending, clock.size]).toEqual([false, 0]);
});

test('its time comes by itself', async () => {
  await new Promise<void>((resolve) => new Retry(resolve).later());
});
