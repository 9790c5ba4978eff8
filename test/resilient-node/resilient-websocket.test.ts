// What only Node has: our own client by default, and a process that ends when its client is closed.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ResilientWebSocket } from '../../src/resilient-node/index.ts';
import { closed, Stage } from '../resilient/stage.ts';

test('the WebSocket is that of this package: its binaryType is nodebuffer', async () => {
  const stage = await Stage.open();
  onTestFinished(() => stage.close());
  const client = stage.client();
  await once(client, 'open');
  expect([client.protocol, client.binaryType, client.extensions]).toEqual(['sluice.v1', 'nodebuffer', '']);
});

test('Retry-After of a refused upgrade is heard', async () => {
  const server = createServer();
  server.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const client = new ResilientWebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, [], { jitter: 0 });
  const [{ delay, reason }] = await once(client, 'reconnecting');
  expect([delay, reason]).toEqual([3_000, 'the server answered 503']);
  await closed(client);
});
