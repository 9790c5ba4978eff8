// What every member of a room may rely on, over whatever transport it reads: played by the tests of each member, over a real
// connection.
import { describe, expect, test } from 'vitest';
import { MemoryBroker } from '../../src/rooms/memory-broker.ts';
import type { AuthorizationQuestion } from '../../src/rooms/rooms-options.ts';
import { Stage, type TransportName } from './stage.ts';

/** The offsets from `first` to `last`. */
const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

/** Declares the tests of the members of a transport. */
export function memberContract(transport: TransportName): void {
  describe(`a member over ${transport}`, () => {
    test('hears everything that is said from then on: once, in order, with its id and its room', async () => {
      const stage = await Stage.open();
      await stage.say(3);
      const reader = await stage.reader(transport);
      const id = await stage.say(5);
      await reader.hears(5);
      expect(reader.numbers).toEqual([4, 5, 6, 7, 8]);
      const [epoch] = id.split('-');
      expect(reader.heard.map((message) => message.id)).toEqual(range(4, 8).map((offset) => `${epoch}-${offset}`));
      expect(new Set(reader.heard.map(({ roomId }) => roomId))).toEqual(new Set(['lobby']));
    });

    test('hears a burst of one turn, and one that is longer than a window', async () => {
      const stage = await Stage.open();
      const reader = await stage.reader(transport);
      await Promise.all(range(1, 16).map(() => stage.say()));
      await reader.hears(16);
      await Promise.all(range(17, 400).map(() => stage.say()));
      await reader.hears(400);
      expect(reader.numbers).toEqual(range(1, 400));
    });

    test('is given what it missed behind its cursor, then goes on', async () => {
      const stage = await Stage.open();
      const id = await stage.say(2);
      await stage.say(300);
      const reader = await stage.reader(transport, { since: id });
      await reader.hears(300);
      await stage.say();
      await reader.hears(301);
      expect(reader.numbers).toEqual(range(3, 303));
    });

    test('may come back where it left, and misses nothing', async () => {
      const stage = await Stage.open();
      const first = await stage.reader(transport);
      await stage.say(2);
      await first.hears(2);
      first.leave();
      await stage.say(2);
      const second = await stage.reader(transport, { since: first.cursor });
      await second.hears(2);
      expect(second.numbers).toEqual([3, 4]);
    });

    test.each([
      ['is older than anything that is kept', (id: string) => id.replace(/\d+$/, '1')],
      ['is of another epoch', () => 'another-3'],
      ['is of the future', (id: string) => id.replace(/\d+$/, '99')],
      ['is no cursor', () => 'a<b'],
    ])('whose cursor %s is told of a gap, and then what there is', async (_, cursorOf) => {
      const stage = await Stage.open({ broker: new MemoryBroker({ history: 3 }) });
      const id = await stage.say(6);
      const reader = await stage.reader(transport, { since: cursorOf(id) });
      await reader.hears(4);
      await stage.say();
      await reader.hears(5);
      expect(reader.numbers).toEqual(['GAP', 4, 5, 6, 7]);
    });

    test('is given as much of the past as it wants, or as there is, and that is no gap', async () => {
      const stage = await Stage.open({ broker: new MemoryBroker({ history: 3 }) });
      await stage.say(5);
      const [two, all] = [await stage.reader(transport, { history: 2 }), stage.start(transport, { history: 100 })];
      await two.hears(2);
      await all.hears(3);
      await stage.say();
      await two.hears(3);
      await all.hears(4);
      expect([two.numbers, all.numbers]).toEqual([
        [4, 5, 6],
        [3, 4, 5, 6],
      ]);
    });

    test('does not hear what is for everybody but its identity', async () => {
      const stage = await Stage.open();
      const ada = await stage.reader(transport, { identity: 'ada' });
      const grace = await stage.reader(transport, { identity: 'grace' });
      await stage.rooms.publish('lobby', { number: 1 }, { except: { identity: 'ada' } });
      await stage.rooms.publish('lobby', { number: 2 });
      await ada.hears(1);
      await grace.hears(2);
      expect([ada.numbers, grace.numbers]).toEqual([[2], [1, 2]]);
    });

    test('is in no other room, whatever that is called', async () => {
      const stage = await Stage.open();
      const reader = await stage.reader(transport, { room: '__proto__' });
      await stage.say(1, 'constructor');
      await stage.say(1, '__proto__');
      await reader.hears(1);
      expect(reader.heard).toEqual([{ number: 2, roomId: '__proto__', id: expect.stringMatching(/-1$/) }]);
    });

    test.each([
      ['with the past', { since: 'a-1' }, 'history'],
      ['at all', {}, 'join'],
    ])('who may not read it %s is refused, and hears nothing', async (_, visit, action) => {
      const asked: AuthorizationQuestion[] = [];
      const authorize = (question: AuthorizationQuestion): boolean =>
        asked.push(question) > 0 && question.action !== action;
      const stage = await Stage.open({ authorize });
      await stage.say(2);
      const reader = await stage.reader(transport, { ...visit, identity: 'eve' });
      await reader.until(({ isOver }) => isOver);
      expect([reader.refusal, reader.heard]).toEqual(['WS_ERR_ROOM_FORBIDDEN', []]);
      expect(asked.at(-1)).toMatchObject({ room: 'lobby', identity: 'eve', action, request: { method: 'GET' } });
      expect([stage.rooms.members('lobby'), stage.rooms.size]).toEqual([[], 0]);
    });

    test.each([
      [
        'throws',
        () => {
          throw new Error('a mistake');
        },
      ],
      ['rejects', () => Promise.reject(new Error('a mistake'))],
      ['answers something that is not true', () => 'yes' as unknown as boolean],
    ])('is refused when whoever is asked %s', async (_, authorize) => {
      const stage = await Stage.open({ authorize });
      const reader = await stage.reader(transport);
      expect(reader.refusal).toBe('WS_ERR_ROOM_FORBIDDEN');
    });

    test('that is removed while it waits to be let in never gets in', async () => {
      let allow: (isAllowed: boolean) => void = () => {};
      let asked: () => void = () => {};
      const question = new Promise<void>((resolve) => {
        asked = resolve;
      });
      const authorize = (): Promise<boolean> => {
        asked();
        return new Promise((resolve) => {
          allow = resolve;
        });
      };
      const stage = await Stage.open({ authorize });
      const reader = stage.start(transport, { identity: 'eve' });
      await question;
      expect(stage.rooms.kick('eve', 'lobby')).toBe(1);
      allow(true);
      await reader.until(({ isOver }) => isOver);
      await stage.say();
      expect([reader.heard, stage.rooms.members('lobby')]).toEqual([[], []]);
    });

    test('that is removed hears nothing more', async () => {
      const stage = await Stage.open();
      const [eve, ada] = [await stage.reader(transport, { identity: 'eve' }), await stage.reader('WebSocket')];
      await stage.say();
      await eve.hears(1);
      while (stage.rooms.kick('eve') === 0) await new Promise((resolve) => setImmediate(resolve));
      await eve.until(({ isOver }) => isOver);
      await stage.say();
      await ada.hears(2);
      expect(eve.numbers).toEqual([1]);
    });

    test('that has gone leaves nothing behind', async () => {
      const stage = await Stage.open();
      const reader = await stage.reader(transport);
      await stage.say();
      await reader.hears(1);
      reader.leave();
      while (stage.rooms.members('lobby').length > 0) await new Promise((resolve) => setImmediate(resolve));
      expect(stage.rooms.members('lobby')).toEqual([]);
    });

    test('is let go when the rooms close', async () => {
      const stage = await Stage.open();
      const reader = await stage.reader(transport);
      await stage.rooms.close();
      await reader.until(({ isOver }) => isOver);
      expect(stage.rooms.size).toBe(0);
    });

    test('cannot read a room whose name is none', async () => {
      const stage = await Stage.open();
      const reader = await stage.reader(transport, { room: 'a\nb' });
      expect(reader.refusal).toBe('WS_ERR_ROOM_NAME');
    });
  });
}
