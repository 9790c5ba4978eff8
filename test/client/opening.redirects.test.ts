// Redirects of an opening handshake: off by default, limited, and never a way to another host for what was meant for one.
// RFC 9110 §15.4.
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ClientOptions, HandshakeRequest } from '../../src/client/index.ts';
import { clock } from '../../src/transport/index.ts';
import type { WebSocket } from '../../src/websocket/index.ts';
import { client, failureOf, opened } from './outcomes.ts';
import { answer, type RawRequest, type RawServer, rawServer } from './raw-server.ts';

/** A server that accepts. */
function acceptingServer(path?: string): Promise<RawServer> {
  const accept = (request: RawRequest): unknown => request.socket.write(request.acceptance());
  return rawServer(accept, path === undefined ? {} : { path });
}

/** A server that redirects to `locations` one after the other, and then accepts. */
function redirectingServer(locations: string[], path?: string): Promise<RawServer> {
  return rawServer(
    (request) => {
      const location = locations.shift();
      if (location === undefined) request.socket.write(request.acceptance());
      else request.socket.end(answer('HTTP/1.1 302 Found', `Location: ${location}`, 'Content-Length: 0'));
    },
    path === undefined ? {} : { path },
  );
}

/** A WebSocket that follows, and what the event redirect said. */
function follower(url: string, options: ClientOptions = {}): { websocket: WebSocket; redirects: string[] } {
  const websocket = client(url, { followRedirects: true, ...options });
  const redirects: string[] = [];
  websocket.on('redirect', (to: string) => redirects.push(to));
  return { websocket, redirects };
}

/** A folder that is gone with the test. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-client-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const SECRETS: ClientOptions = {
  headers: {
    authorization: 'Basic Zm9vOmJhcg==',
    cookie: 'foo=bar',
    'Proxy-Authorization': ['a', 'b'],
    host: 'foo',
    'X-Other': 'c',
  },
};

describe('a redirect', () => {
  // RFC 6455 §4.1(v)
  test.each([301, 302, 303, 307, 308])('%i is followed, with a new key and the whole offer', async (status) => {
    let first = true;
    const server = await rawServer((request) => {
      if (first) request.socket.end(answer(`HTTP/1.1 ${status} X`, 'Location: b?c'));
      else request.socket.write(request.acceptance('Sec-WebSocket-Protocol: p'));
      first = false;
    });
    const websocket = client(`${server.url}/a/a`, { followRedirects: true, origin: 'https://o.example' }, ['p']);
    const redirects: unknown[] = [];
    websocket.on('redirect', (url: string, request: HandshakeRequest) => redirects.push(url, request.path));
    await opened(websocket);
    const [one, other] = server.requests as [RawRequest, RawRequest];
    expect(other.requestLine).toBe('GET /a/b?c HTTP/1.1');
    expect(other.header('Sec-WebSocket-Key')).not.toBe(one.header('Sec-WebSocket-Key'));
    for (const name of ['Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions', 'Origin', 'Host']) {
      expect(other.header(name)).toBe(one.header(name));
    }
    expect(redirects).toEqual([`${server.url}/a/b?c`, '/a/b?c']);
    expect(clock.size).toBe(0);
  });

  test.each(['ws', 'http'])('to %s: on another host is followed', async (scheme) => {
    const other = await acceptingServer();
    const server = await redirectingServer([`${other.url.replace('ws', scheme)}/b`]);
    const { websocket, redirects } = follower(server.url);
    await opened(websocket);
    expect(redirects).toEqual([`${other.url}/b`]);
    expect(other.requests).toHaveLength(1);
  });

  test('may be followed by more, up to the limit', async () => {
    const server = await redirectingServer(Array.from({ length: 10 }, (_, index) => `/${index}`));
    const { websocket, redirects } = follower(server.url);
    await opened(websocket);
    expect(redirects).toHaveLength(10);
  });

  test.each([
    [undefined, 10],
    [1, 1],
    [0, 0],
  ])('in a circle ends at maxRedirects: %s', async (maxRedirects, followed) => {
    const server = await rawServer(({ socket }) => socket.end(answer('HTTP/1.1 302 Found', 'Location: /')));
    const { websocket, redirects } = follower(server.url, { maxRedirects });
    expect(await failureOf(websocket)).toMatchObject({
      message: 'Maximum number of redirects exceeded',
      code: 'WS_ERR_HANDSHAKE_TOO_MANY_REDIRECTS',
    });
    expect(redirects).toHaveLength(followed);
    expect(clock.size).toBe(0);
  });

  test('does not wait for the body of the response', async () => {
    let first = true;
    const server = await rawServer((request) => {
      const lines = ['HTTP/1.1 302 Found', 'Location: /b', 'Content-Length: 1000'];
      request.socket.write(first ? answer(...lines) : request.acceptance());
      first = false;
    });
    await opened(follower(server.url).websocket);
    expect(server.requests).toHaveLength(2);
  });

  test('shares the time of the handshake', async () => {
    let count = 0;
    const server = await rawServer(({ socket }) => {
      if (count++ === 0) socket.end(answer('HTTP/1.1 302 Found', 'Location: /b'));
    });
    const { websocket, redirects } = follower(server.url, { handshakeTimeout: 60 });
    expect((await failureOf(websocket)).message).toBe('Opening handshake has timed out');
    expect(redirects).toHaveLength(1);
  });

  test.each([
    ['ws://', /Invalid URL/],
    ['bad-scheme://localhost', /scheme/],
    ['ws://localhost/#a', /fragment/],
  ])('to %j leads nowhere', async (location, message) => {
    const server = await redirectingServer([location]);
    const failure = await failureOf(follower(server.url).websocket);
    expect(failure).toBeInstanceOf(SyntaxError);
    expect(failure.message).toMatch(message);
    expect(failure.code).toBe('WS_ERR_HANDSHAKE_INVALID_LOCATION');
  });

  test('to two places is followed to none', async () => {
    const server = await rawServer(({ socket }) =>
      socket.end(answer('HTTP/1.1 302 Found', 'Location: /a', 'Location: /b')),
    );
    expect((await failureOf(follower(server.url).websocket)).code).toBe('WS_ERR_HANDSHAKE_AMBIGUOUS_LOCATION');
  });

  test('without a Location is an unexpected response', async () => {
    const server = await rawServer(({ socket }) => socket.end(answer('HTTP/1.1 302 Found')));
    expect((await failureOf(follower(server.url).websocket)).message).toBe('Unexpected server response: 302');
  });

  test('to the other scheme ends where the agent is for one', async () => {
    const server = await redirectingServer(['wss://localhost/']);
    const failure = await failureOf(follower(server.url, { agent: new Agent() }).websocket);
    expect(failure.message).toContain('agent must be for https:');
  });
});

describe('what was meant for one host', () => {
  test('goes along where the host stays', async () => {
    const server = await redirectingServer(['/b']);
    await opened(follower(server.url, SECRETS).websocket);
    const [, request] = server.requests as [RawRequest, RawRequest];
    expect(request.header('Authorization')).toBe('Basic Zm9vOmJhcg==');
    expect(request.header('Cookie')).toBe('foo=bar');
    expect(request.all('Proxy-Authorization')).toEqual(['a', 'b']);
    expect(request.header('Host')).toBe('foo');
  });

  test('does not go to another, nor back', async () => {
    const other = await rawServer(({ socket }) =>
      socket.end(answer('HTTP/1.1 302 Found', `Location: ${server.url}/back`)),
    );
    const server = await redirectingServer([`${other.url}/b`]);
    await opened(follower(server.url, SECRETS).websocket);
    for (const request of [other.requests[0], server.requests[1]] as RawRequest[]) {
      expect(request.header('Authorization')).toBeUndefined();
      expect(request.header('Cookie')).toBeUndefined();
      expect(request.all('Proxy-Authorization')).toEqual([]);
      expect(request.header('X-Other')).toBe('c');
    }
    expect(other.requests[0]?.header('Host')).toBe(`localhost:${other.port}`);
    expect(server.requests[1]?.header('Host')).toBe(`localhost:${server.port}`);
  });

  test('neither do the option auth, nor the credentials of the URL', async () => {
    const other = await acceptingServer();
    const server = await redirectingServer([`${other.url}/b`, `${other.url}/b`]);
    await opened(follower(server.url, { auth: 'u:p' }).websocket);
    await opened(follower(server.url.replace('localhost', 'u:p@localhost')).websocket);
    expect(server.requests.map((request) => request.header('Authorization'))).toEqual(['Basic dTpw', 'Basic dTpw']);
    expect(other.requests.map((request) => request.header('Authorization'))).toEqual([undefined, undefined]);
  });

  test('goes there when a listener of redirect says so', async () => {
    const other = await acceptingServer();
    const server = await redirectingServer([`${other.url}/b`]);
    const { websocket } = follower(server.url, SECRETS);
    websocket.on('redirect', (_: string, request: HandshakeRequest) => {
      expect(request.hasHeader('authorization')).toBe(false);
      request.setHeader('Authorization', 'again');
    });
    await opened(websocket);
    expect(other.requests[0]?.header('Authorization')).toBe('again');
  });

  test('keeps the first credentials where the host stays', async () => {
    const server = await rawServer((request) => {
      const location = `Location: ${server.url.replace('localhost', 'x:y@localhost')}/b`;
      const first = server.requests.length === 1;
      request.socket.write(first ? answer('HTTP/1.1 302 Found', location) : request.acceptance());
    });
    await opened(follower(server.url.replace('localhost', 'u:p@localhost')).websocket);
    expect(server.requests[1]?.header('Authorization')).toBe('Basic dTpw');
  });

  test('is not shown between hosts and Unix sockets, in either direction', async () => {
    const folder = temporaryFolder();
    const paths = ['a.sock', 'b.sock', 'c.sock'].map((name) => join(folder, name)) as [string, string, string];
    const end = await acceptingServer();
    const last = await redirectingServer([`${end.url}/e`], paths[1]);
    const local = await redirectingServer([`ws+unix:${paths[1]}:/d`], paths[0]);
    const first = await redirectingServer([`ws+unix:${paths[0]}:/c`]);
    const { websocket, redirects } = follower(first.url, SECRETS);
    await opened(websocket);
    expect(redirects).toEqual([`ws+unix:${paths[0]}:/c`, `ws+unix:${paths[1]}:/d`, `${end.url}/e`]);
    for (const request of [local.requests[0], last.requests[0], end.requests[0]] as RawRequest[]) {
      expect(request.header('Authorization')).toBeUndefined();
      expect(request.header('Cookie')).toBeUndefined();
      expect(request.header('Host')).toMatch(/^localhost/);
    }
  });

  test.each([
    ['of the URL', (path: string) => `ws+unix:${path}:/a`, {}],
    ['of the option', () => 'ws://c.example/a', { socketPath: true }],
  ])('stays behind the Unix socket %s where the Location is relative', async (_, urlOf, options) => {
    const path = join(temporaryFolder(), 'a.sock');
    const server = await redirectingServer(['/b'], path);
    const socketPath = 'socketPath' in options ? path : undefined;
    await opened(follower(urlOf(path), { ...SECRETS, socketPath }).websocket);
    expect(server.requests.map((request) => request.requestLine.split(' ')[1])).toEqual(['/a', '/b']);
    expect(server.requests[1]?.header('Cookie')).toBe('foo=bar');
  });

  test('is not the socketPath of another', async () => {
    const folder = temporaryFolder();
    const other = await acceptingServer();
    await redirectingServer([`${other.url}/b`], join(folder, 'a.sock'));
    await opened(follower('ws://c.example/c', { socketPath: join(folder, 'a.sock') }).websocket);
    expect(other.requests).toHaveLength(1);
  });
});

describe('the application', () => {
  test('finishes each request', async () => {
    const server = await redirectingServer(['/b']);
    const paths: string[] = [];
    const finishRequest = (request: HandshakeRequest): void => {
      paths.push(request.path);
      setImmediate(() => request.setHeader('X-Path', request.path).end());
    };
    await opened(follower(`${server.url}/a`, { finishRequest }).websocket);
    expect(paths).toEqual(['/a', '/b']);
    expect(server.requests.map((request) => request.header('X-Path'))).toEqual(['/a', '/b']);
  });

  test('fails the handshake where finishRequest throws', async () => {
    const server = await redirectingServer(['/b']);
    const finishRequest = (request: HandshakeRequest): void => {
      if (request.path === '/b') throw new Error('no');
      request.end();
    };
    expect((await failureOf(follower(`${server.url}/a`, { finishRequest }).websocket)).message).toBe('no');
  });

  test.each<[string, (websocket: WebSocket, request: HandshakeRequest) => void, string]>([
    ['close()', (websocket) => websocket.close(), 'WebSocket was closed before the connection was established'],
    ['terminate()', (websocket) => websocket.terminate(), 'WebSocket was closed before the connection was established'],
    ['abort()', (_, request) => request.abort(), 'socket hang up'],
    ['destroy()', (_, request) => void request.destroy(new Error('enough')), 'enough'],
  ])('may stop at a redirect by %s', async (_, stop, message) => {
    const server = await redirectingServer(['/b']);
    let requests = 0;
    const finishRequest = (request: HandshakeRequest): void => {
      requests++;
      request.end();
    };
    const websocket = client(server.url, { followRedirects: true, finishRequest });
    websocket.on('redirect', (_url: string, request: HandshakeRequest) => stop(websocket, request));
    expect((await failureOf(websocket)).message).toBe(message);
    expect([server.requests.length, requests]).toEqual([1, 1]);
    expect(clock.size).toBe(0);
  });
});
