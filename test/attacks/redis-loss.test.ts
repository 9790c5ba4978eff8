// Redis is lost, stands still, hangs up, or has forgotten: rows R1 to R4 of the table.
import { beforeEach, expect, onTestFinished } from 'vitest';
import type { RedisBroker } from '../../src/redis/redis-broker.ts';
import type { Position } from '../../src/rooms/broker.ts';
import { describeWith, redis } from '../interop/programs.ts';
import { brokerOf, type ClientMaker, freshPrefix, QUICK, reaches, watchStatus } from '../redis/brokers.ts';
import { Follower } from '../redis/follower.ts';
import { RedisServer } from '../redis/redis-server.ts';
import { TcpProxy } from '../redis/tcp-proxy.ts';
import { expectOrder, fault } from './broker-row.ts';

const ROOMS = Array.from({ length: 10 }, (_, index) => `room ${index}`);
/** Everything that was answered is on disk. */
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always'];
/** For events that take their time. */
const PATIENT = { commandTimeout: 5_000 };

describeWith(redis, 'faults of Redis', (path) => {
  let prefix: string;

  beforeEach(() => {
    prefix = freshPrefix();
  });

  async function startServer(...args: readonly string[]): Promise<RedisServer> {
    const server = await RedisServer.start(path, ...args);
    onTestFinished(() => server.stop());
    return server;
  }

  const openAt = (makeClient: ClientMaker, port: number, options = {}): Promise<RedisBroker> =>
    brokerOf({ client: makeClient(port), prefix, ...QUICK, ...options });

  const say = (broker: RedisBroker, room: string, data: string, key?: string): Promise<Position> =>
    broker.append(room, data, { except: undefined, key });

  const sayEverywhere = (broker: RedisBroker, data: string): Promise<Position[]> =>
    Promise.all(ROOMS.map((room) => say(broker, room, data)));

  const followAll = (broker: RedisBroker): Promise<Follower[]> =>
    Promise.all(ROOMS.map((room) => Follower.start(broker, room)));

  fault('R1', {
    async run(makeClient) {
      const server = await startServer(...DURABLE);
      const [first, second] = [await openAt(makeClient, server.port), await openAt(makeClient, server.port)];
      const followers = [...(await followAll(first)), ...(await followAll(second))];
      await sayEverywhere(first, 'before');
      await server.kill();
      await Promise.all([reaches(first, 'down'), reaches(second, 'down')]);
      // Nothing is refused: it waits, from both, and keeps its order.
      const waiting = [sayEverywhere(first, 'meanwhile 1'), sayEverywhere(first, 'meanwhile 2')];
      await server.restart();
      await Promise.all(waiting);
      await Promise.all([reaches(first, 'up'), reaches(second, 'up')]);
      await sayEverywhere(second, 'after');
      const said = ['before', 'meanwhile 1', 'meanwhile 2', 'after'];
      for (const follower of followers) {
        await follower.until(({ data }) => data.includes('after'));
        expect(follower.data).toEqual(said);
        expectOrder(follower);
        expect(follower.gaps).toBe(0);
      }
      // Every room is listened to again, and not only those that were spoken in.
      await Promise.all(followers.map((follower) => follower.until(({ doubts }) => doubts > 0)));
      expect(
        Number(await server.ask('PUBSUB', 'CHANNELS', `${prefix}:{*`).then((text) => text.split('\n').length)),
      ).toBe(ROOMS.length);
    },
    control: [
      'when Redis has forgotten everything, everybody is told',
      async (makeClient) => {
        const server = await startServer();
        const broker = await openAt(makeClient, server.port);
        const followers = await followAll(broker);
        const [before] = (await sayEverywhere(broker, 'before')) as [Position];
        await Promise.all(followers.map((follower) => follower.until(({ data }) => data.includes('before'))));
        await server.kill();
        await server.restart();
        await Promise.all(followers.map((follower) => follower.until(({ gaps }) => gaps > 0)));
        expect((await say(broker, ROOMS[0] as string, 'after')).epoch).not.toBe(before.epoch);
      },
    ],
  });

  fault('R2', {
    async run(makeClient) {
      const server = await startServer();
      const few = { maxPendingCommands: 50, maxPendingBytes: 100_000, waitTimeout: 1_500, checkInterval: 60_000 };
      const broker = await openAt(makeClient, server.port, few);
      const follower = await Follower.start(broker, 'lobby');
      server.pause();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 60 }, (_, index) => say(broker, 'lobby', `event ${index}`, `key ${index}`)),
      );
      // It was found out, and what may wait is bounded: the rest was refused at once.
      await reaches(broker, 'down');
      const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'appended'));
      expect(codes.slice(50)).toEqual(Array(10).fill('WS_ERR_BROKER_FULL'));
      expect(new Set(codes.slice(0, 50))).toEqual(new Set(['WS_ERR_BROKER_UNKNOWN']));
      await expect(say(broker, 'lobby', 'x'.repeat(100_000))).rejects.toMatchObject({ code: 'WS_ERR_BROKER_DOWN' });
      // Nothing was sent of what came later.
      await expect(say(broker, 'lobby', 'too late')).rejects.toMatchObject({ code: 'WS_ERR_BROKER_DOWN' });
      expect(broker.pendingCommands).toBe(0);
      server.resume();
      await reaches(broker, 'up');
      // Whoever does not know tries again, and it is there once.
      for (let index = 0; index < 50; index++) await say(broker, 'lobby', `event ${index}`, `key ${index}`);
      await say(broker, 'lobby', 'the end');
      await follower.until(({ data }) => data.includes('the end'));
      expect(follower.data.toSorted()).toEqual(
        [...Array.from({ length: 50 }, (_, index) => `event ${index}`), 'the end'].toSorted(),
      );
      expectOrder(follower);
      // Redis itself lets everybody wait, and for a time that nobody would notice who only looks at TCP.
      const isDown = reaches(broker, 'down');
      await server.ask('CLIENT', 'PAUSE', '1000', 'ALL');
      const paused = say(broker, 'lobby', 'in a pause');
      await isDown;
      await paused;
      await follower.until(({ data }) => data.includes('in a pause'));
      expect(follower.data.filter((data) => data === 'in a pause')).toHaveLength(1);
    },
    control: [
      'as many events at once are none too many when Redis answers, and an answer that was lost is not an event that was lost',
      async (makeClient) => {
        const server = await startServer();
        const broker = await openAt(makeClient, server.port, { maxPendingCommands: 50 });
        const follower = await Follower.start(broker, 'lobby');
        const appended = Array.from({ length: 50 }, (_, index) => say(broker, 'lobby', `event ${index}`));
        expect((await Promise.all(appended)).map(({ offset }) => offset)).toEqual(
          Array.from({ length: 50 }, (_, index) => index + 1),
        );
        // Without a key of the caller's: it was carried out when Redis went on, and is asked for again.
        server.pause();
        const lost = say(broker, 'lobby', 'once');
        await reaches(broker, 'down');
        server.resume();
        expect((await lost).offset).toBe(51);
        await follower.until(({ data }) => data.includes('once'));
        expect((await say(broker, 'lobby', 'twice')).offset).toBe(52);
      },
    ],
  });

  fault('R3', {
    async run(makeClient) {
      const server = await startServer();
      await server.ask('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 65536 0 0');
      const broker = await openAt(makeClient, server.port, PATIENT);
      const follower = await Follower.start(broker, 'lobby');
      const cut = reaches(broker, 'down');
      // Redis gives it to the one connection, whose limit it is beyond, and ends that.
      await say(broker, 'lobby', 'x'.repeat(2_000_000));
      await cut;
      await reaches(broker, 'up');
      await say(broker, 'lobby', 'after');
      await follower.until(({ data }) => data.includes('after'));
      expect(follower.data.map(({ length }) => length)).toEqual([2_000_000, 5]);
      expect(follower.gaps).toBe(0);
    },
    control: [
      'with the limits that Redis has by itself nobody is cut',
      async (makeClient) => {
        const server = await startServer();
        const broker = await openAt(makeClient, server.port, PATIENT);
        const statuses: string[] = [];
        watchStatus(broker, (status) => statuses.push(status));
        const follower = await Follower.start(broker, 'lobby');
        await say(broker, 'lobby', 'x'.repeat(2_000_000));
        await follower.until(({ data }) => data.length === 1);
        expect([statuses, follower.announced]).toEqual([[], 1]);
      },
    ],
  });

  fault('R4', {
    async run(makeClient) {
      const server = await startServer();
      const way = await TcpProxy.to(server.port);
      const broker = await openAt(makeClient, way.port);
      const [quiet, lagging, reused] = await Promise.all(
        ['quiet', 'lagging', 'reused'].map((room) => Follower.start(broker, room)),
      );
      for (const room of ['quiet', 'lagging', 'reused'])
        for (const data of ['1', '2', '3']) await say(broker, room, data);
      // What a replica has that lags: everything so far, and nothing of what comes now.
      await server.ask('SAVE');
      for (const room of ['lagging', 'reused']) for (const data of ['4', '5']) await say(broker, room, data);
      await lagging?.until(({ data }) => data.length === 5);
      await reused?.until(({ data }) => data.length === 5);
      const old = lagging?.position as Position;
      way.cut();
      await server.kill();
      await server.restart();
      // Somebody who knows nothing of it speaks first, past the place where the others stand: offsets mean two events.
      const newcomer = await openAt(makeClient, server.port);
      for (let number = 4; number <= 9; number++) await say(newcomer, 'reused', `other ${number}`);
      way.heal();
      for (const follower of [lagging, reused]) {
        await follower?.until(({ gaps }) => gaps > 0);
        expect(follower?.position.epoch).not.toBe(old.epoch);
        expectOrder(follower as Follower);
      }
      expect((await newcomer.read('lagging', old, 10)).isGap).toBe(true);
      expect(reused?.data.slice(-6)).toEqual(['other 4', 'other 5', 'other 6', 'other 7', 'other 8', 'other 9']);
      // Where nothing was lost nobody is told so.
      await say(broker, 'quiet', '4');
      await quiet?.until(({ data }) => data.length === 4);
      expect([quiet?.gaps, quiet?.data]).toEqual([0, ['1', '2', '3', '4']]);
      // Emptied, while nobody says anything: everybody is told all the same.
      await server.ask('FLUSHALL');
      await quiet?.until(({ gaps }) => gaps === 1);
      await lagging?.until(({ gaps }) => gaps === 2);
      const { epoch } = (quiet as Follower).position;
      expect(await say(newcomer, 'quiet', 'after')).toEqual({ epoch, offset: 1 });
    },
    control: [
      'whoever comes back to a log that has everything is told of no gap',
      async (makeClient) => {
        const server = await startServer(...DURABLE);
        const way = await TcpProxy.to(server.port);
        const broker = await openAt(makeClient, way.port);
        const follower = await Follower.start(broker, 'reused');
        for (const data of ['1', '2', '3']) await say(broker, 'reused', data);
        await follower.until(({ data }) => data.length === 3);
        way.cut();
        await server.kill();
        await server.restart();
        const newcomer = await openAt(makeClient, server.port);
        await say(newcomer, 'reused', '4');
        way.heal();
        await follower.until(({ data }) => data.length === 4);
        expect(follower.gaps).toBe(0);
      },
    ],
  });
});
