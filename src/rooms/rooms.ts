// Rooms as an application holds them: one ordered log each, read over WebSocket, Server-Sent Events and long polling by one
// id. What a client brings is never believed before it has been checked; what it may not do it is refused by a RoomError.
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Poll } from '../poll/index.ts';
import type { EventStream } from '../sse/index.ts';
import { WebSocket } from '../websocket/index.ts';
import { Admission, type Wish } from './admission.ts';
import type { Broker, BrokerStatus } from './broker.ts';
import { type JoinOptions, readJoinOptions } from './join-options.ts';
import type { Deliveries, Member, RoomMembership } from './member.ts';
import { exceptIdentity, exceptMembership, Membership } from './membership.ts';
import { MembershipIds } from './membership-ids.ts';
import { MemoryBroker } from './memory-broker.ts';
import { PresenceRegister } from './presence.ts';
import { type PublishOptions, publish } from './publish.ts';
import { type RequestMember, Requests, type RoomEventStreamOptions, type RoomPollOptions } from './requests.ts';
import { RoomDirectory } from './room-directory.ts';
import { RoomError } from './room-error.ts';
import { checkRoomName } from './room-name.ts';
import { type RoomsOptions, type RoomsSettings, readRoomsOptions } from './rooms-options.ts';
import { WebSocketMember } from './websocket-member.ts';

/** Somebody who is in a room. */
export interface PresentMember {
  readonly identity: string;
  readonly information: unknown;
}

/** How many `present` tells of, when nobody says. */
const PRESENT_LIMIT = 1_000;

/**
 * Rooms.
 *
 * Events: `join (membership)` and `leave (membership)`, of this instance; `gap (membership)` when a member has been told that
 * events are lost to it; `status (status)` of the broker; `fault (error, room)` when somebody's coming or going could not be
 * announced.
 */
export class Rooms extends EventEmitter {
  readonly broker: Broker;
  readonly #ownsBroker: boolean;
  readonly #settings: RoomsSettings;
  readonly #directory: RoomDirectory;
  readonly #presence: PresenceRegister | undefined;
  readonly #admission: Admission;
  readonly #websockets = new Map<WebSocket, WebSocketMember>();
  readonly #deliveries: Deliveries = { websocket: 0, eventStream: 0, poll: 0 };
  readonly #requests = new Requests((...wanted) => this.#serve(...wanted), this.#deliveries);
  readonly #ids = new MembershipIds();
  #isClosed = false;

  /** @throws TypeError or RangeError naming the option that is not what it must be. */
  constructor(options: RoomsOptions = {}) {
    super();
    this.#settings = readRoomsOptions(options);
    this.#ownsBroker = options.broker === undefined;
    this.broker = options.broker ?? new MemoryBroker();
    this.broker.onStatus = (status) => this.#onStatus(status);
    this.#directory = new RoomDirectory(this.broker, this.#settings.maxRooms, {
      onLeave: (membership) => this.#onLeave(membership),
      onGap: (membership) => this.emit('gap', membership),
    });
    if (options.presence === true) {
      this.#presence = new PresenceRegister(this.broker, (error, room) => this.emit('fault', error, room));
    }
    this.#admission = new Admission(this.#directory, this.#presence, this.#settings);
  }

  /** Whether the broker reaches its store. */
  get status(): BrokerStatus {
    return this.broker.status;
  }

  /** How many rooms this instance listens to. */
  get size(): number {
    return this.#directory.size;
  }

  /** How many events have been handed to members of this instance so far, by transport. */
  get deliveries(): Readonly<Deliveries> {
    return { ...this.#deliveries };
  }

  /**
   * Says something in a room, to all its members on all instances.
   *
   * @param event an object: members get it with its `id` and `roomId`.
   * @returns the id. It rejects with a RoomError when it was refused; with a BrokerError, whose `code` says whether the event
   *   may have been appended; with a TypeError or RangeError for what is not what it must be.
   */
  async publish(room: string, event: object, options: PublishOptions = {}): Promise<string> {
    this.#requireOpen(room);
    // Without anything to wait for, members who keep up have been sent it when publish() returns.
    return publish(this.broker, this.#settings, room, event, this.#exceptOf(room, options.except), options);
  }

  /**
   * Makes a WebSocket a member of a room. It is sent `{ type: 'JOINED', roomId, cursor }`, what it missed, and from then on
   * every event. Who joins again begins anew.
   *
   * @returns the membership. It rejects with a RoomError when it was refused; with a TypeError or RangeError for options that
   *   are not what they must be.
   */
  async join(websocket: WebSocket, room: string, options: JoinOptions = {}): Promise<RoomMembership> {
    this.#requireOpen(room);
    const wish = readJoinOptions(options, this.#settings.maxInformationSize);
    const member = this.#memberOf(websocket);
    const { memberships } = member;
    const before = memberships.get(room);
    if (before === undefined && memberships.size >= this.#settings.maxRoomsPerMember) {
      throw new RoomError('WS_ERR_ROOM_TOO_MANY');
    }
    const membership = this.#membership(room, options.identity, member);
    memberships.set(room, membership);
    before?.end('left');
    await this.#admit(membership, wish);
    return membership;
  }

  /**
   * A WebSocket is no member of a room any more, nor will it become one by a `join` that is still waited for.
   *
   * @returns whether it was, or would have become, one.
   */
  leave(websocket: WebSocket, room: string): boolean {
    return this.#websockets.get(websocket)?.memberships.get(room)?.end('left') ?? false;
  }

  /**
   * Removes members on this instance, those who still wait to be let in too: WebSockets are sent `{ type: 'LEFT', roomId }`,
   * event streams end, polls are refused.
   *
   * @param who a WebSocket, a membership, or an identity.
   * @param room only there; everywhere when it is missing.
   * @returns how many memberships have ended.
   */
  kick(who: WebSocket | RoomMembership | string, room?: string): number {
    let count = 0;
    for (const membership of this.#memberships(room)) {
      if (this.#isMeant(membership, who) && membership.end('removed')) count++;
    }
    return count;
  }

  /** The members of a room on this instance. */
  members(room: string): readonly RoomMembership[] {
    return [...(this.#directory.get(room)?.members ?? [])];
  }

  /**
   * Who is in a room, over all instances, each identity once. Nobody, when presence is off.
   *
   * @param limit how many at most. Default 1,000.
   */
  async present(room: string, limit = PRESENT_LIMIT): Promise<readonly PresentMember[]> {
    this.#requireOpen(room);
    const present = await this.broker.present(room, limit);
    return present.map(({ member, information }) => ({ identity: member, information: JSON.parse(information) }));
  }

  // ---- over HTTP

  /**
   * Answers `request` with the events of a room as an event stream (HTML §9.2), behind the `Last-Event-ID` that the client
   * brings, or `lastEventId` or `since` in the query. A gap is an event named `GAP`. Who is refused gets the status of the
   * RoomError.
   *
   * @returns the stream; `undefined` when the client was refused. It rejects as {@link join} for a mistake of the caller.
   */
  eventStream(
    request: IncomingMessage,
    response: ServerResponse,
    room: string,
    options: RoomEventStreamOptions = {},
  ): Promise<EventStream | undefined> {
    return this.#requests.eventStream(request, response, room, options);
  }

  /** The same for handlers of the Fetch API. */
  eventStreamResponse(request: Request, room: string, options: RoomEventStreamOptions = {}): Promise<Response> {
    return this.#requests.eventStreamResponse(request, room, options);
  }

  /**
   * Answers `request` with the events of a room behind `since` of its query, as soon as there are any:
   * `{ messages, cursor, gap, timestamp }`. Who brings no `since` is given a cursor at once. A poll is nobody's presence.
   *
   * @returns the poll; `undefined` when the client was refused. It rejects as {@link join} for a mistake of the caller.
   */
  poll(
    request: IncomingMessage,
    response: ServerResponse,
    room: string,
    options: RoomPollOptions = {},
  ): Promise<Poll | undefined> {
    return this.#requests.poll(request, response, room, options);
  }

  /** The same for handlers of the Fetch API. */
  pollResponse(request: Request, room: string, options: RoomPollOptions = {}): Promise<Response> {
    return this.#requests.pollResponse(request, room, options);
  }

  /** Ends all memberships and listens no more. A broker that was given stays open: it is its owner's to close. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const membership of this.#memberships(undefined)) membership.end('closed');
    this.#directory.close();
    await this.#presence?.close();
    this.broker.onStatus = undefined;
    if (this.#ownsBroker) await this.broker.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // ---- behind the scenes

  #requireOpen(room: string): void {
    if (this.#isClosed) throw new RoomError('WS_ERR_ROOMS_CLOSED');
    checkRoomName(room, this.#settings.maxRoomNameLength);
  }

  async #admit(membership: Membership, wish: Wish): Promise<void> {
    await this.#admission.admit(membership, wish);
    this.emit('join', membership);
  }

  async #serve(member: RequestMember, room: string, options: JoinOptions, isPresent: boolean): Promise<void> {
    this.#requireOpen(room);
    const wish = { ...readJoinOptions(options, this.#settings.maxInformationSize), isPresent };
    member.membership = this.#membership(room, options.identity, member);
    await this.#admit(member.membership, wish);
  }

  #membership(room: string, identity: string | undefined, member: Member): Membership {
    return new Membership(this.#ids.next(), room, identity, member);
  }

  #memberOf(websocket: WebSocket): WebSocketMember {
    let member = this.#websockets.get(websocket);
    if (member === undefined) {
      // Who has closed already would never tell.
      if (websocket.readyState !== WebSocket.OPEN) throw new RoomError('WS_ERR_ROOM_LEFT');
      member = new WebSocketMember(websocket, () => this.#websockets.delete(websocket), this.#deliveries);
      this.#websockets.set(websocket, member);
    }
    return member;
  }

  /** All memberships, or those in one room; those who still wait too. */
  *#memberships(room: string | undefined): Generator<Membership> {
    for (const membership of [...this.#admission.waiting]) {
      if (room === undefined || membership.room === room) yield membership;
    }
    const rooms = room === undefined ? [...this.#directory] : [this.#directory.get(room)];
    for (const one of rooms) yield* [...(one?.members ?? [])];
  }

  #isMeant(membership: Membership, who: WebSocket | RoomMembership | string): boolean {
    if (typeof who === 'string') return membership.identity === who;
    return membership === who || membership.member === this.#websockets.get(who as WebSocket);
  }

  #exceptOf(room: string, except: PublishOptions['except']): string | undefined {
    if (except === undefined) return undefined;
    if (except instanceof Membership) return exceptMembership(except.id);
    const member = this.#websockets.get(except as WebSocket);
    const membership = member?.memberships.get(room);
    if (membership !== undefined) return exceptMembership(membership.id);
    const { identity } = except as { identity?: string };
    return typeof identity === 'string' ? exceptIdentity(identity) : undefined;
  }

  #onLeave(membership: Membership): void {
    this.#admission.depart(membership);
    this.emit('leave', membership);
  }

  #onStatus(status: BrokerStatus): void {
    if (status === 'up') {
      for (const room of this.#directory) room.retryNow();
      this.#presence?.retryNow();
    }
    this.emit('status', status);
  }
}
