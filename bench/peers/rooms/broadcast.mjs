// Peer `broadcast`: WebSockets of sluice without a room: no log, no places, only `broadcast` to all, of as many bytes as a room
// says. What a room costs beyond this is what it does beyond this.
// @ts-check
import { listening } from './listening.mjs';
import { importOf } from './sluice.mjs';

/** As long as those of a room in memory. */
const EPOCH = '0123456789ab';

/** @type {import('./room.mjs').StartRoom} */
export async function startRoom({ dist }) {
  /** @type {typeof import('../../../src/server/index.ts')} */
  const { WebSocketServer } = await importOf(dist, 'index.js');
  const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  let offset = 0;
  return {
    port: await listening(wss),
    publish: (message) => wss.broadcast(JSON.stringify({ ...message, roomId: 'lobby', id: `${EPOCH}-${++offset}` })),
  };
}
