// A room that has members here: listens to the broker, puts what it hears in order, and hands each event to all members who
// keep up, in the same turn. Who does not is a straggler. What cannot be had any more is announced to everybody it concerns.
import type { Broker, BrokerListener, LogEvent, LogPage, Position } from './broker.ts';
import { formatId } from './event-id.ts';
import { EventWindow } from './event-window.ts';
import type { Host, Membership } from './membership.ts';
import { Retry } from './retry.ts';
import { RoomEvent } from './room-event.ts';
import { PAGE, Stragglers, type StragglersHost } from './stragglers.ts';

/** Who owns rooms. */
export interface RoomOwner {
  readonly broker: Broker;
  /** A member's membership is over. */
  onLeave(room: Room, membership: Membership): void;
  /** A member has been told of a gap. */
  onGap(membership: Membership): void;
}

/** Where a new member wants to begin. */
export interface Beginning {
  /** The last event that it knows; `'unknown'` when it knows one that nobody can know. */
  readonly since: Position | 'unknown' | undefined;
  /** How many events of the past it wants, where `since` does not say. */
  readonly history: number;
}

/** One room. */
export class Room implements BrokerListener, Host, StragglersHost {
  readonly name: string;
  readonly members = new Set<Membership>();
  /** How many want to become members: the owner's count. */
  waiting = 0;
  readonly #owner: RoomOwner;
  readonly #json: string;
  readonly #stragglers: Stragglers;
  readonly #retry = new Retry(() => this.#readOn());
  #opening: Promise<void> | undefined = undefined;
  /** `undefined` until it is known where the log ends. */
  #window: EventWindow | undefined = undefined;
  /** Whether something has been appended that is not in the window, or may have been. */
  #lacks = false;
  /** The newest offset that was heard of behind a hole, in the epoch of the window. */
  #heard = 0;
  /** Whether members may stand where nobody brings them on but a look at all of them. */
  #doubts = false;
  #isReading = false;
  #isClosed = false;

  constructor(name: string, owner: RoomOwner) {
    this.name = name;
    this.#owner = owner;
    this.#json = JSON.stringify(name);
    this.#stragglers = new Stragglers(owner.broker, name, this);
  }

  /** How many members are being read for. */
  get stragglers(): number {
    return this.#stragglers.size;
  }

  /** The end of the log, as far as this room knows. It must be open. */
  get end(): Position {
    const { epoch, last } = this.#window as EventWindow;
    return { epoch, offset: last };
  }

  /** Resolves when it is known where the log ends: members may be added. It is asked for once, whoever waits. */
  open(): Promise<void> {
    this.#opening ??= this.#subscribe();
    return this.#opening;
  }

  async #subscribe(): Promise<void> {
    const { epoch, offset } = await this.#owner.broker.subscribe(this.name, this);
    if (this.#isClosed) {
      this.#owner.broker.unsubscribe(this.name, this);
      return;
    }
    this.#window = new EventWindow(epoch, offset);
    // What was heard before could not be put in order.
    if (this.#lacks) this.#lack();
  }

  /** Lets a member in. It must be open. */
  add(membership: Membership, { since, history }: Beginning): void {
    const window = this.#window as EventWindow;
    this.members.add(membership);
    if (since === undefined) {
      const offset = Math.max(0, window.last - history);
      membership.isContent = history > 0;
      membership.begin(this, { epoch: window.epoch, offset }, formatId(window.epoch, offset));
      this.advance(membership);
      return;
    }
    if (since === 'unknown') {
      membership.begin(this, undefined, formatId(window.epoch, 0));
      this.#stragglers.add(membership);
      return;
    }
    membership.begin(this, since, formatId(since.epoch, since.offset));
    if (this.isCovered(membership)) this.advance(membership);
    // Another instance may be ahead of this one, or know a newer epoch: the broker says what is true.
    else this.#stragglers.add(membership);
  }

  advance(membership: Membership): void {
    const window = this.#window as EventWindow;
    if (membership.isStraggling) return;
    if (membership.epoch === window.epoch) {
      while (membership.isReady) {
        if (membership.offset >= window.last) return;
        const event = window.at(membership.offset + 1);
        if (event === undefined) break;
        membership.take(event);
      }
    }
    if (membership.isReady) this.#stragglers.add(membership);
  }

  onEnd(membership: Membership): void {
    this.members.delete(membership);
    this.#stragglers.delete(membership);
    this.#owner.onLeave(this, membership);
  }

  /** The broker may be reached again. */
  retryNow(): void {
    this.#retry.now();
    this.#stragglers.retryNow();
  }

  /** Listens no more. There must be no member left. */
  close(): void {
    this.#isClosed = true;
    this.#retry.cancel();
    this.#stragglers.close();
    this.#owner.broker.unsubscribe(this.name, this);
  }

  // ---- what the broker tells

  onEvents(epoch: string, events: readonly LogEvent[]): void {
    for (const event of events) {
      const window = this.#window;
      if (window === undefined || epoch !== window.epoch) {
        this.#lack();
        return;
      }
      if (event.offset === window.last + 1) this.#deliver(window, event);
      else if (event.offset > window.last) {
        this.#heard = event.offset;
        this.#lack();
      }
    }
  }

  onDoubt(): void {
    this.#doubts = true;
    this.#lack();
  }

  #deliver(window: EventWindow, logEvent: LogEvent): void {
    const event = new RoomEvent(this.#json, window.epoch, logEvent);
    window.push(event);
    // Who is not at the event before is being read for, or waits for room.
    for (const membership of this.members) {
      if (!membership.isStraggling) membership.take(event);
    }
  }

  #lack(): void {
    this.#lacks = true;
    if (this.#window !== undefined && !this.#retry.isPending) this.#readOn();
  }

  /** Reads what the window lacks. Never twice at once: what turns up meanwhile is read afterwards. */
  #readOn(): void {
    if (this.#isReading || this.#isClosed) return;
    this.#isReading = true;
    void this.#read();
  }

  async #read(): Promise<void> {
    while (this.#lacks && !this.#isClosed) {
      this.#lacks = false;
      if (await this.#readPage()) {
        this.#retry.succeeded();
        continue;
      }
      this.#lacks = true;
      if (!this.#isClosed) this.#retry.later();
      break;
    }
    this.#isReading = false;
    if (this.#lacks || this.#isClosed || !this.#doubts) return;
    this.#doubts = false;
    for (const membership of this.members) this.advance(membership);
  }

  /** @returns `false` when the broker cannot be read, or has nothing of what it has told: a replica that is behind. */
  async #readPage(): Promise<boolean> {
    let page: LogPage;
    try {
      page = await this.#owner.broker.read(this.name, this.end, PAGE);
    } catch {
      return false;
    }
    if (this.#isClosed) return true;
    this.#takePage(page);
    return page.events.length > 0 || !this.#lacks;
  }

  #takePage({ epoch, events, last, isGap }: LogPage): void {
    if (isGap || epoch !== (this.#window as EventWindow).epoch) this.#startAnew(epoch, startOf(events, last));
    const window = this.#window as EventWindow;
    for (const event of events) {
      if (event.offset === window.last + 1) this.#deliver(window, event);
    }
    if (window.last < last || window.last < this.#heard) this.#lacks = true;
  }

  /** The log goes on elsewhere: whoever stood in the old one, or before the new beginning, has lost something. */
  #startAnew(epoch: string, offset: number): void {
    this.#window = new EventWindow(epoch, offset);
    this.#heard = 0;
    this.#doubts = true;
    for (const membership of this.members) {
      if (membership.isStraggling || !membership.isReady) continue;
      if (membership.epoch !== epoch || membership.offset < offset) this.#tellGap(membership, epoch, offset);
    }
  }

  #tellGap(membership: Membership, epoch: string, offset: number): void {
    membership.moveTo(epoch, offset, true);
    this.#owner.onGap(membership);
  }

  // ---- what stragglers are sent

  isCovered(membership: Membership): boolean {
    const { epoch, start, last } = this.#window as EventWindow;
    return membership.epoch === epoch && membership.offset >= start && membership.offset <= last;
  }

  onPage(membership: Membership, page: LogPage, others: Iterable<Membership>): boolean {
    const { epoch, events, last, isGap } = page;
    const { isContent, offset: before } = membership;
    const isMoved = isGap || membership.epoch === undefined;
    membership.isContent = false;
    if (isGap && isContent) membership.moveTo(epoch, startOf(events, last), false);
    else if (isMoved) this.#tellGap(membership, epoch, startOf(events, last));
    const { offset } = membership;
    const ready = events.map((event) => new RoomEvent(this.#json, epoch, event));
    for (const event of ready) membership.take(event);
    // Who stands in the range of the page needs none of its own.
    for (const other of others) {
      if (other.epoch !== epoch || other.offset < offset || other.offset >= last) continue;
      for (const event of ready) other.take(event);
    }
    this.#goOn(membership, page);
    return isMoved || membership.offset > before || !membership.isStraggling;
  }

  /** Decides what becomes of a straggler behind its page. */
  #goOn(membership: Membership, { epoch, last }: LogPage): void {
    const window = this.#window as EventWindow;
    if (epoch !== window.epoch) {
      // This room has not seen the new epoch yet. When it has, it looks at all members.
      this.onDoubt();
      if (membership.offset < last && membership.isReady) this.#stragglers.add(membership);
    } else if (membership.offset > window.last) this.#lack();
    else this.advance(membership);
  }
}

/** The offset before the first event of a page that is not behind anything. */
function startOf(events: readonly LogEvent[], last: number): number {
  const [first] = events;
  return first === undefined ? last : first.offset - 1;
}
