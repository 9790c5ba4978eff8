// What `require('ws')` finds on the class that it gives: the server, the stream and the rest, under the names of `ws`.
// Own and enumerable, so that a copy of the class's properties (`import * as` in CommonJS) has them too.
import { extension, subprotocol } from '../handshake/index.ts';
import { createWebSocketStream } from '../websocket/index.ts';
import { PerMessageDeflate } from './permessage-deflate.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import type { Companions, WebSocketConstructor, WebSocketServerConstructor } from './shape.ts';

/**
 * Puts the companions onto a class.
 *
 * @param websocket the class, or one that extends it.
 * @param server the class of servers whose connections are instances of it.
 * @param more what else is found there.
 * @returns the same class.
 */
export function withCompanions<More extends object>(
  websocket: abstract new (...values: never[]) => object,
  server: WebSocketServerConstructor,
  more: More,
): WebSocketConstructor & More {
  const complete = websocket as unknown as WebSocketConstructor;
  const companions: Companions = {
    WebSocket: complete,
    WebSocketServer: server,
    Server: server,
    createWebSocketStream,
    Receiver,
    Sender,
    PerMessageDeflate,
    extension,
    subprotocol,
  };
  return Object.assign(complete, companions, more);
}
