// Why rooms refuse something: errors by their codes, each with the HTTP status that a request is answered with.

/** All refusals: the status for Server-Sent Events and polls, and the words. */
export const RoomRefusals = {
  WS_ERR_ROOM_NAME: { status: 400, text: 'this cannot be the name of a room' },
  WS_ERR_ROOM_FORBIDDEN: { status: 403, text: 'not allowed' },
  WS_ERR_ROOM_EVENT_TOO_LARGE: { status: 413, text: 'the event is too large' },
  WS_ERR_ROOM_INFORMATION_TOO_LARGE: { status: 413, text: 'the presence information is too large' },
  WS_ERR_ROOM_TOO_MANY: { status: 429, text: 'the member is in too many rooms' },
  WS_ERR_ROOM_LEFT: { status: 403, text: 'the membership ended before it began' },
  WS_ERR_ROOM_FULL: { status: 503, text: 'the room has no place for another member' },
  WS_ERR_ROOM_NONE_LEFT: { status: 503, text: 'there are too many rooms' },
  WS_ERR_ROOM_BROKER: { status: 503, text: 'the room cannot be reached' },
  WS_ERR_ROOMS_CLOSED: { status: 503, text: 'the rooms are closed' },
} as const;

/** The code of a refusal. */
export type RoomErrorCode = keyof typeof RoomRefusals;

/** What rooms reject with when they refuse something: nothing that the caller has done wrong. */
export class RoomError extends Error {
  override readonly name = 'RoomError';
  /** Stable. */
  readonly code: RoomErrorCode;
  /** The HTTP status that says the same. */
  readonly status: number;

  constructor(code: RoomErrorCode, options?: ErrorOptions) {
    super(RoomRefusals[code].text, options);
    this.code = code;
    this.status = RoomRefusals[code].status;
  }
}
