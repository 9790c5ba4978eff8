import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket as WsWebSocket } from 'ws';
import type { VerifyClientAsync } from '../../src/server/index.ts';
import { openingRequest, RawClient } from './raw-client.ts';
import { echoServer } from './servers.ts';

/** The status that a client sees whose request has these fields. */
async function statusFor(options: object, lines: readonly string[] = [], start?: string): Promise<number> {
  const { port } = await echoServer(options);
  const client = new RawClient(port);
  await client.send(openingRequest(lines, start));
  await client.head();
  client.socket.destroy();
  return client.status;
}

describe('a client', () => {
  it.each([
    ['with a good request is let in', [], undefined, 101],
    ['that posts is told to get', [], 'POST / HTTP/1.1', 405],
    ['of HTTP/1.0 is not understood', [], 'GET / HTTP/1.0', 505],
    ['of another version is told which one', ['Sec-WebSocket-Version: 8'], undefined, 426],
    ['whose key is not 16 bytes', ['Sec-WebSocket-Key: dGhlIHNhbXBsZQ=='], undefined, 400],
    ['whose Connection only looks like it', ['Connection: notupgrade'], undefined, 400],
    ['with a body', ['Content-Length: 3'], undefined, 400],
    ['with a chunked body', ['Transfer-Encoding: chunked'], undefined, 400],
    ['with an extension list that is none', ['Sec-WebSocket-Extensions: a; b="'], undefined, 400],
    [
      'with extensions named like members of objects',
      ['Sec-WebSocket-Extensions: __proto__; constructor'],
      undefined,
      101,
    ],
  ])('%s', async (_case, lines, start, status) => {
    expect(await statusFor({ perMessageDeflate: true }, lines, start)).toBe(status);
  });

  it('from a page of another host is kept out', async () => {
    expect(await statusFor({}, ['Origin: http://evil.example'])).toBe(403);
    expect(await statusFor({}, ['Origin: http://localhost'])).toBe(101);
    expect(await statusFor({ allowedOrigins: ['http://evil.example'] }, ['Origin: http://evil.example'])).toBe(101);
    expect(await statusFor({ allowedOrigins: '*' }, ['Origin: null'])).toBe(101);
  });

  it('that asks for another path is told that there is nothing', async () => {
    expect(await statusFor({ path: '/chat' }, [], 'GET /chat?room=1 HTTP/1.1')).toBe(101);
    expect(await statusFor({ path: '/chat' }, [], 'GET /chatter HTTP/1.1')).toBe(404);
    // RFC 9112 §3.2.2: the target may be a whole URI.
    expect(await statusFor({ path: '/chat' }, [], 'GET http://localhost/chat?room=1 HTTP/1.1')).toBe(101);
    expect(await statusFor({ path: '/chat' }, [], 'GET http://localhost/ HTTP/1.1')).toBe(404);
  });
});

describe('verifyClient', () => {
  it('lets in or sends away at once', async () => {
    expect(await statusFor({ verifyClient: () => true })).toBe(101);
    expect(await statusFor({ verifyClient: () => false })).toBe(401);
  });

  it('is told the origin, the request, and whether the connection is encrypted', async () => {
    const seen: unknown[] = [];
    const verifyClient = (information: { origin: string; secure: boolean; req: { url: string } }): boolean => {
      seen.push([information.origin, information.secure, information.req.url]);
      return true;
    };
    await statusFor({ verifyClient }, ['Origin: http://localhost'], 'GET /here HTTP/1.1');
    expect(seen).toEqual([['http://localhost', false, '/here']]);
  });

  it('may decide later, and choose the answer', async () => {
    const later: VerifyClientAsync = (_information, callback) =>
      setImmediate(callback, false, 429, 'come back tomorrow', { 'Retry-After': '86400' });
    const { port } = await echoServer({ verifyClient: later });
    const client = await RawClient.exchange(port, openingRequest());
    expect(client.status).toBe(429);
    expect(client.text).toContain('\r\nRetry-After: 86400\r\n');
    expect(client.text).toContain('come back tomorrow');
  });

  it('has the frames that came meanwhile delivered afterwards', async () => {
    let verifyClient: VerifyClientAsync | undefined;
    let decide: (verified: boolean) => void = () => {};
    const asked = new Promise<void>((resolve) => {
      const later: VerifyClientAsync = (_information, callback) => {
        decide = callback;
        resolve();
      };
      verifyClient = later;
    });
    const { port } = await echoServer({ verifyClient });
    const client = new RawClient(port);
    await client.send(openingRequest());
    await asked;
    await client.send(Buffer.from('818500000000', 'hex'));
    await client.send('hello');
    decide(true);
    expect(await client.until((text) => text.includes('hello'))).toContain('101 Switching Protocols');
    client.socket.destroy();
  });

  it('may call back twice, or after the client has left, without effect', async () => {
    const callbacks: (() => void)[] = [];
    const later: VerifyClientAsync = (_information, callback) => {
      callbacks.push(() => callback(true));
    };
    const { server, port } = await echoServer({ verifyClient: later });
    const leaving = new RawClient(port);
    await leaving.send(openingRequest());
    while (callbacks.length < 1) await new Promise((resolve) => setImmediate(resolve));
    leaving.socket.resetAndDestroy();
    await leaving.closed;
    let connections = 0;
    server.on('connection', () => connections++);
    const staying = new RawClient(port);
    await staying.send(openingRequest());
    while (callbacks.length < 2) await new Promise((resolve) => setImmediate(resolve));
    for (const callback of callbacks) callback();
    for (const callback of callbacks) callback();
    expect(await staying.head()).toContain('101');
    expect(connections).toBe(1);
    staying.socket.destroy();
  });

  it('that never calls back is given up with the handshake', async () => {
    const never: VerifyClientAsync = (_information, _callback) => {};
    const { port } = await echoServer({ verifyClient: never, handshakeTimeout: 60 });
    const client = await RawClient.exchange(port, openingRequest());
    expect(client.status).toBe(408);
  });
});

describe('handleProtocols', () => {
  const offer = ['Sec-WebSocket-Protocol: chat.v1, chat.v2'];

  it('chooses one of the client, or none', async () => {
    const { port } = await echoServer({
      handleProtocols: (protocols) => (protocols.has('chat.v2') ? 'chat.v2' : false),
    });
    const client = new WsWebSocket(`ws://127.0.0.1:${port}`, ['chat.v1', 'chat.v2']);
    await once(client, 'open');
    expect(client.protocol).toBe('chat.v2');
    client.terminate();
    expect(await statusFor({ handleProtocols: () => false }, offer)).toBe(101);
  });

  it('that chooses what was not offered is the fault of the server', async () => {
    expect(await statusFor({ handleProtocols: () => 'chat.v3' }, offer)).toBe(500);
  });

  it('is the first of the client without it', async () => {
    const { port } = await echoServer();
    const client = new WsWebSocket(`ws://127.0.0.1:${port}`, ['chat.v1', 'chat.v2']);
    await once(client, 'open');
    expect(client.protocol).toBe('chat.v1');
    client.terminate();
  });
});

describe('the answer', () => {
  it('may be added to by listeners of headers', async () => {
    const { server, port } = await echoServer();
    server.on('headers', (lines: string[]) => lines.push('Set-Cookie: seen=1'));
    const client = new RawClient(port);
    await client.send(openingRequest());
    expect(await client.head()).toContain('\r\nSet-Cookie: seen=1\r\n');
    client.socket.destroy();
  });

  it('may be given by a listener of wsClientError instead', async () => {
    const { server, port } = await echoServer();
    server.on('wsClientError', (error, socket) => socket.end(`HTTP/1.1 418 ${error.message.length}\r\n\r\n`));
    const client = await RawClient.exchange(port, openingRequest([], 'POST / HTTP/1.1'));
    expect(client.status).toBe(418);
  });
});

describe('what a client sends behind its request', () => {
  it('waits for the answer of a verifyClient that takes its time', async () => {
    let isPaused: boolean | undefined;
    const verifyClient: VerifyClientAsync = ({ req }, answer) => {
      isPaused = req.socket.isPaused();
      answer(true);
    };
    expect(await statusFor({ verifyClient })).toBe(101);
    expect(isPaused).toBe(true);
  });

  it('waits for a listener of wsClientError that reads it later', async () => {
    const { server, port } = await echoServer();
    const refused = once(server, 'wsClientError');
    const client = new RawClient(port);
    await client.send(openingRequest([], 'POST / HTTP/1.1'));
    const [, socket] = (await refused) as [Error, Socket];
    expect(socket.isPaused()).toBe(true);
    await client.send('more');
    const [chunk] = await once(socket.resume(), 'data');
    expect(String(chunk)).toBe('more');
    socket.destroy();
    await client.closed;
  });
});
