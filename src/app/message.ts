// The messages of subprotocol `sluice.v1`: JSON in text frames. Reads what clients send and refuses what is none of it.
// Nothing a client names is ever a key of an object; nothing a client sends makes it throw.

import { createHash } from 'node:crypto';

/** The subprotocol that these messages make up. */
export const SUBPROTOCOL = 'sluice.v1';

/** The longest name of a room or of a guest, in UTF-16 code units. */
export const MAX_NAME_LENGTH = 64;
/** The longest content of a message, in UTF-16 code units. */
export const MAX_CONTENT_LENGTH = 16_384;
/** The longest `ref`, `key` and `since`. */
const MAX_REFERENCE_LENGTH = 128;

/**
 * What a client calls a message by, to know its answer. Together with a `key`, by which the client calls itself over all its
 * connections, it is said once, however often it is sent.
 */
export type Reference = string | number;

/** What a client may send. */
export type ClientMessage =
  | { readonly type: 'AUTH'; readonly token: string; readonly ref: undefined }
  | {
      readonly type: 'JOIN_ROOM';
      readonly roomId: string;
      readonly since: string | undefined;
      readonly ref: Reference | undefined;
    }
  | { readonly type: 'LEAVE_ROOM'; readonly roomId: string; readonly ref: Reference | undefined }
  | { readonly type: 'PING'; readonly ref: Reference | undefined }
  | {
      readonly type: 'MESSAGE';
      readonly roomId: string;
      readonly content: string;
      readonly ref: Reference | undefined;
      readonly key: string | undefined;
    };

/** Why a message was refused; the connection stays. */
export const ErrorCode = {
  /** Not JSON, or a field is missing, of the wrong type or too long. */
  BadMessage: 'BAD_MESSAGE',
  UnknownType: 'UNKNOWN_TYPE',
  AlreadyAuthenticated: 'ALREADY_AUTHENTICATED',
  /** To be said to and to leave, a room must be joined. */
  NotInRoom: 'NOT_IN_ROOM',
  TooManyRooms: 'TOO_MANY_ROOMS',
  RoomFull: 'ROOM_FULL',
  /** The authorisation hook has not said yes. */
  Forbidden: 'FORBIDDEN',
  /** The broker cannot be reached, or takes nothing: try again later. */
  Unavailable: 'UNAVAILABLE',
} as const;
/** One of them. */
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** A refusal, as the client is told it. */
export interface Refusal {
  readonly type: 'ERROR';
  readonly code: ErrorCode;
  /** What was expected, for the person who writes the client. */
  readonly message: string;
  readonly ref: Reference | undefined;
}

/** Close codes that RFC 6455 §7.4.2 leaves to applications. */
export const AppCloseCode = {
  /** Not for you. */
  Forbidden: 4003,
  /** More messages than one client may send. */
  TooManyMessages: 4029,
} as const;

/** A refusal. `ref`: that of the message, if it has one. */
export function refusal(code: ErrorCode, message: string, ref?: Reference): Refusal {
  return { type: 'ERROR', code, message, ref };
}

/** Reads one text message of a client. */
export function readClientMessage(text: string): ClientMessage | Refusal {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refusal(ErrorCode.BadMessage, 'a message must be JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refusal(ErrorCode.BadMessage, 'a message must be an object');
  }
  const { type, token, roomId, since, content, ref, key } = value as Record<string, unknown>;
  if (typeof type !== 'string') return refusal(ErrorCode.BadMessage, 'type must be a string');
  if (ref !== undefined && !isReference(ref)) {
    return refusal(
      ErrorCode.BadMessage,
      `ref must be an integer or a string of 1 to ${MAX_REFERENCE_LENGTH} characters`,
    );
  }
  if (type === 'AUTH') {
    if (typeof token !== 'string' || token === '') {
      return refusal(ErrorCode.BadMessage, 'token must be a string that is not empty', ref);
    }
    return { type, token, ref: undefined };
  }
  if (type === 'PING') return { type, ref };
  if (type !== 'JOIN_ROOM' && type !== 'LEAVE_ROOM' && type !== 'MESSAGE') {
    return refusal(ErrorCode.UnknownType, 'type must be AUTH, JOIN_ROOM, LEAVE_ROOM, MESSAGE or PING', ref);
  }
  if (typeof roomId !== 'string' || roomId === '' || roomId.length > MAX_NAME_LENGTH) {
    return refusal(ErrorCode.BadMessage, `roomId must be a string of 1 to ${MAX_NAME_LENGTH} characters`, ref);
  }
  if (type === 'LEAVE_ROOM') return { type, roomId, ref };
  if (type === 'JOIN_ROOM') {
    if (since !== undefined && (typeof since !== 'string' || since.length > MAX_REFERENCE_LENGTH)) {
      return refusal(ErrorCode.BadMessage, 'since must be the id of a message', ref);
    }
    return { type, roomId, since, ref };
  }
  const said = readSaid(content, ref, key);
  return 'fault' in said ? refusal(ErrorCode.BadMessage, said.fault, ref) : { type, roomId, ...said };
}

/** What is said in a room, over a WebSocket or in the body of a request. */
export interface Said {
  readonly content: string;
  readonly ref: Reference | undefined;
  readonly key: string | undefined;
}

/** Reads what is said. Returns what was expected when it is something else. */
export function readSaid(content: unknown, ref: unknown, key: unknown): Said | { readonly fault: string } {
  if (typeof content !== 'string' || content === '' || content.length > MAX_CONTENT_LENGTH) {
    return { fault: `content must be a string of 1 to ${MAX_CONTENT_LENGTH} characters` };
  }
  if (ref !== undefined && !isReference(ref)) {
    return { fault: `ref must be an integer or a string of 1 to ${MAX_REFERENCE_LENGTH} characters` };
  }
  if (key === undefined) return { content, ref, key };
  if (typeof key !== 'string' || key === '' || key.length > MAX_REFERENCE_LENGTH) {
    return { fault: `key must be a string of 1 to ${MAX_REFERENCE_LENGTH} characters` };
  }
  return ref === undefined ? { fault: 'key goes with a ref' } : { content, ref, key };
}

/**
 * What a broker knows a message by, so that it is said once: no user's messages are ever taken for another's. `undefined`
 * without a `key`: clients count from 1, and a second window of the same user would count from 1 again.
 */
export function keyOf(userId: string, { key, ref }: Said): string | undefined {
  if (key === undefined) return undefined;
  return createHash('sha256')
    .update(JSON.stringify([userId, key, ref]))
    .digest('base64url');
}

function isReference(ref: unknown): ref is Reference {
  if (typeof ref === 'string') return ref !== '' && ref.length <= MAX_REFERENCE_LENGTH;
  return Number.isSafeInteger(ref);
}
