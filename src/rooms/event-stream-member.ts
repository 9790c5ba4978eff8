// An event stream as a member of a room: HTML §9.2. Every event carries its id, which an EventSource brings back in
// `Last-Event-ID`; where the stream begins is told by an id without data, so that nothing is lost before the first event.
import { type EventStream, encodeEvent } from '../sse/index.ts';
import type { Deliveries, Member, MembershipEnd, RoomMembership } from './member.ts';
import type { Membership } from './membership.ts';
import type { RoomEvent } from './room-event.ts';

/** One event stream. */
export class EventStreamMember implements Member {
  /** Whose it is: set before it begins. */
  membership: Membership | undefined = undefined;
  readonly #open: () => EventStream;
  readonly #deliveries: Deliveries;
  #stream: EventStream | undefined = undefined;
  #isReady = true;

  /**
   * @param open answers the request: called when the member has been let in.
   * @param deliveries where what it is handed is counted.
   */
  constructor(open: () => EventStream, deliveries: Deliveries) {
    this.#open = open;
    this.#deliveries = deliveries;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** The stream. The member must have been let in. */
  get stream(): EventStream {
    return this.#stream as EventStream;
  }

  onJoined(_room: string, cursor: string): void {
    const stream = this.#open();
    this.#stream = stream;
    stream.onDrain = () => {
      this.#isReady = true;
      this.membership?.resume();
    };
    stream.onEnd = () => {
      this.membership?.end('left');
    };
    this.#isReady = stream.sendEncoded(encodeEvent({ id: cursor }));
  }

  onEvent(event: RoomEvent): void {
    this.#deliveries.eventStream++;
    this.#isReady = this.stream.sendEncoded(event.eventStreamBytes);
  }

  onGap(roomId: string, cursor: string): void {
    const data = JSON.stringify({ type: 'GAP', roomId, cursor });
    this.#isReady = this.stream.sendEncoded(encodeEvent({ event: 'GAP', id: cursor, data }));
  }

  /** An EventSource will come again, and be refused then. */
  onOver(_membership: RoomMembership, end: MembershipEnd): void {
    if (end !== 'left') this.#stream?.close();
  }
}
