// Opening handshakes in which the application makes a mistake, or the server ends: the mistake is thrown to the
// application, the client is not left waiting, and everything that was counted is given back.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type ServerOptions, WebSocketServer } from '../../src/server/index.ts';
import { WebSocket } from '../../src/websocket/index.ts';
import { closed } from '../transport/socket-pairs.ts';
import { uncaughtExceptions } from '../transport/uncaught.ts';
import { openingRequest, RawClient, textFrame } from './raw-client.ts';
import { echoServer, keep } from './servers.ts';

afterEach(() => {
  vi.useRealTimers();
});

class Broken extends WebSocket {
  constructor(address: null) {
    super(address);
    throw new Error('mine');
  }
}

const throwing = (): never => {
  throw new Error('mine');
};

const MISTAKES: [string, ServerOptions, ((server: WebSocketServer) => void)?][] = [
  ['verifyClient throws', { verifyClient: () => throwing() }],
  ['verifyClient with a callback throws', { verifyClient: (_information, _callback) => throwing() }],
  ['verifyClient answers with a status that is none', { verifyClient: (_information, done) => done(false, 200) }],
  [
    'verifyClient answers with a header that would end its line',
    { verifyClient: (_information, done) => done(false, 401, 'no', { 'X-Bad': 'a\r\nb' }) },
  ],
  ['handleProtocols throws', { handleProtocols: throwing }],
  ['a listener of headers throws', {}, (server) => server.on('headers', throwing)],
  ['a listener of headers adds what is no header', {}, (server) => server.on('headers', (lines) => lines.push('no'))],
  [
    'a listener of headers adds another proof',
    {},
    (server) => server.on('headers', (lines) => lines.push('Sec-WebSocket-Accept: x')),
  ],
  [
    'a listener of headers adds another subprotocol',
    {},
    (server) => server.on('headers', (lines) => lines.push('sec-websocket-protocol: chat')),
  ],
  [
    'a listener of headers adds what would end its line',
    {},
    (server) => server.on('headers', (lines) => lines.push('X-Bad: a\r\nSec-WebSocket-Accept: x')),
  ],
  ['the constructor of the WebSocket class throws', { WebSocket: Broken as never }],
];

describe.each(MISTAKES)('when %s', (_name, options, prepare) => {
  // RFC 6455 §11.3.3(a), §11.3.4(a)
  test('the client is cut off, the application hears of it, and the next one is served', async () => {
    const { server, port } = await echoServer({ ...options, maxConnectionsPerIp: 1 });
    prepare?.(server);
    for (let round = 0; round < 3; round++) {
      const client = new RawClient(port);
      await once(client.socket, 'connect');
      const errors = await uncaughtExceptions(1, () => {
        void client.send(openingRequest(['Sec-WebSocket-Protocol: chat']));
      });
      expect(errors).toHaveLength(1);
      // Not 429: what was counted for the one before was given back.
      expect(await client.closed).toBe('');
    }
    expect(server.clients?.size).toBe(0);
  });
});

test('when a listener of connection throws, the client is in all the same', async () => {
  const { server, port } = await echoServer();
  server.on('connection', throwing);
  const client = new RawClient(port);
  await once(client.socket, 'connect');
  await uncaughtExceptions(1, () => void client.send(openingRequest()));
  await client.head();
  await client.send(textFrame('hello'));
  await client.until((text) => text.endsWith('\u0081\u0005hello'));
  expect(server.clients?.size).toBe(1);
  client.socket.destroy();
});

describe('handleUpgrade() twice for one socket', () => {
  test('is a mistake also when both are still being verified: the first one stays', async () => {
    const http = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void http.close());
    await once(http, 'listening');
    const verdicts: ((verified: boolean) => void)[] = [];
    const server = keep(
      new WebSocketServer({ noServer: true, verifyClient: (_information, done) => verdicts.push(done) }),
    );
    const accepted: WebSocket[] = [];
    http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      for (let count = 0; count < 2; count++) {
        server.handleUpgrade(request, socket, head, (websocket) => accepted.push(websocket));
      }
      http.emit('both');
    });
    const client = new RawClient((http.address() as AddressInfo).port);
    await Promise.all([client.send(openingRequest()), once(http, 'both')]);
    verdicts[0]?.(true);
    expect(() => verdicts[1]?.(true)).toThrow(/called twice/);
    await client.head();
    expect(client.text.match(/101 Switching/g)).toHaveLength(1);
    expect(accepted).toHaveLength(1);
    expect(accepted[0]?.readyState).toBe(WebSocket.OPEN);
    client.socket.destroy();
  });
});

describe('a client that is being verified', () => {
  async function pending(options: ServerOptions = {}) {
    let verdict: (verified: boolean) => void = () => {};
    let asked: () => void = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { server, port } = await echoServer({
      verifyClient: (_information, done) => {
        verdict = done;
        asked();
      },
      ...options,
    });
    const client = new RawClient(port);
    return { server, client, isAsked, verify: (verified: boolean) => verdict(verified) };
  }

  test('is answered by 503 when the server closes, at once, and a late verdict means nothing', async () => {
    const { server, client, isAsked, verify } = await pending({ handshakeTimeout: 0 });
    await Promise.all([client.send(openingRequest()), isAsked]);
    const over = new Promise((resolve) => server.close(resolve));
    expect(await client.closed).toContain('503 Service Unavailable');
    verify(true);
    await over;
    expect(server.clients?.size).toBe(0);
  });

  test('is answered by 503, too, when the server closes while it is asked', async () => {
    const { server, port } = await echoServer({
      verifyClient: () => {
        server.close();
        return true;
      },
    });
    const client = new RawClient(port);
    await client.send(openingRequest());
    expect(await client.closed).toContain('503 Service Unavailable');
    expect(server.clients?.size).toBe(0);
  });

  test('has the time that is left of its opening handshake, and not a new one', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { client, isAsked } = await pending({ handshakeTimeout: 1_000 });
    const [head, rest] = [openingRequest().slice(0, 20), openingRequest().slice(20)];
    await client.send(head);
    // Read, or on its way: the clock began with the connection.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(900);
    await Promise.all([client.send(rest), isAsked]);
    vi.advanceTimersByTime(100);
    expect(await client.closed).toContain('408 Request Timeout');
  });

  test('that resets the connection a hundred times over leaves nothing behind', async () => {
    const verdicts: ((verified: boolean) => void)[] = [];
    const { server, port } = await echoServer({
      verifyClient: (_information, done) => {
        verdicts.push(done);
        server.emit('asked');
      },
      maxConnectionsPerIp: 1,
    });
    for (let round = 0; round < 100; round++) {
      const client = new RawClient(port);
      await Promise.all([client.send(openingRequest()), once(server, 'asked')]);
      client.socket.resetAndDestroy();
      await closed(client.socket);
      // Before the server knows, or after.
      if (round % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      verdicts.at(-1)?.(true);
      while (server.clients?.size !== 0) await new Promise((resolve) => setImmediate(resolve));
      // The next round is not answered by 429.
    }
    expect(verdicts).toHaveLength(100);
  }, 60_000);

  test('that has ended its side is not let in', async () => {
    const { server, client, isAsked, verify } = await pending();
    await Promise.all([client.send(openingRequest()), isAsked]);
    client.socket.end();
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    verify(true);
    expect(await client.closed).not.toContain('101');
    expect(server.clients?.size).toBe(0);
  });
});

test('a connection holds no more listeners than it needs', async () => {
  const { server, port } = await echoServer();
  const sockets: Socket[] = [];
  server.on('connection', (_websocket, request: IncomingMessage) => sockets.push(request.socket));
  const client = new RawClient(port);
  await client.send(openingRequest());
  await client.head();
  const [socket] = sockets;
  const ours = ['data', 'end', 'error', 'close', 'drain'].map((event) => [event, socket?.listenerCount(event)]);
  // node:net's own listener of 'end' is for sockets whose sides end together: our listener takes it away.
  expect(ours).toEqual([
    ['data', 1],
    ['end', 1],
    ['error', 1],
    ['close', 1],
    ['drain', 1],
  ]);
  client.socket.destroy();
});
