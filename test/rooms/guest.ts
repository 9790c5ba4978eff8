// A member of a test: notes down what it hears, and has as much room as the test says.
import { parseId } from '../../src/rooms/event-id.ts';
import type { Member, MembershipEnd, RoomMembership } from '../../src/rooms/member.ts';
import type { Membership } from '../../src/rooms/membership.ts';
import type { RoomEvent } from '../../src/rooms/room-event.ts';

/** What a guest has heard. */
export type Heard =
  | { readonly kind: 'joined' | 'gap'; readonly cursor: string }
  | { readonly kind: 'event'; readonly id: string; readonly text: string };

/** One member. */
export class Guest implements Member {
  readonly heard: Heard[] = [];
  /** How many more it takes. */
  room = Number.POSITIVE_INFINITY;
  membership: Membership | undefined;
  over: MembershipEnd[] = [];

  get isReady(): boolean {
    return this.room > 0;
  }

  onJoined(_room: string, cursor: string): void {
    this.heard.push({ kind: 'joined', cursor });
  }

  onEvent(event: RoomEvent): void {
    this.room--;
    this.heard.push({ kind: 'event', id: event.id, text: event.text });
  }

  onGap(_room: string, cursor: string): void {
    this.room--;
    this.heard.push({ kind: 'gap', cursor });
  }

  onOver(_membership: RoomMembership, end: MembershipEnd): void {
    this.over.push(end);
  }

  /** It has room again. */
  drain(room = Number.POSITIVE_INFINITY): void {
    this.room = room;
    this.membership?.resume();
  }

  /** The offsets of the events, with the gaps where they were told. */
  get offsets(): (number | 'gap')[] {
    return this.heard
      .filter(({ kind }) => kind !== 'joined')
      .map((heard) => (heard.kind === 'event' ? (parseId(heard.id)?.offset as number) : 'gap'));
  }

  get gaps(): number {
    return this.heard.filter(({ kind }) => kind === 'gap').length;
  }
}
