// A server of node:http on a port of its own, and clients that send any bytes.
import { connect, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import { listen, shut } from '../sse/stages.ts';

export { deferred, listen } from '../sse/stages.ts';

type Listener = Parameters<typeof listen>[0];

const clients: Socket[] = [];
const servers: Awaited<ReturnType<typeof listen>>['server'][] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const server of servers.splice(0)) await shut(server);
});

/** Serves until the test is over. */
export async function serve(listener: Listener): Promise<number> {
  const { server, port } = await listen(listener);
  servers.push(server);
  return port;
}

/** Connects, and sends `wire`. */
export function dial(port: number, wire: string | Buffer): Socket {
  const client = connect(port, '127.0.0.1');
  client.on('error', () => {});
  clients.push(client);
  client.write(wire);
  return client;
}

/** Sends `wire`, and reads to the end. */
export async function ask(port: number, wire: string | Buffer): Promise<string> {
  return readAll(dial(port, wire));
}

export async function readAll(client: Socket): Promise<string> {
  let answer = '';
  try {
    for await (const chunk of client) answer += chunk;
  } catch {
    // A reset: what came before it counts.
  }
  return answer;
}

export const GET = 'GET /?since=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
