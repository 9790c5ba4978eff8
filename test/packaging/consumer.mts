// Compiled, never run: an ES module in TypeScript that uses the installed package with every check switched on.
import { createServer } from 'node:http';
import { type AddressRate, AuthenticationError, requireFirstMessage, WebSocketServer as Server } from 'sluice';
import { EventStreamParser, type EventStreamSink, writeEvent } from 'sluice/eventstream';
import { closeBody, FrameParser, Opcode } from 'sluice/frame';
import { jwtAuthenticator } from 'sluice/jwt';
import { holdPoll, PollSessions, readBody } from 'sluice/poll';
import { RedisBroker, type RedisBrokerOptions } from 'sluice/redis';
import { type Broker, BrokerError, MemoryBroker, Rooms } from 'sluice/rooms';
import { type EventStream, encodeEvent, eventStreamResponse, openEventStream } from 'sluice/sse';
import Default, { createWebSocketStream, type WebSocket, WebSocketServer } from 'sluice/ws';

const server: WebSocketServer = new WebSocketServer({ port: 0 });
server.on('connection', (socket) => {
  const goOn: boolean = socket.send('welcome');
  if (!goOn) socket.once('drain', () => socket.close(1000, 'done'));
});

const client: WebSocket = new Default('ws://127.0.0.1');
createWebSocketStream(client).pipe(process.stdout);

const rate: AddressRate = { limit: 10, interval: 60_000 };
const strict = new Server({ noServer: true, maxHandshakesPerIp: rate, maxFailedAuthenticationsPerIp: rate });
const authenticate = jwtAuthenticator({
  secret: 'x'.repeat(32),
  algorithms: ['HS256'],
  issuer: 'https://issuer.example',
  audience: null,
});
strict.on('connection', async (socket) => {
  const { userId } = await requireFirstMessage(socket, { authenticate, timeout: 1_000 });
  const name: string = userId;
  socket.send(name);
});
strict.on('connection', async (socket) => {
  const user = await requireFirstMessage(socket, {
    authenticate: async (data) => (data.length > 3 ? { name: data.toString() } : undefined),
  }).catch((error: unknown) => {
    if (error instanceof AuthenticationError) return { name: error.code };
    throw error;
  });
  socket.send(user.name);
});

const sink: EventStreamSink = {
  onEvent: (type: string, data: string, lastEventId: string) => client.send(type + data + lastEventId),
  onRetry: (milliseconds: number) => client.send(String(milliseconds)),
  onViolation: (violation, offset) => client.send(violation.expected + offset.toFixed()),
};
new EventStreamParser(sink, { maxEventSize: 4_096 }).push(new TextEncoder().encode(writeEvent({ data: 'welcome' })));

const polls = new PollSessions({ maxSessions: 1_000 });
createServer(async (request, response) => {
  if (request.url === '/stream') {
    const stream: EventStream = openEventStream(request, response, { slowConsumer: 'conflate', heartbeat: 15_000 });
    stream.onEnd = (end: 'closed' | 'gone' | 'too-slow' | 'write-timeout' | 'destroyed') => console.log(end);
    if (!stream.sendEncoded(encodeEvent({ data: 'welcome', id: '1' }), 'key')) stream.onDrain = () => stream.close();
  } else if (request.method === 'POST') {
    const body: string | undefined = await readBody(request, response, { maxBodySize: 1_024 });
    if (body !== undefined) response.end(body);
  } else {
    const poll = holdPoll(request, response, { cursor: '1' });
    if (polls.hold('anna', 'tab', poll)) poll.answer({ messages: [{ json: '1', cursor: '2' }], cursor: '2' });
  }
});

/** A handler of the Fetch API. */
export function GET(request: Request): Response {
  const { stream, response } = eventStreamResponse(request, { headers: { 'X-Own': 'yes' } });
  stream.send({ data: 'welcome' });
  return response;
}

const broker: Broker = new MemoryBroker({ history: 100 });
const rooms = new Rooms({
  broker,
  presence: true,
  authorize: async ({ room, action }) => room !== 'secret' || action === 'join',
});
strict.on('connection', async (socket) => {
  const { id, room } = await rooms.join(socket, 'lobby', { since: 'a-1', identity: 'anna', information: { age: 7 } });
  socket.send(id + room);
  await rooms.publish('lobby', { type: 'MESSAGE' }, { except: socket, key: 'k' }).catch((error: unknown) => {
    if (error instanceof BrokerError) socket.send(error.code);
  });
});

const shared = (client: RedisBrokerOptions['client']): Broker =>
  new RedisBroker({ client, prefix: 'chat', history: 100 });
new Rooms({ broker: shared({ duplicate: () => undefined }) });

export const names: readonly unknown[] = [closeBody, FrameParser, Opcode.Text];

export type { used } from './written-for-ws.mjs';
