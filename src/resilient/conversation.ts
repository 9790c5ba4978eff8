// What is said in `sluice.v1` (docs/server.md): rooms that are joined again where the client left them, events that are handed
// over once, and publications that are repeated until they are acknowledged, which the server takes once by `key` and `ref`.
import { Outbox, type OutboxSettings, RefusedError, sizeOf } from './outbox.ts';
import type { Pace } from './pace.ts';
import type { Platform } from './platform.ts';
import type { Link, LinkRequest } from './transport.ts';

/** What a {@link Conversation} tells. */
export interface ConversationOwner {
  onGap(roomId: string, cursor: string | undefined): void;
  onFault(error: unknown): void;
}

/** Something that the server is asked, over each link again until it is answered. */
interface Asked {
  readonly ref: number;
  /** Over the link that is open now. */
  isSent: boolean;
  /** The answer is no. */
  readonly refuse: (error: RefusedError) => void;
}

interface Room extends Asked {
  /** The id of the last event that is known, or where the server said that the room begins for us. */
  cursor: string | undefined;
  readonly joined: Deferred<void>;
}

interface Publication extends Asked, Deferred<string> {
  readonly data: string;
  readonly size: number;
  readonly key: string | undefined;
  readonly roomId: string;
}

/** Publications under way at once: as many as the server deals with before it reads no more. */
const MOST_UNDER_WAY = 32;
/** Milliseconds until something is repeated that the server could not take; up to twice as much, by chance. */
const REPEAT_AFTER = 1_000;
/** The `ref` of what is asked only to be answered. */
const PING = 'ping';

/** One client's conversation with the server, over all its links. */
export class Conversation {
  readonly #owner: ConversationOwner;
  readonly #platform: Platform;
  readonly #pace: Pace;
  readonly #rooms = new Map<string, Room>();
  readonly #publications: Outbox<Publication>;
  /** Chosen once: what the server knows this client's refs by. */
  readonly #key = crypto.getRandomValues(new Uint32Array(4)).join('-');
  #refs = 0;
  #link: Link | undefined;
  #timer: unknown;

  constructor(settings: OutboxSettings & { readonly platform: Platform }, pace: Pace, owner: ConversationOwner) {
    this.#owner = owner;
    this.#platform = settings.platform;
    this.#pace = pace;
    this.#publications = new Outbox(settings);
  }

  /** Bytes that are not acknowledged. */
  get size(): number {
    return this.#publications.size;
  }

  /** The room to begin with, where a link is open only when it has shown that it carries one. */
  get firstRoom(): LinkRequest['firstRoom'] {
    for (const [roomId, { cursor }] of this.#rooms) return { roomId, since: cursor };
    return undefined;
  }

  /** Joins a room, now and after every reconnection. */
  join(roomId: string, since: string | undefined): Promise<void> {
    let room = this.#rooms.get(roomId);
    if (room === undefined) {
      const joined = defer<void>();
      const refuse = (error: RefusedError): void => {
        joined.reject(error);
        this.#rooms.delete(roomId);
        this.#owner.onFault(error);
      };
      room = { ref: ++this.#refs, isSent: false, refuse, cursor: since, joined };
      this.#rooms.set(roomId, room);
      this.#pump();
    }
    return room.joined.promise;
  }

  leave(roomId: string): void {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return;
    this.#rooms.delete(roomId);
    room.joined.reject(new RefusedError('CLOSED', 'the room was left'));
    this.#say({ type: 'LEAVE_ROOM', roomId });
  }

  /** Where the client stands in a room. */
  cursorOf(roomId: string): string | undefined {
    return this.#rooms.get(roomId)?.cursor;
  }

  /** Says something, once, however often it has to be sent. */
  publish(roomId: string, data: string, key: string | undefined): Promise<string> {
    const deferred = defer<string>();
    const publication: Publication = {
      ...deferred,
      ref: ++this.#refs,
      isSent: false,
      refuse: (error) => {
        this.#publications.remove(publication);
        deferred.reject(error);
        this.#pump();
      },
      data,
      size: sizeOf(data),
      key,
      roomId,
    };
    this.#publications.add(publication);
    this.#pump();
    return deferred.promise;
  }

  // ---- links

  onOpen(link: Link): void {
    this.onLost();
    this.#link = link;
    for (const asked of this.#asked) asked.isSent = false;
    this.#pump();
  }

  onLost(): void {
    this.#link = undefined;
    this.#platform.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  onClosed(error: Error): void {
    this.onLost();
    this.#publications.clear(error);
    for (const { joined } of this.#rooms.values()) joined.reject(error);
  }

  /** Hears the server. Returns whether the application shall hear it, too. */
  onMessage(text: string): boolean {
    let message: Record<string, unknown> | null;
    try {
      message = JSON.parse(text);
    } catch {
      return true;
    }
    const { type, roomId, id, cursor, ref } = message ?? {};
    const room = this.#rooms.get(roomId as string);
    switch (type) {
      case 'JOINED':
        if (room !== undefined) {
          room.cursor ??= cursor as string | undefined;
          room.joined.resolve();
        }
        return false;
      case 'GAP':
        if (room !== undefined) {
          room.cursor = cursor as string | undefined;
          this.#owner.onGap(roomId as string, room.cursor);
        }
        return false;
      case 'ACK': {
        const publication = this.#publications.items.find((each) => each.ref === ref);
        if (publication === undefined) return true;
        this.#publications.remove(publication);
        publication.resolve(id as string);
        this.#pump();
        return false;
      }
      case 'ERROR':
        return !this.#onRefusal(message ?? {});
      case 'LEFT':
        // Not by us, for then there is no such room any more: the door was shown.
        room?.refuse(new RefusedError('FORBIDDEN', 'removed'));
        return room !== undefined;
      case 'PONG':
        return false;
    }
    if (typeof roomId !== 'string' || typeof id !== 'string') return true;
    // Of a room that was left meanwhile nothing more is heard.
    if (room === undefined || isKnown(id, room.cursor)) return false;
    room.cursor = id;
    return true;
  }

  /** Returns whether it was an answer to us. */
  #onRefusal({ code, message, ref }: Record<string, unknown>): boolean {
    const asked = this.#asked.find((each) => each.ref === ref);
    if (code === 'UNAVAILABLE' && asked !== undefined) {
      asked.isSent = false;
      this.#hold(REPEAT_AFTER * (1 + this.#platform.random()));
    } else {
      asked?.refuse(new RefusedError(code as string, message as string));
    }
    return asked !== undefined || ref === PING;
  }

  get #asked(): readonly Asked[] {
    return [...this.#rooms.values(), ...this.#publications.items];
  }

  // ---- what is sent

  #say(message: object): void {
    this.#link?.send(JSON.stringify(message));
  }

  /** Sends what may be sent now, in order; rooms first, for whoever says something has to be in. */
  #pump(): void {
    if (this.#link === undefined || this.#timer !== undefined) return;
    for (const [roomId, room] of this.#rooms) {
      if (room.isSent) continue;
      room.isSent = true;
      this.#say({ type: 'JOIN_ROOM', roomId, since: room.cursor, ref: room.ref });
    }
    for (const publication of this.#publications.items.slice(0, MOST_UNDER_WAY)) {
      if (publication.isSent) continue;
      const wait = this.#pace.take(this.#platform.now());
      if (wait > 0) {
        this.#hold(wait);
        return;
      }
      publication.isSent = true;
      const { roomId, data, ref } = publication;
      this.#say({ type: 'MESSAGE', roomId, content: data, ref, key: this.#key });
    }
  }

  /** Nothing more is sent for so many milliseconds. */
  #hold(delay: number): void {
    this.#platform.clearTimeout(this.#timer);
    this.#timer = this.#platform.setTimeout(() => {
      this.#timer = undefined;
      this.#pump();
    }, delay);
  }
}

/** Whether `id`, `<epoch>-<offset>`, is not behind `cursor`: what a server sends again after a change of links. */
function isKnown(id: string, cursor = ''): boolean {
  const [epoch, offset] = id.split('-');
  const [knownEpoch, knownOffset] = cursor.split('-');
  return epoch === knownEpoch && Number(offset) <= Number(knownOffset);
}

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/** A promise that is settled from outside, and that nobody has to look at. */
function defer<Value>(): Deferred<Value> {
  const deferred = {} as { -readonly [Name in keyof Deferred<Value>]: Deferred<Value>[Name] };
  deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }));
  deferred.promise.catch(() => {});
  return deferred;
}
