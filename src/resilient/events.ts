// The events of a client: those of the platform's WebSocket, and what it has to tell besides. They are made of the platform's
// own classes as far as it has them.

/** A message. Its `data` is a string, or for binary data what `binaryType` says. */
export type ResilientMessageEvent = Event & { readonly data: unknown };

/** It is over for good. */
export type ResilientCloseEvent = Event & {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
};

/** Something has gone wrong; whether it is over for good says `close`. */
export type ResilientErrorEvent = Event & { readonly error: unknown; readonly message: string };

/** The connection is lost, or an attempt has failed, and another is made. */
export type ReconnectingEvent = Event & {
  /** From 1; of attempts in a row. */
  readonly attempt: number;
  /** Milliseconds until then; `undefined` while there is no network. */
  readonly delay: number | undefined;
  /** How the connection ended. */
  readonly code: number;
  readonly reason: string;
};

/** Events of a room were lost to this client: whatever it has made of them has to be made anew. */
export type GapEvent = Event & { readonly roomId: string; readonly cursor: string | undefined };

/** Something that was to be sent never will be. */
export type DroppedEvent = Event & { readonly data: unknown };

/** Each event by the name of its type. */
export interface ResilientWebSocketEventMap {
  open: Event;
  message: ResilientMessageEvent;
  close: ResilientCloseEvent;
  error: ResilientErrorEvent;
  reconnecting: ReconnectingEvent;
  gap: GapEvent;
  dropped: DroppedEvent;
  drain: Event;
}

/** Makes an event. */
export function makeEvent<Type extends keyof ResilientWebSocketEventMap>(
  type: Type,
  fields: Omit<ResilientWebSocketEventMap[Type], keyof Event>,
): ResilientWebSocketEventMap[Type] {
  const { MessageEvent, CloseEvent } = globalThis as unknown as Record<
    string,
    new (
      type: string,
      init: object,
    ) => Event
  >;
  const EventClass = type === 'message' ? MessageEvent : type === 'close' ? CloseEvent : undefined;
  // Node has CloseEvent from 23 on.
  const event = EventClass === undefined ? Object.assign(new Event(type), fields) : new EventClass(type, fields);
  return event as unknown as ResilientWebSocketEventMap[Type];
}
