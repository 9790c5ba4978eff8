// The servers that are written against the API of `ws`: the same lines for `ws` itself and for sluice. Each library keeps
// its own defaults (heartbeat, limits, checks), except for the compression that a row asks for.
// @ts-check
import { once } from 'node:events';
import { counter } from './counter.mjs';

/** @typedef {import('./counter.mjs').ServerSettings} ServerSettings */
/** @typedef {new (options: object) => import('ws').WebSocketServer} ServerClass */

/**
 * What a library does in its own way.
 *
 * @typedef {object} Ways
 * @property {(wss: import('ws').WebSocketServer, data: Buffer) => void} broadcast says one thing to all
 * @property {(body: string) => Promise<object>} fallback the options with which it answers requests that are no upgrades
 */

/** @type {Record<ServerSettings['compression'], object>} */
const COMPRESSIONS = {
  none: {},
  'no-context-takeover': {
    perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 0 },
  },
  default: { perMessageDeflate: true },
};

/**
 * @param {ServerClass} WebSocketServer
 * @param {ServerSettings} settings
 * @param {Ways} ways
 * @returns {Promise<number>} the port
 */
export async function serve(WebSocketServer, { kind, burst, compression, body }, { broadcast, fallback }) {
  const wss = new WebSocketServer({
    ...(kind === 'fallback' ? await fallback(body) : { host: '127.0.0.1', port: 0 }),
    ...COMPRESSIONS[compression],
  });
  wss.on('connection', (websocket) => {
    switch (kind) {
      case 'echo':
        websocket.on('message', (/** @type {Buffer} */ data, isBinary) => {
          counter.done++;
          websocket.send(data, { binary: isBinary });
        });
        break;
      case 'echo-string':
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
  // An existing server listens already.
  if (wss.address() === null) await once(wss, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (wss.address()).port;
}
