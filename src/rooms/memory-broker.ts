// The broker that is always there: all logs in the memory of this process. Who listens hears of an event before append()
// resolves, in the order of the log, also when a listener appends. Bounded by rooms, events, age and bytes.
import {
  type AppendOptions,
  type Broker,
  BrokerError,
  BrokerFault,
  type BrokerListener,
  type BrokerStatus,
  type LogEvent,
  type LogPage,
  type Position,
  type Presence,
} from './broker.ts';
import { KnownKeys } from './known-keys.ts';
import { costOf, MemoryLog } from './memory-log.ts';
import { positive } from './options.ts';

/** What a {@link MemoryBroker} keeps, when nobody says. */
export const MemoryBrokerDefaults = {
  history: 1_000,
  ttl: 3_600_000,
  maxLogs: 10_000,
  maxBytes: 67_108_864,
  maxKeys: 10_000,
  keyTtl: 300_000,
} as const;

/** What a {@link MemoryBroker} keeps. */
export interface MemoryBrokerOptions {
  /** Events of each room. Default 1,000. */
  readonly history?: number | undefined;
  /** Milliseconds for which an event is kept. Default one hour. */
  readonly ttl?: number | undefined;
  /** Rooms that have a log. Default 10,000. Of those nobody is in, the least recently used go first. */
  readonly maxLogs?: number | undefined;
  /** Bytes of all events, 256 beside the text of each. Default 64 MiB. The rooms that were quiet longest forget first. */
  readonly maxBytes?: number | undefined;
  /** Keys of all rooms that are remembered. Default 10,000. */
  readonly maxKeys?: number | undefined;
  /** Milliseconds for which a key is remembered. Default five minutes. */
  readonly keyTtl?: number | undefined;
  /** Milliseconds since 1970. Default `Date.now`; for tests. */
  readonly now?: (() => number) | undefined;
}

/** An event that listeners have not heard of yet. */
interface News {
  readonly log: MemoryLog;
  readonly event: LogEvent;
}

/** Keeps the logs of all rooms in the memory of this process. */
export class MemoryBroker implements Broker {
  onStatus: ((status: BrokerStatus) => void) | undefined = undefined;
  readonly #history: number;
  readonly #ttl: number;
  readonly #maxLogs: number;
  readonly #maxBytes: number;
  readonly #now: () => number;
  readonly #keys: KnownKeys;
  readonly #logs = new Map<string, MemoryLog>();
  /** Logs that keep events, in the order of their last event. */
  readonly #written = new Set<MemoryLog>();
  /** Logs that nobody is in, the least recently used first: those without an event, and the others. */
  readonly #blank = new Set<MemoryLog>();
  readonly #idle = new Set<MemoryLog>();
  readonly #news: News[] = [];
  #isTelling = false;
  #bytes = 0;
  #isClosed = false;

  /** @throws TypeError or RangeError naming the option that is not what it must be. */
  constructor(options: MemoryBrokerOptions = {}) {
    const { history, ttl, maxLogs, maxBytes, maxKeys, keyTtl } = options;
    this.#history = positive('history', history, MemoryBrokerDefaults.history);
    this.#ttl = positive('ttl', ttl, MemoryBrokerDefaults.ttl);
    this.#maxLogs = positive('maxLogs', maxLogs, MemoryBrokerDefaults.maxLogs);
    this.#maxBytes = positive('maxBytes', maxBytes, MemoryBrokerDefaults.maxBytes);
    this.#keys = new KnownKeys(
      positive('maxKeys', maxKeys, MemoryBrokerDefaults.maxKeys),
      positive('keyTtl', keyTtl, MemoryBrokerDefaults.keyTtl),
    );
    this.#now = options.now ?? Date.now;
  }

  /** `'up'` until it is closed: this process reaches its own memory. */
  get status(): BrokerStatus {
    return this.#isClosed ? 'down' : 'up';
  }

  /** How many rooms have a log. */
  get logs(): number {
    return this.#logs.size;
  }

  /** What all events that are kept cost, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  // Methods are async so that whatever is wrong rejects; until the first await they run at once.

  async append(room: string, data: string, { except, key }: AppendOptions): Promise<Position> {
    const cost = costOf(data);
    if (cost > this.#maxBytes) throw new BrokerError(BrokerFault.Full, 'the event is larger than all that may be kept');
    const log = this.#use(room);
    const now = this.#now();
    if (key !== undefined) {
      const known = this.#keys.get(room, key, log.epoch, now);
      if (known !== undefined) return known;
    }
    const event = log.append(data, now, except);
    this.#bytes += cost;
    this.#written.delete(log);
    this.#written.add(log);
    this.#settle(log);
    this.#trim(log, now);
    this.#forget(now);
    const position = { epoch: log.epoch, offset: event.offset };
    if (key !== undefined) this.#keys.set(room, key, position, now);
    if (log.listeners.size > 0) this.#tell(log, event);
    return position;
  }

  async subscribe(room: string, listener: BrokerListener): Promise<Position> {
    const log = this.#use(room);
    log.listeners.add(listener);
    this.#settle(log);
    return log.end;
  }

  unsubscribe(room: string, listener: BrokerListener): void {
    const log = this.#logs.get(room);
    if (log?.listeners.delete(listener)) this.#settle(log);
  }

  async read(room: string, since: Position | undefined, limit: number): Promise<LogPage> {
    const log = this.#use(room);
    this.#trim(log, this.#now());
    return log.read(since, limit);
  }

  async enter(room: string, { member, information }: Presence): Promise<boolean> {
    const log = this.#use(room);
    const isNew = !log.members.has(member);
    log.members.set(member, information);
    this.#settle(log);
    return isNew;
  }

  async leave(room: string, member: string): Promise<boolean> {
    this.#requireOpen();
    const log = this.#logs.get(room);
    if (log === undefined || !log.members.delete(member)) return false;
    this.#settle(log);
    return true;
  }

  async present(room: string, limit: number): Promise<readonly Presence[]> {
    this.#requireOpen();
    const present: Presence[] = [];
    for (const [member, information] of this.#logs.get(room)?.members ?? []) {
      if (present.length === limit) break;
      present.push({ member, information });
    }
    return present;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#news.length = 0;
    this.#bytes = 0;
    for (const log of this.#logs.values()) log.listeners.clear();
    for (const logs of [this.#logs, this.#written, this.#blank, this.#idle]) logs.clear();
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new BrokerError(BrokerFault.Closed, 'the broker is closed');
  }

  /** The log of a room, which begins if need be. */
  #use(room: string): MemoryLog {
    this.#requireOpen();
    let log = this.#logs.get(room);
    if (log === undefined) {
      if (this.#logs.size >= this.#maxLogs) this.#removeLog();
      log = new MemoryLog(room);
      this.#logs.set(room, log);
    }
    this.#settle(log);
    return log;
  }

  /** Puts a log where it belongs among those that may go, as the most recently used. */
  #settle(log: MemoryLog): void {
    this.#blank.delete(log);
    this.#idle.delete(log);
    if (log.isIdle) (log.last === 0 ? this.#blank : this.#idle).add(log);
  }

  /** Whoever asks for many rooms in which nothing was ever said makes nobody else's be forgotten: those go first. */
  #removeLog(): void {
    const log = first(this.#blank) ?? first(this.#idle);
    if (log === undefined)
      throw new BrokerError(BrokerFault.Full, `there are ${this.#maxLogs} rooms, and all are in use`);
    this.#logs.delete(log.room);
    for (const logs of [this.#written, this.#blank, this.#idle]) logs.delete(log);
    this.#bytes -= log.size;
  }

  #trim(log: MemoryLog, now: number): void {
    const before = log.size;
    log.trim(this.#history, now - this.#ttl);
    this.#bytes += log.size - before;
    if (log.count === 0) this.#written.delete(log);
  }

  /** Of the rooms that were quiet longest: what is too old, and what is too much. */
  #forget(now: number): void {
    for (const log of this.#written) {
      this.#trim(log, now);
      while (this.#bytes > this.#maxBytes && log.count > 0) {
        this.#bytes -= log.size;
        log.forget();
        this.#bytes += log.size;
      }
      // The next one has a newer event.
      if (log.count > 0) return;
      this.#written.delete(log);
    }
  }

  /** A listener may append, too: then what it says waits until everybody has heard of this. */
  #tell(log: MemoryLog, event: LogEvent): void {
    this.#news.push({ log, event });
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let news = this.#news.shift(); news !== undefined; news = this.#news.shift()) {
      const { log, event } = news;
      const events = [event];
      for (const listener of log.listeners) {
        try {
          listener.onEvents(log.epoch, events);
        } catch (error) {
          // It is the listener's mistake, and neither the publisher's nor the other listeners'.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    }
    this.#isTelling = false;
  }
}

function first(logs: Set<MemoryLog>): MemoryLog | undefined {
  return logs.values().next().value;
}
