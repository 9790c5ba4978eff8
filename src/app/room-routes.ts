// The rooms over HTTP: /api/stream (HTML §9.2), /api/poll (RFC 6202 §2) and /api/publish, for those whom `authenticate`
// believes. Everybody is counted under an address first; whatever keeps somebody out is a status and a reason in JSON.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Rejection } from '../handshake/index.ts';
import { queryOf } from '../poll/index.ts';
import { AuthenticationError, isRejection, type Lease } from '../server/index.ts';
import { clock } from '../transport/index.ts';
import { answerJson, answerMethod } from './answer.ts';
import { drawRetry, retryAfter } from './come-again.ts';
import { MAX_NAME_LENGTH } from './message.ts';
import type { OriginPolicy } from './origin-policy.ts';
import { type PublicationSettings, Publications } from './publications.ts';
import { WENT_WRONG } from './refused.ts';
import { authenticateRequest, type RequestAuthentication, type User } from './user.ts';
import type { Visit, VisitKind, Visits } from './visits.ts';

/** What is behind these routes. */
export interface RoomRoutesSettings extends RequestAuthentication, PublicationSettings {
  readonly origins: OriginPolicy;
  readonly visits: Visits;
  /** Counts a request under its client's address. @param lasts whether it is a connection as long as it lasts. */
  readonly lease: (request: IncomingMessage, lasts: boolean) => Lease | Rejection;
  /** An event stream has been ended because its client reads too slowly. */
  readonly onSlow: () => void;
}

interface Route {
  readonly method: 'GET' | 'POST';
  /** What it opens; nothing: it is answered at once. */
  readonly opens: VisitKind | undefined;
}

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/api/stream', { method: 'GET', opens: 'sse' }],
  ['/api/poll', { method: 'GET', opens: 'poll' }],
  ['/api/publish', { method: 'POST', opens: undefined }],
]);

/** Milliseconds: as event streams of rooms have them, and polls. */
const RETRY = 3_000;
const HEARTBEAT = 20_000;
const HOLD = 30_000;
/** Characters of what a client calls one of its conversations. */
const MAX_SESSION_LENGTH = 128;

/** RFC 6750 §3. */
const CHALLENGE = 'Bearer realm="sluice"';

/** One request that is being answered. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly room: string;
}

/** The routes. */
export class RoomRoutes {
  readonly #settings: RoomRoutesSettings;
  readonly #publications: Publications;

  constructor(settings: RoomRoutesSettings) {
    this.#settings = settings;
    this.#publications = new Publications(settings);
  }

  /** Answers a request. Returns `false` when no route has this path: then nothing has been done. */
  answer(request: IncomingMessage, response: ServerResponse, path: string): boolean {
    const route = ROUTES.get(path);
    if (route === undefined) return false;
    if (!this.#settings.origins.admits(request, response)) {
      refuse(request, response, 403, 'not for this page, or not under this name');
    } else if (request.method === 'OPTIONS') {
      this.#settings.origins.answerPreflight(response);
    } else if (request.method !== route.method) {
      answerMethod(request, response, `${route.method}, OPTIONS`);
    } else {
      this.#begin(request, response, route).catch((error) => this.#onMistake(request, response, error));
    }
    return true;
  }

  async #begin(request: IncomingMessage, response: ServerResponse, { opens }: Route): Promise<void> {
    const { visits, lease: count } = this.#settings;
    if (visits.isStopping) {
      response.setHeader('Connection', 'close');
      refuse(request, response, 503, 'the server restarts', { 'Retry-After': String(retryAfter(drawRetry())) });
      return;
    }
    const query = queryOf(request);
    const room = query.get('room') ?? '';
    if (room === '' || room.length > MAX_NAME_LENGTH) {
      refuse(request, response, 400, `room must have 1 to ${MAX_NAME_LENGTH} characters`);
      return;
    }
    const lease = count(request, opens !== undefined);
    if (isRejection(lease)) {
      refuse(request, response, lease.status, 'too much comes from this address', lease.headers);
      return;
    }
    const exchange = { request, response, query, room };
    if (opens === undefined) await this.#publish(exchange, lease);
    else if (opens === 'sse') await this.#stream(exchange, lease, visits.begin('sse', request, response, lease));
    else await this.#poll(exchange, lease, visits.begin('poll', request, response, lease));
  }

  async #publish(exchange: Exchange, lease: Lease): Promise<void> {
    const known = await this.#authenticate(exchange, lease);
    if (known === undefined) return;
    const { request, response, room } = exchange;
    await this.#publications.answer(request, response, room, known.user);
  }

  async #stream(exchange: Exchange, lease: Lease, visit: Visit): Promise<void> {
    const known = await this.#authenticate(exchange, lease);
    if (known === undefined || visit.isOver) return;
    const { rooms, onSlow } = this.#settings;
    const { request, response, room } = exchange;
    const options = { identity: known.user.userId, retry: RETRY, heartbeat: HEARTBEAT };
    const stream = await rooms.eventStream(request, response, room, options);
    if (stream === undefined) return;
    const { onEnd } = stream;
    stream.onEnd = (end) => {
      onEnd?.(end);
      if (end === 'too-slow' || end === 'write-timeout') onSlow();
    };
    visit.begin(() => stream.close({ retry: drawRetry() }), known.expires);
  }

  async #poll(exchange: Exchange, lease: Lease, visit: Visit): Promise<void> {
    const { request, response, room, query } = exchange;
    const session = query.get('session') || undefined;
    if (session !== undefined && session.length > MAX_SESSION_LENGTH) {
      refuse(request, response, 400, `session must have 1 to ${MAX_SESSION_LENGTH} characters`);
      return;
    }
    const known = await this.#authenticate(exchange, lease);
    if (known === undefined || visit.isOver) return;
    // Who is nobody any more by then is told so by the next poll.
    const holdTimeout = Math.min(HOLD, Math.max(0, known.expires - Date.now()));
    const options = { identity: known.user.userId, session, holdTimeout };
    const poll = await this.#settings.rooms.poll(request, response, room, options);
    if (poll === undefined) return;
    visit.begin(() => poll.refuse(503, retryAfter(drawRetry())), Number.POSITIVE_INFINITY);
  }

  /** @returns `undefined` when the request has been refused. */
  async #authenticate(
    { request, response, query }: Exchange,
    lease: Lease,
  ): Promise<{ readonly user: User; readonly expires: number } | undefined> {
    try {
      return await authenticateRequest(request, response, query, this.#settings);
    } catch (error) {
      if (!(error instanceof AuthenticationError)) throw error;
      lease.fail(clock.now());
      const isGiven = request.headers.authorization !== undefined;
      const challenge = isGiven ? `${CHALLENGE}, error="invalid_token"` : CHALLENGE;
      refuse(request, response, 401, error.message, { 'WWW-Authenticate': challenge });
      return undefined;
    }
  }

  #onMistake(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    this.#settings.onFault(error);
    if (response.headersSent) response.destroy();
    else refuse(request, response, WENT_WRONG.status, WENT_WRONG.message);
  }
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  error: string,
  headers: NonNullable<Rejection['headers']> = {},
): void {
  if (response.destroyed) return;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  answerJson(request, response, status, { error });
}
