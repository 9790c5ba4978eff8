// The newest events of a room, as far back as members need them who keep up: bounded by count and size. Older ones are read
// from the broker.
import type { RoomEvent } from './room-event.ts';

/** What a window holds, when nobody says: a power of two of events, and their size in characters. */
export const WINDOW_EVENTS = 128;
export const WINDOW_SIZE = 262_144;

/** The end of one log. */
export class EventWindow {
  readonly epoch: string;
  /** Each at its offset modulo their number. */
  readonly #events: (RoomEvent | undefined)[] = [];
  #start: number;
  #last: number;
  #size = 0;

  /** @param offset of the event before the first that will come. */
  constructor(epoch: string, offset: number) {
    this.epoch = epoch;
    this.#start = offset;
    this.#last = offset;
  }

  /** The offset before the oldest event that is held. */
  get start(): number {
    return this.#start;
  }

  /** The offset of the newest event that is known. */
  get last(): number {
    return this.#last;
  }

  /** Adds the event at `last + 1`. It is held itself, however large. */
  push(event: RoomEvent): void {
    this.#last++;
    this.#events[this.#last % WINDOW_EVENTS] = event;
    this.#size += event.size;
    while (this.#last - this.#start > WINDOW_EVENTS - 1 || (this.#size > WINDOW_SIZE && this.#start + 1 < this.#last)) {
      this.#start++;
      const index = this.#start % WINDOW_EVENTS;
      this.#size -= (this.#events[index] as RoomEvent).size;
      this.#events[index] = undefined;
    }
  }

  /** The event at `offset`; `undefined` when it is not held. */
  at(offset: number): RoomEvent | undefined {
    return offset > this.#start && offset <= this.#last ? this.#events[offset % WINDOW_EVENTS] : undefined;
  }
}
