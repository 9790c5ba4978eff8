// What was said in one room, as far back as is kept. Every event has an id, `<epoch>-<offset>`: offsets rise by one, and the
// epoch says whose offsets they are, so that an id of a room that was forgotten and made anew is never taken for a new one.
import { randomBytes } from 'node:crypto';
import { PreparedMessage } from '../message/index.ts';

/** 48 bits: two rooms of one name will not draw the same. */
const EPOCH_BYTES = 6;
/** Ids as this file writes them; the fifteen digits are exact as a number. */
const ID = /^([0-9a-f]{12})-(\d{1,15})$/;

/** The events of one room. */
export class RoomLog {
  readonly #epoch = randomBytes(EPOCH_BYTES).toString('hex');
  readonly #most: number;
  readonly #events: PreparedMessage[] = [];
  #last = 0;
  #size = 0;

  /** @param most how many events are kept. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The offset of the newest event; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** The offset of the event before the oldest one that is kept: from there on nothing is missing. */
  get start(): number {
    return this.#last - this.#events.length;
  }

  /** Bytes of the events that are kept. */
  get size(): number {
    return this.#size;
  }

  /** The id of the event at `offset`. */
  idOf(offset: number): string {
    return `${this.#epoch}-${offset}`;
  }

  /** The offset that `id` names; `undefined` when it is of another epoch, of the future, or no id at all. */
  offsetOf(id: string): number | undefined {
    const [, epoch, digits] = ID.exec(id) ?? [];
    const offset = Number(digits);
    return epoch === this.#epoch && offset <= this.#last ? offset : undefined;
  }

  /**
   * Adds an event.
   *
   * @param write makes its text, given its id.
   * @returns the event, ready to be sent to any number of members.
   */
  append(write: (id: string) => string): PreparedMessage {
    const event = new PreparedMessage(Buffer.from(write(this.idOf(this.#last + 1)), 'utf8'), false);
    this.#last++;
    this.#size += event.payload.length;
    this.#events.push(event);
    if (this.#events.length > this.#most) this.forget(1);
    return event;
  }

  /** The event at `offset`; `undefined` when it is not kept any more. */
  at(offset: number): PreparedMessage | undefined {
    return offset <= this.start ? undefined : this.#events[offset - this.start - 1];
  }

  /** Forgets the `count` oldest events. */
  forget(count: number): void {
    for (const event of this.#events.splice(0, count)) this.#size -= event.payload.length;
  }
}
