// One conversation whose reader goes from transport to transport by the id alone.
import { afterEach, expect, test } from 'vitest';
import { type App, createWebSocketServer } from '../../src/app/index.ts';
import { GuestClient } from './guest-client.ts';
import { ask, StreamReader, say } from './http-reader.ts';

const apps: App[] = [];

afterEach(async () => {
  for (const app of apps.splice(0)) await app.shutdown({ timeout: 0 });
});

test('WebSocket, event stream, poll, WebSocket: nothing is lost, and nothing comes twice', async () => {
  const app = await createWebSocketServer(0, { rate: { perSecond: 1e6, burst: 1e6 } });
  apps.push(app);
  const heard: string[] = [];
  const contents = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `${from + index}`);
  const sayAll = async (from: number, to: number): Promise<void> => {
    for (const content of contents(from, to)) expect((await say(app, content)).status).toBe(200);
  };

  const first = await GuestClient.join(app, 'Grace', 'lobby');
  await sayAll(0, 5);
  const { id } = await first.find({ content: '4' });
  heard.push(...first.told.slice(2));
  first.websocket.terminate();

  // Nobody is there.
  await sayAll(5, 10);

  const stream = await StreamReader.open(app, { room: 'lobby', name: 'Grace', since: id });
  await sayAll(10, 15);
  await stream.until(() => stream.told.length === 10);
  heard.push(...stream.told);
  stream.leave();
  await sayAll(15, 20);

  let { cursor } = stream;
  for (let polls = 0; polls < 2; polls++) {
    const answer = await ask(app, `/api/poll?room=lobby&name=Grace&since=${cursor}`);
    expect(answer.json.gap).toBe(false);
    heard.push(...answer.json.messages.map(({ content }: { content: string }) => content));
    ({ cursor } = answer.json);
    await sayAll(20 + polls * 5, 25 + polls * 5);
  }

  const last = await GuestClient.join(app, 'Grace');
  last.send({ type: 'JOIN_ROOM', roomId: 'lobby', since: cursor });
  await sayAll(30, 35);
  await last.find({ content: '34' });
  heard.push(...last.told.slice(2));
  expect(heard).toEqual(contents(0, 35));
  expect(last.messages.find(({ type }) => type === 'GAP')).toBeUndefined();
});
