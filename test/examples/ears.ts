// Who reads a room from outside, with clients that nobody here wrote: `ws`, `eventsource` and fetch. Each keeps what it hears.
import { EventEmitter, once } from 'node:events';
import { EventSource, type FetchLike } from 'eventsource';
import { type ClientOptions, WebSocket } from 'ws';

/** What was said, and its place in the room. */
export interface Said {
  readonly id: string;
  readonly content: string;
}

/** Attempts that one ear may make in vain. */
const MAX_TRIES = 200;

/** Where a WebSocket goes, and what it says first: each message when the one before has been answered. */
export type Dial = (since: string) => {
  readonly url: string;
  readonly options?: ClientOptions;
  readonly first?: readonly object[];
};

/** Hears. */
export class Ear extends EventEmitter {
  readonly said: Said[] = [];
  /** How often it has been let in; of polls, how often it was answered. */
  connections = 0;
  #tries = 0;

  get contents(): string[] {
    return this.said.map(({ content }) => content);
  }

  /** The id of the last that was heard. */
  get last(): string {
    return this.said.at(-1)?.id ?? '';
  }

  hear(said: Said): void {
    this.said.push({ id: said.id, content: said.content });
    this.emit('said');
  }

  /** Counts an attempt in vain. @throws Error when there were so many that something else must be wrong. */
  protected requireTries(cause?: unknown): void {
    this.#tries++;
    if (this.#tries > MAX_TRIES) throw new Error(`${MAX_TRIES} attempts in vain`, { cause });
  }

  /** Waits until `content` has been heard. */
  async hears(content: string): Promise<void> {
    while (!this.contents.includes(content)) await once(this, 'said');
  }
}

/** Over WebSocket. */
export class WebSocketEar extends Ear {
  readonly #dial: Dial;
  #websocket: WebSocket | undefined;
  #comesAgain = false;

  private constructor(dial: Dial) {
    super();
    this.#dial = dial;
  }

  /** Resolves when it is in the room; rejects when it is not let in. */
  static async open(dial: Dial): Promise<WebSocketEar> {
    const ear = new WebSocketEar(dial);
    await ear.#connect();
    return ear;
  }

  get websocket(): WebSocket {
    return this.#websocket as WebSocket;
  }

  /** From now on it comes again by itself, behind the last id it knows. */
  comeAgain(): this {
    this.#comesAgain = true;
    this.websocket.once('close', () => this.#again());
    return this;
  }

  async close(): Promise<void> {
    this.#comesAgain = false;
    if (this.websocket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.websocket, 'close');
    this.websocket.terminate();
    await closed;
  }

  #again(): void {
    if (!this.#comesAgain) return;
    this.requireTries();
    this.#connect().then(
      () => this.comeAgain(),
      () => this.#again(),
    );
  }

  async #connect(): Promise<void> {
    const { url, options, first = [] } = this.#dial(this.last);
    const websocket = new WebSocket(url, options);
    this.#websocket = websocket;
    const toSay = first.map((message) => JSON.stringify(message));
    const sayNext = (): void => {
      const next = toSay.shift();
      if (next !== undefined) websocket.send(next);
    };
    await new Promise<void>((resolve, reject) => {
      websocket.on('error', reject);
      websocket.on('close', (code, reason) => reject(new Error(`closed by ${code}: ${reason}`)));
      websocket.on('open', sayNext);
      websocket.on('message', (data) => {
        const message = JSON.parse(String(data)) as { type: string } & Said;
        if (message.type === 'AUTH_OK') sayNext();
        if (message.type === 'JOINED') resolve();
        if (message.type === 'GAP') this.emit('error', new Error('the WebSocket was told of a gap'));
        if (message.type === 'MESSAGE') this.hear(message);
      });
    });
    this.connections++;
  }
}

/** Over Server-Sent Events. It comes again by itself, as every EventSource. */
export class EventSourceEar extends Ear {
  readonly source: EventSource;
  /** What it has brought of a last event id, for each of its requests. */
  readonly lastEventIds: (string | undefined)[] = [];

  /** @param ask how it sends its requests. */
  private constructor(url: string, ask: FetchLike) {
    super();
    this.source = new EventSource(url, {
      fetch: (input, init) => {
        this.lastEventIds.push(init.headers['Last-Event-ID']);
        return ask(input, init);
      },
    });
    this.source.addEventListener('open', () => this.connections++);
    this.source.addEventListener('GAP', () => this.emit('error', new Error('the EventSource was told of a gap')));
    this.source.addEventListener('MESSAGE', ({ data, lastEventId }) => {
      this.hear({ ...(JSON.parse(data) as Said), id: lastEventId });
    });
  }

  /** Resolves when it is in the room. */
  static async open(url: string, ask: FetchLike = fetch): Promise<EventSourceEar> {
    const ear = new EventSourceEar(url, ask);
    await ear.opens();
    return ear;
  }

  /** Waits for the next time that a connection stands. */
  opens(): Promise<void> {
    return new Promise((resolve) => this.source.addEventListener('open', () => resolve(), { once: true }));
  }

  /** Waits until it has lost its connection. */
  loses(): Promise<void> {
    return new Promise((resolve) => this.source.addEventListener('error', () => resolve(), { once: true }));
  }

  close(): void {
    this.source.close();
  }
}

/** How a poll is sent: `since` is empty for the first one. */
export type Ask = (
  since: string,
  signal: AbortSignal,
) => Promise<{ readonly status: number; json(): Promise<unknown> }>;

/** By long polling. It goes on behind its cursor, whatever has become of the poll before. */
export class PollEar extends Ear {
  readonly #ask: Ask;
  readonly #gone = new AbortController();
  #cursor = '';
  #asking: Promise<void> = Promise.resolve();

  private constructor(ask: Ask) {
    super();
    this.#ask = ask;
  }

  /** Resolves when it has a cursor, and asks on from there. */
  static async open(ask: Ask): Promise<PollEar> {
    const ear = new PollEar(ask);
    await ear.#poll();
    ear.#asking = ear.#pollOn();
    return ear;
  }

  async close(): Promise<void> {
    this.#gone.abort();
    await this.#asking;
  }

  async #pollOn(): Promise<void> {
    while (!this.#gone.signal.aborted) {
      await this.#poll().catch((error: unknown) => {
        // It is seen by who waits, with its reason.
        if (!this.#gone.signal.aborted) this.requireTries(error);
      });
    }
  }

  async #poll(): Promise<void> {
    const response = await this.#ask(this.#cursor, this.#gone.signal);
    if (response.status !== 200) throw new Error(`the poll was answered by ${response.status}`);
    const { messages, cursor, gap } = (await response.json()) as { messages: Said[]; cursor: string; gap: boolean };
    if (gap) this.emit('error', new Error('the poll was told of a gap'));
    this.#cursor = cursor;
    this.connections++;
    for (const message of messages) this.hear(message);
  }
}
