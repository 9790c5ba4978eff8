// A room of sluice over its three transports: what a message takes with the name of its room and its id in it, which is the
// price of going on where one was. The other direction of event streams and polls is a POST, as for plain-http.mjs.
// @ts-check
import { once } from 'node:events';
import { Agent, createServer } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { UPGRADE_FIELDS } from './browser.mjs';
import { Inbox } from './inbox.mjs';
import { ask } from './plain-http.mjs';

/** @typedef {import('../wire.mjs').Link} Link */

/**
 * Of sluice, what is used here.
 *
 * @typedef {object} Library
 * @property {typeof import('../../src/rooms/index.ts').Rooms} Rooms
 * @property {typeof import('../../src/poll/index.ts').readBody} readBody
 * @property {typeof import('../../src/index.ts').WebSocketServer} WebSocketServer
 * @property {typeof import('../../src/index.ts').WebSocket} WebSocket
 */

/** @typedef {import('../../src/rooms/index.ts').Rooms} RoomsOfSluice */

const ROOM = 'lobby';

/**
 * @param {Library} library
 * @returns {import('../wire.mjs').Transport[]}
 */
export function roomTransports(library) {
  return [
    { name: 'WebSocket, a room', open: () => openWebSocket(library) },
    { name: 'Server-Sent Events, a room', open: () => openHttp(library, eventStreamLink) },
    { name: 'Long polling, a room', open: () => openHttp(library, pollLink) },
  ];
}

/**
 * @param {Library} library
 * @returns {Promise<import('../wire.mjs').Server>}
 */
async function openWebSocket({ Rooms, WebSocketServer, WebSocket }) {
  const rooms = new Rooms();
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, heartbeat: false });
  await once(server, 'listening');
  const atServer = new Inbox();
  const atClient = new Inbox();
  server.on('connection', (websocket) => {
    websocket.on('message', (data) => atServer.put(String(data)));
    rooms.join(websocket, ROOM);
  });
  return {
    port: /** @type {import('node:net').AddressInfo} */ (server.address()).port,
    connect: async (port) => {
      const client = new WebSocket(`ws://127.0.0.1:${port}`, { headers: UPGRADE_FIELDS });
      client.on('message', (data) => atClient.put(String(data)));
      // JOINED.
      await atClient.take();
      return {
        toServer: (text) => {
          client.send(text);
          return atServer.take();
        },
        toClient: async (text) => {
          await rooms.publish(ROOM, JSON.parse(text));
          return published(await atClient.take());
        },
      };
    },
    close: async () => {
      await rooms.close();
      await server.shutdown();
    },
  };
}

/**
 * @param {Library} library
 * @param {(rooms: RoomsOfSluice, port: number, agent: Agent) => Promise<Link['toClient']>} link
 * @returns {Promise<import('../wire.mjs').Server>}
 */
async function openHttp({ Rooms, readBody }, link) {
  const rooms = new Rooms();
  const received = new Inbox();
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      received.put((await readBody(request, response)) ?? '');
      response.writeHead(204).end();
    } else if (request.headers.accept === 'text/event-stream') await rooms.eventStream(request, response, ROOM);
    else await rooms.poll(request, response, ROOM);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agents = { listening: new Agent({ keepAlive: true }), posting: new Agent({ keepAlive: true }) };
  return {
    port: /** @type {import('node:net').AddressInfo} */ (server.address()).port,
    connect: async (port) => ({
      toServer: async (text) => {
        await textOf(await ask(port, agents.posting, 'POST', '/api/publish?room=lobby', 'application/json', text));
        return received.take();
      },
      toClient: await link(rooms, port, agents.listening),
    }),
    close: async () => {
      await rooms.close();
      for (const agent of Object.values(agents)) agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * An EventSource.
 *
 * @param {RoomsOfSluice} rooms
 * @param {number} port
 * @param {Agent} agent
 * @returns {Promise<Link['toClient']>}
 */
async function eventStreamLink(rooms, port, agent) {
  const blocks = new Inbox();
  const stream = await ask(port, agent, 'GET', '/api/stream?room=lobby', 'text/event-stream');
  let come = '';
  stream.setEncoding('utf8');
  stream.on('error', () => {});
  stream.on('data', (text) => {
    come += text;
    const whole = come.split('\n\n');
    come = whole.pop() ?? '';
    for (const block of whole) blocks.put(block);
  });
  // The reconnection time; then the id where the stream begins.
  while (!(await blocks.take()).startsWith('id: '));
  return async (text) => {
    await rooms.publish(ROOM, JSON.parse(text));
    return published(/^data: (.*)$/m.exec(await blocks.take())?.[1] ?? '');
  };
}

/**
 * A page that asks again as soon as it has an answer.
 *
 * @param {RoomsOfSluice} rooms
 * @param {number} port
 * @param {Agent} agent
 * @returns {Promise<Link['toClient']>}
 */
async function pollLink(rooms, port, agent) {
  const path = '/api/poll?room=lobby';
  // Who has no cursor is given one at once.
  const first = JSON.parse(await textOf(await ask(port, agent, 'GET', path, 'application/json')));
  const poll = async (/** @type {string} */ cursor) => {
    const joined = once(rooms, 'join');
    const answer = ask(port, agent, 'GET', `${path}&since=${cursor}`, 'application/json');
    // The last one is held when everything ends.
    answer.catch(() => {});
    await joined;
    return { answer };
  };
  let held = await poll(first.cursor);
  return async (text) => {
    await rooms.publish(ROOM, JSON.parse(text));
    const { messages, cursor } = JSON.parse(await textOf(await held.answer));
    held = await poll(cursor);
    return published(JSON.stringify(messages[0]));
  };
}

/**
 * What was published, of what came.
 *
 * @param {string} text JSON
 * @returns {string} without what the room has put in
 */
function published(text) {
  const { roomId: _, id: __, ...event } = JSON.parse(text);
  return JSON.stringify(event);
}
