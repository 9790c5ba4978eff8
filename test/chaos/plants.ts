// Bugs, for the proof that the checker finds them: some in a broker, around one without; some in a place of the rooms that is
// exchanged for a faulty one. They stand in no product.
import { EventStreamMember } from '../../src/rooms/event-stream-member.ts';
import type { Broker } from '../../src/rooms/index.ts';
import { Membership } from '../../src/rooms/membership.ts';
import { PollMember } from '../../src/rooms/poll-member.ts';
import { Room } from '../../src/rooms/room.ts';
import type { RoomEvent } from '../../src/rooms/room-event.ts';
import { WebSocketMember } from '../../src/rooms/websocket-member.ts';
import { BROKER_BUGS, PlantedBroker } from './planted-broker.ts';

/** Bugs of rooms. */
const ROOM_BUGS = {
  'skip-catch-up': 'whoever comes back is given what is said from now on, and not what was missed',
  'deliver-twice': 'now and then an event is given to a member twice',
  'swallow-gaps': 'nobody is told of a gap',
  'needless-gaps': 'whoever comes back is told of a gap',
} as const;
type RoomBug = keyof typeof ROOM_BUGS;

/** The bugs, and what is wrong. */
export const PLANTS = { ...ROOM_BUGS, ...BROKER_BUGS };
/** One of them. */
export type Plant = keyof typeof PLANTS;

/** Once in so many times, where a bug shows only now and then. */
const SELDOM = 20;

/**
 * Plants a bug.
 *
 * @param broker what the instance has.
 * @returns the broker that it shall have instead, and what takes the bug away again.
 */
export function plant(bug: Plant, broker: Broker): { readonly broker: Broker; readonly uproot: () => void } {
  if (!isRoomBug(bug)) return { broker: new PlantedBroker(broker, bug), uproot: () => {} };
  return { broker, uproot: exchange(bug) };
}

function isRoomBug(bug: Plant): bug is RoomBug {
  return bug in ROOM_BUGS;
}

function exchange(bug: RoomBug): () => void {
  switch (bug) {
    case 'skip-catch-up': {
      const { add } = Room.prototype;
      Room.prototype.add = function (membership, beginning) {
        add.call(this, membership, beginning.since === undefined ? beginning : { since: undefined, history: 0 });
      };
      return () => {
        Room.prototype.add = add;
      };
    }
    case 'needless-gaps': {
      const { add } = Room.prototype;
      Room.prototype.add = function (membership, beginning) {
        add.call(this, membership, beginning);
        if (beginning.since !== undefined) membership.member.onGap(this.name, membership.cursor);
      };
      return () => {
        Room.prototype.add = add;
      };
    }
    case 'deliver-twice': {
      const { take } = Membership.prototype;
      let count = 0;
      Membership.prototype.take = function (event: RoomEvent) {
        const taken = take.call(this, event);
        if (taken && ++count % SELDOM === 0) this.member.onEvent(event);
        return taken;
      };
      return () => {
        Membership.prototype.take = take;
      };
    }
    case 'swallow-gaps': {
      const prototypes = [WebSocketMember.prototype, EventStreamMember.prototype, PollMember.prototype];
      const before = prototypes.map(({ onGap }) => onGap);
      for (const prototype of prototypes) prototype.onGap = () => {};
      return () => {
        for (const [index, prototype] of prototypes.entries()) prototype.onGap = before[index] as () => void;
      };
    }
  }
}
