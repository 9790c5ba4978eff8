// Compiled, never run: a program in the types that programs written for `ws` use, against what stands in its place.
import { createServer, type IncomingMessage } from 'node:http';
import WebSocket, { createWebSocketStream, type RawData, Sender, WebSocketServer } from 'ws';

const wss = new WebSocketServer({
  port: 0,
  perMessageDeflate: { zlibDeflateOptions: { level: 6 }, threshold: 1024 },
  verifyClient: (
    info: { origin: string; secure: boolean; req: IncomingMessage },
    callback: (res: boolean, code?: number, message?: string) => void,
  ) => callback(info.origin === 'https://example.com', 403, 'no'),
  handleProtocols: (protocols: Set<string>, request: IncomingMessage) =>
    request.url === '/' && protocols.has('chat') ? 'chat' : false,
});

wss.on('connection', function connection(socket, request) {
  const address: string | undefined = request.socket.remoteAddress;
  socket.on('error', console.error);
  socket.on('message', function message(data, isBinary) {
    const raw: RawData = data;
    for (const client of this === socket ? wss.clients : []) {
      if (client !== socket && client.readyState === WebSocket.OPEN) client.send(raw, { binary: isBinary });
    }
  });
  socket.once('close', (code: number, reason: Buffer) => console.log(address, code, reason.toString()));
  socket.on('an event of the application', (...values) => values.length);
  socket.ping('x', false, (error: Error) => error.message);
  socket.send([1, 2, 3], (error?: Error) => error?.message);
});
wss.on('connection', (socket: WebSocket, request: IncomingMessage) => socket.close(1000, request.url));
wss.on('headers', (headers) => headers.push('X-Mine: yes'));

// What @types/ws has behind the name of the class.
const options: WebSocket.ServerOptions = { noServer: true };
const server: WebSocket.Server = new WebSocket.Server(options);
const verify: WebSocket.VerifyClientCallbackSync = ({ origin }) => origin !== '';
const data: WebSocket.Data = 'text';

const client: WebSocket = new WebSocket('wss://example.com', ['chat'], {
  headers: { Authorization: 'Bearer x' },
  rejectUnauthorized: false,
  handshakeTimeout: 1_000,
});
client.onmessage = (event: WebSocket.MessageEvent) => event.target.send(event.data);
client.onclose = ({ code, reason, wasClean }) => console.log(code, reason, wasClean);
client.addEventListener('error', (event: WebSocket.ErrorEvent) => event.message, { once: true });
client.on('unexpected-response', (request, response) => request.destroy(new Error(String(response.statusCode))));
createWebSocketStream(client, { encoding: 'utf8' }).pipe(process.stdout);

// Classes of the application's own.
interface Tracked extends WebSocket {
  isAlive: boolean;
}
wss.on('connection', (socket: Tracked) => {
  socket.isAlive = true;
});
class Session extends WebSocket {
  user = '';
}
const sessions = new WebSocketServer<typeof Session>({ noServer: true, WebSocket: Session });
sessions.on('connection', (session) => session.user.length);
class Picky extends WebSocketServer {
  override shouldHandle(request: IncomingMessage): boolean {
    return request.url === '/';
  }
}
const http = createServer();
http.on('upgrade', (request, socket, head) => {
  new Picky({ noServer: true }).handleUpgrade(request, socket, head, (socket) => sessions.emit('connection', socket));
});

// What adapters of socket.io do.
const frames: readonly unknown[] = Sender.frame(Buffer.from('x'), {
  readOnly: false,
  mask: false,
  opcode: 1,
  fin: true,
});

// @ts-expect-error a slip of the pen is found
new WebSocketServer({ prot: 8080 });
// @ts-expect-error here as well
new WebSocket('ws://example.com', { heders: {} });

export const used: readonly unknown[] = [server, verify, data, frames];
