// A peer for the test of the benchmark: an echo server of `ws` with one wrong bit in one message of many.
// @ts-check
import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { counter } from '../../bench/peers/counter.mjs';

/** Behind the first round, which is read frame by frame: the check while the clock runs must find it. */
const WRONG_ONE = 40;

/** @type {import('../../bench/peers/counter.mjs').Start} */
export async function start() {
  const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  wss.on('connection', (websocket) => {
    websocket.on('message', (/** @type {Buffer} */ data) => {
      counter.done++;
      if (counter.done === WRONG_ONE) data[data.length - 1] = /** @type {number} */ (data[data.length - 1]) ^ 1;
      websocket.send(data);
    });
  });
  await once(wss, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (wss.address()).port;
}
