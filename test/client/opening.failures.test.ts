// Opening handshakes that fail on our side: mistakes of the caller, networks that are not there, and the caller's own abort
// at every stage. Nothing is left behind by any of them.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Duplex, PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { ClientOptions, HandshakeRequest } from '../../src/client/index.ts';
import { clock } from '../../src/transport/index.ts';
import { WebSocket } from '../../src/websocket/index.ts';
import { client, failureOf } from './outcomes.ts';
import { rawServer } from './raw-server.ts';

/** A port at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('a mistake of the caller is thrown before anything is opened:', () => {
  // RFC 6455 §4.1(b)(y)
  test.each<[string, unknown, unknown]>([
    ['no URL', 'nowhere', []],
    ['another scheme', 'ftp://localhost/', []],
    ['a fragment', 'ws://localhost/#a', []],
    ['a subprotocol that is no token', 'ws://localhost/', ['a b']],
    ['a subprotocol with a line end', 'ws://localhost/', ['a\r\nX: y']],
    ['a subprotocol twice', 'ws://localhost/', ['a', 'a']],
    ['no subprotocol at all', 'ws://localhost/', ['']],
  ])('SyntaxError for %s', (_, url, protocols) => {
    expect(() => new WebSocket(url as string, protocols as string[])).toThrow(SyntaxError);
    expect(clock.size).toBe(0);
  });

  test.each<[string, object]>([
    ['a header with a line end', { headers: { 'X-A': 'a\r\nX-B: b' } }],
    ['a header above latin1', { headers: { 'X-A': '\u010a' } }],
    ['a header twice', { headers: { host: 'a', Host: 'b' } }],
    ['an origin with a line end', { origin: 'a\nb' }],
    ['a wrong Host', { headers: { Host: 'a/b' } }],
    ['headers that are none', { headers: [] }],
    ['an agent that is none', { agent: {} }],
    ['a wrong localAddress', { localAddress: 'nowhere' }],
    ['a wrong family', { family: 5 }],
    ['a wrong lookup', { lookup: {} }],
    ['a wrong time', { handshakeTimeout: '1' }],
  ])('TypeError for %s', (_, options) => {
    expect(() => new WebSocket('ws://localhost/', options)).toThrow(TypeError);
    expect(clock.size).toBe(0);
  });

  test.each<[string, object]>([
    ['a draft of the protocol', { protocolVersion: 8 }],
    ['a limit that is none', { maxHeaderSize: 0 }],
    ['another', { maxHeadersCount: 1.5 }],
    ['a negative time', { handshakeTimeout: -1 }],
    ['a wrong port', { localPort: 65_536 }],
  ])('RangeError for %s', (_, options) => {
    expect(() => new WebSocket('ws://localhost/', options)).toThrow(RangeError);
    expect(clock.size).toBe(0);
  });

  test('and so is what finishRequest throws', () => {
    const finishRequest = (): void => {
      throw new Error('no');
    };
    expect(() => new WebSocket('ws://localhost/', { finishRequest })).toThrow('no');
    expect(clock.size).toBe(0);
  });
});

describe('a connection that cannot be made', () => {
  // RFC 6455 §4.1(i), §7.2.1(a)
  test('tells the reason itself, whichever families were tried', async () => {
    const port = await closedPort();
    for (const options of [{}, { family: 4 }, { autoSelectFamily: false }]) {
      const failure = await failureOf(client(`ws://localhost:${port}/`, options));
      expect(failure).not.toBeInstanceOf(AggregateError);
      expect(failure.code).toBe('ECONNREFUSED');
      expect(failure.message).toContain(`connect ECONNREFUSED`);
    }
    expect(clock.size).toBe(0);
  });

  test('because of a name', async () => {
    const lookup: NonNullable<ClientOptions['lookup']> = (hostname, _, callback) =>
      process.nextTick(callback, Object.assign(new Error(`no ${hostname}`), { code: 'ENOTFOUND' }), '', 4);
    const failure = await failureOf(client('ws://nowhere.example/', { lookup }));
    expect(failure).toMatchObject({ code: 'ENOTFOUND', message: 'no nowhere.example' });
  });

  test('because of a Unix socket', async () => {
    expect((await failureOf(client('ws+unix:/no/such.sock'))).code).toBe('ENOENT');
  });

  test('because of an unreadable certificate is no exception, for it is not the code that is wrong', async () => {
    const failure = await failureOf(client('wss://localhost/', { cert: 'none' }));
    expect(failure.message).toMatch(/PEM/i);
  });

  test.each<[string, ClientOptions]>([
    ['createConnection throws', { createConnection: () => fail() }],
    ['createConnection calls back', { createConnection: (_, callback) => void callback(new Error('no')) as undefined }],
    ['an agent rejects', { agent: { connect: () => Promise.reject(new Error('no')) } }],
    ['a request is destroyed', { finishRequest: (request) => void request.destroy(new Error('no')) }],
    [
      'a request is destroyed later',
      { finishRequest: (request) => void setImmediate(() => request.destroy(new Error('no'))) },
    ],
  ])('because %s', async (_, options) => {
    const server = await rawServer(() => {});
    expect((await failureOf(client(server.url, options))).message).toBe('no');
    expect(clock.size).toBe(0);
  });

  test('because the socket is gone already', async () => {
    const createConnection = (): Duplex => new PassThrough().destroy();
    expect((await failureOf(client('ws://localhost/', { createConnection }))).code).toBe('ECONNRESET');
  });

  test('because finishRequest closes it, before the constructor has returned', async () => {
    const server = await rawServer(() => {});
    const finishRequest = (_request: HandshakeRequest, websocket: WebSocket): void => websocket.close();
    const websocket = client(server.url, { finishRequest });
    expect(websocket.readyState).toBe(WebSocket.CLOSING);
    expect((await failureOf(websocket)).message).toContain('closed before the connection was established');
    expect(clock.size).toBe(0);
  });

  test('is told later, when whoever made the WebSocket has had time to listen', async () => {
    const createConnection = (_: unknown, callback: (error: Error) => void): undefined => {
      callback(new Error('no'));
    };
    const websocket = client('ws://localhost/', { createConnection });
    expect(websocket.readyState).toBe(WebSocket.CONNECTING);
    expect((await failureOf(websocket)).message).toBe('no');
  });
});

function fail(): never {
  throw new Error('no');
}

describe('a WebSocket may be closed', () => {
  const TOO_EARLY = {
    message: 'WebSocket was closed before the connection was established',
    code: 'WS_ERR_HANDSHAKE_ABORTED',
  };

  test.each(['close', 'terminate'] as const)('by %s() in the very turn in which it was made', async (how) => {
    const server = await rawServer(() => {});
    const websocket = client(server.url);
    websocket[how]();
    websocket[how]();
    expect(await failureOf(websocket)).toMatchObject(TOO_EARLY);
    expect(clock.size).toBe(0);
    expect(server.requests).toEqual([]);
  });

  test.each<[string, ClientOptions]>([
    ['before the request is finished', { finishRequest: (_, websocket) => void setImmediate(() => websocket.close()) }],
    [
      'when there is a socket',
      { finishRequest: (request, websocket) => void request.once('socket', () => websocket.close()) },
    ],
    [
      'when the request has been sent',
      { finishRequest: (request, websocket) => void request.end(() => websocket.close()) },
    ],
  ])('%s', async (_, options) => {
    const server = await rawServer(() => {});
    expect(await failureOf(client(server.url, options))).toMatchObject(TOO_EARLY);
    expect(clock.size).toBe(0);
    for (const socket of server.sockets) await gone(socket);
  });

  test('when the server has the request', async () => {
    const server = await rawServer(() => websocket.terminate());
    const websocket = client(server.url);
    expect(await failureOf(websocket)).toMatchObject(TOO_EARLY);
    await gone(server.sockets[0] as Socket);
  });

  test('in upgrade', async () => {
    const server = await rawServer((request) => request.socket.write(request.acceptance()));
    const websocket = client(server.url);
    websocket.on('upgrade', () => websocket.close());
    expect(await failureOf(websocket)).toMatchObject(TOO_EARLY);
    await gone(server.sockets[0] as Socket);
  });

  test('while an agent is still busy: what it finds is given back', async () => {
    let found: (socket: Duplex) => void = () => {};
    const agent = { connect: () => new Promise<Duplex>((resolve) => (found = resolve)) };
    const websocket = client('ws://localhost/', { agent });
    websocket.close();
    expect(await failureOf(websocket)).toMatchObject(TOO_EARLY);
    const late = new PassThrough();
    found(late);
    await once(late, 'close');
    expect(late.destroyed).toBe(true);
  });

  test('while an agent is still busy, and fails', async () => {
    let failed: (error: Error) => void = () => {};
    const agent = { connect: () => new Promise<Duplex>((_, reject) => (failed = reject)) };
    const websocket = client('ws://localhost/', { agent });
    websocket.close();
    failed(new Error('no'));
    expect(await failureOf(websocket)).toMatchObject(TOO_EARLY);
  });
});

describe('a signal', () => {
  test('that is aborted already opens nothing', async () => {
    const reason = new Error('enough');
    const createConnection = (): never => expect.unreachable();
    const failure = await failureOf(client('ws://localhost/', { signal: AbortSignal.abort(reason), createConnection }));
    expect(failure).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: reason });
    expect(clock.size).toBe(0);
  });

  test('ends the handshake at once', async () => {
    const controller = new AbortController();
    const server = await rawServer(() => controller.abort());
    const failure = await failureOf(client(server.url, { signal: controller.signal }));
    expect(failure).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    await gone(server.sockets[0] as Socket);
    expect(clock.size).toBe(0);
  });

  test('is let go when the handshake fails for another reason', async () => {
    const controller = new AbortController();
    const removed: unknown[] = [];
    const { signal } = controller;
    const remove = signal.removeEventListener;
    signal.removeEventListener = function (this: AbortSignal, ...args: Parameters<typeof remove>) {
      removed.push(args[0]);
      remove.apply(this, args);
    } as typeof remove;
    const server = await rawServer(({ socket }) => socket.end());
    await failureOf(client(server.url, { signal }));
    expect(removed).toEqual(['abort']);
  });
});

test('whoever made the socket may have paused it before', async () => {
  const server = await rawServer((request) => request.socket.write(request.acceptance()));
  const { connect } = await import('node:net');
  const createConnection = (): Duplex => connect(server.port, '127.0.0.1').pause();
  const websocket = client(server.url, { createConnection });
  await once(websocket, 'open');
});

test('a request that is destroyed after it was sent tells why', async () => {
  let request: HandshakeRequest | undefined;
  const server = await rawServer(() => request?.abort());
  const websocket = client(server.url, {
    finishRequest(made) {
      request = made.end();
    },
  });
  const closed = new Promise((resolve) => setImmediate(() => request?.once('close', resolve)));
  expect((await failureOf(websocket)).message).toBe('socket hang up');
  await closed;
});

/** Waits until the server's end is closed. */
function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.destroyed ? resolve() : socket.on('close', () => resolve())));
}
