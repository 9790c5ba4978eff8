// A WebSocket client that comes back, catches up and finds a way through: RFC 6455 first, HTML §9.2 and RFC 6202 behind it.
// Public as `sluice/resilient`, for browsers and Node.
export { mayComeBack, OVERFLOW } from './close-codes.ts';
export type {
  DroppedEvent,
  GapEvent,
  ReconnectingEvent,
  ResilientCloseEvent,
  ResilientErrorEvent,
  ResilientMessageEvent,
  ResilientWebSocketEventMap,
} from './events.ts';
export type { Message } from './message-iterator.ts';
export { type PerAttempt, ResilientDefaults, type ResilientWebSocketOptions } from './options.ts';
export { type OverflowPolicy, RefusedError } from './outbox.ts';
export type { Platform } from './platform.ts';
export { poll } from './poll-transport.ts';
export type { ConnectionState } from './reconnection.ts';
export { ResilientWebSocket } from './resilient-websocket.ts';
export { sse } from './sse-transport.ts';
export type {
  AdaptedSocket,
  Credentials,
  Link,
  LinkEnd,
  LinkListener,
  LinkRequest,
  PlatformWebSocket,
  Sendable,
  SocketAdapter,
  Transport,
  WebSocketConstructor,
} from './transport.ts';
export { websocket } from './websocket-transport.ts';
