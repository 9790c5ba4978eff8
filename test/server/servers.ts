// Servers for one test each: started on a free port, and gone when the test is over.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { type ServerOptions, WebSocketServer } from '../../src/server/index.ts';
import type { WebSocket } from '../../src/websocket/index.ts';

const servers: WebSocketServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients ?? []) client.terminate();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});

/** Ends `server` after the test. */
export function keep(server: WebSocketServer): WebSocketServer {
  servers.push(server);
  return server;
}

/** A server that echoes, on a port of its own. */
export async function echoServer(options: ServerOptions = {}): Promise<{ server: WebSocketServer; port: number }> {
  const server = keep(new WebSocketServer({ port: 0, ...options }));
  server.on('connection', (socket: WebSocket) => {
    socket.on('message', (data: Buffer, isBinary: boolean) => socket.send(data, { binary: isBinary }));
  });
  await once(server, 'listening');
  return { server, port: portOf(server) };
}

export function portOf(server: WebSocketServer): number {
  return (server.address() as AddressInfo).port;
}
