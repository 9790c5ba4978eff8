// Peer `bun`: the server of Bun, uWebSockets in C++ with JavaScript on top. The benchmark runs this file with the Bun of
// bench/peers/node_modules. Its limits are set to those of sluice; text comes as a string there, and goes back as one.
// @ts-check
import { counter } from './counter.mjs';

const MIB = 1024 * 1024;

/**
 * Of the API of Bun, what is used here.
 *
 * @typedef {object} Socket
 * @property {(data: string | Buffer, compress?: boolean) => number} send
 * @property {(topic: string) => void} subscribe
 */

/**
 * @typedef {object} Server
 * @property {number} port
 * @property {(request: Request) => boolean} upgrade
 * @property {(topic: string, data: string | Buffer, compress?: boolean) => number} publish
 * @property {(topic: string) => number} subscriberCount
 */

const { Bun } = /** @type {{ Bun: { serve(options: object): Server } }} */ (/** @type {unknown} */ (globalThis));

/** Everybody. */
const TOPIC = 'all';

/** As near to the limits of sluice as the options of Bun come. */
const LIMITS = {
  maxPayloadLength: MIB,
  backpressureLimit: 4 * MIB,
  closeOnBackpressureLimit: true,
  // Seconds: sluice pings every 30 s, and waits 30 s.
  idleTimeout: 60,
  sendPings: true,
};

/** Shared ones are without context takeover. */
const COMPRESSIONS = {
  none: false,
  'no-context-takeover': { compress: 'shared', decompress: 'shared' },
  default: true,
};

/** @type {import('./counter.mjs').Start} */
export async function start({ kind, burst, compression, body }) {
  const compress = compression !== 'none';
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (/** @type {Request} */ request) => {
      if (server.upgrade(request)) return undefined;
      if (kind === 'fallback') return new Response(body, { headers: { 'Content-Type': 'application/json' } });
      return new Response('Upgrade Required', { status: 426, headers: { Upgrade: 'websocket' } });
    },
    websocket: {
      ...LIMITS,
      perMessageDeflate: COMPRESSIONS[compression],
      open: (/** @type {Socket} */ socket) => {
        if (kind === 'accept') counter.done++;
        if (kind === 'fanout') socket.subscribe(TOPIC);
      },
      message: (/** @type {Socket} */ socket, /** @type {string | Buffer} */ data) => {
        if (kind !== 'fanout') {
          counter.done++;
          socket.send(data, compress);
          return;
        }
        counter.done += server.subscriberCount(TOPIC) * burst;
        for (let index = 0; index < burst; index++) server.publish(TOPIC, data);
      },
    },
  });
  return server.port;
}
