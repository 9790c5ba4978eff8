// What the server of a row of rooms is asked for, and how its process is told to publish: over a connection of its own, the
// same for all peers, so that a burst is published in one turn and asking for it costs everybody the same.
// @ts-check
import { once } from 'node:events';
import { createServer } from 'node:net';
import { counter } from '../counter.mjs';
import { publishedOf } from './published.mjs';

/** Bytes of a number. */
export const NUMBER_LENGTH = 4;

/**
 * @typedef {object} RoomSettings
 * @property {import('../../rows.mjs').Transport} transport of the members
 * @property {number} burst messages that are published in one turn
 * @property {number} size bytes of a message
 * @property {number} [redis] the port of a Redis that instances share
 * @property {string} [dist] of sluice: the folder with the build to measure
 */

/**
 * A peer of the rows of rooms is a module with this function, `startRoom`. It listens on a free port of 127.0.0.1, and
 * everybody who connects is a member of the one room.
 *
 * @typedef {(settings: RoomSettings) => Promise<RoomServer>} StartRoom
 */

/**
 * @typedef {object} RoomServer
 * @property {number} port where members connect
 * @property {(message: import('./published.mjs').Published) => unknown} publish says something to all members
 * @property {import('../../load/room/dialects.mjs').DialectName} [dialect] how members speak; that of the transport, unless it says
 */

/**
 * Starts a peer, and the listener that has it publish: for each number that comes, a burst that begins with it. What is
 * counted are messages: to how many members each of them goes, the load generator knows.
 *
 * @param {StartRoom} startRoom
 * @param {RoomSettings} settings
 * @returns {Promise<{ port: number, publisher: number, dialect: RoomServer['dialect'] }>} the ports
 */
export async function serveRoom(startRoom, settings) {
  const { port, publish, dialect } = await startRoom(settings);
  const { burst } = settings;
  const messageOf = publishedOf(settings.size);
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    // Four bytes, and the next ones only when everybody has been told: they come in one piece.
    socket.on('data', (bytes) => {
      const first = bytes.readUInt32BE(0);
      counter.done += burst;
      for (let sequence = first; sequence < first + burst; sequence++) publish(messageOf(sequence));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port, publisher: /** @type {import('node:net').AddressInfo} */ (server.address()).port, dialect };
}
