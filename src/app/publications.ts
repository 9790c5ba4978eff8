// POST /api/publish: what a client says over HTTP, for those whose way to read is one-way. It is the MESSAGE of `sluice.v1`,
// with the same limits, the same rate and the same `key` and `ref`, so that one can be repeated over the other.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RateLimit } from '../connection/index.ts';
import { readBody } from '../poll/index.ts';
import type { Rooms } from '../rooms/index.ts';
import { AddressRates } from '../server/index.ts';
import { clock } from '../transport/index.ts';
import { answerJson } from './answer.ts';
import { ErrorCode, keyOf, readSaid, type Said } from './message.ts';
import { type Refused, refusedBy, WENT_WRONG } from './refused.ts';
import type { User } from './user.ts';

/** What is behind the route. */
export interface PublicationSettings {
  readonly rooms: Rooms;
  readonly rate: RateLimit;
  /** Whether everybody is a guest: then whoever has another name is not somebody else. */
  readonly isOpen: boolean;
  /** What the client of a request is counted under. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** An event has been published. */
  readonly onPublished: () => void;
  /** A mistake of the program has kept somebody from something. */
  readonly onFault: (error: unknown) => void;
}

/** Bytes of the body: of the longest content, as JSON may have to escape it. */
export const MAX_BODY_SIZE = 131_072;
/** RFC 8259 §11; parameters mean nothing. */
const JSON_BODY = /^application\/json[ \t]*(?:;|$)/i;
const SECOND = 1_000;
/** Seconds until a client may try again whom a broker has failed. */
const RETRY_AFTER = '5';

/** Everything that is said over HTTP. */
export class Publications {
  readonly #settings: PublicationSettings;
  readonly #rates: AddressRates;

  constructor(settings: PublicationSettings) {
    this.#settings = settings;
    const { perSecond, burst } = settings.rate;
    // So many at once, and as many again in the time that they take to come back.
    this.#rates = new AddressRates({ limit: burst, interval: (burst / perSecond) * SECOND });
  }

  /** Answers a request of `user`. */
  async answer(request: IncomingMessage, response: ServerResponse, room: string, user: User): Promise<void> {
    const { isOpen, addressOf } = this.#settings;
    const wait = this.#rates.take(isOpen ? addressOf(request) : user.userId, clock.now());
    if (wait > 0) {
      response.setHeader('Retry-After', String(Math.ceil(wait / SECOND)));
      answerJson(request, response, 429, { error: 'too many messages' });
      return;
    }
    if (!JSON_BODY.test(request.headers['content-type'] ?? '')) {
      answerJson(request, response, 415, { error: 'the body must be application/json' });
      return;
    }
    const body = await readBody(request, response, { maxBodySize: MAX_BODY_SIZE });
    if (body === undefined) return;
    const said = readBodyText(body);
    if ('fault' in said) answerJson(request, response, 400, { error: said.fault, code: ErrorCode.BadMessage });
    else await this.#publish(request, response, room, user, said);
  }

  async #publish(
    request: IncomingMessage,
    response: ServerResponse,
    room: string,
    { userId }: User,
    said: Said,
  ): Promise<void> {
    const { rooms, onPublished } = this.#settings;
    const event = { type: 'MESSAGE', content: said.content, from: userId };
    try {
      const id = await rooms.publish(room, event, { key: keyOf(userId, said), identity: userId, request });
      onPublished();
      answerJson(request, response, 200, { id });
    } catch (error) {
      const { status, message, code } = this.#refused(error);
      if (status === 503) response.setHeader('Retry-After', RETRY_AFTER);
      answerJson(request, response, status, { error: message, code });
    }
  }

  #refused(error: unknown): Refused {
    const refused = refusedBy(error);
    if (refused === undefined) this.#settings.onFault(error);
    return refused ?? WENT_WRONG;
  }
}

function readBodyText(body: string): Said | { readonly fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { fault: 'the body must be JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { fault: 'the body must be an object' };
  }
  const { content, ref, key } = value as Record<string, unknown>;
  return readSaid(content, ref, key);
}
