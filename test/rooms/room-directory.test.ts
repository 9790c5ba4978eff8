import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { Membership } from '../../src/rooms/membership.ts';
import { LINGER, RoomDirectory } from '../../src/rooms/room-directory.ts';
import { clock } from '../../src/transport/index.ts';
import { Guest } from './guest.ts';
import { UnreliableBroker } from './unreliable-broker.ts';

afterEach(() => vi.restoreAllMocks());

const FROM_NOW = { since: undefined, history: 0 };

function directory(most = 10): { broker: UnreliableBroker; rooms: RoomDirectory } {
  const broker = new UnreliableBroker();
  const rooms = new RoomDirectory(broker, most, { onLeave: () => {}, onGap: () => {} });
  onTestFinished(() => rooms.close());
  return { broker, rooms };
}

async function join(rooms: RoomDirectory, name: string): Promise<Membership> {
  const room = await rooms.acquire(name);
  const membership = new Membership('', name, undefined, new Guest());
  room.add(membership, FROM_NOW);
  rooms.release(room);
  return membership;
}

test('a room is opened once, however many come', async () => {
  const { broker, rooms } = directory();
  await Promise.all([join(rooms, 'lobby'), join(rooms, 'lobby'), join(rooms, 'other')]);
  expect([rooms.size, broker.listeners, rooms.get('lobby')?.members.size]).toEqual([2, 2, 2]);
});

test('a room that nobody is in any more lingers, is found again, and listens no more when its time is over', async () => {
  const { broker, rooms } = directory();
  const membership = await join(rooms, 'lobby');
  const room = rooms.get('lobby');
  membership.end('left');
  expect([rooms.size, broker.listeners, clock.size]).toEqual([1, 1, 1]);
  const again = await join(rooms, 'lobby');
  expect([rooms.get('lobby'), clock.size]).toEqual([room, 0]);
  again.end('left');
  const now = clock.now();
  rooms.onTime(now + LINGER - 1_000);
  expect(rooms.size).toBe(1);
  rooms.onTime(now + LINGER + 1_000);
  expect([rooms.size, broker.listeners]).toEqual([0, 0]);
});

test('a room that somebody still wants to join does not linger', async () => {
  const { rooms } = directory();
  const room = await rooms.acquire('lobby');
  const membership = await join(rooms, 'lobby');
  membership.end('left');
  expect(clock.size).toBe(0);
  rooms.release(room);
  expect(clock.size).toBe(1);
});

test('of too many the one that lingers longest goes; when none does, the new one is refused', async () => {
  const { broker, rooms } = directory(2);
  const [first, second] = [await join(rooms, 'first'), await join(rooms, 'second')];
  await expect(join(rooms, 'third')).rejects.toMatchObject({ code: 'WS_ERR_ROOM_NONE_LEFT', status: 503 });
  second.end('left');
  first.end('left');
  await join(rooms, 'third');
  expect([[...rooms].map(({ name }) => name), broker.listeners]).toEqual([['first', 'third'], 2]);
});

test('a room that could not be opened is opened anew by the next who comes', async () => {
  const { broker, rooms } = directory();
  broker.failures = 1;
  const joining = [join(rooms, 'lobby'), join(rooms, 'lobby')];
  for (const one of joining) await expect(one).rejects.toMatchObject({ code: 'WS_ERR_BROKER_DOWN' });
  expect([rooms.size, broker.listeners, clock.size]).toEqual([0, 0, 0]);
  await join(rooms, 'lobby');
  expect(rooms.size).toBe(1);
});

test('closed it listens to nothing', async () => {
  const { broker, rooms } = directory();
  const memberships = [await join(rooms, 'lobby'), await join(rooms, 'other')];
  for (const membership of memberships) membership.end('closed');
  rooms.close();
  expect([rooms.size, broker.listeners, clock.size]).toEqual([0, 0, 0]);
});
