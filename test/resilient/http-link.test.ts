// Rooms over HTTP, against a server that is a function.
import { describe, expect, test } from 'vitest';
import { httpUrlOf } from '../../src/resilient/http-link.ts';
import {
  poll,
  ResilientWebSocket,
  type ResilientWebSocketOptions,
  sse,
  type Transport,
} from '../../src/resilient/index.ts';
import { turns, World } from './world.ts';

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
  answer(status: number, body: string, headers?: Record<string, string>): Response;
  /** Begins an event stream. */
  stream(): { write(text: string): void; end(): void };
}

function serve(transport: Transport, more: ResilientWebSocketOptions = {}) {
  const world = new World();
  const asked: Asked[] = [];
  const serving: typeof fetch = (input, init) =>
    new Promise((resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      asked.push({
        method: init?.method ?? 'GET',
        url: new URL(String(input)),
        headers: new Headers(init?.headers),
        body: String(init?.body ?? ''),
        answer(status, body, headers = {}) {
          const response = new Response(body, { status, headers });
          resolve(response);
          return response;
        },
        stream() {
          const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
          const writer = writable.getWriter();
          writer.closed.catch(() => {});
          resolve(new Response(readable));
          return {
            write: (text) => void writer.write(new TextEncoder().encode(text)).catch(() => {}),
            end: () => void writer.close().catch(() => {}),
          };
        },
      });
    });
  const client = new ResilientWebSocket('ws://host/app/ws', {
    platform: world,
    transports: [transport],
    token: 'secret',
    fetch: serving,
    ...more,
  });
  const told: unknown[] = [];
  client.onmessage = ({ data }) => told.push(JSON.parse(String(data)));
  client.ongap = ({ cursor }) => told.push(['gap', cursor]);
  client.onreconnecting = ({ delay, code }) => told.push(['reconnecting', code, delay]);
  client.onclose = ({ code }) => told.push(['close', code]);
  return { world, asked, client, told };
}

async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) await turns();
}

const message = (id: string) => ({ type: 'MESSAGE', roomId: 'lobby', content: id, id });

test.each([
  ['ws://host/ws', undefined, 'http://host/api/'],
  ['wss://host/app/ws?a=b', undefined, 'https://host/app/api/'],
  ['ws://host/ws', '/rooms/', 'http://host/rooms/'],
  ['ws://host/ws', 'https://other/', 'https://other/'],
])('the routes beside %s, or %s, are at %s', (url, given, expected) => expect(httpUrlOf(url, given)).toBe(expected));

describe('an event stream', () => {
  test('is a room: joined by its first id, each event once, and a gap', async () => {
    const { asked, client, told } = serve(sse);
    const joined = client.join('lobby');
    await settle();
    const [request] = asked;
    expect([request?.url.href, request?.headers.get('authorization')]).toEqual([
      'http://host/app/api/stream?room=lobby',
      'Bearer secret',
    ]);
    const stream = request?.stream();
    stream?.write('retry: 3000\n\nid: abc-1\n\n');
    await joined;
    expect([client.state, client.cursorOf('lobby')]).toEqual(['open', 'abc-1']);
    stream?.write(`id: abc-2\ndata: ${JSON.stringify(message('abc-2'))}\n\n`);
    stream?.write(`event: GAP\nid: abc-9\ndata: {"type":"GAP","roomId":"lobby","cursor":"abc-9"}\n\n`);
    await settle();
    expect(told).toEqual([message('abc-2'), ['gap', 'abc-9']]);
    client.close();
    await settle();
  });

  test('that ends is made again when the server has said, from its place', async () => {
    const { asked, client, told, world } = serve(sse);
    void client.join('lobby');
    await settle();
    const stream = asked[0]?.stream();
    stream?.write('retry: 700\nid: abc-1\n\n');
    await settle();
    stream?.end();
    await settle();
    expect(told).toEqual([['reconnecting', 1006, 805]].map((row) => [row[0], row[1], expect.closeTo(Number(row[2]))]));
    await world.pass(900);
    expect(asked[1]?.url.searchParams.get('since')).toBe('abc-1');
    client.close();
    await world.pass(0);
    expect(world.pending).toBe(0);
  });

  test.each([
    ['of which nothing comes is given up in time', 10_000, false],
    ['that falls silent behind its beginning too', 45_000, true],
  ])('%s', async (_, after, begins) => {
    const { asked, client, told, world } = serve(sse, { pingInterval: 0 });
    void client.join('lobby');
    await settle();
    const stream = asked[0]?.stream();
    if (begins) stream?.write('id: abc-1\n\n');
    await settle();
    await world.pass(after - 1);
    expect(told).toEqual([]);
    await world.pass(1);
    expect(told).toEqual([['reconnecting', 1006, 1_000]]);
    client.close();
    await world.pass(0);
    expect(world.pending).toBe(0);
  });
});

test('polls go on from answer to answer, and a gap comes before what follows it', async () => {
  const { asked, client, told } = serve(poll);
  void client.join('lobby', { since: 'abc-4' });
  const answer = async (messages: object[], cursor: string, gap = false) => {
    await settle();
    asked.at(-1)?.answer(200, JSON.stringify({ messages, cursor, gap }));
    await settle();
  };
  await answer([], 'abc-9');
  await answer([message('abc-5')], 'abc-5');
  await answer([message('new-2')], 'new-2', true);
  expect(asked.map(({ url }) => url.searchParams.get('since'))).toEqual([null, 'abc-4', 'abc-5', 'new-2']);
  expect(told).toEqual([message('abc-5'), ['gap', undefined], message('new-2')]);
  client.close();
  await settle();
});

describe('a publication', () => {
  test('goes by POST, one after the other, and is acknowledged', async () => {
    const { asked, client } = serve(sse);
    const said = ['one', 'two'].map((content) => client.publish('lobby', content));
    await settle();
    expect(asked).toHaveLength(1);
    expect([asked[0]?.method, asked[0]?.url.href]).toEqual(['POST', 'http://host/app/api/publish?room=lobby']);
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ content: 'one', ref: 1, key: expect.any(String) });
    asked[0]?.answer(200, '{"id":"abc-1"}');
    await settle();
    asked[1]?.answer(200, '{"id":"abc-2"}');
    expect(await Promise.all(said)).toEqual(['abc-1', 'abc-2']);
    client.close();
    await settle();
  });

  test('that is refused for good is told so; one that may be said later is said again', async () => {
    const { asked, client, world } = serve(sse);
    const refused = client.publish('lobby', 'one');
    const late = client.publish('lobby', 'two');
    await settle();
    asked[0]?.answer(403, '{"error":"not for you","code":"FORBIDDEN"}');
    await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await settle();
    asked[1]?.answer(503, '{"error":"later","code":"UNAVAILABLE"}', { 'Retry-After': '1' });
    await settle();
    await world.pass(1_500);
    await settle();
    asked[2]?.answer(200, '{"id":"abc-1"}');
    expect(await late).toBe('abc-1');
    client.close();
    await settle();
  });
});

describe('a status', () => {
  test.each([
    [401, '{"error":"who?"}', {}, ['close', 4001]],
    [503, '{"error":"restarting"}', { 'Retry-After': '4' }, ['reconnecting', 1006, 4_600]],
    [429, '{"error":"too much"}', { 'Retry-After': '2' }, ['reconnecting', 1006, 2_300]],
    [403, '<h1>Blocked</h1>', {}, ['reconnecting', 1006, 1_000]],
    [502, '', {}, ['reconnecting', 1006, 1_000]],
  ] as const)('%i %s', async (status, body, headers, expected) => {
    const { asked, client, told, world } = serve(sse);
    void client.join('lobby');
    await settle();
    asked[0]?.answer(status, body, headers);
    await settle();
    expect(told).toEqual([expected]);
    client.close();
    await world.pass(0);
  });

  test('403 of the server itself refuses the room, and nothing else', async () => {
    const { asked, client } = serve(sse);
    const joined = client.join('lobby');
    await settle();
    for (const place of [0, 1]) {
      asked[place]?.answer(403, '{"error":"not for you","code":"FORBIDDEN"}');
      await settle();
    }
    await expect(joined).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(client.state).toBe('open');
    client.close();
    await settle();
  });
});

test('whoever is asked for a sign of life is read to the end: nothing unread keeps a connection', async () => {
  const { asked, client, world } = serve(sse, { pingInterval: 1_000, pingTimeout: 500 });
  void client.join('lobby');
  await settle();
  asked[0]?.stream().write('id: a-1\n\n');
  await settle();
  await world.pass(1_000);
  expect(asked[1]?.url.pathname).toBe('/app/api/poll');
  const sign = asked[1]?.answer(200, '{"messages":[],"cursor":"a-1","gap":false}');
  await settle();
  expect(sign?.bodyUsed).toBe(true);
  await world.pass(600);
  expect(client.state).toBe('open');
  client.close();
  await settle();
});

test("a guest's name is in the URL, a token never", async () => {
  for (const [who, name, field] of [
    [{ token: undefined, name: 'Ada' }, 'Ada', null],
    [{ token: 'secret' }, null, 'Bearer secret'],
  ] as const) {
    const { asked, client } = serve(poll, who);
    void client.join('lobby');
    await settle();
    expect([asked[0]?.url.searchParams.get('name'), asked[0]?.headers.get('authorization')]).toEqual([name, field]);
    expect(asked[0]?.url.href).not.toContain('secret');
    client.close();
    await settle();
  }
});
