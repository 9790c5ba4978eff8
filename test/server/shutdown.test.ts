import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket as WsWebSocket } from 'ws';
import { readShutdownOptions } from '../../src/server/shutdown.ts';
import { openingRequest, RawClient } from './raw-client.ts';
import { echoServer } from './servers.ts';

async function clients(port: number, count: number): Promise<WsWebSocket[]> {
  const opened = Array.from({ length: count }, () => new WsWebSocket(`ws://127.0.0.1:${port}`));
  await Promise.all(opened.map((client) => once(client, 'open')));
  return opened;
}

describe('shutdown', () => {
  it('closes everybody with 1012, and leaves the port free', async () => {
    const { server, port } = await echoServer();
    const opened = await clients(port, 5);
    const codes = Promise.all(opened.map(async (client) => (await once(client, 'close'))[0]));
    await server.shutdown();
    expect(await codes).toEqual([1012, 1012, 1012, 1012, 1012]);
    const next: Server = createServer().listen(port);
    await once(next, 'listening');
    next.close();
  });

  it('says the code and reason it is told to', async () => {
    const { server, port } = await echoServer();
    const [client] = (await clients(port, 1)) as [WsWebSocket];
    const closed = once(client, 'close');
    await server.shutdown({ code: 1001, reason: 'home' });
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1001, 'home']);
  });

  it('closes in batches', async () => {
    const { server, port } = await echoServer();
    const opened = await clients(port, 6);
    let [closing, most] = [0, 0];
    for (const websocket of server.clients ?? []) {
      const close = websocket.close.bind(websocket);
      websocket.close = (code, reason) => {
        most = Math.max(most, ++closing);
        queueMicrotask(() => closing--);
        close(code, reason);
      };
    }
    await Promise.all([
      server.shutdown({ batch: 2, batchInterval: 5 }),
      ...opened.map((client) => once(client, 'close')),
    ]);
    expect(most).toBe(2);
  });

  it('cuts off who does not answer in time', async () => {
    const { server, port } = await echoServer();
    const silent = new RawClient(port);
    await silent.send(openingRequest());
    await silent.head();
    await server.shutdown({ timeout: 60 });
    expect((await silent.closed).includes('\x88')).toBe(true);
    expect(server.clients?.size).toBe(0);
  });

  it('takes no new connections from then on', async () => {
    const { server, port } = await echoServer();
    await clients(port, 1);
    const done = server.shutdown();
    const late = new RawClient(port);
    await late.closed;
    expect(late.status).not.toBe(101);
    await done;
  });

  it('resolves at once when the server is closed already', async () => {
    const { server } = await echoServer();
    await server.shutdown();
    await server.shutdown();
  });

  it.each([{ code: 1005 }, { code: 999 }, { timeout: -1 }, { batch: 0 }, { batchInterval: Number.NaN }])(
    'refuses %o before it does anything',
    (options) => {
      expect(() => readShutdownOptions(options)).toThrow();
    },
  );
});
