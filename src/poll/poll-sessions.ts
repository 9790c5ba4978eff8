// One outstanding poll to a session: a client that polls twice has forgotten its first, and 100,000 polls of one client are
// one (GHSA-r635-g3xr-vw7x). What clients call themselves is compared in Maps, and never becomes a key of an object.
import { amount, PollDefaults, type PollSessionsOptions } from './options.ts';
import type { Poll } from './poll.ts';

const TOO_MANY_REQUESTS = 429;
const SERVICE_UNAVAILABLE = 503;
/** Seconds until a client may try again that has been refused here. */
const RETRY_AFTER = 5;

/** The polls that are held. A session is known here as long as its poll is. */
export class PollSessions {
  readonly #maxSessions: number;
  readonly #maxSessionsPerIdentity: number;
  /** By identity, then by session: nobody can choose an id that is somebody else's. */
  readonly #identities = new Map<string, Map<string, Poll>>();
  #size = 0;

  /** @throws TypeError or RangeError for a limit that is not a number of at least 1. */
  constructor(options: PollSessionsOptions = {}) {
    const { maxSessions, maxSessionsPerIdentity } = options;
    this.#maxSessions = amount('maxSessions', maxSessions, PollDefaults.maxSessions, 1);
    this.#maxSessionsPerIdentity = amount(
      'maxSessionsPerIdentity',
      maxSessionsPerIdentity,
      PollDefaults.maxSessionsPerIdentity,
      1,
    );
  }

  /** How many polls are held. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes a poll in. One of the same session that is held still is answered with 204 at once.
   *
   * @param identity who polls, as the application has made sure of; one text for all whom it does not know.
   * @param session what the client calls this one of its conversations.
   * @returns `false` when the poll has been refused: with 429 if its identity has too many, with 503 if all together do.
   */
  hold(identity: string, session: string, poll: Poll): boolean {
    if (!poll.isHeld) return false;
    this.#dismiss(identity, session);
    const sessions = this.#identities.get(identity);
    if (sessions !== undefined && sessions.size >= this.#maxSessionsPerIdentity) {
      poll.refuse(TOO_MANY_REQUESTS, RETRY_AFTER);
      return false;
    }
    if (this.#size >= this.#maxSessions) {
      poll.refuse(SERVICE_UNAVAILABLE, RETRY_AFTER);
      return false;
    }
    if (sessions === undefined) this.#identities.set(identity, new Map([[session, poll]]));
    else sessions.set(session, poll);
    this.#size++;
    poll.whenEnded(() => this.#forget(identity, session, poll));
    return true;
  }

  /** All polls that are held, for a server that stops. */
  *[Symbol.iterator](): Generator<Poll> {
    for (const sessions of this.#identities.values()) yield* sessions.values();
  }

  /** Lets the poll of a session go. Whoever hears of it may bring another one of the same session. */
  #dismiss(identity: string, session: string): void {
    for (;;) {
      const older = this.#identities.get(identity)?.get(session);
      if (older === undefined) return;
      this.#forget(identity, session, older);
      older.dismiss();
    }
  }

  #forget(identity: string, session: string, poll: Poll): void {
    const sessions = this.#identities.get(identity);
    if (sessions?.get(session) !== poll) return;
    sessions.delete(session);
    this.#size--;
    if (sessions.size === 0) this.#identities.delete(identity);
  }
}
