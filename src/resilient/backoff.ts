// How long to wait before the next attempt: doubling, with another factor for every attempt of every client, so that those who
// lost a server together do not come back together. What a server asks for is never undercut.

/** How delays grow. Times in milliseconds. */
export interface Backoff {
  /** Before the first attempt. */
  readonly minDelay: number;
  /** What no later delay exceeds, but for its jitter. */
  readonly maxDelay: number;
  /** How far a delay may be off its mean, as a part of it: 0.3 makes factors from 0.7 to 1.3. */
  readonly jitter: number;
}

/**
 * The delay before an attempt, in milliseconds: not rounded, and not yet what a timer can be set to.
 *
 * @param attempt from 1.
 * @param hint what the server has asked for: it is never undercut, but up to `jitter` is added, for many may have been told
 *   the same.
 * @param random from 0 up to 1: drawn anew for each attempt.
 */
export function delayBefore(
  attempt: number,
  hint: number | undefined,
  { minDelay, maxDelay, jitter }: Backoff,
  random: number,
): number {
  if (hint !== undefined) return hint * (1 + jitter * random);
  return Math.min(maxDelay, minDelay * 2 ** (attempt - 1)) * (1 - jitter + 2 * jitter * random);
}

/** What the reason of a Close frame says of when to come again: `retry=` and milliseconds. */
export function hintOfReason(reason: string): number | undefined {
  const [, digits] = /\bretry=(\d+)/.exec(reason) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * What `Retry-After` says, in milliseconds: RFC 9110 §10.2.3, seconds or a date.
 *
 * @param now in milliseconds since 1970.
 */
export function hintOfRetryAfter(value: string | null | undefined, now: number): number | undefined {
  if (!value) return undefined;
  const hint = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isNaN(hint) ? undefined : Math.max(0, hint);
}
