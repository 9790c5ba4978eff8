// A broker that keeps its promises and no more: what it tells may be withheld, told again, or lost until it says that it is
// in doubt; what it is asked may fail.
import {
  type AppendOptions,
  type Broker,
  BrokerError,
  type BrokerListener,
  type BrokerStatus,
  type LogEvent,
  type LogPage,
  type Position,
  type Presence,
} from '../../src/rooms/broker.ts';
import { MemoryBroker, type MemoryBrokerOptions } from '../../src/rooms/memory-broker.ts';

/** What a listener would have heard. */
interface Telling {
  readonly epoch: string;
  readonly events: readonly LogEvent[];
}

/** What stands between a log and one listener. */
class Line implements BrokerListener {
  readonly listener: BrokerListener;
  readonly #owner: UnreliableBroker;
  #withheld: Telling[] = [];
  #last: Telling | undefined;

  constructor(owner: UnreliableBroker, listener: BrokerListener) {
    this.#owner = owner;
    this.listener = listener;
  }

  onEvents(epoch: string, events: readonly LogEvent[]): void {
    if (this.#owner.isDeaf) return;
    const telling = { epoch, events };
    if (this.#owner.isWithholding) this.#withheld.push(telling);
    else this.#tell(telling);
  }

  onDoubt(): void {
    this.listener.onDoubt();
  }

  /** Tells what was withheld, in one piece for each epoch. */
  release(): void {
    const withheld = this.#withheld;
    this.#withheld = [];
    for (const telling of withheld) this.#tell(telling);
  }

  /** Tells again what it has told last. */
  repeat(): void {
    if (this.#last !== undefined) this.listener.onEvents(this.#last.epoch, this.#last.events);
  }

  #tell(telling: Telling): void {
    this.#last = { epoch: telling.epoch, events: [...(this.#last?.events ?? []), ...telling.events].slice(-5) };
    if (
      this.#last.events.length > 1 &&
      this.#last.events.some((event, at, all) => at > 0 && event.offset <= (all[at - 1]?.offset ?? 0))
    ) {
      this.#last = telling;
    }
    this.listener.onEvents(telling.epoch, telling.events);
  }
}

/** A MemoryBroker behind a bad line. */
export class UnreliableBroker implements Broker {
  onStatus: ((status: BrokerStatus) => void) | undefined = undefined;
  readonly status = 'up';
  /** Whether what is told is withheld until {@link release}. */
  isWithholding = false;
  /** Whether what is told is lost. Who ends it says that there is doubt. */
  isDeaf = false;
  /** How many questions fail before one is answered. */
  failures = 0;
  reads = 0;
  /** Called with each read before it is answered. */
  onRead: (since: Position | undefined) => void = () => {};
  readonly #options: MemoryBrokerOptions;
  #memory: MemoryBroker;
  readonly #lines = new Map<string, Line[]>();

  constructor(options: MemoryBrokerOptions = {}) {
    this.#options = options;
    this.#memory = new MemoryBroker(options);
  }

  /** All logs are lost: what comes now is of another epoch. Nobody is told. */
  lose(): void {
    this.#memory = new MemoryBroker(this.#options);
    for (const [room, lines] of this.#lines) for (const line of lines) void this.#memory.subscribe(room, line);
  }

  release(): void {
    this.isWithholding = false;
    for (const line of this.#all()) line.release();
  }

  repeat(): void {
    for (const line of this.#all()) line.repeat();
  }

  doubt(): void {
    this.isDeaf = false;
    for (const line of this.#all()) line.onDoubt();
  }

  append(room: string, data: string, options: AppendOptions): Promise<Position> {
    return this.#memory.append(room, data, options);
  }

  async subscribe(room: string, listener: BrokerListener): Promise<Position> {
    this.#fail();
    const line = new Line(this, listener);
    this.#lines.set(room, [...(this.#lines.get(room) ?? []), line]);
    return this.#memory.subscribe(room, line);
  }

  unsubscribe(room: string, listener: BrokerListener): void {
    const lines = this.#lines.get(room) ?? [];
    for (const line of lines.filter((one) => one.listener === listener)) this.#memory.unsubscribe(room, line);
    const others = lines.filter((one) => one.listener !== listener);
    if (others.length > 0) this.#lines.set(room, others);
    else this.#lines.delete(room);
  }

  /** How many listen. */
  get listeners(): number {
    return [...this.#all()].length;
  }

  async read(room: string, since: Position | undefined, limit: number): Promise<LogPage> {
    this.reads++;
    this.#fail();
    this.onRead(since);
    await Promise.resolve();
    return this.#memory.read(room, since, limit);
  }

  async enter(room: string, presence: Presence): Promise<boolean> {
    this.#fail();
    return this.#memory.enter(room, presence);
  }

  async leave(room: string, member: string): Promise<boolean> {
    this.#fail();
    return this.#memory.leave(room, member);
  }

  present(room: string, limit: number): Promise<readonly Presence[]> {
    return this.#memory.present(room, limit);
  }

  close(): Promise<void> {
    return this.#memory.close();
  }

  *#all(): Generator<Line> {
    for (const lines of this.#lines.values()) yield* lines;
  }

  #fail(): void {
    if (this.failures === 0) return;
    this.failures--;
    throw new BrokerError('WS_ERR_BROKER_DOWN', 'the test has cut the line');
  }
}
