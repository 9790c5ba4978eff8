// The package: everything of `ws` 8 under its names, with sluice's own limits, and what sluice adds to it.
import { WebSocket } from './drop-in/sluice.ts';

export { type App, type AppOptions, createWebSocketServer } from './app/index.ts';
export {
  HandshakeError,
  type HandshakeRequest,
  type HandshakeResponse,
} from './client/index.ts';
export * from './drop-in/index.ts';
export { WebSocketServer, type WebSocketServer as Server } from './drop-in/sluice.ts';
export { CloseCode, type Excerpt, type ExcerptSource } from './frame/index.ts';
export { extension, type RefusedHandshake, subprotocol } from './handshake/index.ts';
export { PreparedMessage } from './message/index.ts';
export {
  type Authorize,
  type JoinOptions,
  MemoryBroker,
  type MemoryBrokerOptions,
  type PublishOptions,
  RoomError,
  type RoomMembership,
  Rooms,
  type RoomsOptions,
} from './rooms/index.ts';
export {
  type AddressCounts,
  type AddressRate,
  type AllowedOrigins,
  type Authenticate,
  AuthenticationError,
  type BroadcastOptions,
  type FirstMessageOptions,
  requireFirstMessage,
  type ShutdownOptions,
} from './server/index.ts';
export {
  CloseEvent,
  createWebSocketStream,
  ErrorEvent,
  type FastProducerPolicy,
  type Message,
  MessageEvent,
  ProtocolError,
  ReadyState,
  type SendOptions,
  type SlowConsumerPolicy,
  type WebSocketCloseInfo,
  WebSocketEvent,
  WebSocketStream,
  type WebSocketStreamConnection,
} from './websocket/index.ts';
export { WebSocket, WebSocket as default, WebSocket as 'module.exports' };
