// The transport WebSocket, with and without permessage-deflate: sluice at both ends, and the head of a browser.
// @ts-check
import { once } from 'node:events';
import { UPGRADE_FIELDS } from './browser.mjs';
import { Inbox } from './inbox.mjs';

/** @typedef {typeof import('../../src/index.ts')} Sluice */

const TAKEOVER = { serverNoContextTakeover: false, clientNoContextTakeover: false };

/**
 * @param {Sluice} sluice
 * @returns {import('../wire.mjs').Transport[]}
 */
export function websocketTransports(sluice) {
  return [
    { name: 'WebSocket', open: () => open(sluice, false) },
    { name: 'WebSocket, permessage-deflate', open: () => open(sluice, {}) },
    { name: 'WebSocket, permessage-deflate with context takeover', open: () => open(sluice, TAKEOVER) },
  ];
}

/**
 * @param {Sluice} sluice
 * @param {object | false} perMessageDeflate
 * @returns {Promise<import('../wire.mjs').Server>}
 */
async function open({ WebSocketServer, WebSocket }, perMessageDeflate) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate, heartbeat: false });
  await once(server, 'listening');
  return {
    port: /** @type {import('node:net').AddressInfo} */ (server.address()).port,
    connect: async (port) => {
      const arrived = once(server, 'connection');
      const client = new WebSocket(`ws://127.0.0.1:${port}`, { headers: UPGRADE_FIELDS, perMessageDeflate });
      const [[peer]] = await Promise.all([arrived, once(client, 'open')]);
      const atServer = new Inbox();
      const atClient = new Inbox();
      peer.on('message', (/** @type {Buffer} */ data) => atServer.put(data.toString()));
      client.on('message', (data) => atClient.put(data.toString()));
      return {
        toServer: (text) => {
          client.send(text);
          return atServer.take();
        },
        toClient: (text) => {
          peer.send(text);
          return atClient.take();
        },
      };
    },
    close: () => server.shutdown(),
  };
}
