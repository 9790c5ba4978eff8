// What comes between an instance and Redis, or over its channels: rows R5 to R7 and I4 of the table.

import { once } from 'node:events';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { keysOf } from '../../src/redis/keys.ts';
import type { RedisBroker } from '../../src/redis/redis-broker.ts';
import type { Position } from '../../src/rooms/broker.ts';
import { describeWith, redis } from '../interop/programs.ts';
import { brokerOf, type ClientMaker, freshPrefix, QUICK, reaches } from '../redis/brokers.ts';
import { Follower } from '../redis/follower.ts';
import { RedisServer } from '../redis/redis-server.ts';
import { TcpProxy } from '../redis/tcp-proxy.ts';
import { expectOrder, fault } from './broker-row.ts';

/** 500 ms each way for each piece, and 1 KB in a second. */
const SLOW = { latency: 500, rate: 1_000 };

describeWith(redis, 'faults between an instance and Redis', (path) => {
  let server: RedisServer;
  let prefix: string;

  beforeAll(async () => {
    server = await RedisServer.start(path);
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    prefix = freshPrefix();
  });

  const openAt = (makeClient: ClientMaker, port: number, options = {}): Promise<RedisBroker> =>
    brokerOf({ client: makeClient(port), prefix, ...QUICK, ...options });

  const say = (broker: RedisBroker, room: string, data: string): Promise<Position> =>
    broker.append(room, data, { except: undefined, key: undefined });

  /** Says something on the channel of a room, past every broker. */
  async function shout(room: string, message: string | Buffer): Promise<void> {
    const { channel } = keysOf(prefix, room);
    const socket = createConnection(server.port, '127.0.0.1');
    const bytes = Buffer.from(message);
    socket.write(`*3\r\n$7\r\nPUBLISH\r\n$${Buffer.byteLength(channel)}\r\n${channel}\r\n$${bytes.length}\r\n`);
    socket.write(bytes);
    socket.write('\r\n');
    await once(socket, 'data');
    socket.destroy();
  }

  fault('R5', {
    async run(makeClient) {
      const quick = await openAt(makeClient, server.port);
      // So that nothing has to be said through the slow way but what is to be said.
      await say(quick, 'lobby', 'first');
      const follower = await Follower.start(quick, 'lobby');
      const way = await TcpProxy.to(server.port, SLOW);
      const patient = { commandTimeout: 20_000, connectTimeout: 20_000, checkInterval: 60_000, maxPendingCommands: 8 };
      const slow = await openAt(makeClient, way.port, patient);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 30 }, (_, index) => say(slow, 'lobby', `${index}`)),
      );
      // Publishers are told at once that no more can wait; nothing is kept for better times beyond that.
      const appended = outcomes.slice(0, 8).map(({ status }) => status);
      expect(appended).toEqual(Array(8).fill('fulfilled'));
      const refused = outcomes.slice(8).map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : ''));
      expect(refused).toEqual(Array(22).fill('WS_ERR_BROKER_FULL'));
      expect([slow.status, slow.pendingCommands]).toEqual(['up', 0]);
      await follower.until(({ data }) => data.includes('7'));
      expect(follower.data).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
      // Slow is not deaf: it hears of what others say, in its time.
      const patientFollower = await Follower.start(slow, 'lobby');
      await say(quick, 'lobby', 'last');
      await patientFollower.until(({ data }) => data.includes('last'));
      expect([patientFollower.gaps, patientFollower.announced]).toEqual([0, 1]);
    },
    control: [
      'over a quick way as many are taken when one waits for the other',
      async (makeClient) => {
        const way = await TcpProxy.to(server.port);
        const broker = await openAt(makeClient, way.port, { maxPendingCommands: 8 });
        for (let number = 1; number <= 30; number++) expect((await say(broker, 'lobby', 'x')).offset).toBe(number);
      },
    ],
  });

  fault('R6', {
    async run(makeClient) {
      const broker = await openAt(makeClient, server.port);
      const follower = await Follower.start(broker, 'lobby');
      const { epoch } = follower.position;
      const garbage = [
        '',
        'hello',
        '{"type":"MESSAGE"}',
        Buffer.from([0xff, 0xfe, 0x00]),
        'x'.repeat(1_000_000),
        `sluice1 ${epoch} 1 1`,
        `sluice1 ${epoch} 0 1\n\nnull`,
        `sluice1 ${epoch} -1 1\n\nnull`,
        `sluice1 ${epoch} 99999999999999999999 1\n\nnull`,
        `sluice1 ${epoch} 1 1\nada\nnull`,
        `sluice2 ${epoch} 1 1\n\nnull`,
      ];
      for (const message of garbage) await shout('lobby', message);
      await say(broker, 'lobby', 'after');
      await follower.until(({ data }) => data.includes('after'));
      expect([follower.data, follower.gaps, broker.ignoredMessages]).toEqual([['after'], 0, garbage.length]);
      // What looks like ours in every letter and is not: events are read from the log, and no lie becomes one. That the log seems
      // to have gone backwards is a gap, and no secret.
      await shout('lobby', `sluice1 ${epoch} 7 1\n\n"a lie"`);
      await shout('lobby', 'sluice1 abc 1 1\n\n"another"');
      await say(broker, 'lobby', 'the end');
      await follower.until(({ data }) => data.includes('the end'));
      expect(new Set(follower.data)).toEqual(new Set(['after', 'the end']));
      expectOrder(follower);
    },
    control: [
      'what is ours is not ignored',
      async (makeClient) => {
        const broker = await openAt(makeClient, server.port);
        const follower = await Follower.start(broker, 'lobby');
        await say(broker, 'lobby', 'one');
        await follower.until(({ announced }) => announced === 1);
        expect(broker.ignoredMessages).toBe(0);
      },
    ],
  });

  fault('R7', {
    async run(makeClient) {
      const broker = await openAt(makeClient, server.port);
      const peer = await openAt(makeClient, server.port);
      const followers = [await Follower.start(broker, 'lobby'), await Follower.start(peer, 'lobby')];
      await Promise.all(Array.from({ length: 50 }, (_, index) => say(broker, 'lobby', `${index}`)));
      for (const follower of followers) {
        await follower.until(({ data }) => data.length === 50);
        expect([follower.announced, follower.repeated]).toEqual([50, 0]);
        expectOrder(follower);
      }
    },
    control: [
      'what is announced twice is noticed',
      async (makeClient) => {
        const broker = await openAt(makeClient, server.port);
        const follower = await Follower.start(broker, 'lobby');
        const { epoch, offset } = await say(broker, 'lobby', 'one');
        await shout('lobby', `sluice1 ${epoch} ${offset} 1\n\none`);
        await say(broker, 'lobby', 'two');
        await follower.until(({ data }) => data.includes('two'));
        expect([follower.repeated, follower.data]).toEqual([1, ['one', 'two']]);
      },
    ],
  });

  fault('I4', {
    async run(makeClient) {
      const way = await TcpProxy.to(server.port);
      const brief = { presenceTtl: 1_000 };
      const [there, cut] = [await openAt(makeClient, server.port, brief), await openAt(makeClient, way.port, brief)];
      const followers = [await Follower.start(there, 'lobby'), await Follower.start(cut, 'lobby')];
      await there.enter('lobby', { member: 'ada', information: '1' });
      await cut.enter('lobby', { member: 'eve', information: '2' });
      for (const sever of [() => way.cut(), () => way.swallow()]) {
        const round = followers[0]?.events.length ?? 0;
        sever();
        await reaches(cut, 'down');
        expect(there.status).toBe('up');
        await say(there, 'lobby', `heard by one ${round}`);
        const waiting = say(cut, 'lobby', `said by the other ${round}`);
        // Its members are gone for the others after a while.
        while ((await there.present('lobby', 10)).length !== 1);
        way.heal();
        await waiting;
        for (const follower of followers) {
          await follower.until(({ data }) => data.length === round + 2);
          expect(follower.data.slice(-2)).toEqual([`heard by one ${round}`, `said by the other ${round}`]);
          expectOrder(follower);
          expect(follower.gaps).toBe(0);
        }
        // And there again, without a word of theirs.
        while ((await there.present('lobby', 10)).length !== 2);
        await reaches(cut, 'up');
      }
    },
    control: [
      'who does not read on when told to has missed what was said meanwhile',
      async (makeClient) => {
        const way = await TcpProxy.to(server.port);
        const [there, cut] = [await openAt(makeClient, server.port), await openAt(makeClient, way.port)];
        const follower = await Follower.start(cut, 'lobby', { readsOn: false });
        way.cut();
        await reaches(cut, 'down');
        await say(there, 'lobby', 'missed');
        way.heal();
        await follower.until(({ doubts }) => doubts > 0);
        expect(follower.data).toEqual([]);
      },
    ],
  });
});
