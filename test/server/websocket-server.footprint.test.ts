// What an open connection holds on to: bytes of JavaScript, buffers included, beside those of a bare socket in the same
// process that did the same work. Handshakes and messages are done first, so that what they leave behind would be seen.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ServerOptions, WebSocketServer } from '../../src/server/index.ts';
import { encodeFrame, hex } from '../frame/slow-frames.ts';

/** So many that what comes and goes once, some read buffers for instance, is little for each. */
const CONNECTIONS = 1_500;
/** To warm up with. */
const FIRST_CONNECTIONS = 300;
/** Of these at a time: a backlog takes as many. */
const BATCH = 100;
/**
 * Bytes that a connection may hold above a bare socket: 880 were seen on Node 20, of which the EventEmitter and the
 * application's listener are 430. 1,480 to 1,630 while each had machinery of its own, 2,390 before anybody looked.
 */
const MOST = 1_050;
/** With permessage-deflate as it is when it is only switched on, after a compressed message: 930; 1,650 to 1,750 before. */
const MOST_COMPRESSED = 1_150;

const BINARY = 2;
const KEY = hex('00 00 00 00');
const REQUEST = [
  'GET / HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
  `User-Agent: ${'a browser '.repeat(20)}`,
  '\r\n',
].join('\r\n');
const MESSAGE = encodeFrame({ opcode: BINARY, key: KEY, payload: 'x'.repeat(64) });
const TEXT = Buffer.from('it is said twice, it is said twice, '.repeat(40));
const COMPRESSED = encodeFrame({ opcode: BINARY, rsv1: true, key: KEY, payload: deflateRawSync(TEXT) });

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const sockets: Socket[] = [];
const servers: (Server | WebSocketServer)[] = [];

/** Until nothing is left that could be given back while the next ones are counted. */
async function closeAll(): Promise<void> {
  const gone = [...sockets, ...servers].map((each) => once(each, 'close'));
  for (const server of servers.splice(0)) server.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(gone);
}

/** Bytes in use, when what finalizers give back has been given back. */
async function bytesInUse(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Opens a connection, says `message` and waits for an answer. */
async function visit(port: number, message: Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.write(REQUEST);
  await once(socket, 'data');
  socket.write(message);
  await once(socket, 'data');
}

async function visitAll(port: number, message: Buffer, count: number): Promise<void> {
  for (let done = 0; done < count; done += BATCH) {
    await Promise.all(Array.from({ length: BATCH }, () => visit(port, message)));
  }
}

/** Bytes that each of many connections to `port` takes, both of its ends together. */
async function bytesPerConnection(port: number, message: Buffer): Promise<number> {
  const before = await bytesInUse();
  await visitAll(port, message, CONNECTIONS);
  return ((await bytesInUse()) - before) / CONNECTIONS;
}

/** A server of bare sockets, with one listener for all of them. */
async function bareServer(): Promise<number> {
  const server = createServer((socket) => {
    socket.on('data', echo);
    socket.on('error', ignore);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Answers the request as well as the message. */
function echo(this: Socket, chunk: Buffer): void {
  this.write(chunk);
}

function ignore(): void {}

async function echoServer(options: ServerOptions, onConnection: () => void = ignore): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  servers.push(server);
  server.on('connection', (websocket) => {
    onConnection();
    websocket.on('message', (data: Buffer, isBinary: boolean) => websocket.send(data, { binary: isBinary }));
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Then V8 has compiled what it will compile. */
beforeAll(async () => {
  await visitAll(await bareServer(), MESSAGE, FIRST_CONNECTIONS);
  await visitAll(await echoServer({}), MESSAGE, FIRST_CONNECTIONS);
  await visitAll(await echoServer({ perMessageDeflate: true }), COMPRESSED, FIRST_CONNECTIONS);
  await closeAll();
});

afterEach(closeAll);

describe('an open connection that has echoed a message', () => {
  test('holds little more than its socket, and nothing of its opening handshake', async () => {
    const bare = await bytesPerConnection(await bareServer(), MESSAGE);
    const ours = await bytesPerConnection(await echoServer({}), MESSAGE);
    expect(ours - bare).toBeLessThan(MOST);
  });

  test('holds no state of zlib, where messages are compressed as by default', async () => {
    const bare = await bytesPerConnection(await bareServer(), MESSAGE);
    const ours = await bytesPerConnection(await echoServer({ perMessageDeflate: true }), COMPRESSED);
    expect(ours - bare).toBeLessThan(MOST_COMPRESSED);
  });

  test('is seen to hold 4 KiB more, should it ever', async () => {
    const kept: Buffer[] = [];
    const bare = await bytesPerConnection(await bareServer(), MESSAGE);
    const ours = await bytesPerConnection(await echoServer({}, () => void kept.push(Buffer.alloc(4096))), MESSAGE);
    expect(ours - bare).toBeGreaterThan(MOST + 2048);
    expect(kept).toHaveLength(CONNECTIONS);
  });
});
