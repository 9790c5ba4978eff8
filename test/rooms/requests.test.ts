import { expect, onTestFinished, test } from 'vitest';
import { Rooms } from '../../src/rooms/rooms.ts';
import { Stage } from './stage.ts';

const URL = 'http://example.com/room';

function make(options = {}): Rooms {
  const rooms = new Rooms(options);
  onTestFinished(() => rooms.close());
  return rooms;
}

/** Reads until `text` has come. */
async function readUntil(response: Response, text: string): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let all = '';
  while (!all.includes(text)) all += decoder.decode((await reader.read()).value);
  await reader.cancel();
  return all;
}

test('an event stream of the Fetch API begins with an id, and has the type, the id and the object of each event', async () => {
  const rooms = make();
  const response = await rooms.eventStreamResponse(new Request(URL), 'lobby', { retry: false });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  const id = await rooms.publish('lobby', { type: 'MESSAGE', text: 'hello' });
  expect(await readUntil(response, 'hello')).toBe(
    `id: ${id.replace(/1$/, '0')}\n\nevent: MESSAGE\nid: ${id}\ndata: {"type":"MESSAGE","text":"hello","roomId":"lobby","id":"${id}"}\n\n`,
  );
  expect(rooms.members('lobby')).toEqual([]);
});

test('a gap is an event named GAP, whose id is where it goes on', async () => {
  const rooms = make();
  const id = await rooms.publish('lobby', { a: 1 });
  const request = new Request(URL, { headers: { 'Last-Event-ID': 'another-1' } });
  const response = await rooms.eventStreamResponse(request, 'lobby', { retry: false });
  const cursor = id.replace(/1$/, '0');
  expect(await readUntil(response, '"a":1')).toContain(
    `event: GAP\nid: ${cursor}\ndata: {"type":"GAP","roomId":"lobby","cursor":"${cursor}"}\n\nid: ${id}\n`,
  );
});

test('a poll that brings no cursor is given one at once', async () => {
  const rooms = make();
  const response = await rooms.pollResponse(new Request(URL), 'lobby');
  const id = await rooms.publish('lobby', { a: 1 });
  expect(await response.json()).toEqual({
    messages: [],
    cursor: id.replace(/1$/, '0'),
    gap: false,
    timestamp: expect.any(Number),
  });
  expect(rooms.members('lobby')).toEqual([]);
});

test('a poll is answered with everything that is said in one turn', async () => {
  const rooms = make();
  const { cursor } = (await (await rooms.pollResponse(new Request(URL), 'lobby')).json()) as { cursor: string };
  const polled = rooms.pollResponse(new Request(`${URL}?since=${cursor}`), 'lobby');
  while (rooms.members('lobby').length === 0) await new Promise((resolve) => setImmediate(resolve));
  for (let number = 1; number <= 3; number++) void rooms.publish('lobby', { number });
  const answer = (await (await polled).json()) as { messages: object[]; cursor: string };
  expect(answer.messages).toMatchObject([{ number: 1 }, { number: 2 }, { number: 3 }]);
  expect(answer.cursor).toBe(cursor.replace(/0$/, '3'));
});

test('a poll holds no more than it may, and the next one goes on behind it', async () => {
  const rooms = make();
  const id = await rooms.publish('lobby', { number: 0 });
  for (let number = 1; number <= 5; number++) await rooms.publish('lobby', { number });
  const heard: object[] = [];
  for (let since = id; heard.length < 5; ) {
    const response = await rooms.pollResponse(new Request(`${URL}?since=${since}`), 'lobby', { maxMessages: 2 });
    const answer = (await response.json()) as { messages: object[]; cursor: string };
    expect(answer.messages.length).toBeLessThanOrEqual(2);
    heard.push(...answer.messages);
    since = answer.cursor;
  }
  expect(heard).toMatchObject([1, 2, 3, 4, 5].map((number) => ({ number })));
});

test('a poll for which nothing comes is answered with where its client stands', async () => {
  const rooms = make();
  const id = await rooms.publish('lobby', { a: 1 });
  const response = await rooms.pollResponse(new Request(`${URL}?since=${id}`), 'lobby', { holdTimeout: 1 });
  expect(await response.json()).toMatchObject({ messages: [], cursor: id, gap: false });
});

test('of two polls of one session the older is let go', async () => {
  const rooms = make();
  const id = await rooms.publish('lobby', { a: 1 });
  const poll = (): Promise<Response> =>
    rooms.pollResponse(new Request(`${URL}?since=${id}`), 'lobby', { session: 's' });
  const first = poll();
  while (rooms.members('lobby').length === 0) await new Promise((resolve) => setImmediate(resolve));
  const second = poll();
  expect((await first).status).toBe(204);
  await rooms.publish('lobby', { a: 2 });
  expect(await (await second).json()).toMatchObject({ messages: [{ a: 2 }] });
});

test('who is refused gets the status and the code, over node:http and the Fetch API', async () => {
  const authorize = (): boolean => false;
  const rooms = make({ authorize });
  const responses = [
    await rooms.eventStreamResponse(new Request(URL), 'lobby'),
    await rooms.pollResponse(new Request(URL), 'lobby'),
  ];
  const stage = await Stage.open({ authorize });
  for (const path of ['stream', 'poll'])
    responses.push(await fetch(`http://127.0.0.1:${stage.port}/${path}?room=lobby`));
  for (const response of responses) {
    expect([response.status, await response.json()]).toEqual([
      403,
      { error: 'not allowed', code: 'WS_ERR_ROOM_FORBIDDEN' },
    ]);
  }
});

test('a mistake of the caller is no refusal', async () => {
  const rooms = make();
  await expect(rooms.eventStreamResponse(new Request(URL), 'lobby', { history: -1 })).rejects.toThrow(RangeError);
  await expect(rooms.pollResponse(new Request(URL), 'lobby', { maxBatchSize: 0 })).rejects.toThrow(RangeError);
  expect(rooms.members('lobby')).toEqual([]);
});
