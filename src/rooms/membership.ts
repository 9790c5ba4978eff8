// One member in one room, at a place of its own in the room's log. Every event passes through take(), which lets nothing
// through twice, out of order or over a hole.

import type { Position } from './broker.ts';
import { formatId } from './event-id.ts';
import type { Member, MembershipEnd, RoomMembership } from './member.ts';
import type { RoomEvent } from './room-event.ts';

/** The room of a membership, as far as it needs it. */
export interface Host {
  /** Sends it on from where it stands, as far as there is room. */
  advance(membership: Membership): void;
  /** It is over. */
  onEnd(membership: Membership): void;
}

/** How an `except` names a membership, and an identity: no text of a client is ever taken for the other. */
export const exceptMembership = (id: string): string => `m:${id}`;
export const exceptIdentity = (identity: string): string => `i:${identity}`;

/** One member in one room: from the wish to join until it is over. */
export class Membership implements RoomMembership {
  readonly id: string;
  readonly room: string;
  readonly identity: string | undefined;
  readonly member: Member;
  readonly #except: string;
  readonly #exceptIdentity: string | undefined;
  /** `undefined` until it is in the room. */
  #host: Host | undefined = undefined;
  #isOver = false;
  #epoch: string | undefined = undefined;
  #offset = 0;
  /** Whether its next page comes from the broker: nothing else is sent meanwhile. */
  isStraggling = false;
  /** Whether it has asked for as much of the past as there is: then it is no gap that there is less. */
  isContent = false;

  constructor(id: string, room: string, identity: string | undefined, member: Member) {
    this.id = id;
    this.room = room;
    this.identity = identity;
    this.member = member;
    this.#except = exceptMembership(id);
    this.#exceptIdentity = identity === undefined ? undefined : exceptIdentity(identity);
  }

  /** Whether it can be sent something. */
  get isReady(): boolean {
    return !this.#isOver && this.member.isReady;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get epoch(): string | undefined {
    return this.#epoch;
  }

  /** The offset of the last event that it needs no more. */
  get offset(): number {
    return this.#offset;
  }

  /** Where it stands; `undefined` when it stands nowhere that a broker could know. */
  get position(): Position | undefined {
    return this.#epoch === undefined ? undefined : { epoch: this.#epoch, offset: this.#offset };
  }

  get cursor(): string {
    return formatId(this.#epoch ?? '', this.#offset);
  }

  /** It is in the room from now on, and knows everything up to here. */
  begin(host: Host, position: Position | undefined, cursor: string): void {
    this.#host = host;
    this.#epoch = position?.epoch;
    this.#offset = position?.offset ?? 0;
    this.member.onJoined(this.room, cursor);
  }

  /** Whether this is the next event, and there is room for it; then it is sent, unless it is for everybody else. */
  take(event: RoomEvent): boolean {
    if (this.#offset !== event.offset - 1 || !this.isReady || this.#epoch !== event.epoch) return false;
    this.#offset = event.offset;
    const { except } = event;
    if (except === undefined || (except !== this.#except && except !== this.#exceptIdentity))
      this.member.onEvent(event);
    return true;
  }

  /** Goes on behind another place. @param isGap whether something is lost to it. */
  moveTo(epoch: string, offset: number, isGap: boolean): void {
    this.#epoch = epoch;
    this.#offset = offset;
    if (isGap) this.member.onGap(this.room, this.cursor);
  }

  /** There is room again. */
  resume(): void {
    if (!this.#isOver) this.#host?.advance(this);
  }

  /** Ends it, also before it has begun. Returns `false` when it was over. */
  end(end: MembershipEnd): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.member.onOver(this, end);
    this.#host?.onEnd(this);
    return true;
  }
}
