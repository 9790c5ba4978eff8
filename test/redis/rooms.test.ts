// Who hears of what was announced, and when Redis is asked whether that was all.
import { describe, expect, test, vi } from 'vitest';
import { Commands } from '../../src/redis/commands.ts';
import { keysOf } from '../../src/redis/keys.ts';
import { Rooms } from '../../src/redis/rooms.ts';
import { Listener } from '../rooms/broker.contract.ts';
import { type FakeConnection, fakeLink, TestTime, turns } from './fake-connection.ts';

const LIMITS = { commandTimeout: 100, waitTimeout: 1_000, maxPendingCommands: 100, maxPendingBytes: 100_000 };
const { channel } = keysOf('sluice', 'lobby');

interface Stage {
  readonly rooms: Rooms;
  readonly listener: Listener;
  readonly connection: FakeConnection;
  readonly time: TestTime;
  say(offset: number, epoch?: string): void;
}

/** A room that somebody listens to, whose log ends at 5. */
async function stage(): Promise<Stage> {
  const time = new TestTime();
  const { link, up } = fakeLink(time);
  const commands = new Commands(link, LIMITS, time.clock);
  link.open();
  const connection = await up();
  const rooms = new Rooms(commands, 'sluice', () => ['ff', '1'], time.clock);
  const listener = new Listener();
  rooms.join('lobby', listener);
  const ending = rooms.end('lobby');
  connection.last.answer(['ab', '5', '50']);
  expect(await ending).toEqual({ epoch: 'ab', offset: 5 });
  connection.asked.length = 0;
  const say = (offset: number, epoch = 'ab'): void => {
    const event = { offset, time: offset * 10, data: `${offset}`, except: undefined };
    rooms.onAnnouncement(channel, { epoch, event }, time.now);
  };
  return { rooms, listener, connection, time, say };
}

/** What Redis was told is known, with the last question. */
const toldOf = ({ last }: FakeConnection): readonly string[] => last.command.slice(-3);

describe('a room', () => {
  test('is told of what is announced, and Redis is not asked', async () => {
    const { listener, connection, say } = await stage();
    say(6);
    say(7);
    expect([listener.said, connection.asked]).toEqual([['6', '7'], []]);
  });

  test('whose offsets do not rise is compared with the log, with what was known before', async () => {
    const { listener, connection, say } = await stage();
    say(6);
    say(6);
    say(7);
    expect(toldOf(connection)).toEqual(['ab', '6', '60']);
    connection.last.answer(['cd', '6', '61']);
    await turns();
    expect(listener.doubts).toBe(1);
  });

  test('is in doubt when its channel is on again, and Redis is asked where the log ends', async () => {
    const { rooms, listener, connection, time } = await stage();
    rooms.suspect();
    rooms.onSubscribed(channel);
    expect([listener.doubts, connection.asked.length]).toEqual([1, 1]);
    connection.last.answer(['ab', '9', '90']);
    await turns();
    time.pass(1_000);
    // What was said meanwhile is read, and not waited for.
    expect([rooms.findDeaf(100, time.now), listener.doubts]).toEqual([false, 1]);
    rooms.onSubscribed('another');
  });

  test('that Redis could not be asked about is asked about when it can be', async () => {
    const { rooms, connection, time, listener } = await stage();
    rooms.onSubscribed(channel);
    time.pass(100);
    await turns();
    expect(connection.isDestroyed).toBe(true);
    rooms.checkSuspects();
    expect(listener.doubts).toBe(1);
  });

  test('in which nobody speaks is asked about, once in an interval', async () => {
    const { rooms, connection, time, say } = await stage();
    time.pass(1_000);
    rooms.check(200, 1_000, time.now);
    expect(connection.asked).toHaveLength(1);
    rooms.check(200, 1_000, time.now);
    expect(connection.asked).toHaveLength(1);
    connection.last.answer(['ab', '5', '50']);
    await turns();
    say(6);
    rooms.check(1_000, 1_000, time.now);
    rooms.check(1_000, 1_000, time.now);
    expect(connection.asked).toHaveLength(1);
  });

  test('that was emptied while nobody spoke is in doubt', async () => {
    const { rooms, connection, time, listener } = await stage();
    time.pass(1_000);
    rooms.check(1_000, 1_000, time.now);
    connection.last.answer(['ff', '0', '0']);
    await turns();
    expect(listener.doubts).toBe(1);
  });

  test('in which something was appended that is not announced is in doubt; and so is the connection, if it says nothing at all', async () => {
    const { rooms, connection, time, listener, say } = await stage();
    time.pass(1_000);
    rooms.check(1_000, 1_000, time.now);
    connection.last.answer(['ab', '7', '70']);
    await turns();
    expect(rooms.findDeaf(100, time.now)).toBe(false);
    time.pass(100);
    expect([rooms.findDeaf(100, time.now), listener.doubts]).toEqual([true, 1]);
    // Once, and not when others are heard.
    expect(rooms.findDeaf(100, time.now)).toBe(false);
    rooms.get('lobby')?.appended('ab', 9, 90, time.now);
    time.pass(100);
    rooms.onAnnouncement(
      'another',
      { epoch: 'ab', event: { offset: 1, time: 1, data: '', except: undefined } },
      time.now,
    );
    expect([rooms.findDeaf(100, time.now), listener.doubts]).toEqual([false, 2]);
    say(9);
  });

  test('that a second one listens to is in doubt when it has become another', async () => {
    const { rooms, connection, listener } = await stage();
    const second = new Listener();
    rooms.join('lobby', second);
    const ending = rooms.end('lobby');
    connection.last.answer(['cd', '1', '10']);
    expect(await ending).toEqual({ epoch: 'cd', offset: 1 });
    expect(listener.doubts).toBe(1);
  });

  test('that nobody listens to any more is forgotten, and answers that come then are nobody’s', async () => {
    const { rooms, connection, listener, time } = await stage();
    time.pass(1_000);
    rooms.check(1_000, 1_000, time.now);
    expect(rooms.leave('lobby', new Listener())).toBeUndefined();
    expect(rooms.leave('lobby', listener)?.name).toBe('lobby');
    expect(rooms.leave('lobby', listener)).toBeUndefined();
    connection.last.answer(['cd', '1', '10']);
    await turns();
    expect([listener.doubts, rooms.get('lobby')]).toEqual([0, undefined]);
    await expect(rooms.end('lobby')).rejects.toMatchObject({ code: 'WS_ERR_BROKER_CLOSED' });
  });

  test('tells the others although one throws, and the error is not swallowed', async () => {
    const { rooms, listener, say } = await stage();
    const thrown = new Error('a mistake of the listener');
    const broken = {
      onEvents: () => {
        throw thrown;
      },
      onDoubt: () => {},
    };
    rooms.leave('lobby', listener);
    rooms.join('lobby', broken);
    rooms.join('lobby', listener);
    const queued: (() => void)[] = [];
    const spy = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => void queued.push(task));
    say(6);
    spy.mockRestore();
    expect(listener.said).toEqual(['6']);
    expect(() => queued[0]?.()).toThrow(thrown);
    rooms.close();
  });
});
