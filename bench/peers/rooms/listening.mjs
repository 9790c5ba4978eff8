// Waits for a server, whoever's it is.
// @ts-check
import { once } from 'node:events';

/**
 * @param {import('node:events').EventEmitter & { address(): unknown }} server
 * @returns {Promise<number>} its port
 */
export async function listening(server) {
  if (server.address() === null) await once(server, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}
