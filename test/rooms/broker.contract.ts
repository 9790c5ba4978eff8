// What rooms may rely on, whatever broker it is: every promise of src/rooms/broker.ts as a test. Played by the tests of each
// broker, which say how one is opened.
import { afterEach, describe, expect, test } from 'vitest';
import type { Broker, BrokerListener, LogEvent, LogPage, Position } from '../../src/rooms/broker.ts';

/** What a broker of a test keeps. */
export interface Keeping {
  readonly history?: number;
  /** Milliseconds. */
  readonly ttl?: number;
}

/** How brokers of one kind are opened, and what can be done to them. */
export interface BrokerKind {
  /** A broker over a store that nobody else has used. The suite closes it. */
  open(keeping?: Keeping): Promise<Broker>;
  /** Another instance over the same store; the same broker, where a store has but one. The suite closes it. */
  peerOf(broker: Broker): Promise<Broker>;
  /** Makes everything that is in the store as old as the `ttl` that the broker was opened with allows, and a bit older. */
  age(broker: Broker, ttl: number): Promise<void>;
  /** Loses the logs of the store, as a restart or a flush does; `undefined` where that cannot be without losing the broker. */
  lose?(broker: Broker): Promise<void>;
}

const NOTHING_ELSE = { except: undefined, key: undefined };
const ALL = 1_000;

/** Notes down what it hears, and lets a test wait for it. */
export class Listener implements BrokerListener {
  readonly heard: LogEvent[] = [];
  readonly epochs: string[] = [];
  doubts = 0;
  /** Called with each event. */
  react: (event: LogEvent) => void = () => {};
  #waiting: (() => void)[] = [];

  onEvents(epoch: string, events: readonly LogEvent[]): void {
    for (const event of events) {
      this.heard.push(event);
      this.epochs.push(epoch);
      this.react(event);
    }
    for (const wake of this.#waiting.splice(0)) wake();
  }

  onDoubt(): void {
    this.doubts++;
  }

  get said(): string[] {
    return this.heard.map(({ data }) => data);
  }

  /** Resolves when an event with this text has been heard. */
  async hears(data: string): Promise<void> {
    while (!this.said.includes(data)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** Declares the tests of a kind of broker. */
export function brokerContract(name: string, kind: BrokerKind): void {
  describe(`${name} keeps what every broker promises`, () => {
    const opened: Broker[] = [];

    afterEach(async () => {
      for (const broker of new Set(opened.splice(0))) await broker.close();
    });

    async function open(keeping?: Keeping): Promise<Broker> {
      const broker = await kind.open(keeping);
      opened.push(broker);
      return broker;
    }

    async function peerOf(broker: Broker): Promise<Broker> {
      const peer = await kind.peerOf(broker);
      opened.push(peer);
      return peer;
    }

    const say = (broker: Broker, room: string, data: string, key?: string): Promise<Position> =>
      broker.append(room, data, { except: undefined, key });

    async function sayAll(broker: Broker, room: string, count: number): Promise<Position> {
      let position: Position | undefined;
      for (let number = 1; number <= count; number++) position = await say(broker, room, text(number));
      return position as Position;
    }

    test('the places of a room rise by one from 1, within one epoch', async () => {
      const broker = await open();
      const positions = [];
      for (let number = 1; number <= 5; number++) positions.push(await say(broker, 'lobby', text(number)));
      expect(positions.map(({ offset }) => offset)).toEqual([1, 2, 3, 4, 5]);
      expect(new Set(positions.map(({ epoch }) => epoch)).size).toBe(1);
      expect(positions[0]?.epoch).toMatch(/^[0-9A-Za-z_]{1,32}$/);
    });

    test('events that are appended at once get places of their own, without a hole', async () => {
      const broker = await open();
      const peer = await peerOf(broker);
      const appended = Array.from({ length: 40 }, (_, index) => say(index % 2 ? broker : peer, 'lobby', text(index)));
      const offsets = (await Promise.all(appended)).map(({ offset }) => offset);
      expect(offsets.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    });

    test('what is read is what was appended: text, place, time and whom it is not for', async () => {
      const broker = await open();
      const before = Date.now();
      await broker.append('lobby', '{"text":"Fluß \u{1f30a} \\u0000"}', { except: 'ada', key: undefined });
      await say(broker, 'lobby', '{}');
      const page = await broker.read('lobby', undefined, ALL);
      expect(page.events.map(({ offset, data, except }) => ({ offset, data, except }))).toEqual([
        { offset: 1, data: '{"text":"Fluß \u{1f30a} \\u0000"}', except: 'ada' },
        { offset: 2, data: '{}', except: undefined },
      ]);
      expect(page).toMatchObject({ last: 2, isGap: false });
      // Clocks of two machines differ: an hour is no clock's fault.
      for (const { time } of page.events) expect(Math.abs(time - before)).toBeLessThan(3_600_000);
    });

    test('two listeners hear the same events in the same order, on every instance', async () => {
      const broker = await open();
      const peer = await peerOf(broker);
      const listeners = [new Listener(), new Listener(), new Listener()] as const;
      await broker.subscribe('lobby', listeners[0]);
      await broker.subscribe('lobby', listeners[1]);
      await peer.subscribe('lobby', listeners[2]);
      await Promise.all(Array.from({ length: 20 }, (_, index) => say(index % 2 ? broker : peer, 'lobby', text(index))));
      const { events } = await broker.read('lobby', undefined, ALL);
      const last = events.at(-1) as LogEvent;
      for (const listener of listeners) {
        await listener.hears(last.data);
        expect(inOrder(listener)).toEqual(events.map(({ offset, data }) => ({ offset, data })));
      }
    });

    test('subscribing and reading on from there leaves no hole while others speak', async () => {
      const broker = await open();
      const peer = await peerOf(broker);
      const speaking = sayAll(peer, 'lobby', 30);
      const listener = new Listener();
      const start = await broker.subscribe('lobby', listener);
      await speaking;
      const end = await say(peer, 'lobby', 'the end');
      await listener.hears('the end');
      const before = await broker.read('lobby', undefined, ALL);
      const known = new Set([
        ...before.events.map(({ offset }) => offset).filter((offset) => offset <= start.offset),
        ...listener.heard.map(({ offset }) => offset),
      ]);
      expect([...known].toSorted((a, b) => a - b)).toEqual(Array.from({ length: end.offset }, (_, index) => index + 1));
      expect(listener.epochs.every((epoch) => epoch === start.epoch)).toBe(true);
    });

    test('whoever subscribes to a room in which nothing was said stands at 0', async () => {
      const broker = await open();
      const start = await broker.subscribe('quiet', new Listener());
      expect(start.offset).toBe(0);
      expect(await say(broker, 'quiet', '{}')).toEqual({ epoch: start.epoch, offset: 1 });
    });

    test('a room that was only read keeps its epoch, too', async () => {
      const broker = await open();
      const page = await broker.read('quiet', undefined, ALL);
      expect(page).toMatchObject({ events: [], last: 0, isGap: false });
      expect(await say(broker, 'quiet', '{}')).toEqual({ epoch: page.epoch, offset: 1 });
    });

    test('a log is read behind a place, page by page, and at its end there is nothing', async () => {
      const broker = await open();
      const { epoch } = await sayAll(broker, 'lobby', 5);
      const read = (offset: number, limit: number): Promise<LogPage> => broker.read('lobby', { epoch, offset }, limit);
      expect(offsetsOf(await read(0, 2))).toEqual([1, 2]);
      expect(offsetsOf(await read(2, 2))).toEqual([3, 4]);
      expect(offsetsOf(await read(4, 2))).toEqual([5]);
      expect(await read(5, 2)).toEqual({ epoch, events: [], last: 5, isGap: false });
    });

    test('more than is kept is a gap for whoever stood before it, and for nobody else', async () => {
      const broker = await open({ history: 3 });
      const { epoch } = await sayAll(broker, 'lobby', 5);
      const read = (offset: number): Promise<LogPage> => broker.read('lobby', { epoch, offset }, ALL);
      expect(await read(1)).toMatchObject({ isGap: true, last: 5 });
      expect(offsetsOf(await read(1))).toEqual([3, 4, 5]);
      expect(await read(2)).toMatchObject({ isGap: false });
      expect(offsetsOf(await read(2))).toEqual([3, 4, 5]);
      const all = await broker.read('lobby', undefined, ALL);
      expect([all.isGap, offsetsOf(all)]).toEqual([false, [3, 4, 5]]);
    });

    test('so is what has grown too old; places go on, and who has seen it all misses nothing', async () => {
      const ttl = 200;
      const broker = await open({ ttl });
      const end = await sayAll(broker, 'lobby', 3);
      await kind.age(broker, ttl);
      expect(await broker.read('lobby', { ...end, offset: 1 }, ALL)).toEqual({
        epoch: end.epoch,
        events: [],
        last: 3,
        isGap: true,
      });
      expect(await broker.read('lobby', end, ALL)).toMatchObject({ events: [], isGap: false });
      expect(await say(broker, 'lobby', '{}')).toEqual({ epoch: end.epoch, offset: 4 });
    });

    test('a place of another epoch, and one of the future, is a gap: on it goes from the oldest', async () => {
      const broker = await open();
      const { epoch } = await sayAll(broker, 'lobby', 3);
      for (const since of [
        { epoch: 'another', offset: 2 },
        { epoch, offset: 4 },
      ]) {
        const page = await broker.read('lobby', since, 2);
        expect([page.epoch, page.isGap, offsetsOf(page)]).toEqual([epoch, true, [1, 2]]);
      }
    });

    test('a key appends once, and whoever tries again is told the place of the first', async () => {
      const broker = await open();
      const peer = await peerOf(broker);
      const listener = new Listener();
      await broker.subscribe('lobby', listener);
      const first = await say(broker, 'lobby', 'first', 'a');
      await say(broker, 'lobby', 'second', 'b');
      expect(await say(peer, 'lobby', 'again', 'a')).toEqual(first);
      await say(broker, 'lobby', 'third');
      await listener.hears('third');
      expect(inOrder(listener).map(({ data }) => data)).toEqual(['first', 'second', 'third']);
    });

    test('a key of one room is not that of another, wherever the name ends and the key begins', async () => {
      const broker = await open();
      const named = [
        ['a', 'bc'],
        ['ab', 'c'],
        ['', 'abc'],
        ['1:a', 'bc'],
        ['a:b', 'c'],
        ['a', 'b:c'],
      ] as const;
      for (const [room, key] of named) expect((await say(broker, `k${room}`, '{}', key)).offset).toBeGreaterThan(0);
      const counts = await Promise.all(
        named.map(async ([room]) => (await broker.read(`k${room}`, undefined, ALL)).last),
      );
      expect(counts).toEqual([2, 1, 1, 1, 1, 2]);
    });

    test('rooms are what their names are, whatever text that is', async () => {
      const broker = await open();
      const names = [
        '__proto__',
        'constructor',
        'é',
        'e\u0301',
        '{a}',
        '{a}b',
        'a}{',
        ':',
        'a:b',
        '*',
        ' ',
        'x\n',
        '\u{1f30a}',
      ];
      const listeners = names.map(() => new Listener());
      for (const [index, name] of names.entries()) await broker.subscribe(name, listeners[index] as Listener);
      for (const [index, name] of names.entries()) expect((await say(broker, name, text(index))).offset).toBe(1);
      for (const [index, name] of names.entries()) {
        await (listeners[index] as Listener).hears(text(index));
        expect(
          (await broker.read(name, undefined, ALL)).events.map(({ data }) => data),
          name,
        ).toEqual([text(index)]);
      }
      await say(broker, 'a:b', 'the end');
      await listeners[names.indexOf('a:b')]?.hears('the end');
      for (const [index, listener] of listeners.entries()) {
        expect(
          inOrder(listener)
            .map(({ data }) => data)
            .slice(0, 1),
        ).toEqual([text(index)]);
      }
    });

    test('who unsubscribes hears nothing more, also in the middle of being told', async () => {
      const broker = await open();
      const [leaving, staying] = [new Listener(), new Listener()];
      await broker.subscribe('lobby', leaving);
      await broker.subscribe('lobby', staying);
      leaving.react = () => broker.unsubscribe('lobby', leaving);
      await sayAll(broker, 'lobby', 3);
      await staying.hears(text(3));
      expect(leaving.said).toEqual([text(1)]);
      expect(inOrder(staying).map(({ data }) => data)).toEqual([text(1), text(2), text(3)]);
      broker.unsubscribe('lobby', leaving);
      broker.unsubscribe('nowhere', leaving);
    });

    test('who unsubscribes another in the middle of being told is obeyed', async () => {
      const broker = await open();
      const [first, second] = [new Listener(), new Listener()];
      await broker.subscribe('lobby', first);
      await broker.subscribe('lobby', second);
      first.react = () => broker.unsubscribe('lobby', second);
      second.react = () => broker.unsubscribe('lobby', first);
      await sayAll(broker, 'lobby', 2);
      const last = new Listener();
      await broker.subscribe('lobby', last);
      await say(broker, 'lobby', 'the end');
      await last.hears('the end');
      expect([first.said.length, second.said.length].toSorted()).toEqual([0, 3]);
    });

    test('a listener may append: everybody hears both, in the order of their places', async () => {
      const broker = await open();
      const [first, second] = [new Listener(), new Listener()];
      first.react = ({ data }) => {
        if (data === 'ping') void say(broker, 'lobby', 'pong');
      };
      await broker.subscribe('lobby', first);
      await broker.subscribe('lobby', second);
      await say(broker, 'lobby', 'ping');
      await second.hears('pong');
      await first.hears('pong');
      for (const listener of [first, second]) expect(listener.said).toEqual(['ping', 'pong']);
    });

    test('who is in a room is known on every instance, once each, with what was said last of it', async () => {
      const broker = await open();
      const peer = await peerOf(broker);
      expect(await broker.enter('lobby', { member: 'ada', information: '{"age":1}' })).toBe(true);
      expect(await broker.enter('lobby', { member: 'ada', information: '{"age":2}' })).toBe(false);
      expect(await peer.enter('lobby', { member: '__proto__', information: 'null' })).toBe(true);
      await broker.enter('elsewhere', { member: 'eve', information: '1' });
      for (const instance of [broker, peer]) {
        const present = await instance.present('lobby', ALL);
        expect(present.toSorted((a, b) => (a.member < b.member ? -1 : 1))).toEqual([
          { member: '__proto__', information: 'null' },
          { member: 'ada', information: '{"age":2}' },
        ]);
        expect(await instance.present('lobby', 1)).toHaveLength(1);
      }
    });

    test('who leaves is gone, once, and may come again', async () => {
      const broker = await open();
      await broker.enter('lobby', { member: 'ada', information: '{}' });
      expect(await broker.leave('lobby', 'nobody')).toBe(false);
      expect(await broker.leave('nowhere', 'ada')).toBe(false);
      expect(await broker.leave('lobby', 'ada')).toBe(true);
      expect(await broker.leave('lobby', 'ada')).toBe(false);
      expect(await broker.present('lobby', ALL)).toEqual([]);
      expect(await broker.enter('lobby', { member: 'ada', information: '{}' })).toBe(true);
    });

    test('who is in a room on two instances is one, and gone with the last', async () => {
      const broker = await open();
      const peer = await peerOf(broker);
      if (peer === broker) return;
      expect(await broker.enter('lobby', { member: 'ada', information: '{}' })).toBe(true);
      expect(await peer.enter('lobby', { member: 'ada', information: '{}' })).toBe(false);
      expect(await broker.present('lobby', ALL)).toHaveLength(1);
      expect(await broker.leave('lobby', 'ada')).toBe(false);
      expect(await broker.present('lobby', ALL)).toHaveLength(1);
      expect(await peer.leave('lobby', 'ada')).toBe(true);
      expect(await broker.present('lobby', ALL)).toEqual([]);
    });

    test('what is lost is a gap: the log that begins then has another epoch', async () => {
      if (kind.lose === undefined) return;
      const broker = await open();
      const end = await sayAll(broker, 'lobby', 3);
      await kind.lose(broker);
      await sayAll(broker, 'lobby', 4);
      const page = await broker.read('lobby', end, ALL);
      expect(page.epoch).not.toBe(end.epoch);
      expect([page.isGap, offsetsOf(page)]).toEqual([true, [1, 2, 3, 4]]);
    });

    test('it is up as long as it reaches its store, and closed it rejects whatever it is asked for', async () => {
      const broker = await open();
      expect(broker.status).toBe('up');
      const listener = new Listener();
      await broker.subscribe('lobby', listener);
      await broker.close();
      await broker.close();
      const asked = [
        () => broker.append('lobby', '{}', NOTHING_ELSE),
        () => broker.subscribe('lobby', new Listener()),
        () => broker.read('lobby', undefined, ALL),
        () => broker.enter('lobby', { member: 'ada', information: '{}' }),
        () => broker.leave('lobby', 'ada'),
        () => broker.present('lobby', ALL),
      ];
      for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: 'WS_ERR_BROKER_CLOSED' });
      broker.unsubscribe('lobby', listener);
      expect(listener.heard).toEqual([]);
    });
  });
}

function text(number: number): string {
  return `{"number":${number}}`;
}

function offsetsOf(page: LogPage): number[] {
  return page.events.map(({ offset }) => offset);
}

/** What a listener has heard, without what it heard again; it fails where something stands out of order. */
function inOrder({ heard }: Listener): { offset: number; data: string }[] {
  const events: { offset: number; data: string }[] = [];
  for (const { offset, data } of heard) {
    const last = events.at(-1)?.offset ?? 0;
    if (offset <= last) continue;
    expect(offset, 'the next place').toBe(last + 1);
    events.push({ offset, data });
  }
  return events;
}
