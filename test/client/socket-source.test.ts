// Where sockets come from: agents by their public methods, the caller's own function, or the transport.
import { once } from 'node:events';
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HandshakeRequest } from '../../src/client/request.ts';
import {
  type ClientAgent,
  type ConnectionRequest,
  checkAgent,
  obtainSocket,
  type SocketSource,
  type SocketTaker,
} from '../../src/client/socket-source.ts';
import { rawServer } from './raw-server.ts';

const request = {} as HandshakeRequest;

function sourceOf(
  source: Partial<SocketSource> & { port?: number; secure?: boolean; socketPath?: string },
): SocketSource {
  const { port = 81, secure = false, socketPath } = source;
  return {
    target: { host: 'localhost', port, secure, socketPath },
    agent: source.agent,
    createConnection: source.createConnection,
    dialOptions: source.dialOptions ?? {},
  };
}

/** What the taker was told. */
function obtain(source: SocketSource): Promise<Parameters<SocketTaker>> {
  return new Promise((resolve, reject) => {
    let calls = 0;
    obtainSocket(source, request, (...told) => {
      if (++calls > 1) reject(new Error('told twice'));
      const [, socket] = told;
      if (socket) onTestFinished(() => void socket.on('error', () => {}).destroy());
      resolve(told);
    });
  });
}

describe('an agent', () => {
  test.each<[ClientAgent | undefined, boolean]>([
    [undefined, true],
    [false, true],
    [new Agent(), false],
    [new SecureAgent(), true],
    [{ createConnection: () => null }, true],
    [{ connect: () => new PassThrough(), protocol: 'http:' } as ClientAgent, true],
  ])('%# may be used', (agent, secure) => {
    expect(() => checkAgent(agent, secure)).not.toThrow();
  });

  // RFC 6455 §10.6(b)
  test.each<[unknown, boolean, RegExp]>([
    [new Agent(), true, /agent must be for https:/],
    [new SecureAgent(), false, /agent must be for http:/],
    [{}, false, /createConnection/],
    ['agent', false, /createConnection/],
    [true, false, /createConnection/],
  ])('%# may not', (agent, secure, message) => {
    expect(() => checkAgent(agent as ClientAgent, secure)).toThrow(TypeError);
    expect(() => checkAgent(agent as ClientAgent, secure)).toThrow(message);
  });

  test('of node:http connects', async () => {
    const server = await rawServer(() => {});
    const agent = new Agent({ keepAlive: true });
    const [error, socket, readyEvent] = await obtain(sourceOf({ port: server.port, agent }));
    expect([error, readyEvent]).toEqual([undefined, undefined]);
    await once(socket as PassThrough, 'connect');
    agent.destroy();
  });

  test('is told everything, its own options last, and undefined replaces nothing', async () => {
    let told: ConnectionRequest | undefined;
    const agent = {
      options: { path: null, keepAlive: true, family: 4, rejectUnauthorized: undefined },
      createConnection(options: ConnectionRequest) {
        told = options;
        return new PassThrough();
      },
    };
    await obtain(sourceOf({ agent, secure: true, port: 443, dialOptions: { family: 6, rejectUnauthorized: false } }));
    expect(told).toEqual({
      host: 'localhost',
      hostname: 'localhost',
      port: 443,
      protocol: 'https:',
      secureEndpoint: true,
      servername: 'localhost',
      ALPNProtocols: ['http/1.1'],
      keepAlive: true,
      family: 4,
    });
    await obtain(sourceOf({ agent: { createConnection: agent.createConnection }, socketPath: '/a.sock' }));
    expect(told).toMatchObject({ path: '/a.sock', socketPath: '/a.sock', protocol: 'http:', secureEndpoint: false });
  });
});

describe('what makes a socket', () => {
  const socket = new PassThrough();

  test.each<[string, SocketSource['createConnection']]>([
    ['returns it', () => socket],
    ['calls back with it', (_, callback) => void callback(null, socket) as undefined],
    ['does both', (_, callback) => callback(null, socket) ?? socket],
    ['calls back later', (_, callback) => void setImmediate(callback, null, socket) as undefined],
  ])('%s', async (_, createConnection) => {
    expect(await obtain(sourceOf({ createConnection }))).toEqual([undefined, socket]);
  });

  test.each<[string, SocketSource['createConnection']]>([
    ['calls back with an error', (_, callback) => void callback(new Error('no')) as undefined],
    [
      'throws one',
      () => {
        throw new Error('no');
      },
    ],
  ])('may fail: %s', async (_, createConnection) => {
    expect(await obtain(sourceOf({ createConnection }))).toEqual([new Error('no')]);
  });

  test.each<[string, SocketSource['createConnection']]>([
    ['something else', () => ({}) as PassThrough],
    ['nothing', (_, callback) => void callback(null) as undefined],
  ])('must not give %s', async (_, createConnection) => {
    expect(await obtain(sourceOf({ createConnection }))).toEqual([expect.any(TypeError)]);
  });

  test('and another one too much loses the second', async () => {
    const second = new PassThrough();
    const [, first] = await obtain(
      sourceOf({
        createConnection(_, callback) {
          setImmediate(callback, null, second);
          return new PassThrough();
        },
      }),
    );
    await once(second, 'close');
    expect((first as PassThrough).destroyed).toBe(false);
  });
});

describe('a proxy agent', () => {
  const socket = new PassThrough();

  test.each<[string, ClientAgent]>([
    ['a socket', { connect: () => socket }],
    ['a promise of one', { connect: async () => socket }],
    ['another agent', { connect: async () => ({ createConnection: () => socket }) }],
    ['another proxy agent', { connect: () => ({ connect: async () => socket }) as unknown as Agent }],
  ])('gives %s', async (_, agent) => {
    expect(await obtain(sourceOf({ agent }))).toEqual([undefined, socket]);
  });

  test('is given the request, and where to connect to', async () => {
    let told: unknown[] = [];
    const agent = {
      connect(...args: unknown[]) {
        told = args;
        return socket;
      },
    };
    await obtain(sourceOf({ agent, secure: true, port: 444 }));
    expect(told).toEqual([request, expect.objectContaining({ host: 'localhost', port: 444, secureEndpoint: true })]);
  });

  test.each<[string, ClientAgent]>([
    ['rejects', { connect: () => Promise.reject(new Error('no')) }],
    [
      'throws',
      {
        connect: () => {
          throw new Error('no');
        },
      },
    ],
  ])('may fail: %s', async (_, agent) => {
    expect(await obtain(sourceOf({ agent }))).toEqual([new Error('no')]);
  });

  test('must not give anything else', async () => {
    const agent = { connect: () => ({}) as PassThrough };
    expect(await obtain(sourceOf({ agent }))).toEqual([expect.any(TypeError)]);
  });
});

describe('without an agent', () => {
  test.each([undefined, false] as const)('%s, the transport connects', async (agent) => {
    const server = await rawServer(() => {});
    const [, socket, readyEvent] = await obtain(sourceOf({ agent, port: server.port }));
    expect(readyEvent).toBe('connect');
    await once(socket as PassThrough, 'connect');
  });

  test('a secure socket is ready when its certificate is verified', async () => {
    const server = await rawServer(() => {});
    const [, socket, readyEvent] = await obtain(sourceOf({ port: server.port, secure: true }));
    expect(readyEvent).toBe('secureConnect');
    socket?.on('error', () => {});
  });

  test('a wrong option is thrown', () => {
    const source = sourceOf({ dialOptions: { localAddress: 'nowhere' } });
    expect(() => obtainSocket(source, request, () => {})).toThrow(TypeError);
  });
});
