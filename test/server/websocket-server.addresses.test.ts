// What one address may do, as its clients see it; and what the server remembers of them.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AuthenticationError, requireFirstMessage, WebSocketServer } from '../../src/server/index.ts';
import type { WebSocket } from '../../src/websocket/index.ts';
import { openingRequest, RawClient, textFrame } from './raw-client.ts';
import { echoServer, keep, portOf } from './servers.ts';

const HOUR = 3_600_000;

/** Opens a connection, says the handshake and waits for the answer. */
async function knock(port: number, lines: readonly string[] = []): Promise<RawClient> {
  const client = new RawClient(port);
  onTestFinished(() => {
    client.socket.destroy();
  });
  await client.send(openingRequest(lines));
  await client.head();
  return client;
}

async function statuses(port: number, ...fields: string[]): Promise<number[]> {
  const seen: number[] = [];
  for (const field of fields) seen.push((await knock(port, field === '' ? [] : [field])).status);
  return seen;
}

describe('maxHandshakesPerIp', () => {
  it('answers one handshake too many by 429, says when to come back, and does not wait for a request', async () => {
    const { server, port } = await echoServer({ maxHandshakesPerIp: { limit: 2, interval: HOUR } });
    // Each is counted once, though it is looked at both when it connects and when it asks for the upgrade.
    expect(await statuses(port, '', '')).toEqual([101, 101]);
    const silent = new RawClient(port);
    const answer = await silent.closed;
    expect(answer).toMatch(/^HTTP\/1\.1 429 /);
    expect(answer).toMatch(/\r\nRetry-After: 1800\r\n/);
    expect(server.addressCounts).toEqual({ connections: 2, addresses: 1, handshakes: 1, failures: 0 });
  });

  it('counts connections that never become a WebSocket as well', async () => {
    const { port } = await echoServer({ maxHandshakesPerIp: { limit: 2, interval: HOUR } });
    await RawClient.exchange(port, 'nonsense\r\n\r\n');
    await RawClient.exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await statuses(port, '')).toEqual([429]);
  });

  it('counts the clients that a trusted proxy names, and not the proxy', async () => {
    const limit = { maxHandshakesPerIp: { limit: 1, interval: HOUR }, trustProxy: ['127.0.0.0/8'] };
    const { port } = await echoServer(limit);
    const from = (address: string): string => `X-Forwarded-For: ${address}`;
    const seen = await statuses(
      port,
      ...['1.2.3.4', '1.2.3.4', '::ffff:1.2.3.4', '6.6.6.6, 1.2.3.4', '1.2.3.5', '2001:db8::1', '2001:db8::2'].map(
        from,
      ),
    );
    expect(seen).toEqual([101, 429, 429, 429, 101, 101, 429]);
  });

  it('does not believe X-Forwarded-For of anybody else', async () => {
    const { port } = await echoServer({ maxHandshakesPerIp: { limit: 1, interval: HOUR } });
    expect(await statuses(port, 'X-Forwarded-For: 1.2.3.4', 'X-Forwarded-For: 1.2.3.5')).toEqual([101, 429]);
  });

  it('holds beside an http server, whose own requests are not counted', async () => {
    const http = createServer((_request, response) => response.end('page'));
    keep(new WebSocketServer({ server: http, maxHandshakesPerIp: { limit: 1, interval: HOUR } }));
    const port = await listening(http);
    await RawClient.exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await statuses(port, '', '')).toEqual([101, 429]);
  });
});

describe('the counts', () => {
  it('are what they were after many connections that broke off at each stage', async () => {
    const { server, port } = await echoServer({ maxConnectionsPerIp: 50 });
    const nothing = { connections: 0, addresses: 0, handshakes: 0, failures: 0 };
    for (let count = 0; count < 600; count++) {
      const client = new RawClient(port);
      await once(client.socket, 'connect');
      const stage = count % 3;
      if (stage === 1) await client.send('GET / HTTP/1.1\r\nHost');
      if (stage === 2) {
        const connected = once(server, 'connection');
        await client.send(openingRequest());
        await connected;
      }
      client.socket.resetAndDestroy();
      await client.closed;
      // In its own time the server hears of the end; it never has more than it may.
      while (server.addressCounts.connections > 25) await new Promise((resolve) => setImmediate(resolve));
    }
    while (server.addressCounts.connections > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(server.addressCounts).toEqual(nothing);
  });
});

describe('maxFailedAuthenticationsPerIp', () => {
  /** A server that believes one token. */
  async function strictServer(timeout?: number) {
    const refusals: string[] = [];
    const { server, port } = await echoServer({ maxFailedAuthenticationsPerIp: { limit: 2, interval: HOUR } });
    server.on('connection', async (websocket: WebSocket) => {
      try {
        await requireFirstMessage(websocket, { authenticate: (data) => String(data) === 'good', timeout });
        websocket.send('welcome');
      } catch (error) {
        refusals.push((error as AuthenticationError).code);
      }
    });
    return { server, port, refusals };
  }

  it('keeps an address out for a while that has shown too many bad tokens', async () => {
    const { server, port, refusals } = await strictServer();
    for (const token of ['good', 'bad', 'good', 'worse']) {
      const client = await knock(port);
      expect(client.status).toBe(101);
      await client.send(textFrame(token));
      await client.until((text) => text.includes('welcome') || text.includes('failed'));
    }
    expect(refusals).toEqual(['WS_ERR_AUTHENTICATION_REFUSED', 'WS_ERR_AUTHENTICATION_REFUSED']);
    const late = await knock(port);
    expect(late.status).toBe(429);
    expect(late.text).toContain('\r\nRetry-After: 1800\r\n');
    expect(server.addressCounts.failures).toBe(1);
  });

  it('counts who says nothing in time, and who is gone while being looked at, and not who just leaves', async () => {
    const { port, refusals } = await strictServer(20);
    const silent = await knock(port);
    await silent.until((text) => text.includes('no authentication in time'));
    expect(refusals).toEqual(['WS_ERR_AUTHENTICATION_TIMED_OUT']);

    const { server, port: other } = await echoServer({ maxFailedAuthenticationsPerIp: { limit: 9, interval: HOUR } });
    const ends: Promise<unknown>[] = [];
    server.on('connection', (websocket: WebSocket) => {
      const never = (): Promise<undefined> => {
        server.emit('asked');
        return new Promise(() => {});
      };
      ends.push(requireFirstMessage(websocket, { authenticate: never }).catch(() => {}));
    });
    const leaver = await knock(other);
    leaver.socket.resetAndDestroy();
    while (ends.length < 1) await once(server, 'connection');
    await ends[0];
    expect(server.addressCounts.failures).toBe(0);
    const asker = await knock(other);
    const asked = once(server, 'asked');
    await asker.send(textFrame('bad'));
    await asked;
    asker.socket.resetAndDestroy();
    await ends[1];
    expect(server.addressCounts.failures).toBe(1);
  });
});

describe('an async listener that waits for a first message', () => {
  /** What nobody has caught while `act` ran. */
  async function unhandledDuring(act: () => Promise<void>): Promise<unknown[]> {
    const seen: unknown[] = [];
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => seen.push(reason));
    try {
      await act();
      // Rejections are looked at when the microtasks are done.
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
    return seen;
  }

  async function refused(port: number): Promise<void> {
    const client = await knock(port);
    await client.send(textFrame('bad'));
    await client.until((text) => text.includes('authentication failed'));
  }

  it('does not end the process when the client is refused', async () => {
    const { server, port } = await echoServer();
    server.on('connection', async (websocket: WebSocket) => {
      await requireFirstMessage(websocket, { authenticate: () => undefined });
      expect.unreachable();
    });
    expect(await unhandledDuring(() => refused(port))).toEqual([]);
  });

  it('may be the callback of handleUpgrade', async () => {
    const http = createServer();
    const server = keep(new WebSocketServer({ noServer: true }));
    http.on('upgrade', (request, socket, head) => {
      server.handleUpgrade(request, socket, head, async (websocket) => {
        await requireFirstMessage(websocket, { authenticate: () => undefined });
        expect.unreachable();
      });
    });
    const port = await listening(http);
    expect(await unhandledDuring(() => refused(port))).toEqual([]);
  });

  it('has its own mistakes told as ever', async () => {
    const { server } = await echoServer();
    const mistake = new Error('a mistake');
    server.on('connection', async () => {
      throw mistake;
    });
    const seen = await unhandledDuring(async () => {
      await knock(portOf(server));
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    });
    expect(seen).toEqual([mistake]);
  });
});

async function listening(http: Server): Promise<number> {
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  return (http.address() as AddressInfo).port;
}
