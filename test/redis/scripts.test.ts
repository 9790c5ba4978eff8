// What runs inside Redis, in a real one: bounds in number and age, logs that have gone backwards, members that fell silent.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectionMaker } from '../../src/redis/client.ts';
import { call } from '../../src/redis/commands.ts';
import type { RedisConnection } from '../../src/redis/connection.ts';
import { keysOf, type RoomKeys } from '../../src/redis/keys.ts';
import {
  APPEND,
  END,
  ENTER,
  LEAVE,
  OPENING_ARGUMENTS,
  PRESENT,
  READ,
  REFRESH,
  type Script,
} from '../../src/redis/scripts.ts';
import { describeWith, redis } from '../interop/programs.ts';
import { CLIENTS, freshPrefix } from './brokers.ts';
import { RedisServer } from './redis-server.ts';

const LONG = '60000';
const NOTHING = ['', '0', '0'];

describeWith(redis, 'the scripts', (path) => {
  let server: RedisServer;
  let connection: RedisConnection;
  let keys: RoomKeys;

  beforeAll(async () => {
    server = await RedisServer.start(path);
    connection = connectionMaker(
      'client',
      CLIENTS['ioredis']?.(server.port),
    )({ onMessage: () => {}, onLost: () => {} });
    await connection.open();
  });
  afterAll(async () => {
    connection.destroy();
    await server.stop();
  });
  beforeEach(() => {
    keys = keysOf(freshPrefix(), 'lobby');
  });

  const send = (...command: readonly string[]): Promise<unknown> => connection.send('', command);
  const onLog = (script: Script, ...args: readonly string[]): Promise<readonly string[]> =>
    call(connection, script, [keys.log, keys.meta, keys.seen], args);
  const onMembers = (script: Script, ...args: readonly string[]): Promise<readonly string[]> =>
    call(connection, script, [keys.alive, keys.told, keys.members], args);

  interface Bounds {
    readonly history?: string;
    readonly ttl?: string;
    readonly maxKeys?: string;
    readonly known?: readonly string[];
  }
  const append = (
    key: string,
    epoch = 'aa',
    { history = '100', ttl = LONG, maxKeys = '100', known = NOTHING }: Bounds = {},
  ) => onLog(APPEND, epoch, LONG, ...known, key, `\n${key}`, history, ttl, maxKeys, 'PUBLISH', keys.channel);
  const read = (ttl = LONG, since = ['', '0']) => onLog(READ, 'ff', LONG, ...NOTHING, ...since, '100', ttl);
  const end = (known: readonly string[] = NOTHING, epoch = 'ff') => onLog(END, epoch, LONG, ...known);

  async function appendAll(count: number): Promise<void> {
    for (let number = 1; number <= count; number++) await append(`${number}`);
  }

  /** Makes the first `count` events older by `milliseconds`. */
  async function age(count: number, milliseconds: number): Promise<void> {
    const entries = (await send('XRANGE', keys.log, '-', '+')) as [string, [string, string]][];
    await send('DEL', keys.log);
    for (const [index, [id, [, body]]] of entries.entries()) {
      const [offset, time] = id.split('-') as [string, string];
      await send('XADD', keys.log, `${offset}-${Number(time) - (index < count ? milliseconds : 0)}`, 'e', body);
    }
  }

  const offsets = (page: readonly string[]): number[] =>
    page.slice(4).flatMap((part, index) => (index % 2 === 0 ? [Number(part.split('-')[0])] : []));

  test('all open the log with as many arguments as is said', () => {
    expect(['epoch', LONG, ...NOTHING]).toHaveLength(OPENING_ARGUMENTS);
  });

  describe('a log', () => {
    test('holds no more events, and no more keys, than it may, exactly', async () => {
      for (let number = 1; number <= 30; number++) await append(`${number}`, 'aa', { history: '10', maxKeys: '5' });
      expect([await send('XLEN', keys.log), await send('ZCARD', keys.seen)]).toEqual([10, 5]);
      // The last five are known, and one before them is another event.
      expect((await append('26')).slice(0, 2)).toEqual(['aa', '26']);
      expect((await append('25')).slice(0, 2)).toEqual(['aa', '31']);
    });

    test('is gone by itself when its time is over; how far it was is remembered longer', async () => {
      await append('1', 'aa', { ttl: '5000' });
      const times = await Promise.all([keys.log, keys.seen, keys.meta].map((key) => send('PTTL', key)));
      const [log, seen, meta] = times as [number, number, number];
      expect(log).toBeGreaterThan(0);
      expect(Math.max(log, seen)).toBeLessThanOrEqual(5_000);
      expect(meta).toBeGreaterThan(5_000);
      expect(meta).toBeLessThanOrEqual(Number(LONG));
    });

    test.each([1, 2, 7, 8, 15, 16])('forgets the %i of 16 events that are too old, and no other', async (old) => {
      await appendAll(16);
      await age(old, 100_000);
      expect(offsets(await read())).toEqual(Array.from({ length: 16 - old }, (_, index) => old + 1 + index));
      expect(await send('XLEN', keys.log)).toBe(16 - old);
      expect((await read(LONG, ['aa', String(old)]))[3]).toBe('0');
      expect((await read(LONG, ['aa', String(old - 1)]))[3]).toBe('1');
    });

    test('forgets what is too old also when something is appended', async () => {
      await appendAll(16);
      await age(9, 100_000);
      await append('17');
      expect(await send('XLEN', keys.log)).toBe(8);
    });

    test('gives times that rise, also when the clock of Redis is set back', async () => {
      await append('1');
      const later = String(Date.now() + 1_000_000);
      await send('HSET', keys.meta, 'time', later);
      expect((await append('2'))[2]).toBe(later);
    });

    test('without its memory is nobody’s: what is left of it is not read', async () => {
      await appendAll(3);
      await send('DEL', keys.meta);
      expect(await append('4', 'bb')).toEqual(['bb', '1', expect.any(String)]);
      expect(offsets(await read())).toEqual([1]);
    });
  });

  describe('a log that has gone backwards', () => {
    test('has another epoch as soon as somebody asks who has seen more of it', async () => {
      await appendAll(3);
      const [, offset, time] = await end();
      expect((await end(['aa', offset as string, time as string]))[0]).toBe('aa');
      expect((await end(['other', '7', '1']))[0]).toBe('aa');
      expect((await end(['aa', '4', '1']))[0]).toBe('ff');
      // Once is enough, and its events are kept.
      expect((await end(['aa', '4', '1'], 'ee'))[0]).toBe('ff');
      expect(offsets(await read())).toEqual([1, 2, 3]);
    });

    test('and which has gone on since, is found by the time of an event', async () => {
      await appendAll(3);
      expect((await end(['aa', '2', '1']))[0]).toBe('ff');
    });

    test('has it before anything is appended: no offset means two events', async () => {
      await appendAll(3);
      expect((await append('4', 'bb', { known: ['aa', '5', '1'] })).slice(0, 2)).toEqual(['bb', '4']);
    });

    test('which has forgotten the event in question cannot be told from one that has not', async () => {
      await appendAll(3);
      await send('XTRIM', keys.log, 'MAXLEN', '1');
      expect((await end(['aa', '2', '1']))[0]).toBe('aa');
      expect((await read(LONG, ['aa', '1']))[3]).toBe('1');
    });
  });

  describe('members', () => {
    const enter = (entry: string, ttl = LONG) => onMembers(ENTER, entry, `"${entry}"`, ttl);
    const present = async (limit = '100') => {
      const reply = await onMembers(PRESENT, limit);
      return reply.filter((_, index) => index % 2 === 0);
    };
    /** Makes an instance fall silent: its time is over. */
    const silence = (entry: string) => send('ZADD', keys.alive, '1', entry);

    test('of an instance that fell silent are gone, unless another has them', async () => {
      expect(await enter('i ada')).toBe('1');
      expect(await enter('j ada')).toBe('0');
      expect(await enter('i eve')).toBe('1');
      await silence('i ada');
      await silence('i eve');
      expect(await present()).toEqual(['ada']);
      expect(await onMembers(LEAVE, 'j ada')).toBe('1');
      expect(await send('EXISTS', keys.alive, keys.told, keys.members)).toBe(0);
    });

    test('whose instance says that it is there stay; those that Redis forgot are named', async () => {
      await enter('i ada', '5000');
      await enter('i eve', '5000');
      await silence('i eve');
      expect(await onMembers(REFRESH, LONG, 'i ada', 'i eve', 'i bob')).toEqual(['i eve', 'i bob']);
      expect(Number(await send('ZSCORE', keys.alive, 'i ada'))).toBeGreaterThan(Date.now() + 10_000);
      expect(await present()).toEqual(['ada']);
    });

    test('are gone with all that was known of them when nobody says anything any more', async () => {
      await enter('i ada', '5000');
      for (const key of [keys.alive, keys.told, keys.members]) {
        expect(await send('PTTL', key)).toBeGreaterThan(5_000);
        expect(await send('PTTL', key)).toBeLessThanOrEqual(10_000);
      }
    });

    test('are counted once each, as many as were asked for, also in a large room', async () => {
      await send('EVAL', "for i = 1, 1200 do redis.call('ZADD', KEYS[1], 9e15, 'i m' .. i) end", '1', keys.alive);
      await enter('j m7');
      expect(new Set(await present('10000')).size).toBe(1_200);
      expect(await present('10000')).toHaveLength(1_200);
      expect(await present('700')).toHaveLength(700);
    });

    test('have names with spaces, and are told of as they were', async () => {
      await enter('i a b');
      expect(await onMembers(PRESENT, '1')).toEqual(['a b', '"i a b"']);
    });
  });
});
