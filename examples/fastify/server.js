// A room over WebSocket, Server-Sent Events and long polling, on the one port of a Fastify application.
// It is kept in memory and open to everybody on this machine; README.md says what changes both.
// @ts-check
import { fastify } from 'fastify';
import { Rooms, WebSocketServer } from 'sluice';

const ROOM = 'lobby';
const MAX_CONTENT_LENGTH = 10_000;

const rooms = new Rooms();
// A connection that nothing comes over is kept for as long as node:http does, 5 s, and not for Fastify's 72: a stop may have to
// wait for it.
const app = fastify({ keepAliveTimeout: 5_000 });

// Three ways to read the room. They share their ids: a client may go on over any of them behind the last id that it has
// seen. EventSource brings it by itself, in the field `Last-Event-ID`; the others say `?since=<id>`.
// `hijack` tells Fastify that the answer is written by somebody else; fields that its plugins have set go along.
app.get('/stream', async (request, reply) => {
  reply.hijack();
  await rooms.eventStream(request.raw, reply.raw, ROOM, { headers: reply.getHeaders() });
});
app.get('/poll', async (request, reply) => {
  reply.hijack();
  await rooms.poll(request.raw, reply.raw, ROOM, { headers: reply.getHeaders() });
});

const content = /** @type {const} */ ({ type: 'string', minLength: 1, maxLength: MAX_CONTENT_LENGTH });
const schema = { body: { type: 'object', required: ['content'], properties: { content } } };

app.post('/publish', { schema, bodyLimit: 65_536 }, async (request, reply) => {
  const { content } = /** @type {{ content: string }} */ (request.body);
  reply.status(201);
  return { id: await rooms.publish(ROOM, { type: 'MESSAGE', content }) };
});

// Beside Fastify, not behind it: an upgrade is no request that a router could answer. Pages of other sites are refused.
const websockets = new WebSocketServer({ server: app.server, path: '/ws', maxPayload: 65_536 });

websockets.on('connection', (websocket, request) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  rooms.join(websocket, ROOM, { since: searchParams.get('since') ?? undefined }).catch(() => websocket.close(1013));

  websocket.on('message', (data, isBinary) => {
    const content = String(data);
    if (isBinary || content === '' || content.length > MAX_CONTENT_LENGTH) websocket.close(1008);
    else rooms.publish(ROOM, { type: 'MESSAGE', content }).catch(() => websocket.close(1013));
  });
});

// Without this a stop would wait for event streams that never end. Clients come back by themselves.
app.addHook('preClose', async () => {
  await Promise.all([websockets.shutdown(), rooms.close()]);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => app.close());

console.log(
  `listening on ${await app.listen({ port: Number(process.env['PORT'] ?? 3000), host: process.env['HOST'] ?? '127.0.0.1' })}`,
);
