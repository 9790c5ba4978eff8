// A room over WebSocket, Server-Sent Events and long polling, on the one port of an Express application.
// It is kept in memory and open to everybody on this machine; README.md says what changes both.
// @ts-check
import express from 'express';
import { Rooms, WebSocketServer } from 'sluice';

const ROOM = 'lobby';
const MAX_CONTENT_LENGTH = 10_000;

const rooms = new Rooms();
const app = express();

// Three ways to read the room. They share their ids: a client may go on over any of them behind the last id that it has
// seen. EventSource brings it by itself, in the field `Last-Event-ID`; the others say `?since=<id>`.
app.get('/stream', (request, response) => rooms.eventStream(request, response, ROOM));
app.get('/poll', (request, response) => rooms.poll(request, response, ROOM));

// A page of another site cannot send application/json without being asked for by CORS, which is not on here.
app.post('/publish', express.json({ limit: '64kb' }), async (request, response) => {
  const content = request.body?.content;
  if (!isContent(content)) {
    response.status(400).json({ error: `content must be a string of 1 to ${MAX_CONTENT_LENGTH} characters` });
    return;
  }
  response.status(201).json({ id: await rooms.publish(ROOM, { type: 'MESSAGE', content }) });
});

const server = app.listen(Number(process.env['PORT'] ?? 3000), process.env['HOST'] ?? '127.0.0.1', (error) => {
  if (error !== undefined) throw error;
  const { address, port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`listening on http://${address}:${port}`);
});

// Beside Express, not behind it: an upgrade is no request that a router could answer. Pages of other sites are refused.
const websockets = new WebSocketServer({ server, path: '/ws', maxPayload: 65_536 });

websockets.on('connection', (websocket, request) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  rooms.join(websocket, ROOM, { since: searchParams.get('since') ?? undefined }).catch(() => websocket.close(1013));

  websocket.on('message', (data, isBinary) => {
    const content = String(data);
    if (isBinary || !isContent(content)) websocket.close(1008, 'text of 1 to 10000 characters, please');
    else rooms.publish(ROOM, { type: 'MESSAGE', content }).catch(() => websocket.close(1013));
  });
});

/**
 * @param {unknown} content
 * @returns {content is string}
 */
function isContent(content) {
  return typeof content === 'string' && content.length > 0 && content.length <= MAX_CONTENT_LENGTH;
}

// Without this a stop would wait for event streams that never end, or cut them off. Clients come back by themselves.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    server.close();
    await Promise.all([websockets.shutdown(), rooms.close()]);
    server.closeIdleConnections();
  });
}
