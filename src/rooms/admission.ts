// From the wish to be a member to being one: permission, the room, presence, a place. Who was removed, or has gone, while any
// of it was waited for never gets in; whatever had been taken by then is given back.
import { requireAllowed } from './authorization.ts';
import { BrokerError } from './broker.ts';
import { parseId } from './event-id.ts';
import type { Membership } from './membership.ts';
import type { PresenceRegister } from './presence.ts';
import type { Beginning, Room } from './room.ts';
import type { RoomDirectory } from './room-directory.ts';
import { RoomError } from './room-error.ts';
import type { RoomsSettings } from './rooms-options.ts';

/** What somebody wants who wants to join. */
export interface Wish {
  /** The id of the last event that is known; whatever text it is. */
  readonly since: string | undefined;
  /** How many events of the past, where `since` does not say. */
  readonly history: number;
  /** Whether it is present in the room as long as it is a member, where presence is on. */
  readonly isPresent: boolean;
  /** What is told of it then: the text of a JSON value. */
  readonly information: string;
  /** See `AuthorizationQuestion.request`. */
  readonly request: unknown;
}

/** Lets members in, and knows those who still wait. */
export class Admission {
  readonly #directory: RoomDirectory;
  readonly #presence: PresenceRegister | undefined;
  readonly #settings: RoomsSettings;
  readonly #waiting = new Set<Membership>();
  readonly #present = new Set<Membership>();

  constructor(directory: RoomDirectory, presence: PresenceRegister | undefined, settings: RoomsSettings) {
    this.#directory = directory;
    this.#presence = presence;
    this.#settings = settings;
  }

  /** Those who still wait to be let in. */
  get waiting(): Iterable<Membership> {
    return this.#waiting;
  }

  /** Resolves when `membership` has begun. Rejects with a RoomError, and then it is over. */
  async admit(membership: Membership, wish: Wish): Promise<void> {
    this.#waiting.add(membership);
    let room: Room | undefined;
    try {
      await this.#ask(membership, wish);
      requireWanted(membership);
      room = await this.#directory.acquire(membership.room);
      requireWanted(membership);
      const beginning = beginningOf(wish, room);
      await this.#enter(membership, wish);
      requireWanted(membership);
      if (room.members.size >= this.#settings.maxMembers) throw new RoomError('WS_ERR_ROOM_FULL');
      room.add(membership, beginning);
    } catch (error) {
      membership.end('left');
      this.depart(membership);
      throw error instanceof BrokerError ? new RoomError('WS_ERR_ROOM_BROKER', { cause: error }) : error;
    } finally {
      this.#waiting.delete(membership);
      if (room !== undefined) this.#directory.release(room);
    }
  }

  /** A membership is over: its presence is, too. */
  depart(membership: Membership): void {
    if (this.#present.delete(membership)) this.#presence?.leave(membership.room, identityOf(membership));
  }

  /** Who wants the past asks for more than who wants to hear what comes. */
  async #ask({ room, identity }: Membership, { since, history, request }: Wish): Promise<void> {
    const { authorize } = this.#settings;
    await requireAllowed(authorize, { room, action: 'join', identity, request });
    if (since === undefined && history === 0) return;
    await requireAllowed(authorize, { room, action: 'history', identity, request });
  }

  async #enter(membership: Membership, { isPresent, information }: Wish): Promise<void> {
    if (this.#presence === undefined || !isPresent) return;
    await this.#presence.enter(membership.room, identityOf(membership), information);
    this.#present.add(membership);
  }
}

/** Who has no identity is somebody else each time. */
function identityOf({ identity, id }: Membership): string {
  return identity ?? id;
}

/** Who wants only what is to come hears of its own coming, too: the end is where it is now. */
function beginningOf({ since, history }: Wish, room: Room): Beginning {
  if (since !== undefined) return { since: parseId(since) ?? 'unknown', history: 0 };
  return { since: history === 0 ? room.end : undefined, history };
}

function requireWanted(membership: Membership): void {
  if (membership.isOver) throw new RoomError('WS_ERR_ROOM_LEFT');
}
