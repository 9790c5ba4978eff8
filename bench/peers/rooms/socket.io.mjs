// Peer `socket.io`: its own rooms, WebSocket alone, in its default settings; with `@socket.io/redis-adapter` where instances
// share a Redis, as its documentation shows.
// @ts-check
import { createServer } from 'node:http';
import { listening } from './listening.mjs';

const ROOM = 'lobby';

/**
 * Of the API of socket.io, what is used here.
 *
 * @typedef {object} SocketIo
 * @property {(event: 'connection', listener: (socket: { join(room: string): void }) => void) => void} on
 * @property {(room: string) => { emit(event: string, message: object): void }} to
 * @property {(adapter: unknown) => void} adapter
 */

/** @type {import('./room.mjs').StartRoom} */
export async function startRoom({ redis }) {
  const { Server } = /** @type {{ Server: new (server: unknown, options: object) => SocketIo }} */ (
    await import(/** @type {string} */ ('socket.io'))
  );
  const server = createServer();
  const io = new Server(server, { transports: ['websocket'], serveClient: false });
  if (redis !== undefined) io.adapter(await redisAdapter(redis));
  io.on('connection', (socket) => socket.join(ROOM));
  return {
    port: await listening(server.listen(0, '127.0.0.1')),
    dialect: 'socket.io',
    publish: (message) => io.to(ROOM).emit('message', message),
  };
}

/** @param {number} port */
async function redisAdapter(port) {
  const { createAdapter } = /** @type {{ createAdapter(publisher: unknown, subscriber: unknown): unknown }} */ (
    await import(/** @type {string} */ ('@socket.io/redis-adapter'))
  );
  const { createClient } = await import('redis');
  const publisher = createClient({ url: `redis://127.0.0.1:${port}` });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  return createAdapter(publisher, subscriber);
}
