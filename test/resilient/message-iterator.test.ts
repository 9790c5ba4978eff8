import { expect, test } from 'vitest';
import { ResilientWebSocket, type ResilientWebSocketOptions } from '../../src/resilient/index.ts';
import { FakeTransport, World } from './world.ts';

async function make(more: ResilientWebSocketOptions = {}) {
  const world = new World();
  const transport = new FakeTransport();
  const client = new ResilientWebSocket('ws://localhost/', { platform: world, transports: [transport], ...more });
  await world.pass(0);
  transport.link.open();
  return { world, client, transport };
}

test('messages come over all reconnections, until the client is closed', async () => {
  const { world, client, transport } = await make();
  const heard: unknown[] = [];
  const loop = (async () => {
    for await (const message of client) heard.push(message);
  })();
  await world.pass(0);
  transport.link.listener.onMessage('one');
  transport.link.end();
  await world.pass(1_000);
  transport.link.open();
  transport.link.listener.onMessage(new ArrayBuffer(1));
  client.close();
  transport.link.end(1000);
  await loop;
  expect(heard).toEqual([
    { data: 'one', isBinary: false },
    { data: new ArrayBuffer(1), isBinary: true },
  ]);
});

test('a loop that is too slow throws behind what it could keep', async () => {
  const { client, transport } = await make({ maxUnreadMessages: 2 });
  const messages = client[Symbol.asyncIterator]();
  const first = messages.next();
  for (const data of ['1', '2', '3', '4']) transport.link.listener.onMessage(data);
  expect([(await first).value, (await messages.next()).value]).toMatchObject([{ data: '1' }, { data: '2' }]);
  await expect(messages.next()).rejects.toThrow(RangeError);
});

test('leaving the loop leaves the client open', async () => {
  const { client, transport } = await make();
  const messages = client[Symbol.asyncIterator]();
  const first = messages.next();
  transport.link.listener.onMessage('1');
  await first;
  await messages.return(undefined);
  expect(client.readyState).toBe(client.OPEN);
});
