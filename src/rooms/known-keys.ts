// The keys that events were appended with, so that an event that is tried again is not said twice. Bounded by count and age:
// the oldest go first.
import type { Position } from './broker.ts';

interface Known {
  readonly position: Position;
  readonly time: number;
}

/** The keys of all rooms of a broker. */
export class KnownKeys {
  readonly #most: number;
  readonly #ttl: number;
  /** In the order of their time. */
  readonly #known = new Map<string, Known>();

  /**
   * @param most how many are remembered.
   * @param ttl for how long, in milliseconds.
   */
  constructor(most: number, ttl: number) {
    this.#most = most;
    this.#ttl = ttl;
  }

  get size(): number {
    return this.#known.size;
  }

  /** The place of the event that was appended with `key`; `undefined` when nobody remembers one in this epoch. */
  get(room: string, key: string, epoch: string, now: number): Position | undefined {
    this.#forget(now);
    const known = this.#known.get(nameOf(room, key));
    return known?.position.epoch === epoch ? known.position : undefined;
  }

  set(room: string, key: string, position: Position, now: number): void {
    const name = nameOf(room, key);
    this.#known.delete(name);
    this.#known.set(name, { position, time: now });
    this.#forget(now);
  }

  #forget(now: number): void {
    for (const [name, { time }] of this.#known) {
      if (this.#known.size <= this.#most && time >= now - this.#ttl) return;
      this.#known.delete(name);
    }
  }
}

/** No room and key have the name of others, whatever they are made of: the length says where the room ends. */
function nameOf(room: string, key: string): string {
  return `${room.length}:${room}${key}`;
}
