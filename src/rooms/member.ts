// What a room needs of whoever reads it, over whatever transport. Each transport has one small file that satisfies this.
import type { RoomEvent } from './room-event.ts';

/** How many events have been handed to members, by transport: since the beginning, and never less. */
export interface Deliveries {
  websocket: number;
  eventStream: number;
  poll: number;
}

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
  onOver(membership: RoomMembership, end: MembershipEnd): void;
}
