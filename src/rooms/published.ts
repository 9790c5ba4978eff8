// What is published: an object becomes the text that the log keeps. What would be taken for something else by who reads it is
// refused.
import { MEMBER_JOINED, MEMBER_LEFT } from './presence.ts';
import { RoomError } from './room-error.ts';

/** What a member hears of the room itself: nobody may say it in the room's name. */
const RESERVED_TYPES: readonly unknown[] = ['JOINED', 'LEFT', 'GAP', MEMBER_JOINED, MEMBER_LEFT];

/** Characters of a key: brokers remember many. */
export const MAX_KEY_LENGTH = 255;

/**
 * The text of an event.
 *
 * @param most its bytes.
 * @throws TypeError when it is no object that JSON has, or has `id`, `roomId` or a `type` that is the room's own; RoomError
 *   `WS_ERR_ROOM_EVENT_TOO_LARGE`.
 */
export function textOf(event: object, most: number): string {
  const text: unknown = JSON.stringify(event);
  if (typeof text !== 'string' || !text.startsWith('{'))
    throw new TypeError('an event must be an object that JSON has');
  // A text of more characters has more bytes.
  if (text.length > most || Buffer.byteLength(text) > most) throw new RoomError('WS_ERR_ROOM_EVENT_TOO_LARGE');
  if (Object.hasOwn(event, 'id') || Object.hasOwn(event, 'roomId')) {
    throw new TypeError('an event must not have id or roomId: the room gives it both');
  }
  const { type } = event as { type?: unknown };
  if (RESERVED_TYPES.includes(type)) throw new TypeError(`${String(type)} is what a room says itself`);
  return text;
}

/** @throws TypeError when it is no text, RangeError when it is too long. */
export function checkKey(key: string | undefined): void {
  if (key === undefined) return;
  if (typeof key !== 'string') throw new TypeError(`key must be a string, got ${typeof key}`);
  if (key === '' || key.length > MAX_KEY_LENGTH) {
    throw new RangeError(`key must have 1 to ${MAX_KEY_LENGTH} characters, got ${key.length}`);
  }
}
