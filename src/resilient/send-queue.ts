// What an application sends without an acknowledgement: at once where there is room, otherwise it waits, bounded, for the link
// or for room in it. Browsers do not say when a WebSocket has room again, so its `bufferedAmount` is looked at: when it should
// have fallen, at the speed at which it has fallen so far, and more and more rarely while it does not.
import { Outbox, type OutboxSettings, sizeOf, type Waiting } from './outbox.ts';
import type { Platform } from './platform.ts';
import type { Link, Sendable } from './transport.ts';

/** What a {@link SendQueue} needs to know. */
export interface SendQueueSettings extends OutboxSettings {
  readonly highWaterMark: number;
  readonly platform: Platform;
  /** After an answer of `false`: there is room again. */
  readonly onDrain: () => void;
}

interface Message extends Waiting {
  readonly data: Sendable;
  readonly resolve?: () => void;
}

/** Milliseconds between two looks. */
const SHORTEST_LOOK = 4;
const LONGEST_LOOK = 250;

/** The queue of one client. */
export class SendQueue {
  readonly #settings: SendQueueSettings;
  readonly #outbox: Outbox<Message>;
  #link: Link | undefined;
  #owesDrain = false;
  /** Set while there will be a look. */
  #timer: unknown;
  /** What the last look saw, and when, and how long it had been waited for. */
  #seen = 0;
  #seenAt = 0;
  #pause = SHORTEST_LOOK;

  constructor(settings: SendQueueSettings) {
    this.#settings = settings;
    this.#outbox = new Outbox(settings);
  }

  /** Bytes that have not left. */
  get bufferedAmount(): number {
    return this.#outbox.size + (this.#link?.bufferedAmount ?? 0);
  }

  /** Sends, or keeps for later. Returns `false` when whoever sends should wait for `drain`. */
  send(data: Sendable, key: string | undefined): boolean {
    const link = this.#link;
    let isKept = true;
    if (link !== undefined && this.#outbox.items.length === 0 && this.#hasRoom(link)) link.send(data);
    else isKept = this.#outbox.add({ data, key, size: sizeOf(data) });
    if (isKept && link !== undefined && this.#hasRoom(this)) return true;
    this.#owesDrain = true;
    this.#look();
    return false;
  }

  /** Sends when there is a link and room in it, in the order of the calls. */
  sendWhenRoom(data: Sendable): Promise<void> {
    return new Promise((resolve, reject) => {
      // Whoever waits has not handed it over yet: it takes a place, but no room.
      this.#outbox.add({ data, size: 0, resolve, reject });
      this.#flush();
    });
  }

  onOpen(link: Link): void {
    this.#link = link;
    this.#flush();
  }

  onLost(): void {
    this.#link = undefined;
    this.#settings.platform.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Everything that waits is dropped. */
  onClosed(error: Error): void {
    this.onLost();
    this.#outbox.clear(error);
  }

  #hasRoom({ bufferedAmount }: { readonly bufferedAmount: number }): boolean {
    return bufferedAmount <= this.#settings.highWaterMark;
  }

  /** Sends what waits, as far as there is room. */
  #flush(): void {
    const link = this.#link;
    if (link === undefined) return;
    const { items } = this.#outbox;
    for (let next = items[0]; next !== undefined && this.#hasRoom(link); next = items[0]) {
      try {
        link.send(next.data);
        this.#outbox.remove(next);
        next.resolve?.();
      } catch (error) {
        this.#outbox.drop(next, error as Error);
      }
    }
    if (this.#owesDrain && this.#hasRoom(this)) {
      this.#owesDrain = false;
      this.#settings.onDrain();
    }
    if (this.#owesDrain || items.length > 0) this.#look();
  }

  /** Looks again when there should be room. */
  #look(): void {
    const link = this.#link;
    if (link === undefined || this.#timer !== undefined) return;
    const { platform, highWaterMark } = this.#settings;
    const { bufferedAmount } = link;
    const now = platform.now();
    const left = this.#seen - bufferedAmount;
    const guess = left > 0 ? ((bufferedAmount - highWaterMark) * (now - this.#seenAt)) / left : this.#pause * 2;
    this.#pause = Math.min(LONGEST_LOOK, Math.max(SHORTEST_LOOK, guess));
    this.#seen = bufferedAmount;
    this.#seenAt = now;
    this.#timer = platform.setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, this.#pause);
  }
}
