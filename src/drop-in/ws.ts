// The package in the shape of `ws` and with its limits (`sluice/ws`): for programs that rely on them. What `ws` leaves
// open stays open here; whoever can should import the package itself.
import '../client/index.ts';
import { WebSocketServer as BaseWebSocketServer } from '../server/index.ts';
import { WebSocket as BaseWebSocket, ReadyState } from '../websocket/index.ts';
import { withCompanions } from './companions.ts';
import type * as shape from './shape.ts';
import type { WebSocketConstructor, WebSocketServerConstructor } from './shape.ts';
import { clientOptionsOfWs, serverOptionsOfWs } from './ws-limits.ts';

/** A WebSocket server. */
export type WebSocketServer<
  SocketClass extends shape.WebSocketClass = WebSocketConstructor,
  RequestClass extends shape.UpgradeRequestClass = shape.UpgradeRequestClass,
> = shape.WebSocketServer<SocketClass, RequestClass>;

// The names of properties, which the classes take: a bundler may change those of classes, where there is another of that name.
const { WebSocketServer: LimitedWebSocketServer } = {
  WebSocketServer: class extends BaseWebSocketServer {
    constructor(options?: shape.ServerOptions, callback?: () => void) {
      super(serverOptionsOfWs(options, LimitedWebSocket), callback);
    }
  },
};

/** A WebSocket server, with the limits of `ws`. */
export const WebSocketServer = LimitedWebSocketServer as unknown as WebSocketServerConstructor;

const { WebSocket: LimitedWebSocket } = {
  WebSocket: class extends BaseWebSocket {
    constructor(address: string | URL | null, protocols?: string | readonly string[] | object, options?: object) {
      // Of a server's connection the server knows the limits.
      if (address === null) super(null);
      else if (options === undefined && typeof protocols === 'object' && !Array.isArray(protocols)) {
        super(address, clientOptionsOfWs(protocols));
      } else super(address, protocols, clientOptionsOfWs(options));
    }
  },
};

/** A WebSocket. */
export type WebSocket = shape.WebSocket;

/** A WebSocket, with the limits of `ws`. */
export const WebSocket: WebSocketConstructor = withCompanions(
  LimitedWebSocket,
  WebSocketServer,
  // Own properties of this class too, for whoever copies them.
  ReadyState,
);

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
