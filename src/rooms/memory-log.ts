// The log of one room in memory: its events as far back as is kept, and who listens. Bounded by count and age here, and by
// bytes through whoever owns many of them. Never tells anybody anything: that is memory-broker.ts.
import { randomBytes } from 'node:crypto';
import type { BrokerListener, LogEvent, LogPage, Position } from './broker.ts';

/** 48 bits: two logs of one room will not draw the same. */
const EPOCH_BYTES = 6;
/** What an event costs beside its text: an upper bound of what V8 takes for it. */
export const COST_OF_EVENT = 256;
/** Events that were forgotten are cut off the array in one go, when it holds so many of them and more of them than others. */
const CUT_FROM = 64;

/** One log. */
export class MemoryLog {
  readonly room: string;
  readonly epoch: string = randomBytes(EPOCH_BYTES).toString('hex');
  readonly listeners = new Set<BrokerListener>();
  /** What is told of each member that is here. */
  readonly members = new Map<string, string>();
  /** Forgotten events first, as many as {@link #forgotten}. */
  readonly #events: (LogEvent | undefined)[] = [];
  #forgotten = 0;
  #last = 0;
  #size = 0;

  constructor(room: string) {
    this.room = room;
  }

  /** The offset of the newest event; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** How many events are kept. */
  get count(): number {
    return this.#events.length - this.#forgotten;
  }

  /** What the events that are kept cost, in bytes. */
  get size(): number {
    return this.#size;
  }

  /** Whether nobody would miss it but who comes back. */
  get isIdle(): boolean {
    return this.listeners.size === 0 && this.members.size === 0;
  }

  /** The end of the log. */
  get end(): Position {
    return { epoch: this.epoch, offset: this.#last };
  }

  append(data: string, time: number, except: string | undefined): LogEvent {
    this.#last++;
    const event = { offset: this.#last, data, time, except };
    this.#events.push(event);
    this.#size += costOf(data);
    return event;
  }

  /** Forgets the oldest event. There must be one. */
  forget(): void {
    const event = this.#events[this.#forgotten] as LogEvent;
    this.#events[this.#forgotten] = undefined;
    this.#forgotten++;
    this.#size -= costOf(event.data);
    if (this.#forgotten < CUT_FROM || this.#forgotten * 2 < this.#events.length) return;
    this.#events.splice(0, this.#forgotten);
    this.#forgotten = 0;
  }

  /** Forgets what is more than `most` events or was appended before `time`. */
  trim(most: number, time: number): void {
    while (this.count > most || (this.count > 0 && (this.#events[this.#forgotten] as LogEvent).time < time))
      this.forget();
  }

  read(since: Position | undefined, limit: number): LogPage {
    const start = this.#last - this.count;
    const isGap =
      since !== undefined && (since.epoch !== this.epoch || since.offset < start || since.offset > this.#last);
    const from = since === undefined || isGap ? start : since.offset;
    const index = from - start + this.#forgotten;
    const events = this.#events.slice(index, index + limit) as LogEvent[];
    return { epoch: this.epoch, events, last: this.#last, isGap };
  }
}

/** What an event with this text costs, in bytes. */
export function costOf(data: string): number {
  return Buffer.byteLength(data) + COST_OF_EVENT;
}
