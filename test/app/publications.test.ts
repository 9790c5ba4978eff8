import { afterEach, describe, expect, test } from 'vitest';
import { type App, type AppOptions, createWebSocketServer } from '../../src/app/index.ts';
import { MAX_BODY_SIZE } from '../../src/app/publications.ts';
import { BrokerError } from '../../src/rooms/index.ts';
import { DOWN, GatedBroker } from './gated-broker.ts';
import { GuestClient } from './guest-client.ts';
import { type Asking, ask, say } from './http-reader.ts';

const apps: App[] = [];

async function start(options: AppOptions = {}): Promise<App> {
  const app = await createWebSocketServer(0, options);
  apps.push(app);
  return app;
}

afterEach(async () => {
  for (const app of apps.splice(0)) await app.shutdown({ timeout: 0 });
});

function post(app: App, { headers, body }: Asking) {
  return ask(app, '/api/publish?room=lobby&name=Ada', {
    method: 'POST',
    ...(headers && { headers }),
    body: body ?? '',
  });
}

const JSON_FIELD = { 'Content-Type': 'application/json' };

test('what is posted is said in the room, and answered by its id', async () => {
  const app = await start();
  const grace = await GuestClient.join(app, 'Grace', 'lobby');
  const { status, headers, json } = await say(app, 'Grüße');
  expect([status, headers['cache-control'], headers['content-type']]).toEqual([200, 'no-store', 'application/json']);
  expect(await grace.find({ type: 'MESSAGE' })).toEqual({
    type: 'MESSAGE',
    content: 'Grüße',
    from: 'Ada',
    roomId: 'lobby',
    id: json.id,
  });
});

test('the type may have parameters, and must be JSON: a form of another page is none', async () => {
  const app = await start();
  const body = '{"content":"one"}';
  for (const type of ['application/json; charset=utf-8', 'Application/JSON', 'application/json ;a=b']) {
    expect((await post(app, { headers: { 'Content-Type': type }, body })).status).toBe(200);
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
    expect((await post(app, { headers: { 'Content-Type': type }, body })).status).toBe(415);
  }
  expect((await post(app, { body })).status).toBe(415);
});

test.each([
  ['nothing', ''],
  ['not JSON', '{'],
  ['a list', '[]'],
  ['null', 'null'],
  ['without content', '{}'],
  ['with content that is an object', '{"content":{}}'],
  ['with content that is too long', JSON.stringify({ content: 'x'.repeat(16_385) })],
  ['with a ref that is none', '{"content":"a","ref":[]}'],
  ['with a key that is none', '{"content":"a","ref":1,"key":7}'],
  ['with a key and no ref', '{"content":"a","key":"k"}'],
])('a body that is %s is refused by 400', async (_, body) => {
  const { status, json } = await post(await start(), { headers: JSON_FIELD, body });
  expect([status, json.code]).toEqual([400, 'BAD_MESSAGE']);
});

test('a body that is too long is refused by 413, and the longest content passes', async () => {
  const app = await start();
  expect((await post(app, { headers: JSON_FIELD, body: ' '.repeat(MAX_BODY_SIZE + 1) })).status).toBe(413);
  expect((await say(app, '\u0001'.repeat(16_384))).status).toBe(200);
});

test('with key and ref it is said once, however often and over whatever transport it is sent', async () => {
  const app = await start();
  const ada = await GuestClient.join(app, 'Ada', 'lobby');
  const { json: first } = await say(app, 'one', { key: 'my-client', ref: 1 });
  expect((await say(app, 'one', { key: 'my-client', ref: 1 })).json).toEqual(first);
  ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'one', key: 'my-client', ref: 1 });
  expect(await ada.find({ type: 'ACK' })).toEqual({ type: 'ACK', ref: 1, id: first.id });
  // Another message, another client, another user, and messages that nobody has given a key.
  await say(app, 'two', { key: 'my-client', ref: 2 });
  await say(app, 'three', { key: 'my-client', ref: '1' });
  await say(app, 'four', { key: 'other-client', ref: 1 });
  await say(app, 'five', { key: 'my-client', ref: 1 }, 'Grace');
  for (const content of ['six', 'seven']) await say(app, content, { ref: 1 });
  await ada.settle();
  expect(ada.told).toEqual(['AUTH_OK', 'JOINED', 'one', 'ACK', 'two', 'three', 'four', 'five', 'six', 'seven']);
});

describe('the rate', () => {
  test('holds for an address, whatever its guests are called', async () => {
    const app = await start({ rate: { perSecond: 0.01, burst: 2 } });
    expect((await say(app, 'one')).status).toBe(200);
    expect((await say(app, 'two', {}, 'Grace')).status).toBe(200);
    const { status, headers } = await say(app, 'three', {}, 'Barbara');
    expect(status).toBe(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(50);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(100);
  });

  test('holds for a user, where tokens say who that is', async () => {
    const authenticate = (data: Buffer): { userId: string } => ({ userId: JSON.parse(String(data)).token });
    const app = await start({ authenticate, rate: { perSecond: 0.01, burst: 1 } });
    const status = async (user: string): Promise<number> => {
      const headers = { ...JSON_FIELD, Authorization: `Bearer ${user}` };
      return (await post(app, { headers, body: '{"content":"one"}' })).status;
    };
    expect([await status('ada'), await status('ada'), await status('grace')]).toEqual([200, 429, 200]);
  });
});

test.each([
  [DOWN, 'the room cannot be reached: try again later'],
  [
    new BrokerError('WS_ERR_BROKER_UNKNOWN', 'for a test'),
    'nobody can say whether it was said: say it again with the same key and ref',
  ],
])('what a broker refuses is 503 with Retry-After', async (refusal, error) => {
  const broker = new GatedBroker();
  broker.refusal = refusal;
  const { status, headers, json } = await say(await start({ broker }), 'one');
  expect([status, headers['retry-after'], json]).toEqual([503, '5', { error, code: 'UNAVAILABLE' }]);
  await broker.close();
});

test('a mistake of the program is 500, and told of', async () => {
  const broker = new GatedBroker();
  const mistake = new Error('a mistake');
  broker.append = () => Promise.reject(mistake);
  const app = await start({ broker });
  const faults: unknown[] = [];
  app.on('fault', (error) => faults.push(error));
  expect((await say(app, 'one')).status).toBe(500);
  expect(faults).toEqual([mistake]);
  await broker.close();
});
