// The end of a connection whose identity holds only until a certain time of day: close code 4001 then, whatever is going on.
import { clock, type Timed } from '../transport/index.ts';
import type { WebSocket } from '../websocket/index.ts';

/** Not authenticated, not in time, or not any more: a code that RFC 6455 §7.4.2 leaves to applications. */
export const UNAUTHENTICATED = 4001;
/** What the client reads, in the Close frame. */
export const EXPIRED = 'token expired';

class Expiry implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly #websocket: WebSocket;
  readonly #expires: number;

  constructor(websocket: WebSocket, expires: number) {
    this.#websocket = websocket;
    this.#expires = expires;
    this.#schedule(expires - Date.now());
    websocket.once('close', () => clock.cancel(this));
  }

  onTime(): void {
    // The time of day may have been set back meanwhile; the clock's is steady.
    const left = this.#expires - Date.now();
    if (left > 0) this.#schedule(left);
    else this.#websocket.close(UNAUTHENTICATED, EXPIRED);
  }

  #schedule(delay: number): void {
    clock.schedule(this, clock.now() + delay);
  }
}

/** Closes `websocket` when `expires`, in milliseconds since 1970, has come; `Infinity` for never. */
export function closeAt(websocket: WebSocket, expires: number): void {
  if (expires < Number.POSITIVE_INFINITY) new Expiry(websocket, expires);
}

/**
 * When an identity ends: what it says in `expires`, in milliseconds since 1970.
 *
 * @throws TypeError when that is neither a number nor a valid Date: a connection must not last for ever by mistake.
 */
export function expiryOf(identity: unknown): number {
  if (typeof identity !== 'object' || identity === null || !('expires' in identity)) return Number.POSITIVE_INFINITY;
  const { expires } = identity;
  if (expires === undefined) return Number.POSITIVE_INFINITY;
  const time = expires instanceof Date ? expires.getTime() : expires;
  if (typeof time === 'number' && !Number.isNaN(time)) return time;
  throw new TypeError('expires must be a Date or milliseconds since 1970');
}
