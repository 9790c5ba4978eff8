// Who may say something, over whatever transport: one `authenticate` is asked by the first message of a WebSocket and by the
// Authorization field of a request (RFC 6750 §2.1). Never reads a token out of a URL, and tells nobody what it was.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Authenticate, AuthenticationError, expiryOf } from '../server/index.ts';
import { clock, Departure, type Timed } from '../transport/index.ts';

/** Somebody who may say something. */
export interface User {
  /** 1 to 255 bytes of UTF-8. */
  readonly userId: string;
  /** Until when, in milliseconds since 1970; for ever without it. */
  readonly expires?: Date | number | undefined;
}

/** Bytes of a user's id: as many as rooms take of an identity. */
const MAX_USER_ID_LENGTH = 255;
/** RFC 6750 §2.1: `b64token`. The scheme's name has no case (RFC 9110 §11.1). */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;
/** UTF-8 has none. */
const LONE_SURROGATE = /\p{Cs}/u;

/** Asks `authenticate`, and believes only ids that rooms can have. */
export function usersOf(authenticate: Authenticate<User>): Authenticate<User> {
  return async (data, isBinary, context) => {
    const user = await authenticate(data, isBinary, context);
    if (user && !isUserId(user.userId)) throw new AuthenticationError('the user has no id that can be used');
    return user;
  };
}

function isUserId(id: unknown): boolean {
  if (typeof id !== 'string' || id === '' || id.length > MAX_USER_ID_LENGTH) return false;
  return Buffer.byteLength(id) <= MAX_USER_ID_LENGTH && !LONE_SURROGATE.test(id);
}

/** How requests are authenticated. */
export interface RequestAuthentication {
  readonly authenticate: Authenticate<User>;
  /** Whether everybody is a guest: then a name in the query will do, for it is no secret. */
  readonly isOpen: boolean;
  /** Milliseconds for `authenticate`. */
  readonly authTimeout: number;
}

/**
 * Says whose request this is: by `Authorization: Bearer <token>`; of guests also by `name` in the query.
 *
 * @returns a promise of the user, and of when that ends (in milliseconds since 1970). It rejects with an
 *   AuthenticationError whose message holds nothing of what the client sent.
 */
export async function authenticateRequest(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  { authenticate, isOpen, authTimeout }: RequestAuthentication,
): Promise<{ readonly user: User; readonly expires: number }> {
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1] ?? (isOpen ? query.get('name') : undefined);
  if (token === undefined || token === null) {
    throw new AuthenticationError(isOpen ? 'a guest needs a name' : 'a token is needed: Authorization: Bearer');
  }
  // The same bytes as over a WebSocket: whoever believes one believes the other.
  const data = Buffer.from(JSON.stringify({ type: 'AUTH', token }), 'utf8');
  const question = new Question(request, response, authTimeout);
  try {
    const { signal } = question;
    const user = await Promise.race([authenticate(data, false, { signal }), question.isOver]);
    if (!user) throw new AuthenticationError();
    const expires = expiryOf(user);
    if (expires <= Date.now()) throw new AuthenticationError('token expired', { failure: 'EXPIRED' });
    return { user, expires };
  } catch (cause) {
    throw cause instanceof AuthenticationError ? cause : new AuthenticationError(undefined, { cause });
  } finally {
    question.end();
  }
}

/** A question that is of use only for a time, and only while the client is there. */
class Question implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly isOver: Promise<never>;
  readonly #abort = new AbortController();
  readonly #departure: Departure;
  #reject: (error: AuthenticationError) => void = () => {};

  constructor(request: IncomingMessage, response: ServerResponse, timeout: number) {
    this.isOver = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.isOver.catch(() => {});
    this.#departure = new Departure(response, request.socket, () => {
      this.#give(new AuthenticationError('the client has gone', { failure: 'CLOSED' }));
    });
    clock.schedule(this, clock.now() + timeout);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  onTime(): void {
    this.#give(new AuthenticationError('no authentication in time', { failure: 'TIMED_OUT' }));
  }

  #give(error: AuthenticationError): void {
    this.end();
    this.#reject(error);
    this.#abort.abort(error);
  }

  end(): void {
    clock.cancel(this);
    this.#departure.forget();
  }
}
