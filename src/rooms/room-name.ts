// What may be the name of a room: text of bounded length that a line of a log and a key of any store can hold.
import { RoomError } from './room-error.ts';

/** C0 and C1 control characters and DEL: nothing that anybody means, and line ends in logs. */
const CONTROL = /\p{Cc}/u;
/** UTF-8 has none: two names that differ here would be one in every store. */
const LONE_SURROGATE = /\p{Cs}/u;

/**
 * Judges the name of a room, which may be a client's choice.
 *
 * @param most the bytes of UTF-8 that it may have.
 * @throws RoomError `WS_ERR_ROOM_NAME` when it is empty, too long, or holds a control character or a lone surrogate.
 */
export function checkRoomName(name: unknown, most: number): asserts name is string {
  // A text of more characters has more bytes: a megabyte is not looked at.
  if (typeof name !== 'string' || name === '' || name.length > most || Buffer.byteLength(name) > most) refuse();
  if (CONTROL.test(name) || LONE_SURROGATE.test(name)) refuse();
}

function refuse(): never {
  throw new RoomError('WS_ERR_ROOM_NAME');
}
