// When clients shall come again that a stopping server has sent away: each at another time, for those who come together
// overwhelm whoever is left. The same hint for every transport: close reason, `retry` of an event stream, Retry-After.

/** Milliseconds: the earliest and the latest. */
const EARLIEST = 500;
const LATEST = 5_000;
const SECOND = 1_000;

/** A time of one client's own, in milliseconds. */
export function drawRetry(): number {
  return Math.round(EARLIEST + Math.random() * (LATEST - EARLIEST));
}

/** The same for Retry-After (RFC 9110 §10.2.3): whole seconds, 1 at least. */
export function retryAfter(milliseconds: number): number {
  return Math.ceil(milliseconds / SECOND);
}

/** The same for the reason of a Close frame: readers look for `retry=` and the milliseconds behind it. */
export function closeReason(milliseconds: number): string {
  return `the server restarts; retry=${milliseconds}`;
}
