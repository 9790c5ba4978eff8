import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket as WsWebSocket } from 'ws';
import { WebSocketServer } from '../../src/server/index.ts';
import { WebSocket } from '../../src/websocket/index.ts';
import { openingRequest, RawClient } from './raw-client.ts';
import { echoServer, keep } from './servers.ts';

/** A client of ws that may be cut off before it knows that it is open. */
function wsClient(address: string): WsWebSocket {
  return new WsWebSocket(address).on('error', () => {});
}

const url = (server: { address(): unknown }): string => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe('beside an http server', () => {
  it('takes its upgrades and leaves its requests alone', async () => {
    const http = createServer((_request, response) => response.end('the page')).listen(0);
    await once(http, 'listening');
    const server = keep(new WebSocketServer({ server: http }));
    server.on('connection', (socket: WebSocket) => socket.send('hello'));
    const client = wsClient(url(http));
    expect(String((await once(client, 'message'))[0])).toBe('hello');
    const page = await RawClient.exchange(
      (http.address() as AddressInfo).port,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    expect(page.text).toContain('the page');
    client.terminate();
    http.close();
  });

  it('tells of its listening and its errors, and says where it listens', async () => {
    const http = createServer();
    const server = keep(new WebSocketServer({ server: http }));
    http.listen(0);
    await once(server, 'listening');
    expect(server.address()).toEqual(http.address());
    const failed = once(server, 'error');
    http.emit('error', new Error('from below'));
    expect((await failed)[0].message).toBe('from below');
    http.close();
  });

  it('lets go of it when it is closed, and emits close when the last client has gone', async () => {
    const http = createServer().listen(0);
    await once(http, 'listening');
    const server = new WebSocketServer({ server: http });
    const client = wsClient(url(http));
    await once(client, 'open');
    let closed = false;
    server.close(() => {
      closed = true;
    });
    expect(http.listenerCount('upgrade')).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    const over = once(server, 'close');
    client.close();
    await over;
    expect(closed).toBe(true);
    http.close();
  });
});

describe('without a server', () => {
  it('takes what is handed to handleUpgrade, and has no address', async () => {
    const http = createServer().listen(0);
    await once(http, 'listening');
    const server = keep(new WebSocketServer({ noServer: true }));
    http.on('upgrade', (request, socket, head) => {
      server.handleUpgrade(request, socket, head, (websocket) => websocket.send(`at ${request.url}`));
    });
    const client = wsClient(`${url(http)}/here`);
    expect(String((await once(client, 'message'))[0])).toBe('at /here');
    expect(() => server.address()).toThrow(/noServer/);
    client.terminate();
    http.close();
  });

  it('refuses to upgrade a socket twice', async () => {
    const http = createServer().listen(0);
    await once(http, 'listening');
    const server = keep(new WebSocketServer({ noServer: true }));
    const thrown = new Promise<Error>((resolve) => {
      http.on('upgrade', (request, socket, head) => {
        server.handleUpgrade(request, socket, head, () => {});
        try {
          server.handleUpgrade(request, socket, head, () => {});
        } catch (error) {
          resolve(error as Error);
        }
      });
    });
    const client = wsClient(url(http));
    expect((await thrown).message).toContain('twice for the same socket');
    client.terminate();
    http.close();
  });
});

describe('the clients', () => {
  it('are in the set while they are open', async () => {
    const { server } = await echoServer();
    const client = wsClient(url(server));
    const [websocket] = await once(server, 'connection');
    expect([...(server.clients as Set<WebSocket>)]).toEqual([websocket]);
    expect(websocket).toBeInstanceOf(WebSocket);
    const gone = once(websocket, 'close');
    client.terminate();
    await gone;
    expect(server.clients?.size).toBe(0);
  });

  it('are forgotten at their end, whatever listeners an application takes away', async () => {
    const { server } = await echoServer();
    const client = wsClient(url(server));
    const [websocket] = (await once(server, 'connection')) as [WebSocket];
    expect(websocket.listenerCount('close')).toBe(0);
    websocket.removeAllListeners();
    let left: number | undefined;
    websocket.on('close', () => {
      left = server.clients?.size;
    });
    const gone = once(websocket, 'close');
    client.terminate();
    await gone;
    expect(left).toBe(0);
  });

  it('are not kept with clientTracking off, and then there is no broadcast', async () => {
    const { server } = await echoServer({ clientTracking: false });
    expect(server.clients).toBeUndefined();
    expect(() => server.broadcast('all')).toThrow(/clientTracking/);
  });

  it('are of the class that the application gives', async () => {
    class Named extends WebSocket {
      readonly label = 'mine';
    }
    const { server } = await echoServer({ WebSocket: Named });
    const client = wsClient(url(server));
    const [websocket] = await once(server, 'connection');
    expect(websocket.label).toBe('mine');
    client.terminate();
  });
});

describe('broadcast', () => {
  it('reaches everybody but those who are excepted or filtered out, with the very same bytes', async () => {
    const { server, port } = await echoServer();
    const raw: RawClient[] = [];
    const websockets: WebSocket[] = [];
    for (let count = 0; count < 4; count++) {
      const connected = once(server, 'connection');
      const client = new RawClient(port);
      await client.send(openingRequest());
      websockets.push((await connected)[0]);
      raw.push(client);
    }
    const [, second, third] = websockets as [WebSocket, WebSocket, WebSocket];
    expect(server.broadcast('to some', { except: second, filter: (client) => client !== third })).toBe(2);
    expect(server.broadcast(Buffer.from('to all'))).toBe(4);
    const seen = await Promise.all(raw.map((client) => client.until((text) => text.includes('to all'))));
    const frames = seen.map((text) => text.slice(text.indexOf('\r\n\r\n') + 4));
    const both = '\x81\x07to some\x82\x06to all';
    expect(frames).toEqual([both, '\x82\x06to all', '\x82\x06to all', both]);
    expect(server.broadcast('nobody', { except: new Set(websockets) })).toBe(0);
    for (const client of raw) client.socket.destroy();
  });

  it('sends prepared messages, to one or to all', async () => {
    const { server } = await echoServer({ perMessageDeflate: { threshold: 0 } });
    const client = wsClient(url(server));
    const [websocket] = (await once(server, 'connection')) as [WebSocket];
    const message = server.prepare('prepared '.repeat(100));
    const received: string[] = [];
    const both = new Promise<void>((resolve) => {
      client.on('message', (data) => {
        if (received.push(String(data)) === 2) resolve();
      });
    });
    websocket.send(message);
    server.broadcast(message);
    await both;
    expect(received).toEqual(['prepared '.repeat(100), 'prepared '.repeat(100)]);
    client.terminate();
  });

  it('refuses text that is not UTF-8', async () => {
    const { server } = await echoServer();
    expect(() => server.prepare(Buffer.from([0xff]), { binary: false })).toThrow(TypeError);
  });
});

describe('close', () => {
  it('leaves the clients, answers new ones by 503 on a shared server, and calls back when all is over', async () => {
    const http = createServer().listen(0);
    await once(http, 'listening');
    const server = new WebSocketServer({ noServer: true });
    http.on('upgrade', (request, socket, head) => server.handleUpgrade(request, socket, head, () => {}));
    await new Promise<void>((resolve) => server.close(() => resolve()));
    const late = await RawClient.exchange((http.address() as AddressInfo).port, openingRequest());
    expect(late.status).toBe(503);
    http.close();
  });

  it('of a closed server is an error', async () => {
    const { server } = await echoServer();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    const error = await new Promise<Error | undefined>((resolve) => server.close(resolve));
    expect(error?.message).toContain('not running');
  });

  it('ends connections that have said nothing yet', async () => {
    const { server, port } = await echoServer();
    const silent = new RawClient(port);
    await once(silent.socket, 'connect');
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([new Promise<void>((resolve) => server.close(() => resolve())), silent.closed]);
  });

  it('comes with await using', async () => {
    const { server } = await echoServer();
    await server[Symbol.asyncDispose]();
    expect(server.address()).toBeNull();
  });
});

describe('a port in use', () => {
  it('is an error event, not an exception', async () => {
    const { port } = await echoServer();
    const second = new WebSocketServer({ port });
    const [error] = await once(second, 'error');
    expect(error.code).toBe('EADDRINUSE');
  });
});
