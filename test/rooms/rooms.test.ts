import { describe, expect, onTestFinished, test } from 'vitest';
import type { RoomMembership } from '../../src/rooms/member.ts';
import { MemoryBroker } from '../../src/rooms/memory-broker.ts';
import { Rooms } from '../../src/rooms/rooms.ts';
import type { RoomsOptions } from '../../src/rooms/rooms-options.ts';
import { open, type RawPeer, TEXT } from '../websocket/raw-peer.ts';
import { type Message, type Reader, Stage, TRANSPORTS } from './stage.ts';
import { UnreliableBroker } from './unreliable-broker.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function make(options: RoomsOptions = {}): Rooms {
  const rooms = new Rooms(options);
  onTestFinished(() => rooms.close());
  return rooms;
}

/** The next messages to a client. */
async function told(peer: RawPeer, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < count) messages.push(JSON.parse(String((await peer.expect(TEXT)).payload)));
  return messages;
}

describe('a WebSocket in a room', () => {
  test('is told where it stands, then each event with its room and id', async () => {
    const rooms = make();
    const { websocket, peer } = await open();
    const membership = await rooms.join(websocket, 'lobby', { identity: 'ada' });
    const id = await rooms.publish('lobby', { type: 'MESSAGE', text: 'hello' });
    const [epoch] = id.split('-');
    expect(await told(peer, 2)).toEqual([
      { type: 'JOINED', roomId: 'lobby', cursor: `${epoch}-0` },
      { type: 'MESSAGE', text: 'hello', roomId: 'lobby', id: `${epoch}-1` },
    ]);
    expect(membership).toMatchObject({ room: 'lobby', identity: 'ada', isOver: false, cursor: id });
    expect(rooms.members('lobby')).toEqual([membership]);
  });

  test('has been sent an event when publish() returns', async () => {
    const rooms = make();
    const { websocket } = await open();
    await rooms.join(websocket, 'lobby');
    await turn();
    expect(websocket.bufferedAmount).toBe(0);
    void rooms.publish('lobby', { a: 1 });
    expect(websocket.bufferedAmount).toBeGreaterThan(0);
  });

  test('is sent a gap as a message', async () => {
    const rooms = make();
    const { websocket, peer } = await open();
    const id = await rooms.publish('lobby', { a: 1 });
    await rooms.join(websocket, 'lobby', { since: 'another-7' });
    const [joined, gap, event] = await told(peer, 3);
    expect(joined).toEqual({ type: 'JOINED', roomId: 'lobby', cursor: 'another-7' });
    expect(gap).toEqual({ type: 'GAP', roomId: 'lobby', cursor: id.replace(/1$/, '0') });
    expect(event).toEqual({ a: 1, roomId: 'lobby', id });
  });

  test('that said something need not hear it, and hears the rest', async () => {
    const rooms = make();
    const [ada, grace] = [await open(), await open()];
    const membership = await rooms.join(ada.websocket, 'lobby');
    await rooms.join(grace.websocket, 'lobby');
    await rooms.publish('lobby', { number: 1 }, { except: ada.websocket });
    await rooms.publish('lobby', { number: 2 }, { except: membership });
    await rooms.publish('lobby', { number: 3 }, { except: (await open()).websocket });
    expect((await told(ada.peer, 2)).map(({ number }) => number)).toEqual([undefined, 3]);
    expect((await told(grace.peer, 4)).map(({ number }) => number)).toEqual([undefined, 1, 2, 3]);
  });

  test('that leaves is no member, and says so once', async () => {
    const rooms = make();
    const { websocket } = await open();
    await rooms.join(websocket, 'lobby');
    expect([rooms.leave(websocket, 'lobby'), rooms.leave(websocket, 'lobby')]).toEqual([true, false]);
    expect([rooms.members('lobby'), websocket.listenerCount('drain'), websocket.listenerCount('close')]).toEqual([
      [],
      0,
      0,
    ]);
  });

  test('that joins again begins anew, and is a member once', async () => {
    const rooms = make();
    const { websocket, peer } = await open();
    const id = await rooms.publish('lobby', { number: 1 });
    const first = await rooms.join(websocket, 'lobby');
    const second = await rooms.join(websocket, 'lobby', { since: id.replace(/1$/, '0') });
    await rooms.publish('lobby', { number: 2 });
    expect([first.isOver, rooms.members('lobby')]).toEqual([true, [second]]);
    expect((await told(peer, 4)).map(({ number }) => number)).toEqual([undefined, undefined, 1, 2]);
  });

  test('may be in as many rooms as it may, and in no more until it leaves one', async () => {
    const rooms = make({ maxRoomsPerMember: 2 });
    const { websocket } = await open();
    await rooms.join(websocket, 'one');
    await rooms.join(websocket, 'two');
    await rooms.join(websocket, 'two');
    await expect(rooms.join(websocket, 'three')).rejects.toMatchObject({ code: 'WS_ERR_ROOM_TOO_MANY', status: 429 });
    rooms.leave(websocket, 'one');
    await rooms.join(websocket, 'three');
  });

  test('counts those that it still waits for, too', async () => {
    const rooms = make({ maxRoomsPerMember: 1, authorize: () => new Promise(() => {}) });
    const { websocket } = await open();
    const waiting = rooms.join(websocket, 'one');
    await expect(rooms.join(websocket, 'two')).rejects.toMatchObject({ code: 'WS_ERR_ROOM_TOO_MANY' });
    expect(rooms.leave(websocket, 'one')).toBe(true);
    waiting.catch(() => {});
  });

  test('that has closed joins nothing', async () => {
    const rooms = make();
    const { websocket } = await open();
    websocket.terminate();
    await expect(rooms.join(websocket, 'lobby')).rejects.toMatchObject({ code: 'WS_ERR_ROOM_LEFT' });
  });

  test('that closes while it waits to be let in is never a member', async () => {
    let allow: (isAllowed: boolean) => void = () => {};
    const authorize = (): Promise<boolean> =>
      new Promise((resolve) => {
        allow = resolve;
      });
    const rooms = make({ authorize });
    const { websocket } = await open();
    const joining = rooms.join(websocket, 'lobby');
    const closed = new Promise((resolve) => websocket.on('close', resolve));
    websocket.terminate();
    await closed;
    allow(true);
    await expect(joining).rejects.toMatchObject({ code: 'WS_ERR_ROOM_LEFT' });
    expect(rooms.size).toBe(0);
  });

  test('that does not read is sent no more than its mark, delays nobody, and is given the rest when it reads', async () => {
    const rooms = make();
    const [slow, fast] = [await open({ highWaterMark: 65_536 }), await open()];
    for (const { websocket } of [slow, fast]) await rooms.join(websocket, 'lobby');
    slow.peer.socket.pause();
    const text = 'x'.repeat(32_768);
    for (let number = 1; number <= 400; number++) {
      await rooms.publish('lobby', { number, text });
      const last = (await told(fast.peer, number === 1 ? 2 : 1)).at(-1);
      expect(last.number).toBe(number);
    }
    expect(slow.websocket.bufferedAmount).toBeLessThan(65_536 + 2 * 32_768);
    expect(slow.websocket.bufferedAmount).toBeGreaterThan(0);
    slow.peer.socket.resume();
    expect((await told(slow.peer, 401)).slice(1).map(({ number }) => number)).toEqual(
      Array.from({ length: 400 }, (_, at) => at + 1),
    );
  });

  test('that is slow in one room hears of the others, too, when it has room again', async () => {
    const rooms = make();
    const { websocket, peer } = await open({ highWaterMark: 1_000 });
    for (const room of ['a', 'b', 'c']) await rooms.join(websocket, room);
    const text = 'x'.repeat(2_000);
    for (let number = 1; number <= 20; number++)
      for (const room of ['a', 'b', 'c']) void rooms.publish(room, { number, text });
    const messages = (await told(peer, 63)).slice(3);
    for (const room of ['a', 'b', 'c']) {
      expect(messages.filter(({ roomId }) => roomId === room).map(({ number }) => number)).toEqual(
        Array.from({ length: 20 }, (_, at) => at + 1),
      );
    }
    // The first that is through does not come before the last has begun.
    expect(new Set(messages.slice(0, 30).map(({ roomId }) => roomId)).size).toBe(3);
  });
});

describe('rooms', () => {
  test('say who comes, who goes, and who has lost something', async () => {
    const rooms = make();
    const heard: string[] = [];
    for (const name of ['join', 'leave', 'gap'])
      rooms.on(name, ({ room }: RoomMembership) => heard.push(`${name} ${room}`));
    const { websocket, peer } = await open();
    await rooms.join(websocket, 'lobby', { since: 'another-1' });
    await told(peer, 2);
    rooms.leave(websocket, 'lobby');
    expect(heard).toEqual(['join lobby', 'gap lobby', 'leave lobby']);
  });

  test('remove a WebSocket, a membership or an identity, from one room or from all', async () => {
    const rooms = make();
    const { websocket, peer } = await open();
    const join = (): Promise<RoomMembership[]> =>
      Promise.all(['a', 'b'].map((room) => rooms.join(websocket, room, { identity: 'eve' })));
    await join();
    expect([rooms.kick(websocket, 'a'), rooms.kick('eve'), rooms.kick('eve')]).toEqual([1, 1, 0]);
    const [first] = await join();
    expect([rooms.kick(first as RoomMembership), rooms.kick('ada'), rooms.kick(websocket)]).toEqual([1, 0, 1]);
    expect(
      (await told(peer, 8)).map(({ type, roomId }) => `${type} ${roomId}`).filter((line) => line.startsWith('LEFT')),
    ).toEqual(['LEFT a', 'LEFT b', 'LEFT a', 'LEFT b']);
  });

  test('pass the state of the broker on, and try again what failed when it is back', async () => {
    const broker = new UnreliableBroker();
    const rooms = make({ broker });
    const states: string[] = [];
    rooms.on('status', (status) => states.push(status));
    const { websocket, peer } = await open();
    await rooms.join(websocket, 'lobby');
    broker.isDeaf = true;
    await rooms.publish('lobby', { number: 1 });
    broker.onStatus?.('down');
    broker.failures = 1;
    broker.doubt();
    await turn();
    broker.onStatus?.('up');
    expect((await told(peer, 2))[1]).toMatchObject({ number: 1 });
    expect([states, rooms.status]).toEqual([['down', 'up'], 'up']);
  });

  test('say with a key what was said before only once', async () => {
    const rooms = make();
    const first = await rooms.publish('lobby', { a: 1 }, { key: 'k' });
    expect(await rooms.publish('lobby', { a: 1 }, { key: 'k' })).toBe(first);
  });

  test('refuse a publisher whom nobody allows it, and everybody by a name that is none', async () => {
    const rooms = make({ authorize: ({ action, identity }) => action === 'publish' && identity === 'ada' });
    await rooms.publish('lobby', { a: 1 }, { identity: 'ada' });
    await expect(rooms.publish('lobby', { a: 1 }, { identity: 'eve' })).rejects.toMatchObject({ status: 403 });
    await expect(rooms.publish('x'.repeat(256), { a: 1 })).rejects.toMatchObject({ status: 400 });
    await expect(rooms.present('\0')).rejects.toMatchObject({ status: 400 });
  });

  test('closed refuse everything, and close the broker that is their own and no other', async () => {
    const broker = new MemoryBroker();
    const [given, own] = [new Rooms({ broker }), new Rooms()];
    const { websocket } = await open();
    for (const rooms of [given, own]) {
      await rooms.close();
      await rooms.close();
      await expect(rooms.publish('lobby', { a: 1 })).rejects.toMatchObject({
        code: 'WS_ERR_ROOMS_CLOSED',
        status: 503,
      });
      await expect(rooms.join(websocket, 'lobby')).rejects.toMatchObject({ code: 'WS_ERR_ROOMS_CLOSED' });
    }
    expect([broker.status, own.broker.status]).toEqual(['up', 'down']);
    await broker.close();
  });

  test('are closed at the end of a block that disposes of them', async () => {
    const rooms = new Rooms();
    await rooms[Symbol.asyncDispose]();
    expect(rooms.status).toBe('down');
  });
});

describe('presence', () => {
  test('is told in the room, over every transport, in its order, two tabs once', async () => {
    const stage = await Stage.open({ presence: true });
    const watching = await Promise.all(TRANSPORTS.map((transport) => stage.reader(transport, { identity: 'watcher' })));
    const told = ({ heard }: Reader): string[] =>
      heard.filter(({ member }) => member === 'ada').map(({ type, information }) => `${type} ${information.tab}`);
    const first = await stage.reader('WebSocket', { identity: 'ada', information: { tab: 1 } });
    const second = await stage.reader('event stream', { identity: 'ada', information: { tab: 2 } });
    expect((await stage.rooms.present('lobby')).map(({ identity }) => identity).toSorted()).toEqual(['ada', 'watcher']);
    expect(await stage.rooms.present('lobby', 1)).toHaveLength(1);
    first.leave();
    await first.until(({ isOver }) => isOver);
    second.leave();
    for (const reader of watching) {
      await reader.until((one) => told(one).length === 2);
      expect(told(reader)).toEqual(['MEMBER_JOINED 1', 'MEMBER_LEFT 1']);
    }
    expect(first.heard).toMatchObject([{ type: 'MEMBER_JOINED', member: 'ada', information: { tab: 1 } }]);
    expect(await stage.rooms.present('lobby')).toEqual([{ identity: 'watcher', information: null }]);
  });

  test('that is off is told to nobody', async () => {
    const stage = await Stage.open();
    const reader = await stage.reader('WebSocket', { identity: 'ada' });
    await stage.say();
    await reader.hears(1);
    expect([reader.numbers, await stage.rooms.present('lobby')]).toEqual([[1], []]);
  });
});

describe('one cursor', () => {
  test('goes from any transport to any other in mid-conversation, without a loss and without a repetition', async () => {
    const stage = await Stage.open();
    let cursor: string | undefined = await stage.say();
    const heard: (number | string)[] = [];
    for (const transport of [...TRANSPORTS, ...TRANSPORTS.toReversed(), 'WebSocket', 'poll', 'WebSocket'] as const) {
      const speaking = stage.say(3);
      const reader = await stage.reader(transport, { since: cursor });
      await speaking;
      await reader.hears(3);
      reader.leave();
      heard.push(...reader.numbers);
      cursor = reader.cursor;
      await stage.say(2);
    }
    const reader = await stage.reader('event stream', { since: cursor });
    await reader.hears(2);
    heard.push(...reader.numbers);
    expect(heard.filter((each, at) => at === 0 || each !== heard[at - 1])).toEqual(heard);
    expect(heard).toEqual(Array.from({ length: 45 }, (_, at) => at + 2));
  });
});
