// What a room needs of whoever reads it, over whatever transport. Each transport has one small file that satisfies this.
import type { Membership, MembershipEnd } from './membership.ts';
import type { RoomEvent } from './room-event.ts';

/** Somebody who reads rooms. */
export interface Member {
  /**
   * Whether there is room for more. Nothing is sent while there is none; who finds room again calls `resume()` of each of
   * its memberships.
   */
  readonly isReady: boolean;
  /** The first that a member hears: where it stands. */
  onJoined(room: string, cursor: string): void;
  onEvent(event: RoomEvent): void;
  /** Events are lost to it; it goes on behind `cursor`. */
  onGap(room: string, cursor: string): void;
  /** A membership of it is over. */
  onOver(membership: Membership, end: MembershipEnd): void;
}
