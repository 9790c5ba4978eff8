// Compiled, never run: an ES module in TypeScript that uses the installed package with every check switched on.
import { type AddressRate, AuthenticationError, requireFirstMessage, WebSocketServer as Server } from 'sluice';
import { EventStreamParser, type EventStreamSink, writeEvent } from 'sluice/eventstream';
import { closeBody, FrameParser, Opcode } from 'sluice/frame';
import { jwtAuthenticator } from 'sluice/jwt';
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

export const names: readonly unknown[] = [closeBody, FrameParser, Opcode.Text];

export type { used } from './written-for-ws.mjs';
