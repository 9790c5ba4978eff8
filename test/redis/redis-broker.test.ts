// A RedisBroker over one real Redis, with the clients of both packages: what every broker promises, and what only this one does.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { keysOf } from '../../src/redis/keys.ts';
import { RedisBroker } from '../../src/redis/redis-broker.ts';
import { describeWith, redis } from '../interop/programs.ts';
import { brokerContract, Listener } from '../rooms/broker.contract.ts';
import {
  brokerOf,
  CLIENTS,
  type ClientMaker,
  freshPrefix,
  kindOf,
  openBroker,
  QUICK,
  reaches,
  watchStatus,
} from './brokers.ts';
import { Follower } from './follower.ts';
import { RedisServer } from './redis-server.ts';

describeWith(redis, 'a RedisBroker over one Redis', (path) => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start(path);
  });
  afterAll(() => server.stop());

  for (const [name, makeClient] of Object.entries(CLIENTS)) {
    brokerContract(
      `RedisBroker with ${name}`,
      kindOf(
        () => makeClient(server.port),
        (...command) => server.ask(...command),
      ),
    );
  }

  describe.each(Object.entries(CLIENTS))('with %s, a RedisBroker', (_, makeClient: ClientMaker) => {
    const options = () => ({ client: makeClient(server.port), prefix: freshPrefix(), ...QUICK });
    const PLAIN = { except: undefined, key: undefined };

    test('needs a client, and sound options', () => {
      expect(() => new RedisBroker({ client: {} as never })).toThrow(TypeError);
      expect(() => new RedisBroker({ ...options(), subscriber: {} as never })).toThrow(/^subscriber must be/);
      expect(() => new RedisBroker({ ...options(), history: 0 })).toThrow(RangeError);
    });

    test('says when it reaches Redis, and when it does so no more', async () => {
      const broker = new RedisBroker(options());
      const statuses: string[] = [];
      watchStatus(broker, (status) => statuses.push(status));
      expect(broker.status).toBe('down');
      await reaches(broker, 'up');
      await broker.close();
      expect([statuses, broker.status]).toEqual([['up', 'down'], 'down']);
    });

    test('has two connections of its own, and gives them back', async () => {
      const count = async (): Promise<number> => (await server.ask('CLIENT', 'LIST')).split('\n').length;
      const before = await count();
      const broker = await openBroker(options());
      expect(await count()).toBe(before + 2);
      await broker.close();
      while ((await count()) > before);
    });

    test('may be closed before it has reached anything, and what waits rejects', async () => {
      const broker = new RedisBroker({ ...options(), client: makeClient(1) });
      const waiting = [
        broker.append('lobby', '{}', PLAIN),
        broker.subscribe('lobby', new Listener()),
        broker.read('lobby', undefined, 1),
        broker.present('lobby', 1),
      ].map((asked) => asked.catch((error: { code: string }) => error.code));
      await broker.close();
      expect(new Set(await Promise.all(waiting))).toEqual(new Set(['WS_ERR_BROKER_CLOSED']));
    });

    test('without Redis lets nobody wait for longer than was said', async () => {
      const broker = new RedisBroker({ ...options(), client: makeClient(1), waitTimeout: 200 });
      onTestFinished(() => broker.close());
      const listener = new Listener();
      const asked = [
        broker.append('lobby', '{}', PLAIN),
        broker.subscribe('lobby', listener),
        broker.read('lobby', undefined, 1),
        broker.enter('lobby', { member: 'ada', information: '1' }),
      ].map((waiting) => waiting.catch((error: { code: string }) => error.code));
      expect(await Promise.all(asked)).toEqual(Array(4).fill('WS_ERR_BROKER_DOWN'));
    });

    test('has members that Redis could not be told of as soon as it can', async () => {
      const broker = await brokerOf({ ...options(), presenceTtl: 600 });
      await broker.enter('lobby', { member: 'ada', information: '"here"' });
      await server.ask('FLUSHALL');
      // No word of theirs.
      let present = await broker.present('lobby', 10);
      while (present.length === 0) present = await broker.present('lobby', 10);
      expect(present).toEqual([{ member: 'ada', information: '"here"' }]);
    });

    test('leaves with all its members when it is closed', async () => {
      const settings = options();
      const [leaving, staying] = [await openBroker(settings), await brokerOf(settings)];
      await leaving.enter('lobby', { member: 'ada', information: '1' });
      await staying.enter('lobby', { member: 'eve', information: '2' });
      await leaving.close();
      expect(await staying.present('lobby', 10)).toEqual([{ member: 'eve', information: '2' }]);
    });

    test('tries again under its own name what has none: not one event is there twice, nor does a long key cost more', async () => {
      const settings = options();
      const broker = await brokerOf(settings);
      const key = 'k'.repeat(100_000);
      const first = await broker.append('lobby', '1', { except: undefined, key });
      expect(await broker.append('lobby', '2', { except: undefined, key })).toEqual(first);
      // A key of a caller's is none of the broker's.
      await broker.append('lobby', '3', PLAIN);
      const names = (await server.ask('ZRANGE', keysOf(settings.prefix, 'lobby').seen, '0', '-1')).split('\n');
      expect(names.map((name) => name.length)).toEqual([44, expect.any(Number)]);
      for (const name of names)
        expect((await broker.append('lobby', '4', { except: undefined, key: name })).offset).toBeGreaterThan(2);
    });

    test('hears of many rooms over one connection', async () => {
      const settings = options();
      const [here, there] = [await brokerOf(settings), await brokerOf(settings)];
      const rooms = Array.from({ length: 300 }, (_, index) => `room ${index}`);
      const followers = await Promise.all(rooms.map((room) => Follower.start(here, room)));
      await Promise.all(rooms.map((room) => there.append(room, room, PLAIN)));
      for (const follower of followers) {
        await follower.until(({ data }) => data.length === 1);
        expect([follower.data, follower.doubts]).toEqual([[follower.room], 0]);
      }
      for (const follower of followers) here.unsubscribe(follower.room, follower);
      while ((await server.ask('PUBSUB', 'CHANNELS', `${settings.prefix}:{*`)) !== '');
    });

    test('finds out a connection that has gone deaf without a sign', async () => {
      const settings = options();
      const broker = await brokerOf(settings);
      const follower = await Follower.start(broker, 'lobby');
      // Redis forgets what it was asked to announce, as no Redis does: somebody else appended, and said nothing.
      const { log, meta } = keysOf(settings.prefix, 'lobby');
      const time = String(Date.now());
      await server.ask('XADD', log, `1-${time}`, 'e', '\n"unsaid"');
      await server.ask('HSET', meta, 'last', '1', 'time', time);
      await follower.until(({ data }) => data.length === 1);
      expect([follower.data, follower.gaps]).toEqual([['"unsaid"'], 0]);
    });

    test('that dies takes its members along, after a while', async () => {
      const settings = { ...options(), presenceTtl: 1_000 };
      const broker = await brokerOf(settings);
      // Somebody who has said of a member that it is there, and nothing since: a process that was killed.
      const { alive, told, members } = keysOf(settings.prefix, 'lobby');
      await broker.enter('lobby', { member: 'eve', information: '1' });
      await server.ask('ZADD', alive, String(Date.now() + 1_000), 'dead ada');
      await server.ask('HSET', told, 'dead ada', '2');
      await server.ask('HSET', members, 'ada', '1');
      expect(await broker.present('lobby', 10)).toHaveLength(2);
      let present = await broker.present('lobby', 10);
      while (present.length > 1) present = await broker.present('lobby', 10);
      expect(present).toEqual([{ member: 'eve', information: '1' }]);
    });
  });
});
