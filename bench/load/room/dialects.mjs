// How members of a room speak, by name. Each dialect asks with one head, and reads what comes back: written apart from src/, so
// that sluice is not checked by itself.
// @ts-check
import { EventStreamReading } from './event-stream.mjs';
import { PollReading } from './poll.mjs';
import { JoinedReading, SocketIoReading, WebSocketReading } from './websocket.mjs';

/**
 * What one member has been sent. It is given all bytes in their order.
 *
 * @typedef {object} Reading
 * @property {string} request what is sent first
 * @property {boolean} isReady whether the server has let the member in
 * @property {boolean} isBetween whether all that came so far has been read to its end
 * @property {(bytes: Buffer) => Buffer | undefined} read puts what it finds into `messages`; what must be answered, if anything
 * @property {Heard[]} messages that came with the last bytes
 */

/** @typedef {{ type?: unknown, sequence?: unknown, text?: unknown }} Heard a message as a member hears it */

/** @typedef {'websocket' | 'joined' | 'socket.io' | 'event-stream' | 'poll'} DialectName */

/** @type {Record<DialectName, new (port: number) => Reading>} */
export const DIALECTS = {
  websocket: WebSocketReading,
  joined: JoinedReading,
  'socket.io': SocketIoReading,
  'event-stream': EventStreamReading,
  poll: PollReading,
};
