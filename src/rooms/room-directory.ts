// The rooms that have members here. A room that nobody is in any more lingers for a moment, so that who comes back finds it
// as it was; then it listens no more. Bounded: when there are too many, those that linger go first.
import { clock, type Timed } from '../transport/index.ts';
import type { Broker } from './broker.ts';
import type { Membership } from './membership.ts';
import { Room, type RoomOwner } from './room.ts';
import { RoomError } from './room-error.ts';

/** Milliseconds for which a room without members is kept. */
export const LINGER = 5_000;

/** Who is told what happens in rooms. */
export interface DirectoryOwner {
  onLeave(membership: Membership): void;
  onGap(membership: Membership): void;
}

/** All rooms of one instance. */
export class RoomDirectory implements RoomOwner, Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly broker: Broker;
  readonly #owner: DirectoryOwner;
  readonly #most: number;
  readonly #rooms = new Map<string, Room>();
  /** Those that linger, with the time at which that is over: the first is the next. */
  readonly #lingering = new Map<Room, number>();

  /** @param most how many rooms there may be. */
  constructor(broker: Broker, most: number, owner: DirectoryOwner) {
    this.broker = broker;
    this.#most = most;
    this.#owner = owner;
  }

  /** How many rooms there are. */
  get size(): number {
    return this.#rooms.size;
  }

  get(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  [Symbol.iterator](): IterableIterator<Room> {
    return this.#rooms.values();
  }

  /**
   * Opens a room for whoever wants to join it, and keeps it until {@link release}.
   *
   * @throws RoomError when there are too many rooms. It rejects with that of the broker when it cannot be opened.
   */
  async acquire(name: string): Promise<Room> {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      if (this.#rooms.size >= this.#most) this.#makeRoom();
      room = new Room(name, this);
      this.#rooms.set(name, room);
    }
    this.#keep(room);
    room.waiting++;
    try {
      await room.open();
      return room;
    } catch (error) {
      // The next one tries again.
      if (this.#rooms.get(name) === room) this.#close(room);
      throw error;
    }
  }

  /** The end of {@link acquire}. */
  release(room: Room): void {
    room.waiting--;
    this.#lingerIfEmpty(room);
  }

  onLeave(room: Room, membership: Membership): void {
    this.#lingerIfEmpty(room);
    this.#owner.onLeave(membership);
  }

  onGap(membership: Membership): void {
    this.#owner.onGap(membership);
  }

  /** Closes all rooms. */
  close(): void {
    for (const room of this.#rooms.values()) this.#close(room);
  }

  onTime(now: number): void {
    for (const [room, deadline] of this.#lingering) {
      if (deadline > now) {
        clock.schedule(this, deadline);
        return;
      }
      this.#close(room);
    }
  }

  #lingerIfEmpty(room: Room): void {
    if (room.members.size > 0 || room.waiting > 0 || this.#rooms.get(room.name) !== room) return;
    const deadline = clock.now() + LINGER;
    this.#lingering.set(room, deadline);
    if (this.#lingering.size === 1) clock.schedule(this, deadline);
  }

  #keep(room: Room): void {
    this.#lingering.delete(room);
    if (this.#lingering.size === 0) clock.cancel(this);
  }

  #makeRoom(): void {
    const [longest] = this.#lingering.keys();
    if (longest === undefined) throw new RoomError('WS_ERR_ROOM_NONE_LEFT');
    this.#close(longest);
  }

  #close(room: Room): void {
    this.#keep(room);
    this.#rooms.delete(room.name);
    room.close();
  }
}
