// A world for the client in which time stands still until a test lets it go on, with a network that can be switched off, and
// servers that do what a test says.
import type {
  Link,
  LinkListener,
  LinkRequest,
  Platform,
  ResilientWebSocketOptions,
  Sendable,
  Transport,
} from '../../src/resilient/index.ts';
import { chooseTransport } from '../../src/resilient/transport-choice.ts';

interface Timer {
  readonly at: number;
  readonly act: () => void;
}

/** Time, chance and the network. */
export class World implements Platform {
  time = 0;
  /** What is drawn next. */
  chance = 0.5;
  /** What timers were set to, in order. */
  readonly delays: number[] = [];
  readonly #timers = new Set<Timer>();
  readonly #watchers = new Set<() => void>();
  #isOnline = true;

  now(): number {
    return this.time;
  }

  random(): number {
    return this.chance;
  }

  setTimeout(act: () => void, delay: number): Timer {
    this.delays.push(delay);
    const timer = { at: this.time + delay, act };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  isOnline(): boolean {
    return this.#isOnline;
  }

  watch(onNews: () => void): () => void {
    this.#watchers.add(onNews);
    return () => this.#watchers.delete(onNews);
  }

  /** Timers and watchers that are left: what would keep a process busy. */
  get pending(): number {
    return this.#timers.size + this.#watchers.size;
  }

  get timers(): number {
    return this.#timers.size;
  }

  set online(isOnline: boolean) {
    this.#isOnline = isOnline;
    this.tell();
  }

  /** The network has changed, or the page is seen again. */
  tell(): void {
    for (const onNews of this.#watchers) onNews();
  }

  /** Lets time go on. Whatever promises wait is done in between. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    await turns();
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.act();
      await turns();
    }
    this.time = end;
  }
}

/** Lets time go on until another link is opened. */
export async function nextLink(world: World, transport: FakeTransport): Promise<FakeLink> {
  const { length } = transport.links;
  for (let step = 0; transport.links.length === length && step < 1_000; step++) await world.pass(100);
  return transport.link;
}

/** All promises that are settled by now are heard. */
export function turns(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A link that a test plays the server of. */
export class FakeLink implements Link {
  bufferedAmount = 0;
  readonly sent: Sendable[] = [];
  readonly request: LinkRequest;
  readonly listener: LinkListener;
  /** Whether it can send Pings. */
  pings: number | undefined = undefined;
  isDropped = false;
  closedWith: readonly unknown[] | undefined;

  constructor(request: LinkRequest, listener: LinkListener) {
    this.request = request;
    this.listener = listener;
  }

  send(data: Sendable): void {
    this.sent.push(data);
  }

  /** What was sent, as objects. */
  get said(): Record<string, unknown>[] {
    return this.sent.map((data) => JSON.parse(String(data)));
  }

  ping(): boolean {
    if (this.pings === undefined) return false;
    this.pings++;
    return true;
  }

  close(...closedWith: unknown[]): void {
    this.closedWith = closedWith;
  }

  drop(): void {
    this.isDropped = true;
  }

  open(): void {
    this.listener.onOpen();
  }

  tell(message: object): void {
    this.listener.onMessage(JSON.stringify(message));
  }

  end(code = 1006, retry?: number, reason = ''): void {
    this.listener.onEnd({ code, reason, wasClean: code !== 1006, retry });
  }
}

/** A transport whose links a test has in its hands. */
export class FakeTransport implements Transport {
  readonly name: Transport['name'];
  readonly links: FakeLink[] = [];
  readonly choose: Transport['choose'];

  constructor(name: Transport['name'] = 'websocket') {
    this.name = name;
    if (name !== 'websocket') this.choose = chooseTransport;
  }

  open(request: LinkRequest, listener: LinkListener): FakeLink {
    const link = new FakeLink(request, listener);
    this.links.push(link);
    return link;
  }

  /** The newest. */
  get link(): FakeLink {
    return this.links.at(-1) as FakeLink;
  }
}

/** Options of a client in a world. */
export function options(world: World, ...transports: Transport[]): ResilientWebSocketOptions {
  return { platform: world, transports, name: 'Ada' };
}
