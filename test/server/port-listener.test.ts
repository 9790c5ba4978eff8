import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { openingRequest, RawClient } from './raw-client.ts';
import { echoServer } from './servers.ts';

const page = (_request: IncomingMessage, response: ServerResponse): void => {
  response.end('the page');
};

describe('a port without a fallback', () => {
  it('answers what is no upgrade by 426, and says to what', async () => {
    const { port } = await echoServer();
    const client = await RawClient.exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(client.status).toBe(426);
    expect(client.text).toContain('\r\nUpgrade: websocket\r\n');
    expect(client.text).toContain('\r\nSec-WebSocket-Version: 13\r\n');
  });

  it('never reads what is behind a refused request', async () => {
    const { server, port } = await echoServer();
    let connections = 0;
    server.on('connection', () => connections++);
    const smuggled = openingRequest();
    const client = await RawClient.exchange(port, `${openingRequest(['Content-Length: 5'])}hello${smuggled}`);
    expect(client.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(client.status).toBe(400);
    expect(connections).toBe(0);
  });
});

describe('a port with a fallback', () => {
  it('gives it requests that are no upgrades, with their bodies', async () => {
    const { port } = await echoServer({
      fallback: (incoming: IncomingMessage, response: ServerResponse) => {
        incoming.pipe(response);
      },
    });
    const outgoing = request({ port, method: 'POST', path: '/' });
    outgoing.end('a body '.repeat(20_000));
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(await text(response)).toBe('a body '.repeat(20_000));
  });

  it('keeps the connection for the next request, and for an upgrade after it', async () => {
    const { port } = await echoServer({ fallback: page });
    const client = new RawClient(port);
    await client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await client.until((seen) => seen.includes('the page'));
    await client.send(`GET / HTTP/1.1\r\nHost: localhost\r\n\r\n${openingRequest()}`);
    const seen = await client.until((all) => all.includes('Sec-WebSocket-Accept'));
    expect(seen.match(/the page/g)).toHaveLength(2);
    expect(seen).toContain('HTTP/1.1 101 Switching Protocols');
    client.socket.destroy();
  });

  it('takes an http.Server too, and answers Upgrade: h2c as an ordinary request', async () => {
    const { port } = await echoServer({ fallback: createServer(page) });
    const client = new RawClient(port);
    await client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await client.closed).toContain('the page');
    const upgrading = new RawClient(port);
    await upgrading.send('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: close\r\n\r\n');
    expect(await upgrading.closed).toContain('the page');
  });

  it('reads a request once that came byte by byte', async () => {
    let requests = 0;
    const { port } = await echoServer({
      fallback: (_request: IncomingMessage, response: ServerResponse) => {
        requests++;
        response.end(`request ${requests}`);
      },
    });
    const client = new RawClient(port);
    await client.drip('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await client.closed).toContain('request 1');
    expect(requests).toBe(1);
  });

  it('lets go of idle connections when it is closed', async () => {
    const { server, port } = await echoServer({ fallback: page });
    const agent = new Agent({ keepAlive: true });
    const [response] = (await once(get({ port, agent }), 'response')) as [IncomingMessage];
    await text(response);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    agent.destroy();
  });
});

describe('maxConnectionsPerIp', () => {
  it('answers one connection too many by 429 before it has said anything', async () => {
    const { port } = await echoServer({ maxConnectionsPerIp: 2 });
    const [first, second] = [new RawClient(port), new RawClient(port)];
    await first.send(openingRequest());
    await first.head();
    await second.send(openingRequest());
    await second.head();
    const third = new RawClient(port);
    expect(await third.closed).toMatch(/^HTTP\/1\.1 429 /);
    first.socket.destroy();
    second.socket.destroy();
    await Promise.all([first.closed, second.closed]);
  });

  it('has everything back after a thousand connections that broke off', async () => {
    const { server, port } = await echoServer({ maxConnectionsPerIp: 1 });
    for (let count = 0; count < 1_000; count++) {
      const client = new RawClient(port);
      await once(client.socket, 'connect');
      if (count % 10 === 0) {
        const connected = once(server, 'connection');
        await client.send(openingRequest());
        const [websocket] = await connected;
        const gone = once(websocket, 'close');
        client.socket.resetAndDestroy();
        await gone;
      } else {
        client.socket.resetAndDestroy();
        await client.closed;
      }
      // The server learns of the end in its own time; a new connection is let in when it has.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const last = new RawClient(port);
    await last.send(openingRequest());
    expect(await last.head()).toContain('101');
    last.socket.destroy();
  });
});

describe('behind a trusted proxy', () => {
  it('counts the clients that X-Forwarded-For names, from the right', async () => {
    const { port } = await echoServer({ maxConnectionsPerIp: 1, trustProxy: ['127.0.0.0/8'] });
    const open = async (forwardedFor: string): Promise<RawClient> => {
      const client = new RawClient(port);
      await client.send(openingRequest([`X-Forwarded-For: ${forwardedFor}`]));
      await client.head();
      return client;
    };
    const statuses: number[] = [];
    const clients: RawClient[] = [];
    for (const forwardedFor of [
      '1.2.3.4',
      '1.2.3.5',
      '6.6.6.6, 1.2.3.4',
      '::ffff:1.2.3.5',
      '2001:db8::1',
      '2001:db8::2',
    ]) {
      const client = await open(forwardedFor);
      clients.push(client);
      statuses.push(client.status);
    }
    expect(statuses).toEqual([101, 101, 429, 429, 101, 429]);
    for (const client of clients) client.socket.destroy();
  });
});
