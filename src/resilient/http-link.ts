// Rooms over HTTP, for ways on which no WebSocket comes through: each room is read by requests of its own, what is said goes by
// POST, one after the other, and all of it looks like `sluice.v1` over a WebSocket. Tokens go in Authorization (RFC 6750 §2.1),
// never in a URL.
import { hintOfRetryAfter } from './backoff.ts';
import { ABNORMAL, NO_STATUS, UNAUTHENTICATED } from './close-codes.ts';
import type { Link, LinkEnd, LinkListener, LinkRequest, Sendable } from './transport.ts';

/** One room that is being read: what a reader may do. */
export interface RoomReading {
  readonly roomId: string;
  /** Where to go on; `undefined`: what comes from now on. */
  readonly since: string | undefined;
  readonly signal: AbortSignal;
  /**
   * Makes a GET request. Rejects with the {@link HttpEnd} that a status is.
   *
   * @param route below the base: `stream` or `poll`.
   */
  get(route: string, since: string | undefined): Promise<Response>;
  /** The server has let the client in. What is heard counts from now on. */
  onJoined(cursor: string | undefined): void;
  /** The server is there. */
  onAlive(): void;
  /** A message of the server. */
  onMessage(text: string): void;
  /** The server wants to see the client again after so many milliseconds, when this has ended. */
  onRetry(milliseconds: number): void;
}

/** Reads a room until its signal is aborted; rejects, or resolves, when it cannot go on. */
export type RoomReader = (reading: RoomReading) => Promise<void>;

/** A request was answered by a status that ends something. */
export class HttpEnd extends Error {
  readonly status: number;
  readonly retry: number | undefined;
  readonly code: string | undefined;

  constructor(status: number, retry: number | undefined, code: string | undefined, message: string) {
    super(message);
    this.status = status;
    this.retry = retry;
    this.code = code;
  }
}

/** What of `sluice.v1` a client sends. */
interface Said {
  readonly type?: unknown;
  readonly roomId?: unknown;
  readonly since?: string | undefined;
  readonly content?: unknown;
  readonly ref?: unknown;
  readonly key?: unknown;
}

/** Statuses that concern one room, and not the way to the server. */
const REFUSALS: ReadonlySet<number> = new Set([400, 403]);
/** Milliseconds: a stream has a heartbeat each 20 s, and a poll is held for 30 s. */
const PATIENCE = 45_000;
const UNAUTHORIZED = 401;
const TOO_MANY = 429;
const SERVER_ERROR = 500;

interface Reader {
  readonly abort: AbortController;
  isJoined: boolean;
  cursor: string | undefined;
  ref: unknown;
}

/** A link that is made of requests. */
export class HttpLink implements Link {
  readonly #request: LinkRequest;
  readonly #read: RoomReader;
  readonly #readers = new Map<string, Reader>();
  readonly #publishing = new AbortController();
  #listener: LinkListener | undefined;
  #isOpen = false;
  #buffered = 0;
  #retry: number | undefined;
  /** The end of the last POST. */
  #published: Promise<void> = Promise.resolve();

  constructor(request: LinkRequest, listener: LinkListener, read: RoomReader) {
    this.#request = request;
    this.#listener = listener;
    this.#read = read;
    const { firstRoom } = request;
    if (firstRoom !== undefined) this.#join(firstRoom.roomId, firstRoom.since);
    // Without a room there is nothing that could show whether this way is free.
    else queueMicrotask(() => this.#open());
  }

  get bufferedAmount(): number {
    return this.#buffered;
  }

  send(data: Sendable): void {
    if (typeof data !== 'string') throw new TypeError('text only');
    const said = JSON.parse(data) as Said;
    const roomId = String(said.roomId);
    if (said.type === 'JOIN_ROOM') this.#join(roomId, said.since, said.ref);
    else if (said.type === 'LEAVE_ROOM') this.#leave(roomId);
    else if (said.type === 'MESSAGE') this.#publish(roomId, said);
  }

  /** Whoever asks for a place in a room is answered at once; without a room nobody has to be there. */
  ping(): boolean {
    const alive = (): void => this.#listener?.onAlive();
    const [roomId] = this.#readers.keys();
    if (roomId === undefined) alive();
    else {
      const asked = this.#fetch('poll', roomId, undefined, { signal: this.#publishing.signal });
      // All of it: what is not read keeps a connection until it is collected.
      asked.then((response) => response.text()).then(alive, () => {});
    }
    return true;
  }

  close(code: number | undefined, reason: string | undefined): void {
    // What was said before is to arrive.
    void this.#published.then(() => this.#end({ code: code ?? NO_STATUS, reason: reason ?? '', wasClean: true }));
  }

  drop(): void {
    this.#listener = undefined;
    this.#publishing.abort();
    for (const { abort } of this.#readers.values()) abort.abort();
  }

  // ---- rooms

  #join(roomId: string, since: string | undefined, ref?: unknown): void {
    const known = this.#readers.get(roomId);
    if (known !== undefined) {
      known.ref = ref;
      if (known.isJoined) this.#tell({ type: 'JOINED', roomId, cursor: known.cursor });
      return;
    }
    const reader: Reader = { abort: new AbortController(), isJoined: false, cursor: since, ref };
    const { signal } = reader.abort;
    const { platform, connectTimeout } = this.#request;
    this.#readers.set(roomId, reader);
    let timer: unknown;
    const forget = (): void => platform.clearTimeout(timer);
    const expect = (within: number): void => {
      forget();
      timer = platform.setTimeout(() => this.#fail('silence'), within);
    };
    signal.addEventListener('abort', forget);
    // A proxy that buffers lets the response begin, or not even that, and nothing come.
    expect(connectTimeout);
    this.#read({
      roomId,
      since,
      signal,
      get: (route, from) => this.#fetch(route, roomId, from, { signal }),
      onJoined: (cursor) => {
        if (reader.isJoined || signal.aborted) return;
        expect(PATIENCE);
        reader.isJoined = true;
        reader.cursor = cursor;
        // The room is told of when the link is: whoever hears of that joins it.
        if (!this.#open()) this.#tell({ type: 'JOINED', roomId, cursor });
      },
      onAlive: () => {
        if (reader.isJoined && !signal.aborted) expect(PATIENCE);
        this.#listener?.onAlive();
      },
      onMessage: (text) => {
        if (!signal.aborted) this.#listener?.onMessage(text);
      },
      onRetry: (milliseconds) => {
        this.#retry = milliseconds;
      },
    })
      .then(
        () => signal.aborted || this.#fail('ended'),
        (error: unknown) => this.#onReaderEnd(roomId, reader, error),
      )
      .finally(forget);
  }

  #leave(roomId: string): void {
    this.#readers.get(roomId)?.abort.abort();
    this.#readers.delete(roomId);
    this.#tell({ type: 'LEFT', roomId });
  }

  #onReaderEnd(roomId: string, { abort, ref }: Reader, error: unknown): void {
    if (abort.signal.aborted) return;
    if (!(error instanceof HttpEnd) || error.code === undefined || !REFUSALS.has(error.status)) {
      this.#failBy(error);
      return;
    }
    this.#readers.delete(roomId);
    // That the server itself refuses a room shows that the way is free. Whoever hears of it joins the room, and is told why not.
    if (!this.#open()) this.#refuse(error, ref);
  }

  // ---- requests

  async #fetch(route: string, roomId: string, since: string | undefined, init: RequestInit): Promise<Response> {
    const { httpUrl, credentials, fetch = globalThis.fetch } = this.#request;
    const url = new URL(route, httpUrlOf(this.#request.url, httpUrl));
    url.searchParams.set('room', roomId);
    if (since !== undefined) url.searchParams.set('since', since);
    const headers = new Headers(init.headers);
    if (credentials?.token !== undefined) headers.set('Authorization', `Bearer ${credentials.token}`);
    else if (credentials?.name !== undefined) url.searchParams.set('name', credentials.name);
    const response = await fetch(url.href, { ...init, headers });
    if (response.ok) return response;
    const retry = hintOfRetryAfter(response.headers.get('retry-after'), Date.now());
    const { error, code } = (await response.json().catch(() => ({}))) as { error?: string; code?: string };
    // A page that somebody else's proxy has made says nothing of the room.
    const isOurs = typeof error === 'string';
    const reason = isOurs ? error : `status ${response.status}`;
    throw new HttpEnd(response.status, retry, isOurs ? (code ?? codeOf(response.status)) : undefined, reason);
  }

  #publish(roomId: string, { content, ref, key }: Said): void {
    const body = JSON.stringify({ content, ref, key });
    this.#buffered += body.length;
    // One after the other: what was said first arrives first.
    this.#published = this.#published.then(async () => {
      try {
        if (this.#publishing.signal.aborted) return;
        const headers = { 'Content-Type': 'application/json' };
        const init = { method: 'POST', body, headers, signal: this.#publishing.signal };
        const response = await this.#fetch('publish', roomId, undefined, init);
        const { id } = (await response.json()) as { id: string };
        if (ref !== undefined) this.#tell({ type: 'ACK', ref, id });
      } catch (error) {
        this.#onPublishError(error, ref);
      } finally {
        this.#buffered -= body.length;
      }
    });
  }

  #onPublishError(error: unknown, ref: unknown): void {
    if (this.#publishing.signal.aborted) return;
    if (!(error instanceof HttpEnd) || error.code === undefined || error.status === UNAUTHORIZED) this.#failBy(error);
    // 429 and 503 pass.
    else if (error.status === TOO_MANY || error.status >= SERVER_ERROR)
      this.#tell({ type: 'ERROR', code: 'UNAVAILABLE', message: error.message, ref });
    else this.#refuse(error, ref);
  }

  // ---- what is told

  /** Returns `false` when it was open before. */
  #open(): boolean {
    if (this.#isOpen) return false;
    this.#isOpen = true;
    this.#listener?.onOpen();
    return true;
  }

  #tell(message: object): void {
    this.#listener?.onMessage(JSON.stringify(message));
  }

  #refuse({ code, message }: HttpEnd, ref: unknown): void {
    this.#tell({ type: 'ERROR', code, message, ref });
  }

  #failBy(error: unknown): void {
    if (!(error instanceof HttpEnd)) this.#fail('failed');
    else if (error.status === UNAUTHORIZED) this.#end({ code: UNAUTHENTICATED, reason: error.message, wasClean: true });
    else {
      this.#retry = error.retry ?? this.#retry;
      this.#fail(error.message);
    }
  }

  #fail(reason: string): void {
    this.#end({ code: ABNORMAL, reason, wasClean: false, retry: this.#retry });
  }

  #end(end: LinkEnd): void {
    const listener = this.#listener;
    this.drop();
    listener?.onEnd(end);
  }
}

/** Where the routes are: beside that of the WebSocket, unless it is said. */
export function httpUrlOf(webSocketUrl: string, given?: string): string {
  return new URL(given ?? 'api/', webSocketUrl.replace(/^ws/, 'http')).href;
}

function codeOf(status: number): string {
  return status === 403 ? 'FORBIDDEN' : 'BAD_MESSAGE';
}
