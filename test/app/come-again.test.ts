import { expect, test } from 'vitest';
import { closeReason, drawRetry, retryAfter } from '../../src/app/come-again.ts';

test('the times lie between half a second and five, and are spread over all of it', () => {
  const times = Array.from({ length: 10_000 }, drawRetry);
  for (const time of times) expect(Number.isInteger(time) && time >= 500 && time <= 5_000).toBe(true);
  const halves = times.filter((time) => time < 2_750).length;
  expect(halves).toBeGreaterThan(4_500);
  expect(halves).toBeLessThan(5_500);
});

test.each([
  [500, 1],
  [1_000, 1],
  [1_001, 2],
  [5_000, 5],
])('%d ms are a Retry-After of %d s', (milliseconds, seconds) => {
  expect(retryAfter(milliseconds)).toBe(seconds);
});

test('the reason of a Close frame says it in milliseconds, and fits (RFC 6455 §5.5)', () => {
  expect(closeReason(5_000)).toBe('the server restarts; retry=5000');
  expect(Buffer.byteLength(closeReason(5_000))).toBeLessThanOrEqual(123);
});
