// Peer `http`: node:http alone, which says what an ordinary request costs when there is no WebSocket server beside it.
// @ts-check
import { once } from 'node:events';
import { createServer, STATUS_CODES } from 'node:http';

/** @typedef {import('./counter.mjs').ServerSettings} ServerSettings */

/**
 * Answers everything in the same way.
 *
 * @param {string} body JSON
 * @returns {import('node:http').RequestListener}
 */
export function answering(body) {
  const fields = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  return (_, response) => response.writeHead(200, fields).end(body);
}

/** What `ws` answers to a request that is no upgrade, written by hand. */
const refusing = /** @type {import('node:http').RequestListener} */ (
  (_, response) => {
    const body = STATUS_CODES[426] ?? '';
    response.writeHead(426, { 'Content-Type': 'text/plain', 'Content-Length': body.length }).end(body);
  }
);

/** @type {import('./counter.mjs').Start} */
export async function start({ kind, body }) {
  const server = createServer(kind === 'fallback' ? answering(body) : refusing);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}
