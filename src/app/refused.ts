// Why rooms and brokers refuse something, in the words of `sluice.v1`: the same for a WebSocket and for a request.
import { BrokerError, BrokerFault, RoomError, type RoomErrorCode } from '../rooms/index.ts';
import { ErrorCode } from './message.ts';

/** A refusal in words. */
export interface Refused {
  readonly code: ErrorCode;
  readonly message: string;
  /** The HTTP status that says the same. */
  readonly status: number;
}

const CODES: Readonly<Record<RoomErrorCode, ErrorCode>> = {
  WS_ERR_ROOM_NAME: ErrorCode.BadMessage,
  WS_ERR_ROOM_FORBIDDEN: ErrorCode.Forbidden,
  WS_ERR_ROOM_EVENT_TOO_LARGE: ErrorCode.BadMessage,
  WS_ERR_ROOM_INFORMATION_TOO_LARGE: ErrorCode.BadMessage,
  WS_ERR_ROOM_TOO_MANY: ErrorCode.TooManyRooms,
  WS_ERR_ROOM_LEFT: ErrorCode.NotInRoom,
  WS_ERR_ROOM_FULL: ErrorCode.RoomFull,
  WS_ERR_ROOM_NONE_LEFT: ErrorCode.TooManyRooms,
  WS_ERR_ROOM_BROKER: ErrorCode.Unavailable,
  WS_ERR_ROOMS_CLOSED: ErrorCode.Unavailable,
};

const SERVICE_UNAVAILABLE = 503;

/** What a client is told of what is no refusal. */
export const WENT_WRONG: Refused = { code: ErrorCode.Unavailable, message: 'this has gone wrong here', status: 500 };

/** What a client is told of an error; `undefined` when it is no refusal but a mistake of the program. */
export function refusedBy(error: unknown): Refused | undefined {
  if (error instanceof RoomError) return { code: CODES[error.code], message: error.message, status: error.status };
  if (!(error instanceof BrokerError)) return undefined;
  // Only this one may have been appended all the same.
  const message =
    error.code === BrokerFault.Unknown
      ? 'nobody can say whether it was said: say it again with the same key and ref'
      : 'the room cannot be reached: try again later';
  return { code: ErrorCode.Unavailable, message, status: SERVICE_UNAVAILABLE };
}
