import { describe, expect, onTestFinished, test } from 'vitest';
import { Admission, type Wish } from '../../src/rooms/admission.ts';
import { Membership } from '../../src/rooms/membership.ts';
import { PresenceRegister } from '../../src/rooms/presence.ts';
import { RoomDirectory } from '../../src/rooms/room-directory.ts';
import { type RoomsOptions, readRoomsOptions } from '../../src/rooms/rooms-options.ts';
import { Guest } from './guest.ts';
import { UnreliableBroker } from './unreliable-broker.ts';

const WISH: Wish = { since: undefined, history: 0, isPresent: true, information: '1', request: undefined };

function door(options: RoomsOptions = {}) {
  const broker = new UnreliableBroker();
  const presence = new PresenceRegister(broker, () => {});
  const rooms = new RoomDirectory(broker, 10, { onLeave: (one) => admission.depart(one), onGap: () => {} });
  const admission = new Admission(rooms, presence, readRoomsOptions(options));
  onTestFinished(async () => {
    rooms.close();
    await presence.close();
  });
  return { broker, rooms, admission, present: async () => (await broker.present('lobby', 9)).length };
}

function guest(identity?: string): { guest: Guest; membership: Membership } {
  const guest = new Guest();
  const membership = new Membership('i.1', 'lobby', identity, guest);
  guest.membership = membership;
  return { guest, membership };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('whoever wants to join', () => {
  test('hears of its own coming, as everybody else', async () => {
    const { admission, broker } = door();
    await broker.append('lobby', '{}', { except: undefined, key: undefined });
    const { guest: ada, membership } = guest('ada');
    await admission.admit(membership, WISH);
    expect(ada.heard.map(({ kind }) => kind)).toEqual(['joined', 'event']);
    expect(ada.heard[1]).toMatchObject({ text: expect.stringContaining('"MEMBER_JOINED","member":"ada"') });
    expect([...admission.waiting]).toEqual([]);
  });

  test('without an identity is somebody of its own', async () => {
    const { admission, broker } = door();
    await admission.admit(guest().membership, WISH);
    expect(await broker.present('lobby', 9)).toEqual([{ member: 'i.1', information: '1' }]);
  });

  test.each([
    ['is refused', { authorize: () => false }, 0, 'WS_ERR_ROOM_FORBIDDEN'],
    ['finds the broker down', {}, 1, 'WS_ERR_ROOM_BROKER'],
  ])('and %s is over, and leaves nothing behind', async (_, options, failures, code) => {
    const { admission, rooms, broker, present } = door(options);
    broker.failures = failures;
    const { membership, guest: ada } = guest();
    await expect(admission.admit(membership, WISH)).rejects.toMatchObject({ code });
    expect([membership.isOver, ada.over, [...admission.waiting], rooms.size, await present()]).toEqual([
      true,
      ['left'],
      [],
      0,
      0,
    ]);
  });

  test('finds no place in a room that is full, and is not present there', async () => {
    const { admission, rooms, present } = door({ maxMembers: 1 });
    const first = guest('ada').membership;
    await admission.admit(first, WISH);
    await expect(admission.admit(guest('eve').membership, WISH)).rejects.toMatchObject({ code: 'WS_ERR_ROOM_FULL' });
    await turn();
    expect([rooms.get('lobby')?.members.size, await present()]).toEqual([1, 1]);
    first.end('left');
    await admission.admit(guest('eve').membership, WISH);
    expect(rooms.get('lobby')?.members.size).toBe(1);
  });

  test.each(['authorize', 'subscribe', 'enter'] as const)(
    'and is removed while %s is waited for never gets in, and is not present',
    async (step) => {
      let isAsked = false;
      let goOn: () => void = () => {};
      const waited = (): Promise<void> => {
        isAsked = true;
        return new Promise((resolve) => {
          goOn = resolve;
        });
      };
      const { admission, rooms, broker, present } = door({
        authorize: async () => {
          if (step === 'authorize') await waited();
          return true;
        },
      });
      if (step !== 'authorize') {
        const real = broker[step].bind(broker) as (...asked: unknown[]) => Promise<never>;
        broker[step] = async (...asked: unknown[]) => {
          await waited();
          return real(...asked);
        };
      }
      const { membership, guest: eve } = guest('eve');
      const admitted = admission.admit(membership, WISH);
      admitted.catch(() => {});
      while (!isAsked) await turn();
      expect([...admission.waiting]).toEqual([membership]);
      membership.end('removed');
      goOn();
      await expect(admitted).rejects.toMatchObject({ code: 'WS_ERR_ROOM_LEFT' });
      await turn();
      expect([eve.heard, rooms.get('lobby')?.members.size ?? 0, await present()]).toEqual([[], 0, 0]);
    },
  );
});
