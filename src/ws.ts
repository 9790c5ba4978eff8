// `sluice/ws`: everything of `ws` 8 under its names, and with its limits.
import { WebSocket } from './drop-in/ws.ts';

export type { HandshakeRequest, HandshakeResponse } from './client/index.ts';
export * from './drop-in/index.ts';
export { WebSocketServer, type WebSocketServer as Server } from './drop-in/ws.ts';
export { extension, subprotocol } from './handshake/index.ts';
export {
  type CloseEvent,
  createWebSocketStream,
  type ErrorEvent,
  type MessageEvent,
  type SendOptions,
} from './websocket/index.ts';
export { WebSocket, WebSocket as default, WebSocket as 'module.exports' };
