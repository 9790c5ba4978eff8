// Requests that read a room: answered by an event stream or a poll when their client has been let in, and by the status of
// the refusal when not. Over node:http, Express and Fastify, and over the Fetch API.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  holdPoll,
  holdPollResponse,
  type Poll,
  PollDefaults,
  type PollOptions,
  PollSessions,
  queryOf,
  sinceOf,
} from '../poll/index.ts';
import {
  type EventStream,
  type EventStreamOptions,
  eventStreamResponse,
  lastEventIdOf,
  lastEventIdOfRequest,
  openEventStream,
} from '../sse/index.ts';
import { EventStreamMember } from './event-stream-member.ts';
import type { JoinOptions } from './join-options.ts';
import type { Deliveries } from './member.ts';
import { PollMember } from './poll-member.ts';
import { answerRefusal, refusalResponse } from './refusal.ts';
import { RoomError } from './room-error.ts';

/** Options of an event stream of a room. */
export interface RoomEventStreamOptions extends JoinOptions, EventStreamOptions {}

/** Options of a poll of a room. */
export interface RoomPollOptions extends JoinOptions, PollOptions {
  /** What the client calls this one of its conversations: of two polls with one identity and session, the older is let go. */
  readonly session?: string | undefined;
}

/** What a request becomes. */
export type RequestMember = EventStreamMember | PollMember;

/** Lets a member in. Rejects with a RoomError when it is refused. */
export type Serve = (member: RequestMember, room: string, options: JoinOptions, isPresent: boolean) => Promise<void>;

/** The requests of one instance. */
export class Requests {
  readonly #serve: Serve;
  readonly #deliveries: Deliveries;
  readonly #sessions = new PollSessions();

  constructor(serve: Serve, deliveries: Deliveries) {
    this.#serve = serve;
    this.#deliveries = deliveries;
  }

  /** See `Rooms.eventStream`. */
  async eventStream(
    request: IncomingMessage,
    response: ServerResponse,
    room: string,
    options: RoomEventStreamOptions,
  ): Promise<EventStream | undefined> {
    const member = new EventStreamMember(() => openEventStream(request, response, options), this.#deliveries);
    const since = options.since ?? lastEventIdOf(request, options);
    const error = await this.#refusalOf(member, room, { ...options, since, request }, true);
    if (error === undefined) return member.stream;
    answerRefusal(response, error);
    return undefined;
  }

  /** See `Rooms.eventStreamResponse`. */
  async eventStreamResponse(request: Request, room: string, options: RoomEventStreamOptions): Promise<Response> {
    let response: Response | undefined;
    const member = new EventStreamMember(() => {
      const opened = eventStreamResponse(request, options);
      response = opened.response;
      return opened.stream;
    }, this.#deliveries);
    const since = options.since ?? lastEventIdOfRequest(request, options);
    const error = await this.#refusalOf(member, room, { ...options, since, request }, true);
    return error === undefined ? (response as Response) : refusalResponse(error);
  }

  /** See `Rooms.poll`. */
  async poll(
    request: IncomingMessage,
    response: ServerResponse,
    room: string,
    options: RoomPollOptions,
  ): Promise<Poll | undefined> {
    const open = (cursor: string): Poll => holdPoll(request, response, { ...options, cursor });
    const held = await this.#hold(request, room, options, open);
    if (!(held instanceof RoomError)) return held;
    answerRefusal(response, held);
    return undefined;
  }

  /** See `Rooms.pollResponse`. */
  async pollResponse(request: Request, room: string, options: RoomPollOptions): Promise<Response> {
    let response: Promise<Response> | undefined;
    const held = await this.#hold(request, room, options, (cursor) => {
      const holding = holdPollResponse(request, { ...options, cursor });
      response = holding.response;
      return holding.poll;
    });
    return held instanceof RoomError ? refusalResponse(held) : (response as Promise<Response>);
  }

  async #hold(
    request: IncomingMessage | Request,
    room: string,
    options: RoomPollOptions,
    open: (cursor: string) => Poll,
  ): Promise<Poll | RoomError> {
    const { session, identity = '', maxMessages = PollDefaults.maxMessages } = options;
    const since = options.since ?? sinceOf(queryOf(request));
    const member = new PollMember(
      (cursor) => {
        const poll = open(cursor);
        if (session !== undefined) this.#sessions.hold(identity, session, poll);
        return poll;
      },
      maxMessages,
      this.#deliveries,
    );
    const error = await this.#refusalOf(member, room, { ...options, since, request }, false);
    if (error !== undefined) return error;
    if (since === undefined) member.answerAtOnce();
    return member.poll;
  }

  /** @returns why the member has not been let in. */
  async #refusalOf(
    member: RequestMember,
    room: string,
    options: JoinOptions,
    isPresent: boolean,
  ): Promise<RoomError | undefined> {
    try {
      await this.#serve(member, room, options, isPresent);
      return undefined;
    } catch (error) {
      if (error instanceof RoomError) return error;
      throw error;
    }
  }
}
