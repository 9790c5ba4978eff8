// The rooms of one process and who is in them. Every member reads the room's log at a position of its own: who keeps up is
// sent each event as it comes, who does not is sent the rest later, and who fell too far behind is told so (GAP).
// Memory is bounded: by events of a room, by bytes of all, by rooms; the least recently used goes first.
import type { PreparedMessage } from '../message/index.ts';
import { RoomLog } from './room-log.ts';

/** Somebody who can be in rooms. */
export interface Member {
  /** Whether there is room to send; when it comes back, {@link Membership.catchUp} is called for each room. */
  readonly ready: boolean;
  send(message: object): void;
  deliver(event: PreparedMessage): void;
}

/** The bounds of a registry. */
export interface RoomLimits {
  /** Events that are kept of each room. */
  readonly history: number;
  /** Rooms at once. */
  readonly rooms: number;
  /** Bytes of events that are kept of all rooms. */
  readonly bytes: number;
}

class Room {
  readonly id: string;
  readonly log: RoomLog;
  readonly members = new Set<Membership>();

  constructor(id: string, history: number) {
    this.id = id;
    this.log = new RoomLog(history);
  }
}

/** One member in one room. */
export class Membership {
  readonly #room: Room;
  readonly #member: Member;
  /** The offset up to which the member has been sent everything. */
  #position: number;

  constructor(room: Room, member: Member, position: number) {
    this.#room = room;
    this.#member = member;
    this.#position = position;
  }

  /** The id up to which the member has been sent everything. */
  get cursor(): string {
    return this.#room.log.idOf(this.#position);
  }

  /** Sends on from where the member stands, as far as there is room. */
  catchUp(): void {
    const { log } = this.#room;
    while (this.#member.ready && this.#position < log.last) {
      if (this.#position < log.start) this.#tellGap(log.start);
      else this.#member.deliver(log.at(++this.#position) as PreparedMessage);
    }
  }

  /** Events are missing; on it goes behind `offset`. */
  #tellGap(offset: number): void {
    this.#position = offset;
    this.#member.send({ type: 'GAP', roomId: this.#room.id, cursor: this.cursor });
  }

  /** The first thing that a new member is sent: where it stands, whether anything was lost, and what it missed. */
  welcome(lost: boolean): void {
    this.#member.send({ type: 'JOINED', roomId: this.#room.id, cursor: this.cursor });
    if (lost) this.#tellGap(this.#position);
    this.catchUp();
  }

  leave(): void {
    this.#room.members.delete(this);
  }
}

/** All rooms. */
export class RoomRegistry {
  readonly #limits: RoomLimits;
  /** The least recently used first. */
  readonly #rooms = new Map<string, Room>();
  #bytes = 0;

  constructor(limits: RoomLimits) {
    this.#limits = limits;
  }

  /** How many rooms there are. */
  get size(): number {
    return this.#rooms.size;
  }

  /** Bytes of all events that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Lets `member` into a room, which is made if need be, and sends it what it missed.
   *
   * @param since the id of the last event that the member knows; `undefined` when it only wants what is to come.
   * @returns the membership, or `undefined` when there can be no room more.
   */
  join(roomId: string, member: Member, since: string | undefined): Membership | undefined {
    const room = this.#use(roomId);
    if (room === undefined) return undefined;
    const { log } = room;
    const known = since === undefined ? log.last : log.offsetOf(since);
    const lost = known === undefined || known < log.start;
    const membership = new Membership(room, member, lost ? log.start : known);
    room.members.add(membership);
    membership.welcome(lost);
    return membership;
  }

  /**
   * Says something in a room that somebody is in.
   *
   * @param event what members get, with the id of the event besides.
   * @returns the id.
   */
  publish(roomId: string, event: object): string {
    const room = this.#use(roomId) as Room;
    const before = room.log.size;
    let id = '';
    room.log.append((newId) => {
      id = newId;
      return JSON.stringify({ ...event, id });
    });
    this.#bytes += room.log.size - before;
    for (const membership of room.members) membership.catchUp();
    this.#forget();
    return id;
  }

  /** The room, as the most recently used one. */
  #use(roomId: string): Room | undefined {
    let room = this.#rooms.get(roomId);
    if (room === undefined) {
      if (this.#rooms.size >= this.#limits.rooms && !this.#removeEmptyRoom()) return undefined;
      room = new Room(roomId, this.#limits.history);
    }
    this.#rooms.delete(roomId);
    this.#rooms.set(roomId, room);
    return room;
  }

  #removeEmptyRoom(): boolean {
    for (const room of this.#rooms.values()) {
      if (room.members.size > 0) continue;
      this.#rooms.delete(room.id);
      this.#bytes -= room.log.size;
      return true;
    }
    return false;
  }

  /** Too much is kept: the rooms that were quiet longest forget first. */
  #forget(): void {
    for (const { log } of this.#rooms.values()) {
      while (this.#bytes > this.#limits.bytes && log.start < log.last) {
        const before = log.size;
        log.forget(1);
        this.#bytes += log.size - before;
      }
      if (this.#bytes <= this.#limits.bytes) return;
    }
  }
}
