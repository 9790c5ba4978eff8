import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Broker, BrokerListener } from '../../src/rooms/broker.ts';
import { MemoryBroker, type MemoryBrokerOptions } from '../../src/rooms/memory-broker.ts';
import { COST_OF_EVENT } from '../../src/rooms/memory-log.ts';
import { brokerContract, Listener } from './broker.contract.ts';

/** How far each broker's clock has been put forward, in milliseconds. */
const later = new Map<Broker, number>();

function open(options: MemoryBrokerOptions = {}): MemoryBroker {
  const broker = new MemoryBroker({ now: () => Date.now() + (later.get(broker) ?? 0), ...options });
  return broker;
}

function pass(broker: Broker, milliseconds: number): void {
  later.set(broker, (later.get(broker) ?? 0) + milliseconds);
}

afterEach(() => later.clear());

brokerContract('MemoryBroker', {
  open: async (keeping) => open(keeping),
  peerOf: async (broker) => broker,
  age: async (broker, ttl) => pass(broker, ttl + 1),
});

const PLAIN = { except: undefined, key: undefined };
const say = (broker: Broker, room: string, data = '{}'): Promise<{ epoch: string; offset: number }> =>
  broker.append(room, data, PLAIN);
const kept = async (broker: Broker, room: string): Promise<number[]> =>
  (await broker.read(room, undefined, 100)).events.map(({ offset }) => offset);

describe('a MemoryBroker', () => {
  test('has told everybody when append() has been called, before anybody could wait for it', () => {
    const broker = open();
    const listener = new Listener();
    void broker.subscribe('lobby', listener);
    void say(broker, 'lobby', 'now');
    expect(listener.said).toEqual(['now']);
  });

  test('tells the others although one throws, and the error is not swallowed', async () => {
    const broker = open();
    const thrown = new Error('a mistake of the listener');
    const broken: BrokerListener = {
      onEvents: () => {
        throw thrown;
      },
      onDoubt: () => {},
    };
    const listener = new Listener();
    await broker.subscribe('lobby', broken);
    await broker.subscribe('lobby', listener);
    const queued: (() => void)[] = [];
    const spy = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => void queued.push(task));
    await say(broker, 'lobby', 'one');
    await say(broker, 'lobby', 'two');
    spy.mockRestore();
    expect(listener.said).toEqual(['one', 'two']);
    expect(queued).toHaveLength(2);
    expect(queued[0]).toThrow(thrown);
  });

  test('draws another epoch for each log', async () => {
    const broker = open();
    const epochs = await Promise.all(
      Array.from({ length: 100 }, async (_, room) => (await say(broker, `${room}`)).epoch),
    );
    expect(new Set(epochs).size).toBe(100);
  });

  test('makes room for a new log by the least recently used in which nothing was said, then by any that nobody is in', async () => {
    const broker = open({ maxLogs: 4 });
    await broker.subscribe('heard', new Listener());
    await broker.enter('entered', { member: 'ada', information: '{}' });
    const { epoch } = await say(broker, 'said');
    await broker.read('asked for', undefined, 1);
    await say(broker, 'new');
    expect(broker.logs).toBe(4);
    expect((await say(broker, 'said')).epoch).toBe(epoch);
    await say(broker, 'new');
    await broker.read('newer', undefined, 1);
    expect((await broker.read('said', undefined, 1)).epoch).not.toBe(epoch);
    expect(broker.logs).toBe(4);
  });

  test('refuses a room more when all are in use, and takes it when one is left', async () => {
    const broker = open({ maxLogs: 2 });
    const listener = new Listener();
    await broker.subscribe('one', listener);
    await broker.enter('two', { member: 'ada', information: '{}' });
    await expect(say(broker, 'three')).rejects.toMatchObject({ code: 'WS_ERR_BROKER_FULL' });
    await broker.leave('two', 'ada');
    expect((await say(broker, 'three')).offset).toBe(1);
    broker.unsubscribe('one', listener);
    await broker.subscribe('three', listener);
    expect((await say(broker, 'four')).offset).toBe(1);
  });

  test('keeps no more bytes than it may: the room that was quiet longest forgets first', async () => {
    const broker = open({ maxBytes: 4 * (COST_OF_EVENT + 2) });
    await say(broker, 'quiet');
    await say(broker, 'quiet');
    await say(broker, 'lively');
    await say(broker, 'lively');
    await say(broker, 'quiet');
    expect([await kept(broker, 'lively'), await kept(broker, 'quiet')]).toEqual([[2], [1, 2, 3]]);
    await say(broker, 'lively', JSON.stringify('x'.repeat(COST_OF_EVENT + 2)));
    expect([await kept(broker, 'lively'), await kept(broker, 'quiet')]).toEqual([[2, 3], [3]]);
    expect(broker.bytes).toBeLessThanOrEqual(4 * (COST_OF_EVENT + 2));
  });

  test('counts the bytes of a text and not its characters, and refuses what could never be kept', async () => {
    const broker = open({ maxBytes: COST_OF_EVENT + 4 });
    expect((await say(broker, 'lobby', '"ß"')).offset).toBe(1);
    await expect(say(broker, 'lobby', '"ßß"')).rejects.toMatchObject({ code: 'WS_ERR_BROKER_FULL' });
    expect(broker.bytes).toBe(COST_OF_EVENT + 4);
  });

  test('gives back the memory of what has grown old, also in rooms that nobody asks for', async () => {
    const broker = open({ ttl: 1_000 });
    for (let number = 0; number < 200; number++) await say(broker, `room ${number}`);
    pass(broker, 1_001);
    await say(broker, 'another');
    expect(broker.bytes).toBe(COST_OF_EVENT + 2);
  });

  test('gives back the memory of a log that goes', async () => {
    const broker = open({ maxLogs: 3 });
    for (let number = 0; number < 100; number++) await say(broker, `room ${number}`);
    expect([broker.logs, broker.bytes]).toEqual([3, 3 * (COST_OF_EVENT + 2)]);
    await broker.close();
    expect([broker.logs, broker.bytes, broker.status]).toEqual([0, 0, 'down']);
  });

  test('knows a key of a log that went no more: the new log has nothing of it', async () => {
    const broker = open({ maxLogs: 1 });
    const keyed = { except: undefined, key: 'a' };
    const first = await broker.append('lobby', '{}', keyed);
    await say(broker, 'another');
    const second = await broker.append('lobby', '{}', keyed);
    expect(second.epoch).not.toBe(first.epoch);
    expect(await kept(broker, 'lobby')).toEqual([1]);
  });

  test.each([
    ['history', 0],
    ['ttl', -1],
    ['maxLogs', 1.5],
    ['maxBytes', Number.POSITIVE_INFINITY],
    ['maxKeys', Number.NaN],
    ['keyTtl', 0],
  ])('refuses a %s of %d by its name', (name, value) => {
    expect(() => new MemoryBroker({ [name]: value })).toThrow(RangeError);
    expect(() => new MemoryBroker({ [name]: value })).toThrow(name);
  });
});
