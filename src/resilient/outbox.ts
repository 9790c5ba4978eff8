// What waits to be sent: bounded in messages and in bytes, with the policies that the server has for slow clients. Whoever is
// dropped is told of, and why; nothing leaves in silence.

/**
 * What happens to a message for which there is no room: `'drop-newest'`: it is dropped; `'drop-oldest'`: the oldest are
 * dropped for it; `'conflate'`: the one that waits with the same `key` is dropped for it, otherwise it is; `'close'`: the
 * client closes for good, with 4013.
 */
export type OverflowPolicy = 'drop-newest' | 'drop-oldest' | 'conflate' | 'close';

/** Why something that was said, or a room that was to be joined, was refused. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  /** As the server calls it: `FORBIDDEN`, `ROOM_FULL`, `NOT_IN_ROOM` and so on; `DROPPED` and `CLOSED` are the client's. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Something that waits. */
export interface Waiting {
  readonly data: unknown;
  /** Bytes. */
  readonly size: number;
  readonly key?: string | undefined;
  /** It is under way, and may arrive: it is dropped for nobody. */
  readonly isSent?: boolean;
  /** Somebody wants to know. */
  readonly reject?: (error: Error) => void;
}

/** What an {@link Outbox} is told. */
export interface OutboxSettings {
  readonly maxQueueLength: number;
  readonly maxQueueSize: number;
  readonly overflow: OverflowPolicy;
  readonly onDropped: (data: unknown) => void;
}

/** What waits, in order. */
export class Outbox<Item extends Waiting> {
  /** In order. */
  readonly items: Item[] = [];
  readonly #settings: OutboxSettings;
  #size = 0;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
  }

  /** Bytes of all that waits. */
  get size(): number {
    return this.#size;
  }

  /** Adds something to the end. Returns `false` when it was dropped. */
  add(item: Item): boolean {
    const { items } = this;
    const { overflow, maxQueueLength, maxQueueSize } = this.#settings;
    const isRoom = (): boolean => items.length < maxQueueLength && this.#size + item.size <= maxQueueSize;
    const next = (): Item | undefined => {
      if (overflow === 'drop-oldest') return isRoom() ? undefined : items.find(({ isSent }) => !isSent);
      // The newest of a key is all that is wanted, also where there is room.
      if (overflow !== 'conflate' || item.key === undefined) return undefined;
      return items.find(({ key, isSent }) => key === item.key && !isSent);
    };
    if (item.size <= maxQueueSize) for (let older = next(); older !== undefined; older = next()) this.drop(older);
    if (isRoom()) {
      items.push(item);
      this.#size += item.size;
      return true;
    }
    this.drop(item);
    return false;
  }

  /** Takes one out: it has been sent, or is wanted no more. */
  remove(item: Item): void {
    const place = this.items.indexOf(item);
    if (place === -1) return;
    this.items.splice(place, 1);
    this.#size -= item.size;
  }

  /** Gives one up. */
  drop(item: Item, error: Error = new RefusedError('DROPPED', 'no room')): void {
    this.remove(item);
    item.reject?.(error);
    this.#settings.onDropped(item.data);
  }

  /** Gives everything up. */
  clear(error: Error): void {
    for (const item of [...this.items]) this.drop(item, error);
  }
}

/** Bytes of a message: of text as UTF-8. */
export function sizeOf(data: string | ArrayBuffer | ArrayBufferView | Blob): number {
  if (typeof data === 'string') return new TextEncoder().encode(data).length;
  return 'size' in data ? data.size : data.byteLength;
}
