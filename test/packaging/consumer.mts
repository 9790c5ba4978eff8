// Compiled, never run: an ES module in TypeScript that uses the installed package with every check switched on.
import { closeBody, FrameParser, Opcode } from 'sluice/frame';
import Default, { createWebSocketStream, type WebSocket, WebSocketServer } from 'sluice/ws';

const server: WebSocketServer = new WebSocketServer({ port: 0 });
server.on('connection', (socket) => {
  const goOn: boolean = socket.send('welcome');
  if (!goOn) socket.once('drain', () => socket.close(1000, 'done'));
});

const client: WebSocket = new Default('ws://127.0.0.1');
createWebSocketStream(client).pipe(process.stdout);

export const names: readonly unknown[] = [closeBody, FrameParser, Opcode.Text];

export type { used } from './written-for-ws.mjs';
