// Compiled, never run: as written-for-ws.mts, for CommonJS.
import WebSocket = require('ws');

const wss = new WebSocket.Server({ port: 0 }, () => console.log('listening'));
wss.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));

const again: WebSocket.WebSocketServer = new WebSocket.WebSocketServer({ noServer: true });
const client: WebSocket = new WebSocket('ws://127.0.0.1');
const text: WebSocket.RawData = Buffer.from(client.url);

export const used: readonly unknown[] = [again, text];
