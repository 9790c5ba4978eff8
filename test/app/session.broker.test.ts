// A session whose broker is elsewhere: it takes its time, refuses, and has forgotten nothing when a client comes back.
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { type App, type AppOptions, createWebSocketServer } from '../../src/app/index.ts';
import { DOWN, GatedBroker } from './gated-broker.ts';
import { GuestClient } from './guest-client.ts';

const apps: App[] = [];

async function start(options: AppOptions = {}): Promise<App> {
  const app = await createWebSocketServer(0, options);
  apps.push(app);
  return app;
}

afterEach(async () => {
  for (const app of apps.splice(0)) await app.shutdown({ timeout: 0 });
});

describe('what a broker takes its time for', () => {
  const begun = async () => {
    const broker = new GatedBroker();
    const app = await start({ broker, rate: { perSecond: 1e6, burst: 1e6 } });
    onTestFinished(() => broker.close());
    return { broker, app };
  };

  test('is said in the order in which it was sent, and acknowledged in that order', async () => {
    const { broker, app } = await begun();
    const ada = await GuestClient.join(app, 'Ada', 'lobby');
    broker.shut();
    for (let ref = 1; ref <= 20; ref++) ada.send({ type: 'MESSAGE', roomId: 'lobby', content: `${ref}`, ref });
    ada.send({ type: 'LEAVE_ROOM', roomId: 'lobby' });
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'gone', ref: 21 });
    await broker.waits(1);
    broker.open();
    await ada.find({ type: 'ERROR', ref: 21 });
    const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
    expect(ada.messages.flatMap(({ content }) => content ?? [])).toEqual(numbers.map(String));
    expect(ada.messages.flatMap(({ type, ref }) => (type === 'ACK' ? ref : []))).toEqual(numbers);
    expect(ada.told.at(-2)).toBe('LEFT');
  });

  test('holds up no other room, and no other client', async () => {
    const { broker, app } = await begun();
    const ada = await GuestClient.join(app, 'Ada', 'lobby', 'other');
    const grace = await GuestClient.join(app, 'Grace', 'other');
    broker.shut();
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'waits' });
    await broker.waits(1);
    grace.send({ type: 'LEAVE_ROOM', roomId: 'other' });
    await grace.find({ type: 'LEFT' });
    ada.send({ type: 'LEAVE_ROOM', roomId: 'other' });
    await ada.find({ type: 'LEFT' });
    broker.open();
    await ada.find({ content: 'waits' });
  });

  test('is no more than 64 messages of one client: then it is read no more, until there is room', async () => {
    const { broker, app } = await begun();
    const ada = await GuestClient.join(app, 'Ada', 'lobby');
    const [serverSide] = [...(app.clients ?? [])];
    broker.shut();
    const all = 500;
    const content = 'x'.repeat(1_000);
    for (let ref = 1; ref <= all; ref++) ada.send({ type: 'MESSAGE', roomId: 'lobby', content, ref });
    await broker.waits(1);
    while (serverSide?.isPaused !== true) await setImmediate();
    broker.open();
    await ada.find({ type: 'ACK', ref: all });
    expect(serverSide.isPaused).toBe(false);
    expect(ada.messages.filter(({ type }) => type === 'ACK')).toHaveLength(all);
  });

  test('is said although its client has gone', async () => {
    const { broker, app } = await begun();
    const ada = await GuestClient.join(app, 'Ada', 'lobby');
    const grace = await GuestClient.join(app, 'Grace', 'lobby');
    broker.shut();
    for (const content of ['one', 'two']) ada.send({ type: 'MESSAGE', roomId: 'lobby', content });
    await broker.waits(1);
    await ada.settleAtOnce();
    const gone = once([...(app.clients ?? [])][0] as never, 'close');
    ada.websocket.terminate();
    await gone;
    broker.open();
    await grace.find({ content: 'two' });
  });

  test('and then refuses is answered by UNAVAILABLE, and the connection stays', async () => {
    const { broker, app } = await begun();
    const ada = await GuestClient.join(app, 'Ada', 'lobby');
    broker.refusal = DOWN;
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'one', ref: 1 });
    expect(await ada.find({ type: 'ERROR' })).toEqual({
      type: 'ERROR',
      code: 'UNAVAILABLE',
      message: 'the room cannot be reached: try again later',
      ref: 1,
    });
    broker.subscribe = () => Promise.reject(DOWN);
    ada.send({ type: 'JOIN_ROOM', roomId: 'other' });
    expect(await ada.find({ type: 'ERROR', message: 'the room cannot be reached' })).toMatchObject({
      code: 'UNAVAILABLE',
    });
    broker.refusal = undefined;
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'two', ref: 2 });
    await ada.find({ type: 'ACK', ref: 2 });
  });

  test('a mistake of the program is told of, and hurts nobody else', async () => {
    const { broker, app } = await begun();
    const ada = await GuestClient.join(app, 'Ada', 'lobby');
    const mistake = new Error('a mistake');
    const faults: unknown[] = [];
    app.on('fault', (error) => faults.push(error));
    broker.append = () => Promise.reject(mistake);
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'one', ref: 1 });
    expect(await ada.find({ type: 'ERROR' })).toMatchObject({ message: 'this has gone wrong here' });
    expect(faults).toEqual([mistake]);
  });
});

test('a message with key and ref that is repeated after a reconnect is acknowledged again, and said once', async () => {
  const app = await start();
  const grace = await GuestClient.join(app, 'Grace', 'lobby');
  const message = { type: 'MESSAGE', roomId: 'lobby', content: 'one', ref: 1, key: 'window-1' };
  const before = await GuestClient.join(app, 'Ada', 'lobby');
  before.send(message);
  const { id } = await before.find({ type: 'ACK' });
  before.websocket.terminate();
  const after = await GuestClient.join(app, 'Ada', 'lobby');
  after.send(message);
  expect(await after.find({ type: 'ACK' })).toEqual({ type: 'ACK', ref: 1, id });
  // Another window of the same user counts from 1, too.
  after.send({ ...message, content: 'two', key: 'window-2' });
  // And without a key it is a message like any other.
  for (const content of ['three', 'four']) after.send({ ...message, content, key: undefined });
  await grace.find({ content: 'four' });
  expect(grace.told).toEqual(['AUTH_OK', 'JOINED', 'one', 'two', 'three', 'four']);
});

test('who is shown the door by the program can say nothing there any more', async () => {
  const app = await start();
  const ada = await GuestClient.join(app, 'Ada', 'lobby');
  expect(app.rooms.kick('Ada', 'lobby')).toBe(1);
  await ada.find({ type: 'LEFT' });
  ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'one', ref: 1 });
  expect(await ada.find({ type: 'ERROR' })).toMatchObject({ code: 'NOT_IN_ROOM', ref: 1 });
});
