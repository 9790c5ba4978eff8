// A peer for the test of the benchmark: it agrees to no context takeover (RFC 7692 §7.1.1.1), and yet compresses with what
// it said before. The bytes inflate only for somebody who remembers.
// @ts-check
import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { counter } from '../../bench/peers/counter.mjs';

/** @type {import('../../bench/peers/counter.mjs').Start} */
export async function start() {
  const wss = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true });
  wss.on('headers', (fields) => {
    const index = fields.findIndex((field) => field.startsWith('Sec-WebSocket-Extensions:'));
    fields[index] += '; server_no_context_takeover';
  });
  wss.on('connection', (websocket) => {
    websocket.on('message', (/** @type {Buffer} */ data) => {
      counter.done++;
      websocket.send(data.toString());
    });
  });
  await once(wss, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (wss.address()).port;
}
