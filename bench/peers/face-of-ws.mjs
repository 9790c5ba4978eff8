// The servers that are written against the API of `ws`: the same lines for `ws` itself and for sluice. Each library keeps
// its own defaults (heartbeat, limits, checks), except for the compression that a row asks for.
// @ts-check
import { once } from 'node:events';
import { counter } from './counter.mjs';

/** @typedef {import('./counter.mjs').ServerSettings} ServerSettings */
/** @typedef {new (options: object) => import('ws').WebSocketServer} ServerClass */

const WITHOUT_CONTEXT_TAKEOVER = { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 0 };

/**
 * @param {ServerClass} WebSocketServer
 * @param {ServerSettings} settings
 * @param {(wss: import('ws').WebSocketServer, data: Buffer) => void} broadcast how this library says one thing to all
 * @returns {Promise<number>} the port
 */
export async function serve(WebSocketServer, { kind, burst, compression }, broadcast) {
  const wss = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    ...(compression ? { perMessageDeflate: WITHOUT_CONTEXT_TAKEOVER } : {}),
  });
  wss.on('connection', (websocket) => {
    switch (kind) {
      case 'echo':
        websocket.on('message', (/** @type {Buffer} */ data, isBinary) => {
          counter.done++;
          websocket.send(data, { binary: isBinary });
        });
        break;
      case 'echo-text':
        websocket.on('message', (/** @type {Buffer} */ data) => {
          counter.done++;
          websocket.send(data.toString());
        });
        break;
      case 'fanout':
        websocket.on('message', (/** @type {Buffer} */ data) => {
          counter.done += wss.clients.size * burst;
          for (let index = 0; index < burst; index++) broadcast(wss, data);
        });
        break;
      case 'accept':
        counter.done++;
        break;
    }
  });
  await once(wss, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (wss.address()).port;
}
