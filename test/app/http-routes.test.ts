import { once } from 'node:events';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Health } from '../../src/app/health.ts';
import { type HttpRoutesHost, httpRoutes, pathOf } from '../../src/app/http-routes.ts';
import { readStaticFiles } from '../../src/app/static-files.ts';

let server: Server;
let health: Health;
const answers: [route: string, method: string, status: number][] = [];

const WELL: Health = {
  status: 'ok',
  broker: 'up',
  connections: 3,
  transports: { websocket: 1, sse: 1, poll: 1 },
  rooms: 2,
  uptime: 1,
};

beforeEach(() => {
  health = WELL;
  answers.length = 0;
});

beforeAll(async () => {
  const host: HttpRoutesHost = {
    files: await readStaticFiles(),
    health: () => health,
    metrics: () => 'sluice_rooms 2\n',
    isAtHome: ({ headers }) => headers.host !== 'evil.example',
    admit: () => true,
    answerOutage: () => false,
    answerRoom: (_, response, path) => {
      if (path !== '/api/stream') return false;
      response.end('a room');
      return true;
    },
    onAnswered: (...answered) => {
      answers.push(answered);
    },
  };
  server = createServer(httpRoutes(host)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

async function ask(path: string, method = 'GET', headers: OutgoingHttpHeaders = {}) {
  const { port } = server.address() as AddressInfo;
  const asked = request({ port, host: '127.0.0.1', path, method, headers, agent: false }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

test('the page is served at /, whatever the query', async () => {
  for (const path of ['/', '/?room=lobby']) {
    const { status, headers, body } = await ask(path);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
    expect(body).toMatch(/^<!doctype html>/);
  }
});

test('HEAD gives what GET gives, without the body', async () => {
  const { status, headers, body } = await ask('/main.js', 'HEAD');
  const { body: content } = await ask('/main.js');
  expect([status, body]).toEqual([200, '']);
  expect(headers['content-length']).toBe(String(Buffer.byteLength(content)));
});

test('who has a file already is told so (RFC 9110 §15.4.5)', async () => {
  const { headers } = await ask('/style.css');
  const again = await ask('/style.css', 'GET', { 'If-None-Match': headers.etag });
  expect(again).toMatchObject({ status: 304, body: '', headers: { etag: headers.etag } });
  expect((await ask('/style.css', 'GET', { 'If-None-Match': '"other"' })).status).toBe(200);
});

test('/health is JSON, and never out of a cache', async () => {
  const { status, headers, body } = await ask('/health');
  expect(status).toBe(200);
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  expect(JSON.parse(body)).toEqual(WELL);
});

test.each([
  ['degraded', 200],
  ['stopping', 503],
] as const)('/health that is %s is a %d', async (status, expected) => {
  health = { ...WELL, status };
  const answer = await ask('/health');
  expect([answer.status, JSON.parse(answer.body).status]).toEqual([expected, status]);
});

test('/metrics is the text of Prometheus, never out of a cache, and for this server alone', async () => {
  const { status, headers, body } = await ask('/metrics');
  expect([status, body]).toEqual([200, 'sluice_rooms 2\n']);
  expect(headers).toMatchObject({
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'cache-control': 'no-store',
  });
  expect((await ask('/metrics', 'GET', { Host: 'evil.example' })).status).toBe(403);
});

test('what is under /api/ is for the rooms, and what they do not know is not there', async () => {
  expect(await ask('/api/stream', 'POST')).toMatchObject({ status: 200, body: 'a room' });
  expect(await ask('/api/secret')).toMatchObject({ status: 404 });
});

test('each answer is told of by its route, and never by what the client has made up', async () => {
  for (const path of ['/health?token=secret', '/ws', '/secret', '/api/secret', '/main.js']) await ask(path);
  await ask('/secret', 'POST');
  expect(answers).toEqual([
    ['/health', 'GET', 200],
    ['/ws', 'GET', 426],
    ['other', 'GET', 404],
    ['other', 'GET', 404],
    ['/main.js', 'GET', 200],
    ['other', 'POST', 405],
  ]);
});

describe('there is no way to another file', () => {
  test.each([
    '/../package.json',
    '/page/index.html',
    '/%2e%2e/package.json',
    '/..%2f..%2fpackage.json',
    '//etc/passwd',
    '/./main.js',
    '/main.js/',
    '/main.js%00',
    '/MAIN.JS',
    '/__proto__',
    '/constructor',
    '/index.html',
  ])('%s', async (path) => {
    const { status, body } = await ask(path);
    expect(status).toBe(404);
    expect(body).not.toContain(path);
  });
});

test.each(['/ws', '/inspect', '/ws?a=b'])(
  '%s without an upgrade is answered by 426 (RFC 9110 §15.5.22)',
  async (path) => {
    const { status, headers } = await ask(path);
    expect(status).toBe(426);
    expect(headers).toMatchObject({ upgrade: 'websocket', connection: expect.stringMatching(/upgrade/i) });
  },
);

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is not allowed, and ends the connection', async (method) => {
  const { status, headers } = await ask('/', method, method === 'POST' ? { 'Content-Length': 5 } : {}).catch(() => {
    throw new Error('no answer');
  });
  expect(status).toBe(405);
  expect(headers).toMatchObject({ allow: 'GET, HEAD', connection: 'close' });
});

describe('every answer', () => {
  test.each(['/', '/main.js', '/health', '/ws', '/nothing'])('says what a browser may do with it: %s', async (path) => {
    const { headers } = await ask(path);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    // No other site may read it.
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });
});

test.each([
  ['/', '/'],
  ['/ws?a=b?c', '/ws'],
  ['?', ''],
  ['', ''],
])('the path of %j is %j', (target, path) => {
  expect(pathOf(target)).toBe(path);
});
