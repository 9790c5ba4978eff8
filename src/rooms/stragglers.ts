// Members of a room who stand before its window: they are sent the rest from the broker, page by page, one page at a time,
// each in turn. What one page has serves all who stand in its range. Those who keep up never wait for it.
import type { Broker, LogPage } from './broker.ts';
import type { Membership } from './membership.ts';
import { Retry } from './retry.ts';

/** Events that are read at once. */
export const PAGE = 64;

/** What is done with a page. */
export interface StragglersHost {
  /** Whether a membership stands where the room goes on from. */
  isCovered(membership: Membership): boolean;
  advance(membership: Membership): void;
  /**
   * `membership` has been read for from where it stands. It does not straggle any more, unless it is added again.
   *
   * @returns `false` when the broker had nothing, though there must be something: it is asked again later.
   */
  onPage(membership: Membership, page: LogPage, others: Iterable<Membership>): boolean;
}

/** The stragglers of one room. */
export class Stragglers {
  readonly #broker: Broker;
  readonly #room: string;
  readonly #host: StragglersHost;
  readonly #queue = new Set<Membership>();
  readonly #retry = new Retry(() => this.#start());
  #isServing = false;
  #isClosed = false;

  constructor(broker: Broker, room: string, host: StragglersHost) {
    this.#broker = broker;
    this.#room = room;
    this.#host = host;
  }

  /** How many there are. */
  get size(): number {
    return this.#queue.size;
  }

  add(membership: Membership): void {
    membership.isStraggling = true;
    this.#queue.add(membership);
    if (!this.#retry.isPending) this.#start();
  }

  delete(membership: Membership): void {
    membership.isStraggling = false;
    this.#queue.delete(membership);
  }

  /** The broker may be reached again. */
  retryNow(): void {
    this.#retry.now();
  }

  close(): void {
    this.#isClosed = true;
    this.#queue.clear();
    this.#retry.cancel();
  }

  #start(): void {
    if (this.#isServing || this.#queue.size === 0) return;
    this.#isServing = true;
    void this.#serve();
  }

  async #serve(): Promise<void> {
    for (let first = this.#first(); first !== undefined; first = this.#first()) {
      if (this.#host.isCovered(first)) {
        // The page of another has brought it there.
        this.delete(first);
        this.#host.advance(first);
        continue;
      }
      // A broker in memory answers at once: sockets and those who keep up come first all the same.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (!this.#queue.has(first)) continue;
      if (!first.isReady) {
        // Who finds room again comes back by itself.
        this.delete(first);
        continue;
      }
      if (!(await this.#serveOne(first))) {
        this.#retry.later();
        break;
      }
      this.#retry.succeeded();
    }
    this.#isServing = false;
  }

  async #serveOne(membership: Membership): Promise<boolean> {
    let page: LogPage;
    try {
      page = await this.#broker.read(this.#room, membership.position, PAGE);
    } catch {
      return false;
    }
    if (this.#isClosed || !this.#queue.has(membership)) return true;
    this.delete(membership);
    return this.#host.onPage(membership, page, this.#queue);
  }

  #first(): Membership | undefined {
    return this.#isClosed ? undefined : this.#queue.values().next().value;
  }
}
