// Opening handshakes that succeed, and every option that shapes them: RFC 6455 §4.1.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { type ClientOptions, HandshakeRequest, HandshakeResponse } from '../../src/client/index.ts';
import { clock } from '../../src/transport/index.ts';
import { WebSocket } from '../../src/websocket/index.ts';
import { client, opened } from './outcomes.ts';
import { acceptOf, answer, type RawRequest, rawServer } from './raw-server.ts';

/** A server of `ws` that echoes; its URL. */
async function echoServer(options: ConstructorParameters<typeof WebSocketServer>[0] = {}): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  await once(server, 'listening');
  server.on('connection', (websocket) => {
    websocket.on('message', (data, binary) => websocket.send(data, { binary }));
  });
  onTestFinished(async () => {
    for (const websocket of server.clients) websocket.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  return `ws://localhost:${(server.address() as { port: number }).port}`;
}

/** The first request of a client with these options; the server accepts it. */
async function requestBy(options: ClientOptions, path = '/', protocols: string[] = []): Promise<RawRequest> {
  const server = await rawServer((request) => {
    const more = protocols.length === 0 ? [] : [`Sec-WebSocket-Protocol: ${protocols[0]}`];
    request.socket.write(request.acceptance(...more), 'latin1');
  });
  await opened(client(server.url + path, options, protocols));
  return server.requests[0] as RawRequest;
}

/** A path for a Unix socket that is gone with the test. */
function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice client-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'a.sock');
}

describe('a connection to a server of `ws`', () => {
  // RFC 6455 §4.1(a)(g)
  test('opens, carries messages both ways and closes cleanly', async () => {
    const websocket = client(`${await echoServer({ handleProtocols: () => 'b' })}/path?query`, {}, ['a', 'b']);
    expect(websocket.readyState).toBe(WebSocket.CONNECTING);
    await opened(websocket);
    expect(websocket).toMatchObject({ protocol: 'b', extensions: '', readyState: WebSocket.OPEN });
    expect(websocket.url).toMatch(/^ws:\/\/localhost:\d+\/path\?query$/);
    websocket.send('ü');
    expect(String((await once(websocket, 'message'))[0])).toBe('ü');
    websocket.send(Buffer.of(1, 2));
    expect(await once(websocket, 'message')).toEqual([Buffer.of(1, 2), true]);
    websocket.close(1000, 'done');
    expect((await once(websocket, 'close'))[0]).toBe(1000);
    expect(clock.size).toBe(0);
  });

  test.each([
    true,
    { serverNoContextTakeover: false, clientNoContextTakeover: false, threshold: 0 },
    { serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
    { clientMaxWindowBits: false, zlibDeflateOptions: { level: 1 } },
  ])('compresses as agreed: %j', async (perMessageDeflate) => {
    const websocket = client(await echoServer({ perMessageDeflate: { threshold: 0 } }), { perMessageDeflate });
    await opened(websocket);
    expect(websocket.extensions).toBe('permessage-deflate');
    for (const text of ['x'.repeat(5000), 'y', '', 'x'.repeat(70_000)]) {
      websocket.send(text);
      expect(String((await once(websocket, 'message'))[0])).toBe(text);
    }
  });

  // RFC 6455 §5.8(a), §9.1(e)
  test('does not compress where one side does not want it', async () => {
    const off = client(await echoServer({ perMessageDeflate: true }), { perMessageDeflate: false });
    const refused = client(await echoServer({ perMessageDeflate: false }));
    await Promise.all([opened(off), opened(refused)]);
    expect([off.extensions, refused.extensions]).toEqual(['', '']);
  });

  test.each(['http', 'ws'])('is opened by %s: as well', async (scheme) => {
    const url = (await echoServer()).replace(/^ws/, scheme);
    const websocket = client(new URL(url));
    expect(websocket.url).toBe(`${url.replace('http', 'ws')}/`);
    await opened(websocket);
  });

  test.each([
    ['ws+unix: without a resource', '', '/'],
    ['ws+unix: with one', ':/path?a:b', '/path?a:b'],
  ])('goes through a Unix socket by %s', async (_, resource, path) => {
    const at = socketPath();
    const server = await rawServer((request) => request.socket.write(request.acceptance()), { path: at });
    await opened(client(`ws+unix:${at}${resource}`));
    expect(server.requests[0]?.requestLine).toBe(`GET ${path} HTTP/1.1`);
    expect(server.requests[0]?.header('Host')).toBe('localhost');
  });

  test('goes through a Unix socket by the option', async () => {
    const at = socketPath();
    const server = await rawServer((request) => request.socket.write(request.acceptance()), { path: at });
    await opened(client('ws://example.com:81/a', { socketPath: at }));
    expect(server.requests[0]?.header('Host')).toBe('example.com:81');
  });
});

describe('the request', () => {
  // RFC 6455 §4.1(u)(v)(x), §9.1(c)(d)
  test('has a key for each connection, 13, and the offer of permessage-deflate', async () => {
    const [one, other] = [await requestBy({}), await requestBy({})];
    expect(one.header('Sec-WebSocket-Key')).not.toBe(other.header('Sec-WebSocket-Key'));
    expect(Buffer.from(one.header('Sec-WebSocket-Key') as string, 'base64')).toHaveLength(16);
    expect(one.header('Sec-WebSocket-Version')).toBe('13');
    expect(one.header('Sec-WebSocket-Extensions')).toMatch(/^permessage-deflate; .*client_max_window_bits$/);
    expect(one.header('Origin')).toBeUndefined();
    expect(one.header('Authorization')).toBeUndefined();
  });

  // RFC 6455 §4.1(p)(q)(r)(y)
  test('says what it is told', async () => {
    const options = { origin: 'https://a.example', headers: { 'X-A': 'é', Host: 'b.example' }, auth: 'u:p' };
    const request = await requestBy({ ...options, perMessageDeflate: false }, '/a%20b?c', ['x', 'y']);
    expect(request.requestLine).toBe('GET /a%20b?c HTTP/1.1');
    expect(request.header('Origin')).toBe('https://a.example');
    expect(request.header('X-A')).toBe('é');
    expect(request.header('Host')).toBe('b.example');
    expect(request.header('Authorization')).toBe('Basic dTpw');
    expect(request.header('Sec-WebSocket-Protocol')).toBe('x, y');
    expect(request.header('Sec-WebSocket-Extensions')).toBeUndefined();
  });

  test('has the credentials of the URL before those of the option', async () => {
    const server = await rawServer((request) => request.socket.write(request.acceptance()));
    await opened(client(server.url.replace('localhost', 'u:p%40@localhost'), { auth: 'x:y' }));
    expect(server.requests[0]?.header('Authorization')).toBe(`Basic ${Buffer.from('u:p@').toString('base64')}`);
  });

  test('may be finished by the application, when it likes', async () => {
    const events: string[] = [];
    const request = await requestBy({
      finishRequest(request, websocket) {
        expect(request).toBeInstanceOf(HandshakeRequest);
        expect(websocket).toBeInstanceOf(WebSocket);
        request.once('finish', () => events.push('finish'));
        request.once('socket', (socket) => {
          events.push('socket');
          expect(request.socket).toBe(socket);
          socket.once('connect', () => request.setHeader('Cookie', 'a=b').end());
        });
      },
    });
    expect(request.header('Cookie')).toBe('a=b');
    expect(events).toEqual(['socket', 'finish']);
  });

  test('announces its socket late enough for a listener of the next tick', async () => {
    let socket: unknown;
    await requestBy({
      finishRequest: (request) =>
        process.nextTick(() => {
          request.on('socket', (announced) => {
            socket = announced;
          });
          request.end();
        }),
    });
    expect(socket).toBeDefined();
  });
});

describe('the connection', () => {
  test('is made by the function of the application', async () => {
    const server = await rawServer((request) => request.socket.write(request.acceptance()));
    let told: unknown;
    const createConnection = (options: object) => {
      told = options;
      return connect(server.port, '127.0.0.1');
    };
    const websocket = client('ws://example.com:81/a', { createConnection });
    await opened(websocket);
    expect(told).toMatchObject({ host: 'example.com', port: 81 });
    expect(server.requests[0]?.header('Host')).toBe('example.com:81');
  });

  test('is made by an http.Agent', async () => {
    const agent = new Agent();
    const websocket = client(await echoServer(), { agent });
    await opened(websocket);
    websocket.send('a');
    expect(String((await once(websocket, 'message'))[0])).toBe('a');
  });

  test('uses lookup, family and localAddress', async () => {
    const asked: unknown[] = [];
    const url = (await echoServer()).replace('localhost', 'nowhere.example');
    const lookup: NonNullable<ClientOptions['lookup']> = (hostname, { family, all }, callback) => {
      asked.push(hostname, family);
      if (all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
      else callback(null, '127.0.0.1', 4);
    };
    await opened(client(url, { lookup, family: 4, localAddress: '127.0.0.1' }));
    expect(asked).toEqual(['nowhere.example', 4]);
  });

  test('masks with the keys of the application', async () => {
    const server = await rawServer((request) => request.socket.write(request.acceptance()));
    const websocket = client(server.url, { generateMask: (mask) => mask.fill(0x20), perMessageDeflate: false });
    await opened(websocket);
    const [socket] = server.sockets as [import('node:net').Socket];
    const chunk = once(socket, 'data');
    websocket.send('AB');
    expect((await chunk)[0]).toEqual(Buffer.from('818220202020' + '6162', 'hex'));
  });

  // RFC 6455 §5.1(a), §5.3(a)(b), §10.3(a)
  test('masks each frame with a key of its own (§5.3)', async () => {
    const server = await rawServer((request) => request.socket.write(request.acceptance()));
    const websocket = client(server.url, { perMessageDeflate: false });
    await opened(websocket);
    const [socket] = server.sockets as [import('node:net').Socket];
    const chunk = once(socket, 'data');
    for (let count = 0; count < 100; count++) websocket.send('');
    const [frames] = (await chunk) as [Buffer];
    const keys = Array.from({ length: 100 }, (_, index) => frames.toString('hex', index * 6 + 2, index * 6 + 6));
    expect(new Set(keys).size).toBe(100);
  });
});

describe('the answer', () => {
  test('is shown by the event upgrade before open', async () => {
    const server = await rawServer((request) =>
      request.socket.write(request.acceptance('Set-Cookie: a=b', 'X-A: 1', 'X-A: 2')),
    );
    const websocket = client(server.url);
    const [response] = (await once(websocket, 'upgrade')) as [HandshakeResponse];
    expect(response).toBeInstanceOf(HandshakeResponse);
    expect(response).toMatchObject({ statusCode: 101, statusMessage: 'Switching Protocols', httpVersion: '1.1' });
    expect(response.headers).toMatchObject({ 'set-cookie': ['a=b'], 'x-a': '1, 2' });
    expect(websocket.readyState).toBe(WebSocket.OPEN);
  });

  test('may come after interim responses', async () => {
    const interim = answer('HTTP/1.1 103 Early Hints', 'Link: </a>') + answer('HTTP/1.1 100 Continue');
    const server = await rawServer((request) => request.socket.write(interim + request.acceptance()));
    await opened(client(server.url));
  });

  // RFC 6455 §4.1(ab)(ac)
  test('compares tokens in any case, and only those (§4.1)', async () => {
    const server = await rawServer((request) => {
      const accept = acceptOf(request.header('sec-websocket-key') as string);
      request.socket.write(
        answer(
          'HTTP/1.1 101',
          'UPGRADE: WebSocket',
          'connection: keep-alive, UPGRADE',
          `sec-websocket-ACCEPT: ${accept}`,
        ),
      );
    });
    await opened(client(server.url));
  });

  test('and the frames behind it may be cut anywhere: nothing is lost', async () => {
    const frames = Buffer.from('8101618900810162', 'hex');
    const cuts: number[] = [];
    const server = await rawServer((request) => {
      const bytes = Buffer.concat([Buffer.from(request.acceptance()), frames]);
      if (server.requests.length === 1) cuts.push(...bytes.keys());
      const cut = cuts.pop() as number;
      request.socket.write(bytes.subarray(0, cut));
      // Two writes in turns of their own: the kernel may join them, and mostly does not.
      setImmediate(() => request.socket.write(bytes.subarray(cut)));
    });
    do {
      const seen: string[] = [];
      const websocket = client(server.url, { perMessageDeflate: false });
      websocket.on('open', () => seen.push('open'));
      websocket.on('ping', () => seen.push('ping'));
      await new Promise<void>((resolve) => {
        websocket.on('message', (data) => {
          seen.push(String(data));
          if (String(data) === 'b') resolve();
        });
      });
      expect(seen).toEqual(['open', 'a', 'ping', 'b']);
      websocket.terminate();
    } while (cuts.length > 0);
    expect(server.requests.length).toBeGreaterThan(100);
  });

  test('with frames in the same packet obeys whoever pauses in open', async () => {
    const server = await rawServer((request) => {
      request.socket.write(Buffer.concat([Buffer.from(request.acceptance()), Buffer.from('810161', 'hex')]));
    });
    const websocket = client(server.url);
    const seen: string[] = [];
    websocket.on('open', () => websocket.pause());
    websocket.on('message', (data) => seen.push(String(data)));
    await opened(websocket);
    // What a socket still has to deliver, it delivers before a byte can travel to the server and back.
    websocket.ping();
    await once(server.sockets[0] as import('node:net').Socket, 'data');
    expect(seen).toEqual([]);
    websocket.resume();
    await once(websocket, 'message');
    expect(seen).toEqual(['a']);
  });
});

test('handshakeTimeout ends with the handshake, and leaves nothing behind', async () => {
  const websocket = client(await echoServer(), { handshakeTimeout: 5_000, timeout: 5_000 });
  expect(clock.size).toBe(1);
  await opened(websocket);
  expect(clock.size).toBe(0);
  const none = client(await echoServer(), { handshakeTimeout: 0 });
  expect(clock.size).toBe(0);
  await opened(none);
});

test('a signal has no effect on an open connection, and is let go', async () => {
  const controller = new AbortController();
  const websocket = client(await echoServer(), { signal: controller.signal });
  await opened(websocket);
  controller.abort();
  websocket.send('a');
  expect(String((await once(websocket, 'message'))[0])).toBe('a');
});
