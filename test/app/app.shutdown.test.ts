// The end of the server in good order: nobody new, what was said is answered, and everybody is told when to come again.
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { type App, type AppOptions, createWebSocketServer } from '../../src/app/index.ts';
import { GatedBroker } from './gated-broker.ts';
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

const POLL = '/api/poll?room=lobby&name=Ada';

/** A poll that is held. */
async function hold(app: App) {
  const before = app.health.transports.poll;
  const { cursor } = (await ask(app, POLL)).json;
  const held = ask(app, `${POLL}&since=${cursor}`);
  while (app.health.transports.poll === before) await ask(app, '/health');
  return held;
}

describe('when the server stops', () => {
  test('each client is told to come again, at a time of its own, as its transport has it', async () => {
    const app = await start();
    const sockets = [await GuestClient.join(app, 'Ada', 'lobby'), await GuestClient.connect(app)];
    const readers = [];
    const polls = [];
    for (let count = 0; count < 3; count++) {
      readers.push(await StreamReader.open(app, { room: 'lobby', name: 'Ada' }));
      polls.push(hold(app));
      while (app.health.transports.poll <= count) await ask(app, '/health');
    }
    const closes = Promise.all(sockets.map((socket) => socket.closed()));
    const ended = app.shutdown();
    const hints: number[] = [];
    for (const [code, reason] of await closes) {
      expect(code).toBe(1012);
      hints.push(Number(/^the server restarts; retry=(\d+)$/.exec(reason)?.[1]));
    }
    for (const reader of readers) {
      await reader.ended;
      expect(reader.response.complete).toBe(true);
      hints.push(reader.retries[1] as number);
    }
    for (const { status, headers } of await Promise.all(polls)) {
      expect(status).toBe(503);
      hints.push(Number(headers['retry-after']) * 1_000);
    }
    await ended;
    for (const hint of hints) {
      expect(hint).toBeGreaterThanOrEqual(500);
      expect(hint).toBeLessThanOrEqual(5_000);
    }
    expect(new Set(hints).size).toBeGreaterThan(1);
    expect(app.health).toMatchObject({ status: 'stopping', connections: 0 });
    expect(app.address()).toBeNull();
  }, 20_000);

  test('in batches', async () => {
    const app = await start();
    const readers = [];
    for (let count = 0; count < 3; count++) readers.push(await StreamReader.open(app, { room: 'lobby', name: 'Ada' }));
    const order: number[] = [];
    for (const [index, reader] of readers.entries()) void reader.ended.then(() => order.push(index));
    const ended = app.shutdown({ batch: 1, batchInterval: 20 });
    await readers[0]?.ended;
    expect(order).toEqual([0]);
    await ended;
    await Promise.all(readers.map((reader) => reader.ended));
    expect(order).toEqual([0, 1, 2]);
  });

  test('what was said before is said, and acknowledged before the end (0 dropped acks)', async () => {
    const broker = new GatedBroker();
    const app = await start({ broker });
    const ada = await GuestClient.join(app, 'Ada', 'lobby', 'other');
    broker.shut();
    for (let ref = 1; ref <= 10; ref++) {
      ada.send({ type: 'MESSAGE', roomId: ref % 2 ? 'lobby' : 'other', content: `${ref}`, ref });
    }
    const posted = say(app, 'posted');
    // One of each room, and what was posted; the others wait behind these.
    await broker.waits(3);
    await ada.settleAtOnce();
    const ended = app.shutdown();
    // Not any more: it would never be acknowledged.
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'too late', ref: 99 });
    const closed = ada.closed();
    broker.open();
    expect((await closed)[0]).toBe(1012);
    const acks = ada.messages.filter(({ type }) => type === 'ACK').map(({ ref }) => ref);
    expect(acks.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const said = ada.messages.filter(({ type, roomId }) => type === 'MESSAGE' && roomId === 'other');
    expect(said.map(({ content }) => content)).toEqual(['2', '4', '6', '8', '10']);
    expect((await posted).status).toBe(200);
    await ended;
    const page = await broker.read('lobby', undefined, 100);
    expect(page.events.map(({ data }) => JSON.parse(data).content)).not.toContain('too late');
    // It is its owner's.
    expect(broker.status).toBe('up');
    await broker.close();
  });

  test('who does not go is cut off when the time is over', async () => {
    const broker = new GatedBroker();
    const app = await start({ broker });
    const ada = await GuestClient.join(app, 'Ada', 'lobby');
    broker.shut();
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'one', ref: 1 });
    await broker.waits(1);
    const closed = ada.closed();
    await app.shutdown({ timeout: 50 });
    expect((await closed)[0]).toBe(1006);
    broker.open();
    await broker.close();
  });

  test('a request on a connection that is still open is answered by 503', async () => {
    const broker = new GatedBroker();
    const app = await start({ broker });
    // Begun before, and let in too late.
    const { subscribe } = broker;
    let letIn = (): void => {};
    const entered = new Promise<void>((resolve) => {
      broker.subscribe = async (...wanted) => {
        resolve();
        await new Promise<void>((open) => {
          letIn = open;
        });
        return subscribe.apply(broker, wanted);
      };
    });
    const asked = begin(app, `${POLL}&since=`);
    await entered;
    const ended = app.shutdown();
    letIn();
    const [response] = await once(asked, 'response');
    response.resume();
    expect([200, 503]).toContain(response.statusCode);
    await ended;
    await broker.close();
  });

  test('it may be told so twice, and a reason of the caller is kept', async () => {
    const app = await start();
    const ada = await GuestClient.connect(app);
    const closed = ada.closed();
    await Promise.all([app.shutdown({ code: 1001, reason: 'goodbye' }), app.shutdown()]);
    expect(await closed).toEqual([1001, 'goodbye']);
    await app.shutdown();
  });

  test('options that make no sense are refused at once, and nothing has happened', async () => {
    const app = await start();
    expect(() => app.shutdown({ timeout: -1 })).toThrow(RangeError);
    expect(app.health.status).toBe('ok');
  });
});
