// The events of the WHATWG WebSocket API for addEventListener() and the on… properties. Classes of our own: Node 20 has
// no global CloseEvent, and its EventTarget would cost every connection more than the connection does.

/** Any event of a `WebSocket`. */
export class WebSocketEvent<Target = unknown> {
  readonly type: string;
  readonly target: Target;

  constructor(type: string, target: Target) {
    this.type = type;
    this.target = target;
  }
}

/** A message has come. */
export class MessageEvent<Target = unknown> extends WebSocketEvent<Target> {
  /** A string for text; for binary data what `binaryType` says. */
  // biome-ignore lint/suspicious/noExplicitAny: as the platform's own type has it; the sender decides
  readonly data: any;

  constructor(type: string, target: Target, data: unknown) {
    super(type, target);
    this.data = data;
  }
}

/** The connection is closed. */
export class CloseEvent<Target = unknown> extends WebSocketEvent<Target> {
  /** The close code from the peer's Close frame, 1005 without one in it, 1006 without the frame (RFC 6455 §7.1.5). */
  readonly code: number;
  readonly reason: string;
  /** Whether both Close frames were exchanged before TCP ended. */
  readonly wasClean: boolean;

  constructor(type: string, target: Target, code: number, reason: string, wasClean: boolean) {
    super(type, target);
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}

/** Something went wrong. */
export class ErrorEvent<Target = unknown> extends WebSocketEvent<Target> {
  readonly error: Error;
  readonly message: string;

  constructor(type: string, target: Target, error: Error) {
    super(type, target);
    this.error = error;
    this.message = error.message;
  }
}

/** Each event by the name of its type. */
export interface WebSocketEventMap<Target = unknown> {
  open: WebSocketEvent<Target>;
  message: MessageEvent<Target>;
  close: CloseEvent<Target>;
  error: ErrorEvent<Target>;
}

/** The types that may be listened to. */
export type EventType = keyof WebSocketEventMap;

/** A function, or an object with `handleEvent`. */
export type EventListener<Type extends EventType = EventType, Target = unknown> =
  | ((event: WebSocketEventMap<Target>[Type]) => void)
  | { handleEvent(event: WebSocketEventMap<Target>[Type]): void };
