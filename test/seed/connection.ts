// What every program of the seed document needs around it: a server on a free port, clients, and an end to all of them.
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterEach } from 'vitest';
import { WebSocket, WebSocketServer } from '../../src/index.ts';
import { field, upgradeRequest } from '../drop-in/stage.ts';
import { Wire } from '../drop-in/wire.ts';

export const HOST = '127.0.0.1';

const servers: WebSocketServer[] = [];
const wires: Wire[] = [];

afterEach(async () => {
  for (const wire of wires.splice(0)) await wire.destroyed();
  for (const server of servers.splice(0)) await server.shutdown({ timeout: 0 });
});

export type Options = NonNullable<ConstructorParameters<typeof WebSocketServer>[0]>;

/** A server on a free port. */
export async function serve(options: Options = {}): Promise<WebSocketServer> {
  const server = new WebSocketServer({ port: 0, host: HOST, ...options });
  servers.push(server);
  await once(server, 'listening');
  return server;
}

export function portOf(server: WebSocketServer): number {
  return (server.address() as AddressInfo).port;
}

/** A client that is open. */
export async function join(
  server: WebSocketServer,
  protocols: string[] = [],
  options: object = {},
): Promise<WebSocket> {
  const client = new WebSocket(`ws://${HOST}:${portOf(server)}`, protocols, options);
  await once(client, 'open');
  return client;
}

/** A raw connection, and the head of the answer to its request for an upgrade. */
export async function ask(server: WebSocketServer, lines: string[] = []): Promise<{ wire: Wire; head: string }> {
  const port = portOf(server);
  const socket = connect(port, HOST);
  await once(socket, 'connect');
  const wire = new Wire(socket, true);
  wires.push(wire);
  wire.write(upgradeRequest(port, lines));
  return { wire, head: await wire.head() };
}

export { field };
