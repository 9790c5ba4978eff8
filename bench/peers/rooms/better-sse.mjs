// Peer `better-sse`: a channel with all sessions, in its default settings.
// @ts-check
import { createServer } from 'node:http';
import { listening } from './listening.mjs';

/**
 * Of the API of better-sse, what is used here.
 *
 * @typedef {object} BetterSse
 * @property {(request: unknown, response: unknown) => Promise<object>} createSession
 * @property {() => { register(session: object): void, broadcast(data: object, event: string): void }} createChannel
 */

/** @type {import('./room.mjs').StartRoom} */
export async function startRoom() {
  const { createSession, createChannel } = /** @type {BetterSse} */ (
    await import(/** @type {string} */ ('better-sse'))
  );
  const channel = createChannel();
  const server = createServer(async (request, response) => channel.register(await createSession(request, response)));
  return {
    port: await listening(server.listen(0, '127.0.0.1')),
    publish: (message) => channel.broadcast(message, 'MESSAGE'),
  };
}
