// Peer `broadcast`: WebSockets of sluice without a room: no log, no ids, no places, only `broadcast` to all. What a room costs
// beyond this is what it does beyond this.
// @ts-check
import { listening } from './listening.mjs';
import { importOf } from './sluice.mjs';

/** @type {import('./room.mjs').StartRoom} */
export async function startRoom({ dist }) {
  /** @type {typeof import('../../../src/server/index.ts')} */
  const { WebSocketServer } = await importOf(dist, 'index.js');
  const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  return { port: await listening(wss), publish: (message) => wss.broadcast(JSON.stringify(message)) };
}
