import { describe, expect, test } from 'vitest';
import { exceptIdentity, exceptMembership, type Host, Membership } from '../../src/rooms/membership.ts';
import { RoomEvent } from '../../src/rooms/room-event.ts';
import { Guest } from './guest.ts';

const event = (offset: number, except?: string, epoch = 'e'): RoomEvent =>
  new RoomEvent('"lobby"', epoch, { offset, data: '{}', time: 0, except });

function begun(identity?: string): {
  guest: Guest;
  membership: Membership;
  ended: Membership[];
  advanced: Membership[];
} {
  const guest = new Guest();
  const membership = new Membership('i.1', 'lobby', identity, guest);
  const [ended, advanced]: [Membership[], Membership[]] = [[], []];
  const host: Host = { advance: (one) => void advanced.push(one), onEnd: (one) => void ended.push(one) };
  membership.begin(host, { epoch: 'e', offset: 4 }, 'e-4');
  return { guest, membership, ended, advanced };
}

describe('a membership', () => {
  test('lets through the next event and no other', () => {
    const { guest, membership } = begun();
    const taken = [event(4), event(6), event(5, undefined, 'f'), event(5), event(5), event(6)].map((one) =>
      membership.take(one),
    );
    expect(taken).toEqual([false, false, false, true, false, true]);
    expect([guest.offsets, membership.cursor, membership.position]).toEqual([[5, 6], 'e-6', { epoch: 'e', offset: 6 }]);
  });

  test('lets nothing through while there is no room', () => {
    const { guest, membership, advanced } = begun();
    guest.room = 0;
    expect(membership.take(event(5))).toBe(false);
    guest.membership = membership;
    guest.drain();
    expect([advanced, membership.take(event(5)), guest.offsets]).toEqual([[membership], true, [5]]);
  });

  test('passes over what is for everybody else: by its id or by its identity, and never by the other', () => {
    const { guest, membership } = begun('ada');
    const excepts = [
      exceptMembership('i.1'),
      exceptIdentity('ada'),
      exceptIdentity('i.1'),
      exceptMembership('ada'),
      'ada',
    ];
    for (const [index, except] of excepts.entries()) membership.take(event(5 + index, except));
    expect([guest.offsets, membership.offset]).toEqual([[7, 8, 9], 9]);
  });

  test('ends once, and then hears nothing and comes back to nothing', () => {
    const { guest, membership, ended, advanced } = begun();
    expect([membership.end('removed'), membership.end('left')]).toEqual([true, false]);
    membership.resume();
    expect(membership.take(event(5))).toBe(false);
    expect([guest.over, ended, advanced, membership.isOver]).toEqual([['removed'], [membership], [], true]);
  });

  test('may end before it begins', () => {
    const guest = new Guest();
    const membership = new Membership('i.1', 'lobby', undefined, guest);
    membership.resume();
    expect([membership.position, membership.end('left'), guest.over, guest.heard]).toEqual([
      undefined,
      true,
      ['left'],
      [],
    ]);
  });
});
