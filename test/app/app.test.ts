// The server as a whole: routes, who may connect, the looking glass, and the end.
import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type App, createWebSocketServer } from '../../src/app/app.ts';
import type { AppOptions } from '../../src/app/options.ts';
import { Inspector } from '../../src/inspect/index.ts';
import { WebSocketServer } from '../../src/server/index.ts';
import { GuestClient } from './guest-client.ts';

const apps: App[] = [];

async function start(options: AppOptions = {}): Promise<App> {
  const app = await createWebSocketServer(0, options);
  apps.push(app);
  return app;
}

afterEach(async () => {
  for (const app of apps.splice(0)) await app.shutdown({ timeout: 0 });
});

function portOf(app: App): number {
  return (app.address() as AddressInfo).port;
}

/** The status of the answer to an upgrade that is refused. */
async function refusal(app: App, path: string, options: object = {}): Promise<number | undefined> {
  const client = new WebSocket(`ws://127.0.0.1:${portOf(app)}${path}`, options);
  const [request, response] = (await once(client, 'unexpected-response')) as [ClientRequest, IncomingMessage];
  request.destroy();
  return response.statusCode;
}

describe('the program of the seed document', () => {
  test('authenticates a client with a token', async () => {
    const wss = await start();
    const client = new WebSocket(`ws://localhost:${portOf(wss)}`);
    await once(client, 'open');
    client.send(JSON.stringify({ type: 'AUTH', token: 'valid-test-token' }));
    const [data] = await once(client, 'message');
    expect(JSON.parse(String(data))).toMatchObject({ type: 'AUTH_OK' });
    client.close();
    await once(client, 'close');
  });

  test('broadcasts a message to all members of a room', async () => {
    const wss = await start();
    const alice = await GuestClient.join(wss, 'alice-token', 'test-room');
    const bob = await GuestClient.join(wss, 'bob-token', 'test-room');
    alice.send({ type: 'MESSAGE', roomId: 'test-room', content: 'Bonjour Bob' });
    expect((await bob.find({ type: 'MESSAGE' })).content).toBe('Bonjour Bob');
  });

  test('closes the server as ws would', async () => {
    const wss = await start();
    const port = portOf(wss);
    expect(wss).toBeInstanceOf(WebSocketServer);
    await new Promise<void>((resolve) => wss.close(() => resolve()));
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });
});

describe('the server', () => {
  test('listens on loopback and says where', async () => {
    const app = await start();
    expect(app.address()).toMatchObject({ address: '127.0.0.1', family: 'IPv4' });
    expect(app.url).toBe(`http://127.0.0.1:${portOf(app)}/`);
    expect(app.clients?.size).toBe(0);
  });

  test('may listen on the loopback of IPv6', async () => {
    const app = await start({ host: '::1' });
    expect(app.url).toBe(`http://[::1]:${portOf(app)}/`);
  });

  test('serves the page and its state beside the WebSockets', async () => {
    const app = await start();
    await GuestClient.join(app, 'Ada', 'lobby');
    const [page] = (await once(get({ host: '127.0.0.1', port: portOf(app), agent: false }), 'response')) as [
      IncomingMessage,
    ];
    expect(await text(page)).toContain('<title>sluice');
    const health = get({ host: '127.0.0.1', port: portOf(app), path: '/health', agent: false });
    const [answer] = (await once(health, 'response')) as [IncomingMessage];
    expect(JSON.parse(await text(answer))).toEqual({
      status: 'ok',
      broker: 'up',
      connections: 1,
      transports: { websocket: 1, sse: 0, poll: 0 },
      rooms: 1,
      uptime: 0,
    });
  });

  test('rejects when the port is in use', async () => {
    const app = await start();
    await expect(createWebSocketServer(portOf(app))).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('rejects options that make no sense', async () => {
    await expect(createWebSocketServer(0, { host: '0.0.0.0' })).rejects.toThrow(RangeError);
    await expect(createWebSocketServer(0, { allowedOrigins: ['nonsense'] })).rejects.toThrow(TypeError);
  });
});

describe('an upgrade', () => {
  test.each(['/ws', '/', '/ws?a=b'])('is taken at %s', async (path) => {
    const client = await GuestClient.connect(await start(), path);
    expect(client.websocket.protocol).toBe('sluice.v1');
  });

  test.each(['/nothing', '/ws/', '/WS', '/health', '/inspect'])('is answered by 404 at %s', async (path) => {
    expect(await refusal(await start(), path)).toBe(404);
  });

  test('chooses the one subprotocol there is, or none', async () => {
    const app = await start();
    const client = new WebSocket(`ws://127.0.0.1:${portOf(app)}/ws`);
    await once(client, 'open');
    expect(client.protocol).toBe('');
    client.terminate();
  });
});

describe('a page', () => {
  const openWith = async (app: App, origin: string, host: string) => {
    const client = await GuestClient.connect(app, '/ws', { origin, headers: { Host: host } });
    client.websocket.terminate();
  };

  test.each(['127.0.0.1', 'localhost', '[::1]'])('of this server may connect: %s', async (name) => {
    const app = await start();
    await openWith(app, `http://${name}:${portOf(app)}`, `${name}:${portOf(app)}`);
  });

  test('of another site may not', async () => {
    const app = await start();
    expect(await refusal(app, '/ws', { origin: 'https://evil.example' })).toBe(403);
    expect(await refusal(app, '/ws', { origin: `http://127.0.0.1:${portOf(app) + 1}` })).toBe(403);
    expect(await refusal(app, '/ws', { origin: 'null' })).toBe(403);
  });

  test('of another site may not by giving itself our address either (DNS rebinding)', async () => {
    const app = await start();
    const host = `evil.example:${portOf(app)}`;
    expect(await refusal(app, '/ws', { origin: `http://${host}`, headers: { Host: host } })).toBe(403);
  });

  test('of a site that is listed may', async () => {
    const app = await start({ allowedOrigins: ['https://app.example'] });
    await openWith(app, 'https://app.example', 'app.example');
    expect(await refusal(app, '/ws', { origin: 'https://other.example' })).toBe(403);
  });
});

test('an address may have as many connections as it may', async () => {
  const app = await start({ maxConnectionsPerIp: 2 });
  const one = await GuestClient.connect(app);
  await GuestClient.connect(app);
  expect(await refusal(app, '/ws')).toBe(429);
  const [serverSide] = app.clients ?? [];
  one.websocket.close();
  await once(serverSide as never, 'close');
  await GuestClient.connect(app);
});

describe('the looking glass', () => {
  test('shows a connection to whoever knows its secret', async () => {
    const app = await start({ inspection: new Inspector() });
    const ada = await GuestClient.join(app, 'Ada');
    const { payload } = await ada.find({ type: 'AUTH_OK' });
    expect(payload).toEqual({ userId: 'Ada', connection: expect.stringMatching(/^[\w-]{22}$/) });
    const watcher = await GuestClient.connect(app, `/inspect?connection=${payload.connection}`);
    expect(await watcher.find({ type: 'ENTRY' })).toMatchObject({ index: 0, title: 'GET /ws' });
  });

  test('never looks at the connection that it is shown over', async () => {
    const begun: (string | undefined)[] = [];
    const opened: (string | undefined)[] = [];
    const inspection = {
      begin: ({ url }: IncomingMessage) => begun.push(url),
      open: ({ url }: IncomingMessage) => String(opened.push(url)),
      watch: () => true,
    };
    const app = await start({ inspection });
    await GuestClient.join(app, 'Ada');
    await GuestClient.connect(app, '/inspect?connection=1');
    expect([begun, opened]).toEqual([['/ws'], ['/ws']]);
  });

  test.each(['', '?connection=', '?connection=guessed', '?connection=__proto__'])(
    'is closed to others: %j',
    async (query) => {
      const app = await start({ inspection: new Inspector() });
      await GuestClient.join(app, 'Ada');
      const watcher = await GuestClient.connect(app, `/inspect${query}`);
      expect((await watcher.closed())[0]).toBe(4003);
    },
  );

  test('is not there unless it is asked for: no secret is told', async () => {
    const ada = await GuestClient.join(await start(), 'Ada');
    expect((await ada.find({ type: 'AUTH_OK' })).payload).toEqual({ userId: 'Ada' });
  });
});

test('when the server goes, its clients are told to come back (1012)', async () => {
  const app = await start();
  const ada = await GuestClient.join(app, 'Ada', 'lobby');
  const silent = await GuestClient.connect(app);
  const ends = Promise.all([ada.closed(), silent.closed()]);
  await app.shutdown();
  expect((await ends).map(([code]) => code)).toEqual([1012, 1012]);
});
