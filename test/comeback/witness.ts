// One resilient client that talks and listens, and keeps account of all that happens to it. The same in a page and in a process
// of Node; what it is asked and what it answers can be written as JSON. Waits for events and for nothing else.
import type { ResilientWebSocket } from '../../src/resilient/index.ts';

/** What was said, and its place in the room. */
export interface Said {
  readonly id: string;
  readonly content: string;
}

/** A connection that was lost, or an attempt that failed. */
export interface Loss {
  /** Milliseconds until the next attempt; `undefined` while there is no network. */
  readonly delay: number | undefined;
  readonly code: number;
  readonly reason: string;
}

/** What has happened to it. */
export interface Account {
  readonly state: string;
  readonly transport: string;
  /** The transport at each `open`. */
  readonly opens: readonly string[];
  readonly losses: readonly Loss[];
  readonly gaps: readonly string[];
  /** By room. */
  readonly heard: Readonly<Record<string, readonly Said[]>>;
  /** What it has said itself, in the order in which it was said, with the ids that were acknowledged. By room. */
  readonly said: Readonly<Record<string, readonly Said[]>>;
  readonly cursors: Readonly<Record<string, string | undefined>>;
}

/** Messages under way at once while it talks. */
const AT_ONCE = 3;

/** One client in its rooms. */
export class Witness {
  readonly #client: ResilientWebSocket;
  readonly #name: string;
  readonly #heard = new Map<string, Said[]>();
  readonly #said = new Map<string, Said[]>();
  readonly #opens: string[] = [];
  readonly #losses: Loss[] = [];
  readonly #gaps: string[] = [];
  readonly #waiting = new Set<() => void>();
  #count = 0;
  #isTalking = false;
  #talk: Promise<unknown> = Promise.resolve();

  constructor(name: string, client: ResilientWebSocket) {
    this.#name = name;
    this.#client = client;
    client.addEventListener('open', () => this.#note(this.#opens, client.transport));
    client.addEventListener('reconnecting', ({ delay, code, reason }) =>
      this.#note(this.#losses, { delay, code, reason }),
    );
    client.addEventListener('close', () => this.#look());
    client.addEventListener('gap', ({ roomId }) => this.#note(this.#gaps, roomId));
    client.addEventListener('message', ({ data }) => {
      const { roomId, id, content } = JSON.parse(String(data));
      this.#note(listOf(this.#heard, roomId), { id, content });
    });
  }

  /** Resolves when it has been let in. */
  async joins(rooms: readonly string[]): Promise<void> {
    for (const room of rooms) {
      listOf(this.#heard, room);
      listOf(this.#said, room);
    }
    await Promise.all(rooms.map((room) => this.#client.join(room)));
  }

  /** Says so many things in each room. Resolves when all are acknowledged. */
  async says(count: number): Promise<void> {
    await Promise.all([...this.#said.keys()].map((room) => this.#say(room, count)));
  }

  /** Goes on saying things in each room, the next when those before are acknowledged. */
  talks(): void {
    this.#isTalking = true;
    this.#talk = Promise.all(
      [...this.#said.keys()].map(async (room) => {
        while (this.#isTalking) await this.#say(room, AT_ONCE);
      }),
    );
  }

  /** Says nothing more. Resolves when all that it has said is acknowledged. */
  async hushes(): Promise<void> {
    this.#isTalking = false;
    await this.#talk;
  }

  /** Resolves when it has heard the event with this id. */
  hears(room: string, id: string): Promise<void> {
    return this.#until(() => listOf(this.#heard, room).at(-1)?.id === id);
  }

  /** Resolves when it has heard so many more things in each room than it has by now. */
  hearsMore(count: number): Promise<void> {
    const lists = [...this.#heard.values()];
    const before = lists.map(({ length }) => length);
    return this.#until(() => lists.every(({ length }, index) => length >= (before[index] as number) + count));
  }

  /** Resolves when it has lost something so many times, and again for a client that has already. */
  hasLost(times: number): Promise<void> {
    return this.#until(() => this.#losses.length >= times);
  }

  /** Resolves when it is open, for the so manieth time or later. */
  isOpen(times: number): Promise<void> {
    return this.#until(() => this.#opens.length >= times && this.#client.state === 'open');
  }

  /** Resolves when it is in this state. */
  is(state: string): Promise<void> {
    return this.#until(() => this.#client.state === state);
  }

  /** Resolves when it is open over this transport. */
  rides(transport: string): Promise<void> {
    return this.#until(() => this.#client.state === 'open' && this.#client.transport === transport);
  }

  /** Closes its client. Resolves when that is over. */
  leaves(): Promise<void> {
    this.#isTalking = false;
    // What it was saying is refused: it is said no more.
    this.#talk.catch(() => {});
    this.#client.close();
    return this.is('closed');
  }

  /** What has happened so far. */
  account(): Account {
    const { state, transport } = this.#client;
    const rooms = [...this.#heard.keys()];
    return {
      state,
      transport,
      opens: this.#opens,
      losses: this.#losses,
      gaps: this.#gaps,
      heard: Object.fromEntries(this.#heard),
      said: Object.fromEntries(this.#said),
      cursors: Object.fromEntries(rooms.map((room) => [room, this.#client.cursorOf(room)])),
    };
  }

  async #say(room: string, count: number): Promise<void> {
    const contents = Array.from({ length: count }, () => `${this.#name} ${++this.#count}`);
    const ids = await Promise.all(contents.map((content) => this.#client.publish(room, content)));
    for (const [index, content] of contents.entries())
      listOf(this.#said, room).push({ id: ids[index] as string, content });
  }

  #note<Item>(list: Item[], item: Item): void {
    list.push(item);
    this.#look();
  }

  #look(): void {
    for (const look of this.#waiting) look();
  }

  #until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

function listOf<Item>(lists: Map<string, Item[]>, room: string): Item[] {
  const list = lists.get(room) ?? [];
  lists.set(room, list);
  return list;
}
