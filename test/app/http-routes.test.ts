import { once } from 'node:events';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpRoutes, pathOf } from '../../src/app/http-routes.ts';
import { readStaticFiles } from '../../src/app/static-files.ts';

let server: Server;

beforeAll(async () => {
  const health = () => ({ status: 'ok' as const, connections: 3, rooms: 2, uptime: 1 });
  server = createServer(httpRoutes(await readStaticFiles(), health)).listen(0, '127.0.0.1');
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
  expect(JSON.parse(body)).toEqual({ status: 'ok', connections: 3, rooms: 2, uptime: 1 });
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
