// What a room needs of whoever reads it, over whatever transport. Each transport has one small file that satisfies this.
import type { RoomEvent } from './room-event.ts';

/** Why a membership is over: by the member's own doing, by `kick`, or because the rooms have closed. */
export type MembershipEnd = 'left' | 'removed' | 'closed';

/** A membership as an application sees it. */
export interface RoomMembership {
  /** Unique over all instances. */
  readonly id: string;
  readonly room: string;
  /** Whose it is; `undefined` when nobody has said. */
  readonly identity: string | undefined;
  /** Whether it has been ended, or never will begin. */
  readonly isOver: boolean;
  /** The id up to which it has been sent everything. */
  readonly cursor: string;
}

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
