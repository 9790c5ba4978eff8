// `wss:`: certificates are verified before a byte of the handshake is written, and nothing but `false` turns that off.
// RFC 6455 §4.1 step 5. Proxies: agents with `connect`, through a real CONNECT.
import { once } from 'node:events';
import { Agent as SecureAgent } from 'node:https';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ClientOptions, ConnectionRequest, HandshakeRequest, ProxyAgent } from '../../src/client/index.ts';
import { clock } from '../../src/transport/index.ts';
import { type Certificates, hasOpenssl, type Identity, makeCertificates } from './certificates.ts';
import { client, failureOf, opened } from './outcomes.ts';
import { type RawRequest, type RawServer, rawServer } from './raw-server.ts';

let certificates: Certificates;
beforeAll(() => {
  if (hasOpenssl) certificates = makeCertificates();
});

test('there is an openssl where the results count', () => {
  if (process.env.CI === 'true') expect(hasOpenssl).toBe(true);
});

function accept(request: RawRequest): void {
  request.socket.write(request.acceptance());
}

/** A server with this certificate; it accepts. */
function secureServer(identity: Identity, options: object = {}): Promise<RawServer> {
  return rawServer(accept, { tls: { ...identity, ALPNProtocols: ['h2', 'http/1.1'], ...options } });
}

/** The connection of a request, as the server sees it. */
function tlsOf(server: RawServer, index = 0): TLSSocket {
  return (server.requests[index] as RawRequest).socket as TLSSocket;
}

describe.runIf(hasOpenssl)('a server with TLS', () => {
  // RFC 6455 §4.1(j)(l)(m), §10.6(a)
  test('whose certificate is vouched for is connected to, by name and in HTTP/1.1', async () => {
    const server = await secureServer(certificates.server);
    await opened(client(server.url, { ca: certificates.ca, headers: { Authorization: 'a' } }));
    expect(tlsOf(server)).toMatchObject({ servername: 'localhost', alpnProtocol: 'http/1.1' });
    expect(server.requests[0]?.header('Host')).toBe(`localhost:${server.port}`);
    expect(clock.size).toBe(0);
  });

  test('may be given by https:, or by its address, which is no name', async () => {
    const server = await secureServer(certificates.server);
    await opened(client(server.url.replace('wss', 'https'), { ca: certificates.ca }));
    await opened(client(server.url.replace('localhost', '127.0.0.1'), { ca: certificates.ca }));
    expect(tlsOf(server, 1).servername).toBe(false);
  });

  // RFC 6455 §4.1(j)(k)(l)
  test.each<[string, keyof Certificates, ClientOptions, string]>([
    ['nobody vouches for', 'server', { ca: undefined }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['has signed itself', 'selfSigned', {}, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['is over', 'expired', {}, 'CERT_HAS_EXPIRED'],
    ['is for another host', 'elsewhere', {}, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['is for another name', 'server', { servername: 'b.example' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'is refused by the application',
      'server',
      { checkServerIdentity: () => Object.assign(new Error('no'), { code: 'MINE' }) },
      'MINE',
    ],
  ])('whose certificate %s is refused, and told nothing', async (_, name, options, code) => {
    const server = await secureServer(certificates[name] as Identity);
    const secrets = { headers: { Authorization: 'secret' } };
    for (const rejectUnauthorized of [undefined, true, 0 as unknown as boolean, null as unknown as boolean]) {
      const given = { ca: certificates.ca, rejectUnauthorized, ...secrets, ...options };
      expect((await failureOf(client(server.url, given))).code).toBe(code);
    }
    expect(server.requests).toEqual([]);
    expect(clock.size).toBe(0);
  });

  test('is believed anything by whoever says false', async () => {
    const server = await secureServer(certificates.selfSigned);
    await opened(client(server.url, { rejectUnauthorized: false }));
  });

  test('may ask who the client is', async () => {
    const server = await secureServer(certificates.server, { ca: certificates.ca, requestCert: true });
    await opened(client(server.url, { ca: certificates.ca, ...certificates.client }));
    expect(tlsOf(server).authorized).toBe(true);
  });

  // RFC 6455 §4.1(j)(k)
  test('is not one with clear text', async () => {
    const server = await rawServer(accept);
    const failure = await failureOf(client(server.url.replace('ws:', 'wss:'), { handshakeTimeout: 200 }));
    expect(failure.code).toMatch(/^(?:ECONNRESET|WS_ERR_HANDSHAKE_TIMED_OUT|ERR_SSL_.*)$/);
    expect(server.requests).toEqual([]);
  });

  test('may be left while it shakes hands', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const websocket = client(`wss://localhost:${(silent.address() as AddressInfo).port}/`);
    const [socket] = (await once(silent, 'connection')) as [Socket];
    const gone = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {}).resume();
    websocket.close();
    expect((await failureOf(websocket)).code).toBe('WS_ERR_HANDSHAKE_ABORTED');
    await gone;
  });

  test('is reached by an https.Agent, whose options count', async () => {
    const server = await secureServer(certificates.server);
    const agent = new SecureAgent({ ca: certificates.ca });
    await opened(client(server.url, { agent }));
    expect((await failureOf(client(server.url, { agent: new SecureAgent() }))).code).toBe(
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    );
  });

  test('delivers frames that come with the 101, and large messages', async () => {
    const server = await rawServer(
      (request) =>
        request.socket.write(Buffer.concat([Buffer.from(request.acceptance()), Buffer.from('810161', 'hex')])),
      { tls: certificates.server },
    );
    const websocket = client(server.url, { ca: certificates.ca });
    expect(String((await once(websocket, 'message'))[0])).toBe('a');
    const size = 500_000;
    const all = new Promise<void>((resolve) => {
      // A header of ten bytes and a masking key of four.
      let left = size + 14;
      server.requests[0]?.socket.on('data', (chunk: Buffer) => {
        left -= chunk.length;
        if (left === 0) resolve();
      });
    });
    websocket.send(Buffer.alloc(size), { compress: false });
    await all;
  });

  test('does not pass its name on to another host', async () => {
    const other = await secureServer(certificates.server);
    const server = await rawServer(
      ({ socket }) => socket.end(`HTTP/1.1 302 Found\r\nLocation: ${other.url}/\r\n\r\n`),
      {
        tls: certificates.elsewhere,
      },
    );
    const options = { ca: certificates.ca, servername: 'elsewhere.example', followRedirects: true };
    await opened(client(server.url, options));
    expect(tlsOf(other).servername).toBe('localhost');
  });

  test('is the same host without TLS, but not for credentials', async () => {
    const plain = await rawServer(accept);
    const server = await rawServer(
      ({ socket }) => socket.end(`HTTP/1.1 302 Found\r\nLocation: ws://a.example/\r\n\r\n`),
      { tls: certificates.server },
    );
    const lookup: NonNullable<ClientOptions['lookup']> = (_, { all }, callback) =>
      all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);
    // Both at their default ports, so that the host is the same: the connections go elsewhere.
    const createConnection = (options: ConnectionRequest): Duplex =>
      options.secureEndpoint
        ? connectTls({ ...(options as ConnectionOptions), port: server.port, servername: 'localhost' })
        : connect(plain.port, '127.0.0.1');
    const headers = { Authorization: 'a', Cookie: 'b', Host: 'c.example', 'X-Other': 'd' };
    const options = { createConnection, lookup, headers, ca: certificates.ca, followRedirects: true };
    await opened(client('wss://a.example/', options));
    expect(server.requests[0]?.header('Authorization')).toBe('a');
    expect(plain.requests[0]?.header('Authorization')).toBeUndefined();
    expect(plain.requests[0]?.header('Cookie')).toBeUndefined();
    expect(plain.requests[0]?.header('Host')).toBe('c.example');
    expect(plain.requests[0]?.header('X-Other')).toBe('d');
  });
});

describe.runIf(hasOpenssl)('a proxy', () => {
  /** A proxy that connects through to a port of localhost, or refuses; what it was asked for. */
  async function proxy(refusal?: string): Promise<{ port: number; asked: string[] }> {
    const asked: string[] = [];
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.once('data', (head: Buffer) => {
        const [, host, port] = /^CONNECT (.+):(\d+) HTTP/.exec(head.toString('latin1')) as unknown as [
          string,
          string,
          string,
        ];
        asked.push(`${host}:${port}`);
        if (refusal !== undefined) {
          socket.end(refusal);
          return;
        }
        const through = connect(Number(port), '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
          socket.pipe(through).pipe(socket);
        });
        sockets.push(through);
        through.on('error', () => {});
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(async () => {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    });
    return { port: (server.address() as AddressInfo).port, asked };
  }

  /** An agent in the manner of those for proxies: where the proxy refuses, its answer is played to the request. */
  function agentFor(proxyPort: number): ProxyAgent {
    return {
      async connect(request: HandshakeRequest, options: ConnectionRequest): Promise<Duplex> {
        const socket = connect(proxyPort, '127.0.0.1');
        socket.write(`CONNECT ${options.host}:${options.port} HTTP/1.1\r\n\r\n`);
        await once(socket, 'readable');
        const head = socket.read() as Buffer;
        if (!head.toString('latin1').startsWith('HTTP/1.1 200')) {
          socket.destroy();
          const replay = new Socket({ writable: false });
          request.once('socket', (given: Socket) => {
            expect(given.listenerCount('data')).toBeGreaterThan(0);
            given.push(head);
            given.push(null);
          });
          return replay;
        }
        if (!options.secureEndpoint) return socket;
        const { host: _host, port: _port, path: _path, ...tls } = options;
        return connectTls({ ...(tls as ConnectionOptions), socket });
      },
    };
  }

  // RFC 6455 §4.1(f)(n)
  test.each(['ws', 'wss'])('leads to %s: servers', async (scheme) => {
    const server = scheme === 'ws' ? await rawServer(accept) : await secureServer(certificates.server);
    const { port, asked } = await proxy();
    const websocket = client(server.url, { agent: agentFor(port), ca: certificates.ca });
    await opened(websocket);
    expect(asked).toEqual([`localhost:${server.port}`]);
    const frame = once(server.requests[0]?.socket as Socket, 'data');
    websocket.ping();
    expect((await frame)[0]).toHaveLength(6);
  });

  test('does not stand in for a certificate', async () => {
    const server = await secureServer(certificates.elsewhere);
    const { port } = await proxy();
    const failure = await failureOf(client(server.url, { agent: agentFor(port), ca: certificates.ca }));
    expect(failure.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(server.requests).toEqual([]);
  });

  test('that refuses is an unexpected response', async () => {
    const refusal = 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno';
    const { port } = await proxy(refusal);
    const failed = client('ws://a.example/', { agent: agentFor(port) });
    expect((await failureOf(failed)).message).toBe('Unexpected server response: 407');
    const listening = client('ws://a.example/', { agent: agentFor(port) });
    const [, response] = await once(listening, 'unexpected-response');
    expect(String(await response.toArray())).toBe('no');
  });
});
