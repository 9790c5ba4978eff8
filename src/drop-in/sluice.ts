// The package itself in the shape of `ws`: the classes of the floors below with everything on them that `require()` has to
// find, and with sluice's own limits, which are safe on the open internet. See ws.ts for those of `ws`.
import { createWebSocketServer } from '../app/index.ts';
import { HandshakeError } from '../client/index.ts';
import { CloseCode } from '../frame/index.ts';
import { PreparedMessage } from '../message/index.ts';
import { MemoryBroker, RoomError, Rooms } from '../rooms/index.ts';
import { AuthenticationError, WebSocketServer as BaseWebSocketServer, requireFirstMessage } from '../server/index.ts';
import {
  WebSocket as BaseWebSocket,
  CloseEvent,
  ErrorEvent,
  MessageEvent,
  ProtocolError,
  ReadyState,
  WebSocketEvent,
  WebSocketStream,
} from '../websocket/index.ts';
import { withCompanions } from './companions.ts';
import type * as shape from './shape.ts';
import type { WebSocketConstructor, WebSocketServerConstructor } from './shape.ts';

/** A WebSocket server. */
export type WebSocketServer<
  SocketClass extends shape.WebSocketClass = WebSocketConstructor,
  RequestClass extends shape.UpgradeRequestClass = shape.UpgradeRequestClass,
> = shape.WebSocketServer<SocketClass, RequestClass>;

/** A WebSocket server, with sluice's own limits. */
export const WebSocketServer = BaseWebSocketServer as unknown as WebSocketServerConstructor;

/** What is found on the class beside what `ws` has there. */
const more = {
  AuthenticationError,
  CloseCode,
  CloseEvent,
  ErrorEvent,
  HandshakeError,
  MemoryBroker,
  MessageEvent,
  PreparedMessage,
  ProtocolError,
  ReadyState,
  RoomError,
  Rooms,
  WebSocketEvent,
  WebSocketStream,
  createWebSocketServer,
  requireFirstMessage,
};

/** A WebSocket. */
export type WebSocket = shape.WebSocket;

/** A WebSocket, with sluice's own limits. */
export const WebSocket: WebSocketConstructor & typeof more = withCompanions(BaseWebSocket, WebSocketServer, more);

/** The types that programs written for `ws` find behind the name of the class. */
// biome-ignore lint/style/noNamespace: there is no other way to give them; nothing of it is left at run time
export declare namespace WebSocket {
  type AddressInfo = shape.AddressInfo;
  type CertMeta = shape.CertMeta;
  type ClientOptions = shape.ClientOptions;
  type CloseEvent = shape.CloseEvent;
  type Data = shape.Data;
  type ErrorEvent = shape.ErrorEvent;
  type Event = shape.Event;
  type EventListenerOptions = shape.EventListenerOptions;
  type FinishRequestCallback = shape.FinishRequestCallback;
  type MessageEvent = shape.MessageEvent;
  type PerMessageDeflateOptions = shape.PerMessageDeflateOptions;
  type RawData = shape.RawData;
  type Server<
    SocketClass extends shape.WebSocketClass = WebSocketConstructor,
    RequestClass extends shape.UpgradeRequestClass = shape.UpgradeRequestClass,
  > = shape.WebSocketServer<SocketClass, RequestClass>;
  type ServerOptions<
    SocketClass extends shape.WebSocketClass = WebSocketConstructor,
    RequestClass extends shape.UpgradeRequestClass = shape.UpgradeRequestClass,
  > = shape.ServerOptions<SocketClass, RequestClass>;
  type VerifyClientCallbackAsync<Request extends shape.UpgradeRequest = shape.UpgradeRequest> =
    shape.VerifyClientCallbackAsync<Request>;
  type VerifyClientCallbackSync<Request extends shape.UpgradeRequest = shape.UpgradeRequest> =
    shape.VerifyClientCallbackSync<Request>;
  type WebSocket = shape.WebSocket;
  type WebSocketEventMap = shape.WebSocketEventMap;
  type WebSocketServer = shape.WebSocketServer;
}
