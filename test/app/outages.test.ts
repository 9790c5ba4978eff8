// Outages that a page asks for: its own connections break or fall silent, and nobody else's.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect as netConnect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type App, createWebSocketServer } from '../../src/app/index.ts';
import { LONGEST_OUTAGE, MOST_PAGES, Outages } from '../../src/app/outages.ts';

const ADA = 'adas-page-0123456789ABCDEF';
const BOB = 'bobs-page-0123456789ABCDEF';

let app: App;
beforeEach(async () => {
  app = await createWebSocketServer(0, { outages: true });
});
afterEach(() => app.shutdown({ timeout: 0 }));

const port = (): number => (app.address() as AddressInfo).port;

/** Asks for an outage. */
async function ask(query: Record<string, string | number>, method = 'POST'): Promise<number | undefined> {
  const path = `/outage?${new URLSearchParams(query as Record<string, string>)}`;
  const asked = request({ host: '127.0.0.1', port: port(), path, method, agent: false }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

/** A request of a page. */
async function get(path: string): Promise<IncomingMessage> {
  const asked = request({ host: '127.0.0.1', port: port(), path, agent: false }).end();
  const answered = once(asked, 'response');
  // What breaks behind the head of the answer concerns the answer.
  asked.on('error', () => {});
  return ((await answered) as [IncomingMessage])[0];
}

const stream = (page: string, link: number): Promise<IncomingMessage> =>
  get(`/api/stream?room=lobby&name=Ada&page=${page}&link=${link}`);

async function connect(page: string, link: number): Promise<WebSocket> {
  const websocket = new WebSocket(`ws://127.0.0.1:${port()}/ws?page=${page}&link=${link}`);
  await once(websocket, 'open');
  return websocket;
}

const say = (content: string): Promise<string> =>
  app.rooms.publish('lobby', { type: 'MESSAGE', from: 'Hedy', content });

describe('a page that has itself cut off', () => {
  test('loses its WebSocket without a Close frame, and may come again', async () => {
    const websocket = await connect(ADA, 1);
    const closed = once(websocket, 'close');
    websocket.on('error', () => {});
    expect(await ask({ page: ADA, link: 1, kind: 'cut' })).toBe(204);
    expect((await closed)[0]).toBe(1006);
    (await connect(ADA, 2)).terminate();
  });

  test('loses its event stream in the middle, and its poll without an answer', async () => {
    // Of an answer that ends with its connection the client of node:http takes an RST for the end.
    const socket = netConnect(port(), '127.0.0.1');
    socket.write(`GET /api/stream?room=lobby&name=Ada&page=${ADA}&link=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    const cut = expect(text(socket)).rejects.toMatchObject({ code: 'ECONNRESET' });
    const poll = get(`/api/poll?room=lobby&name=Ada&since=${await say('before')}&page=${ADA}&link=1`);
    const reset = expect(poll).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect.poll(() => app.health.transports).toMatchObject({ sse: 1, poll: 1 });
    await ask({ page: ADA, link: 1, kind: 'cut' });
    await Promise.all([cut, reset]);
    await expect.poll(() => app.health.transports).toMatchObject({ sse: 0, poll: 0 });
  });

  test('is cut off again when its browser repeats a request by itself', async () => {
    await ask({ page: ADA, link: 3, kind: 'cut' });
    await expect(stream(ADA, 3)).rejects.toMatchObject({ code: 'ECONNRESET' });
    (await stream(ADA, 4)).destroy();
  });

  test('leaves everybody else alone', async () => {
    const [bobs, plain] = [await connect(BOB, 1), await connect('short', 1)];
    const adas = await connect(ADA, 1);
    adas.on('error', () => {});
    const closed = once(adas, 'close');
    await ask({ page: ADA, link: 1, kind: 'cut' });
    await closed;
    expect([bobs.readyState, plain.readyState]).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
    for (const websocket of [bobs, plain]) websocket.terminate();
  });

  test('is not let in for as long as it has said', async () => {
    await ask({ page: ADA, link: 1, kind: 'cut', for: LONGEST_OUTAGE });
    const websocket = new WebSocket(`ws://127.0.0.1:${port()}/ws?page=${ADA}&link=2`);
    await expect(once(websocket, 'open')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(stream(ADA, 3)).rejects.toMatchObject({ code: 'ECONNRESET' });
    // Whoever asks is heard all the same.
    expect(await ask({ page: ADA, link: 3, kind: 'cut' })).toBe(204);
    (await connect(ADA, 4)).terminate();
  });
});

describe('a server that falls silent', () => {
  test('neither hears nor answers, and the connection stays', async () => {
    const websocket = await connect(ADA, 1);
    websocket.send('{"type":"AUTH","token":"Ada"}');
    await once(websocket, 'message');
    await ask({ page: ADA, link: 1, kind: 'silence' });
    const told: unknown[] = [];
    websocket.on('message', (data) => told.push(String(data)));
    websocket.on('pong', () => told.push('pong'));
    websocket.send('{"type":"JOIN_ROOM","roomId":"lobby"}');
    websocket.ping();
    // Somebody else's way there and back, behind it.
    const other = await connect(BOB, 1);
    other.ping();
    await once(other, 'pong');
    expect([told, websocket.readyState, app.health.rooms]).toEqual([[], WebSocket.OPEN, 0]);
    other.terminate();
    // That the client goes is heard.
    websocket.terminate();
    await expect.poll(() => app.health.transports.websocket).toBe(0);
  });

  test('writes nothing more into an event stream, and answers no later request of the same link', async () => {
    const response = await stream(ADA, 1);
    const heard: string[] = [];
    response.on('data', (data) => heard.push(String(data)));
    await expect.poll(() => heard.join('')).toContain('id: ');
    heard.length = 0;
    await ask({ page: ADA, link: 1, kind: 'silence' });
    const unanswered = request({
      host: '127.0.0.1',
      port: port(),
      path: `/api/poll?room=lobby&name=Ada&page=${ADA}&link=1`,
      agent: false,
    }).end();
    unanswered.on('response', () => heard.push('an answer')).on('error', () => {});
    const next = await stream(ADA, 2);
    await say('who is there?');
    for await (const data of next) if (String(data).includes('who is there?')) break;
    expect(heard).toEqual([]);
    await expect.poll(() => app.health.transports.sse).toBe(1);
    unanswered.destroy();
    response.destroy();
  });
});

describe('POST /outage', () => {
  const good = { page: ADA, link: 1, kind: 'cut', for: 0 };
  test.each([
    ['a page that could be guessed', { ...good, page: 'ada' }],
    ['no link', { ...good, link: '' }],
    ['another kind', { ...good, kind: 'flood' }],
    ['more than half a minute', { ...good, for: LONGEST_OUTAGE + 1 }],
    ['less than no time', { ...good, for: -1 }],
    ['no time at all', { ...good, for: 'long' }],
  ])('is refused for %s', async (_, query) => {
    expect(await ask(query)).toBe(400);
  });

  test('is a POST: no link and no picture does it', async () => {
    expect(await ask(good, 'GET')).toBe(405);
  });

  test('is not there unless it is asked for', async () => {
    const other = await createWebSocketServer(0);
    const { port: itsPort } = other.address() as AddressInfo;
    const asked = request({ host: '127.0.0.1', port: itsPort, path: '/outage', agent: false }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(404);
    await other.shutdown({ timeout: 0 });
  });
});

test('of pages that have gone nothing is kept, but for their outages, and of those not more than so many', () => {
  const outages = new Outages(() => 0);
  const sockets: { emit(type: string): void }[] = [];
  const come = (page: string, link: number): boolean => {
    const handlers: (() => void)[] = [];
    const socket = {
      once: (_: string, handler: () => void) => handlers.push(handler),
      emit: () => {
        for (const handler of handlers) handler();
      },
      resetAndDestroy: () => {},
    };
    sockets.push(socket);
    return outages.admit({ url: `/ws?page=${page}&link=${link}`, socket } as unknown as IncomingMessage);
  };
  const leave = (): void => {
    for (const socket of sockets.splice(0)) socket.emit('close');
  };
  expect(come(ADA, 1)).toBe(true);
  expect(outages.size).toBe(1);
  leave();
  expect(outages.size).toBe(0);
  const response = { writeHead: () => ({ end: () => {} }) };
  for (let index = 0; index < MOST_PAGES + 10; index++) {
    const url = `/outage?page=page-0123456789ABCDEF-${index}&link=1&kind=cut`;
    outages.answer({ method: 'POST', url } as IncomingMessage, response as never);
  }
  expect(outages.size).toBe(MOST_PAGES);
  // The oldest have been forgotten, the youngest not.
  expect([come('page-0123456789ABCDEF-0', 1), come(`page-0123456789ABCDEF-${MOST_PAGES}`, 1)]).toEqual([true, false]);
  leave();
});
