// The rooms over HTTP, asked over real connections.
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type App, type AppOptions, createWebSocketServer } from '../../src/app/index.ts';
import { jwtAuthenticator } from '../../src/jwt/index.ts';
import { claims, hs256, SECRET } from '../jwt/tokens.ts';
import { DOWN, GatedBroker } from './gated-broker.ts';
import { GuestClient } from './guest-client.ts';
import { ask, begin, StreamReader, say } from './http-reader.ts';

const apps: App[] = [];

async function start(options: AppOptions = {}): Promise<App> {
  const app = await createWebSocketServer(0, options);
  apps.push(app);
  return app;
}

afterEach(async () => {
  for (const app of apps.splice(0)) await app.shutdown({ timeout: 0 });
});

const ADA = { room: 'lobby', name: 'Ada' };
const POLL = '/api/poll?room=lobby&name=Ada';
const STREAM = '/api/stream?room=lobby&name=Ada';
const JSON_FIELD = { 'Content-Type': 'application/json' };
/** One of each route. */
const ROUTES = [
  ['GET', '/api/stream'],
  ['GET', '/api/poll'],
  ['POST', '/api/publish'],
] as const;

describe('GET /api/stream', () => {
  test('is an event stream that proxies leave alone, of events with a name and an id', async () => {
    const app = await start();
    const reader = await StreamReader.open(app, ADA);
    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    const { json } = await say(app, 'Grüße, 世界', {}, 'Grace');
    await reader.until(() => reader.messages.length === 1);
    expect(reader.messages).toEqual([
      { type: 'MESSAGE', content: 'Grüße, 世界', from: 'Grace', roomId: 'lobby', id: json.id },
    ]);
    expect([reader.names, reader.cursor]).toEqual([['MESSAGE'], json.id]);
    // 3 seconds, spread.
    expect(reader.retries[0]).toBeGreaterThanOrEqual(2_100);
    expect(reader.retries[0]).toBeLessThanOrEqual(3_900);
    reader.leave();
  });

  test.each([
    ['Last-Event-ID', (id: string) => StreamReader.open(apps[0] as App, ADA, { 'Last-Event-ID': id })],
    ['since', (id: string) => StreamReader.open(apps[0] as App, { ...ADA, since: id })],
  ])('goes on behind %s', async (_, open) => {
    const app = await start();
    const { json } = await say(app, 'one');
    await say(app, 'two');
    const reader = await open(json.id);
    await reader.until(() => reader.messages.length === 1);
    expect(reader.told).toEqual(['two']);
    reader.leave();
  });

  test('tells of a gap', async () => {
    const app = await start();
    await say(app, 'one');
    const reader = await StreamReader.open(app, { ...ADA, since: 'ffffffffffff-9' });
    await reader.until(() => reader.messages.length === 2);
    expect(reader.names).toEqual(['GAP', 'MESSAGE']);
    reader.leave();
  });

  test('is over when the token is', async () => {
    const authenticate = (): object => ({ userId: 'ada', expires: Date.now() + 200 });
    const app = await start({ authenticate: authenticate as never });
    const reader = await StreamReader.open(app, { room: 'lobby' }, { Authorization: 'Bearer x' });
    await reader.ended;
    expect(reader.retries).toHaveLength(2);
  });
});

describe('GET /api/poll', () => {
  test('without a cursor gives one at once, and then holds until something is said', async () => {
    const app = await start();
    const first = (await ask(app, POLL)).json;
    expect(first).toMatchObject({ messages: [], gap: false, cursor: expect.stringMatching(/-0$/) });
    const held = ask(app, `${POLL}&since=${first.cursor}`);
    while (app.health.transports.poll === 0) await ask(app, '/health');
    const { id } = (await say(app, 'one')).json;
    const { status, json } = await held;
    expect(status).toBe(200);
    expect(json).toEqual({
      messages: [{ type: 'MESSAGE', content: 'one', from: 'Ada', roomId: 'lobby', id }],
      cursor: id,
      gap: false,
      timestamp: expect.any(Number),
    });
  });

  test('of one session is one: the older is let go', async () => {
    const app = await start();
    const { cursor } = (await ask(app, POLL)).json;
    const older = ask(app, `${POLL}&session=mine&since=${cursor}`);
    while (app.health.transports.poll === 0) await ask(app, '/health');
    const newer = ask(app, `${POLL}&session=mine&since=${cursor}`);
    expect((await older).status).toBe(204);
    await say(app, 'one');
    expect((await newer).json.messages).toHaveLength(1);
  });

  test('has a session of bounded length', async () => {
    expect((await ask(await start(), `${POLL}&session=${'x'.repeat(129)}`)).status).toBe(400);
  });
});

describe('every route', () => {
  test.each(ROUTES)('needs a room of 1 to 64 characters: %s %s', async (method, path) => {
    const app = await start();
    for (const query of ['name=Ada', 'name=Ada&room=', `name=Ada&room=${'x'.repeat(65)}`]) {
      const { status, json } = await ask(app, `${path}?${query}`, { method });
      expect([status, json]).toEqual([400, { error: 'room must have 1 to 64 characters' }]);
    }
    expect(
      (await ask(app, `${path}?name=Ada&room=%00`, { method, headers: JSON_FIELD, body: '{"content":"a"}' })).status,
    ).toBe(400);
  });

  test.each(ROUTES)('has one method: %s %s', async (method, path) => {
    const app = await start();
    for (const other of ['GET', 'POST', 'PUT', 'HEAD'].filter((name) => name !== method)) {
      const { status, headers } = await ask(app, `${path}?room=lobby&name=Ada`, { method: other });
      expect([status, headers.allow]).toEqual([405, `${method}, OPTIONS`]);
    }
  });

  test.each(ROUTES)('asks who it is for: %s %s', async (method, path) => {
    const app = await start();
    const { status, headers, json } = await ask(app, `${path}?room=lobby`, { method });
    expect([status, json]).toEqual([401, { error: 'a guest needs a name' }]);
    expect(headers['www-authenticate']).toBe('Bearer realm="sluice"');
    expect((await ask(app, `${path}?room=lobby&name=a%0Ab`, { method })).json).toEqual({
      error: 'the token is no name',
    });
  });
});

describe('where a token is asked for', () => {
  const authenticate = jwtAuthenticator({ secret: SECRET, algorithms: ['HS256'], issuer: null, audience: null });
  const bearer = (token: string): { Authorization: string } => ({ Authorization: `Bearer ${token}` });

  test('it is in Authorization, and says who somebody is', async () => {
    const app = await start({ authenticate });
    const headers = { ...bearer(hs256(claims())), ...JSON_FIELD };
    const reader = await StreamReader.open(app, { room: 'lobby' }, headers);
    const body = '{"content":"one"}';
    expect((await ask(app, '/api/publish?room=lobby&name=Mallory', { method: 'POST', headers, body })).status).toBe(
      200,
    );
    await reader.until(() => reader.messages.length === 1);
    expect(reader.messages[0].from).toBe('alice');
    reader.leave();
  });

  test.each(ROUTES)('it is never taken out of a URL: %s %s', async (method, path) => {
    const app = await start({ authenticate });
    const token = hs256(claims());
    for (const name of ['token', 'access_token', 'name', 'authorization']) {
      const { status, body } = await ask(app, `${path}?room=lobby&${name}=${token}`, { method });
      expect(status).toBe(401);
      expect(body).not.toContain(token);
    }
  });

  test.each([
    ['that is over', bearer(hs256(claims({ exp: 1 }))), 'token expired'],
    ['of somebody else', bearer(hs256(claims(), { alg: 'HS256' }, 'x'.repeat(40))), 'authentication failed'],
    ['of another scheme', { Authorization: `Basic ${hs256(claims())}` }, 'a token is needed: Authorization: Bearer'],
  ])('one %s is refused by 401', async (_, headers, error) => {
    const {
      status,
      headers: fields,
      json,
    } = await ask(await start({ authenticate }), '/api/poll?room=lobby', { headers });
    expect([status, json]).toEqual([401, { error }]);
    expect(fields['www-authenticate']).toBe('Bearer realm="sluice", error="invalid_token"');
  });

  test('ten bad ones in a minute are enough: then nobody of this address is heard, over any transport', async () => {
    const app = await start({ authenticate });
    const headers = bearer('bad');
    for (let count = 0; count < 10; count++) {
      const [method, path] = ROUTES[count % 3] as (typeof ROUTES)[number];
      expect((await ask(app, `${path}?room=lobby`, { method, headers })).status).toBe(401);
    }
    for (const [method, path] of ROUTES) {
      const good = { headers: bearer(hs256(claims())), method };
      const { status, headers: fields } = await ask(app, `${path}?room=lobby`, good);
      expect(status).toBe(429);
      expect(Number(fields['retry-after'])).toBeGreaterThan(0);
    }
    await expect(GuestClient.connect(app)).rejects.toThrow('429');
  });
});

describe('who may do what is asked of authorize', () => {
  const authorize: AppOptions['authorize'] = ({ room, action, identity }) =>
    room === 'lobby' && (action === 'join' || identity === 'Ada');

  test('for WebSockets it is an ERROR, and the connection stays', async () => {
    const app = await start({ authorize });
    const grace = await GuestClient.join(app, 'Grace', 'lobby');
    grace.send({ type: 'JOIN_ROOM', roomId: 'secret' });
    expect(await grace.find({ type: 'ERROR' })).toMatchObject({ code: 'FORBIDDEN' });
    grace.send({ type: 'MESSAGE', roomId: 'lobby', content: 'one', ref: 1 });
    expect(await grace.find({ type: 'ERROR', ref: 1 })).toMatchObject({ code: 'FORBIDDEN' });
    grace.send({ type: 'JOIN_ROOM', roomId: 'lobby', since: '' });
    await grace.settle();
    expect(grace.messages.filter(({ code }) => code === 'FORBIDDEN')).toHaveLength(3);
  });

  test('for requests it is 403', async () => {
    const app = await start({ authorize });
    expect((await ask(app, '/api/stream?room=secret&name=Ada')).status).toBe(403);
    expect((await ask(app, '/api/poll?room=secret&name=Ada')).status).toBe(403);
    expect((await ask(app, '/api/poll?room=lobby&name=Grace&since=a-1')).status).toBe(403);
    expect(await say(app, 'one', {}, 'Grace')).toMatchObject({ status: 403, json: { code: 'FORBIDDEN' } });
    expect((await say(app, 'one')).status).toBe(200);
  });
});

describe('connections of an address are counted over all transports', () => {
  test('and given back when a stream or a poll is over, however it ends', async () => {
    const app = await start({ maxConnectionsPerIp: 3 });
    const { cursor } = (await ask(app, POLL)).json;
    const reader = await StreamReader.open(app, ADA);
    const poll = begin(app, `${POLL}&since=${cursor}`);
    poll.on('error', () => {});
    while (app.health.transports.poll === 0) await ask(app, '/health');
    const socket = await GuestClient.connect(app);
    expect(app.addressCounts.connections).toBe(3);
    await expect(ask(app, STREAM)).resolves.toMatchObject({ status: 429 });
    const closed = once([...(app.clients ?? [])][0] as never, 'close');
    socket.websocket.terminate();
    reader.leave();
    poll.destroy();
    await closed;
    while (app.health.connections > 0) await ask(app, '/health');
    expect(app.addressCounts).toMatchObject({ connections: 0, addresses: 0 });
  });

  test('also of responses that wait behind another on their connection', async () => {
    const app = await start({ maxConnectionsPerIp: 10 });
    const { cursor } = (await ask(app, POLL)).json;
    const socket = connect((app.address() as AddressInfo).port, '127.0.0.1');
    const get = `GET ${POLL}&since=${cursor} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
    socket.write(get.repeat(3));
    while (app.health.transports.poll < 3) await ask(app, '/health');
    expect(app.addressCounts.connections).toBe(3);
    socket.destroy();
    while (app.health.transports.poll > 0) await ask(app, '/health');
    expect(app.addressCounts.connections).toBe(0);
  });

  test('and one that is refused is given back, too', async () => {
    const app = await start({ maxConnectionsPerIp: 1 });
    for (let count = 0; count < 3; count++) {
      expect((await ask(app, '/api/stream?room=lobby')).status).toBe(401);
      expect((await ask(app, '/api/poll?room=lobby')).status).toBe(401);
    }
    while (app.health.connections > 0) await ask(app, '/health');
    expect(app.addressCounts.connections).toBe(0);
  });

  test('behind a proxy that is trusted under the address that it names', async () => {
    const app = await start({ maxConnectionsPerIp: 1, trustProxy: ['127.0.0.1'] });
    const from = (address: string) => ({ 'X-Forwarded-For': address });
    const reader = await StreamReader.open(app, ADA, from('192.0.2.1'));
    expect((await ask(app, POLL, { headers: from('192.0.2.1') })).status).toBe(429);
    expect((await ask(app, POLL, { headers: from('192.0.2.2') })).status).toBe(200);
    reader.leave();
  });
});

describe('pages', () => {
  const fromPage = (app: App, origin: string, host = `127.0.0.1:${(app.address() as AddressInfo).port}`) => ({
    Origin: origin,
    Host: host,
  });

  test('of this server may do everything, and no others are told that they may', async () => {
    const app = await start();
    const { port } = app.address() as AddressInfo;
    const { status, headers } = await ask(app, POLL, { headers: fromPage(app, `http://127.0.0.1:${port}`) });
    expect([status, headers['access-control-allow-origin'], headers.vary]).toEqual([200, undefined, 'Origin']);
  });

  test.each(ROUTES)('of another site may not, and are refused before anything is done: %s %s', async (method, path) => {
    const app = await start();
    const headers = { ...fromPage(app, 'https://evil.example'), ...JSON_FIELD };
    const answer = await ask(app, `${path}?room=lobby&name=Ada`, { method, headers, body: '{"content":"one"}' });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([403, undefined]);
    const preflight = await ask(app, path, { method: 'OPTIONS', headers });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([403, undefined]);
    expect((await ask(app, POLL)).json.cursor).toMatch(/-0$/);
  });

  test.each(ROUTES)(
    'that have brought a name of their own may not, with Origin or without: %s %s',
    async (method, path) => {
      const app = await start();
      const { port } = app.address() as AddressInfo;
      for (const headers of [
        { Host: `evil.example:${port}` },
        { Host: `evil.example:${port}`, Origin: `http://evil.example:${port}` },
        { Host: 'a b' },
      ]) {
        expect((await ask(app, `${path}?room=lobby&name=Ada`, { method, headers })).status).toBe(403);
      }
      expect((await ask(app, '/metrics', { headers: { Host: 'evil.example' } })).status).toBe(403);
    },
  );

  test('of a site that is listed may, and may read the answer', async () => {
    const app = await start({ allowedOrigins: ['https://app.example'] });
    const headers = fromPage(app, 'https://app.example');
    const preflight = await ask(app, '/api/publish', {
      method: 'OPTIONS',
      headers: { ...headers, 'Access-Control-Request-Method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'Authorization, Content-Type, Last-Event-ID',
      vary: 'Origin',
    });
    const answer = await ask(app, POLL, { headers });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, 'https://app.example']);
    expect((await ask(app, POLL, { headers: fromPage(app, 'https://other.example') })).status).toBe(403);
  });
});

test('a room that a broker cannot give is 503 with Retry-After, and a mistake of the program is 500 and told of', async () => {
  const broker = new GatedBroker();
  broker.subscribe = () => Promise.reject(DOWN);
  const app = await start({ broker });
  for (const path of [POLL, STREAM]) {
    const { status, headers } = await ask(app, path);
    expect([status, headers['retry-after']]).toEqual([503, '5']);
  }
  const mistake = new Error('a mistake');
  broker.subscribe = () => Promise.reject(mistake);
  const faults: unknown[] = [];
  app.on('fault', (error) => faults.push(error));
  expect(await ask(app, POLL)).toMatchObject({ status: 500, json: { error: 'this has gone wrong here' } });
  expect(faults).toEqual([mistake]);
  await broker.close();
});

test('a path that is none of these is not there', async () => {
  const app = await start();
  for (const path of ['/api/', '/api/streams', '/api/stream/', '/API/stream', '/api/__proto__']) {
    expect((await ask(app, path)).status).toBe(404);
  }
});
