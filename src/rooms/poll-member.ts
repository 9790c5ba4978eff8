// A long poll as a member of a room: RFC 6202 §2. It is held until there is something to say, and is over with its answer; the
// client's next poll goes on behind the cursor of that. Everything that is said in one turn is one answer.
import type { Poll } from '../poll/index.ts';
import type { Deliveries, Member, MembershipEnd, RoomMembership } from './member.ts';
import type { Membership } from './membership.ts';
import type { RoomEvent } from './room-event.ts';

const FORBIDDEN = 403;
const SERVICE_UNAVAILABLE = 503;
/** Seconds until a client comes again whose server has closed. */
const RETRY_AFTER = 1;

/** One poll. */
export class PollMember implements Member {
  /** Whose it is: set before it begins. */
  membership: Membership | undefined = undefined;
  readonly #open: (cursor: string) => Poll;
  readonly #most: number;
  readonly #deliveries: Deliveries;
  readonly #events: RoomEvent[] = [];
  #poll: Poll | undefined = undefined;
  #cursor = '';
  #isGap = false;
  #isReady = true;
  #isAnswering = false;

  /**
   * @param open holds the request, whose client stands at `cursor`: called when the member has been let in.
   * @param most events of one answer.
   * @param deliveries where what it is handed is counted.
   */
  constructor(open: (cursor: string) => Poll, most: number, deliveries: Deliveries) {
    this.#open = open;
    this.#most = most;
    this.#deliveries = deliveries;
  }

  /** The poll. The member must have been let in. */
  get poll(): Poll {
    return this.#poll as Poll;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  onJoined(_room: string, cursor: string): void {
    this.#cursor = cursor;
    this.#poll = this.#open(cursor);
    this.#poll.whenEnded(() => {
      this.#isReady = false;
      this.membership?.end('left');
    });
  }

  onEvent(event: RoomEvent): void {
    this.#deliveries.poll++;
    this.#events.push(event);
    this.#cursor = event.id;
    if (this.#events.length >= this.#most) this.#isReady = false;
    this.#answerSoon();
  }

  onGap(_room: string, cursor: string): void {
    // What came before it is an answer of its own: the gap shows again when the client polls behind that.
    if (this.#events.length > 0) this.#isReady = false;
    else {
      this.#isGap = true;
      this.#cursor = cursor;
    }
    this.#answerSoon();
  }

  onOver(_membership: RoomMembership, end: MembershipEnd): void {
    if (end === 'removed') this.#poll?.refuse(FORBIDDEN);
    else if (end === 'closed') this.#poll?.refuse(SERVICE_UNAVAILABLE, RETRY_AFTER);
  }

  /** Who has no cursor yet is given one at once, with whatever there is. */
  answerAtOnce(): void {
    if (this.membership?.isStraggling === false) this.#answer();
  }

  #answerSoon(): void {
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    queueMicrotask(() => this.#answer());
  }

  #answer(): void {
    const messages = this.#events.map((event) => ({ json: event.json, cursor: event.id }));
    this.#poll?.answer({ messages, cursor: this.#cursor, gap: this.#isGap });
  }
}
