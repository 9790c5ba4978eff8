import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { Inspector } from '../../src/inspect/inspector.ts';
import type { WebSocket } from '../../src/websocket/index.ts';
import { WatchedServer } from './watched.ts';

const servers: WatchedServer[] = [];

async function start(options: object = {}): Promise<WatchedServer> {
  const server = await WatchedServer.start(options);
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

describe('the id of a connection', () => {
  test('has 128 bits and is never the same', async () => {
    const watched = await start();
    await watched.connect();
    const first = watched.id;
    await watched.connect();
    expect(first).toMatch(/^[\w-]{22}$/);
    expect(watched.id).not.toBe(first);
    expect(watched.inspector.size).toBe(2);
  });

  test('opens nothing else', async () => {
    const watched = await start();
    const one = await watched.connect();
    const id = watched.id;
    const other = await watched.connect();
    const { shown } = await watched.watch(id);
    other.send('of the other');
    one.send('of the one');
    await shown.find(({ summary }) => summary === 'of the one');
    expect(JSON.stringify(shown.messages)).not.toContain('of the other');
  });

  test.each(['', 'guessed', '__proto__', 'constructor'])('%j is none', async (id) => {
    const watched = await start();
    await watched.connect();
    const { client } = await watched.watch(id);
    expect((await once(client, 'close'))[0]).toBe(4003);
  });

  test('is forgotten when the connection closes', async () => {
    const watched = await start();
    const client = await watched.connect();
    client.close();
    await once(watched.websocket, 'close');
    expect(watched.inspector.size).toBe(0);
    const { client: late } = await watched.watch();
    expect((await once(late, 'close'))[0]).toBe(4003);
  });
});

test('two may watch one connection', async () => {
  const watched = await start();
  const client = await watched.connect();
  const [one, two] = [await watched.watch(), await watched.watch()];
  client.send('Hello');
  await Promise.all([one, two].map(({ shown }) => shown.find(({ summary }) => summary === 'Hello')));
});

test('a connection whose handshake was not recorded cannot be watched', () => {
  const inspector = new Inspector();
  expect(inspector.open({} as IncomingMessage, {} as WebSocket)).toBeUndefined();
});

test('with permessage-deflate agreed, RSV1 is no breach, and text is inflated to be shown', async () => {
  const watched = await start({ perMessageDeflate: { threshold: 0 } });
  const client = await watched.connect('/', { perMessageDeflate: { threshold: 0 } });
  const { shown } = await watched.watch();
  client.send('Hello');
  const entry = await shown.entry('Text');
  expect(entry.breach).toBeUndefined();
  expect(entry.fields[1]).toMatchObject({ name: 'RSV1', value: '1' });
  expect(entry.summary).toBe('Hello');
});
