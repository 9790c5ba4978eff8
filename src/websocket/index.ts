// What an application holds: one WebSocket, either role.
export { compressionJobs } from './compression-jobs.ts';
export { hearsViolations, publishViolation, type ViolationMessage } from './diagnostics.ts';
export { type Dialer, type Dialing, installDialer } from './dialer.ts';
export type { Endpoint, EndpointListener } from './endpoint.ts';
export {
  CloseEvent,
  ErrorEvent,
  type EventListener,
  type EventType,
  MessageEvent,
  WebSocketEvent,
  type WebSocketEventMap,
} from './events.ts';
export type { Message } from './message-iterator.ts';
export { type BinaryType, type Sendable, toBytes } from './payload.ts';
export { ProtocolError } from './protocol-error.ts';
export { Pause } from './reading.ts';
export { ReadyState } from './ready-state.ts';
export type { Establishment, SendOptions } from './sender.ts';
export {
  amount,
  Defaults,
  type EndpointOptions,
  type EndpointSettings,
  type FastProducerPolicy,
  type RoleSettings,
  readSettings,
  type SlowConsumerPolicy,
} from './settings.ts';
export { createWebSocketStream } from './stream.ts';
export { endpointOf, establish, failOpening, WebSocket } from './websocket.ts';
export {
  type WebSocketCloseInfo,
  WebSocketError,
  WebSocketStream,
  type WebSocketStreamConnection,
  type WebSocketStreamOptions,
} from './websocket-stream.ts';
