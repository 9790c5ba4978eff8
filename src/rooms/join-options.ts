// What somebody may say who wants to join a room.
import type { Wish } from './admission.ts';
import { RoomError } from './room-error.ts';

/** Options of joining, over any transport. */
export interface JoinOptions {
  /**
   * The id of the last event that is known: on it goes behind that. What is no id, or none that the room knows, is a gap.
   * Event streams and polls take it from the request, unless it is given here.
   */
  readonly since?: string | undefined;
  /** How many events of the past are wanted, where `since` does not say. Default 0. There may be less. */
  readonly history?: number | undefined;
  /** Who it is: what `authorize` is told, and the name of its presence. Several memberships may have one identity. */
  readonly identity?: string | undefined;
  /** What is told of it to the others, where presence is on: anything that JSON has. Default `null`. */
  readonly information?: unknown;
  /** Handed on to `authorize`. Event streams and polls hand on the request itself. */
  readonly request?: unknown;
}

/** Bytes of an identity. */
export const MAX_IDENTITY_LENGTH = 255;

/**
 * Reads what a caller has said.
 *
 * @param maxInformationSize bytes of the information as JSON.
 * @throws TypeError or RangeError naming the option that is not what it must be; RoomError
 *   `WS_ERR_ROOM_INFORMATION_TOO_LARGE`.
 */
export function readJoinOptions(options: JoinOptions, maxInformationSize: number): Wish {
  const { since, history = 0, identity, information = null, request } = options;
  if (since !== undefined && typeof since !== 'string') throw new TypeError('since must be a string');
  if (!Number.isSafeInteger(history) || history < 0) {
    throw new RangeError(`history must be a whole number that is not negative, got ${String(history)}`);
  }
  checkIdentity(identity);
  const text: unknown = JSON.stringify(information);
  if (typeof text !== 'string') throw new TypeError('information must be something that JSON has');
  if (text.length > maxInformationSize || Buffer.byteLength(text) > maxInformationSize) {
    throw new RoomError('WS_ERR_ROOM_INFORMATION_TOO_LARGE');
  }
  return { since, history, isPresent: true, information: text, request };
}

/** @throws TypeError when it is no text, or none that has a form of its own in UTF-8; RangeError when it is too long. */
export function checkIdentity(identity: string | undefined): void {
  if (identity === undefined) return;
  if (typeof identity !== 'string' || /\p{Cs}/u.test(identity))
    throw new TypeError('identity must be a well-formed string');
  if (identity === '' || identity.length > MAX_IDENTITY_LENGTH || Buffer.byteLength(identity) > MAX_IDENTITY_LENGTH) {
    throw new RangeError(`identity must have 1 to ${MAX_IDENTITY_LENGTH} bytes`);
  }
}
