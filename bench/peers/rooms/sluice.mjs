// Peer `sluice` of the rows of rooms: `Rooms` of a build of this repository, in its default settings.
// @ts-check
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { listening } from './listening.mjs';

const ROOM = 'lobby';

/**
 * @param {string | undefined} dist
 * @param {string} entry
 */
export function importOf(dist, entry) {
  return import(pathToFileURL(join(/** @type {string} */ (dist), entry)).href);
}

/** @type {import('./room.mjs').StartRoom} */
export async function startRoom({ transport, redis, dist }) {
  /** @type {typeof import('../../../src/rooms/index.ts')} */
  const { Rooms } = await importOf(dist, 'rooms/index.js');
  const rooms = new Rooms(redis === undefined ? {} : { broker: await redisBroker(redis, dist) });
  const publish = (/** @type {object} */ message) => rooms.publish(ROOM, message);
  if (transport === 'websocket') {
    /** @type {typeof import('../../../src/server/index.ts')} */
    const { WebSocketServer } = await importOf(dist, 'index.js');
    const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    wss.on('connection', (websocket) => rooms.join(websocket, ROOM));
    return { port: await listening(wss), publish, dialect: 'joined' };
  }
  const server = createServer((request, response) => {
    if (transport === 'poll') rooms.poll(request, response, ROOM);
    else rooms.eventStream(request, response, ROOM);
  });
  return { port: await listening(server.listen(0, '127.0.0.1')), publish };
}

/**
 * @param {number} port
 * @param {string | undefined} dist
 * @returns {Promise<import('../../../src/rooms/index.ts').Broker>}
 */
async function redisBroker(port, dist) {
  /** @type {typeof import('../../../src/redis/index.ts')} */
  const { RedisBroker } = await importOf(dist, 'redis/index.js');
  const { createClient } = await import('redis');
  return new RedisBroker({ client: createClient({ url: `redis://127.0.0.1:${port}` }) });
}
