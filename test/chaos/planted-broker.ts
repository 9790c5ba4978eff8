// A broker with one bug, around one without. It stands in no product.
import {
  type AppendOptions,
  type Broker,
  BrokerError,
  BrokerFault,
  type BrokerListener,
  type BrokerStatus,
  type LogPage,
  type Position,
  type Presence,
} from '../../src/rooms/index.ts';

/** The bugs, and what is wrong. */
export const BROKER_BUGS = {
  'append-twice': 'now and then an event is appended twice',
  'reuse-ids': 'every log has the same epoch, so that an id means two events after a loss',
  'forget-acknowledged': 'now and then an event is answered with an id, and never appended',
  'append-refused': 'now and then an event is appended, and refused',
  'spoil-events': 'now and then a character of an event is another',
} as const;
/** One of them. */
export type BrokerBug = keyof typeof BROKER_BUGS;

/** Once in so many times, where a bug shows only now and then. */
const SELDOM = 20;

/** A broker with a bug. */
export class PlantedBroker implements Broker {
  readonly #broker: Broker;
  readonly #bug: BrokerBug;
  /** The epoch that `reuse-ids` shows, by room. */
  readonly #epochs = new Map<string, string>();
  readonly #listeners = new WeakMap<BrokerListener, BrokerListener>();
  #count = 0;

  constructor(broker: Broker, bug: BrokerBug) {
    this.#broker = broker;
    this.#bug = bug;
  }

  get status(): BrokerStatus {
    return this.#broker.status;
  }

  get onStatus(): Broker['onStatus'] {
    return this.#broker.onStatus;
  }

  set onStatus(onStatus: Broker['onStatus']) {
    this.#broker.onStatus = onStatus;
  }

  async append(room: string, data: string, options: AppendOptions): Promise<Position> {
    const bug = ++this.#count % SELDOM === 0 ? this.#bug : undefined;
    if (bug === 'forget-acknowledged') {
      const { epoch, last } = await this.#broker.read(room, undefined, 1);
      return { epoch, offset: last + 1 };
    }
    const said = bug === 'spoil-events' ? data.replace(/é/, 'e') : data;
    const place = await this.#broker.append(room, said, options);
    if (bug === 'append-twice') await this.#broker.append(room, data, { ...options, key: undefined });
    if (bug === 'append-refused') throw new BrokerError(BrokerFault.Down, 'planted');
    return this.#show(room, place);
  }

  async subscribe(room: string, listener: BrokerListener): Promise<Position> {
    const shown: BrokerListener = {
      onEvents: (epoch, events) => listener.onEvents(this.#show(room, { epoch }).epoch, events),
      onDoubt: () => listener.onDoubt(),
    };
    this.#listeners.set(listener, shown);
    return this.#show(room, await this.#broker.subscribe(room, shown));
  }

  unsubscribe(room: string, listener: BrokerListener): void {
    this.#broker.unsubscribe(room, this.#listeners.get(listener) ?? listener);
  }

  async read(room: string, since: Position | undefined, limit: number): Promise<LogPage> {
    const page = await this.#broker.read(room, since, limit);
    return this.#bug === 'reuse-ids' ? { ...this.#show(room, page), isGap: true } : page;
  }

  enter(room: string, presence: Presence): Promise<boolean> {
    return this.#broker.enter(room, presence);
  }

  leave(room: string, member: string): Promise<boolean> {
    return this.#broker.leave(room, member);
  }

  present(room: string, limit: number): Promise<readonly Presence[]> {
    return this.#broker.present(room, limit);
  }

  close(): Promise<void> {
    return this.#broker.close();
  }

  #show<T extends { readonly epoch: string }>(room: string, place: T): T {
    if (this.#bug !== 'reuse-ids') return place;
    const epoch = this.#epochs.get(room) ?? place.epoch;
    this.#epochs.set(room, epoch);
    return { ...place, epoch };
  }
}
