// A broker with one bug, around one without: for the proof that the checker finds it. It stands in no product.
import type {
  AppendOptions,
  Broker,
  BrokerListener,
  BrokerStatus,
  LogPage,
  Position,
  Presence,
} from '../../src/rooms/index.ts';

/** The bugs. */
export const PLANTS = {
  'skip-catch-up': 'whoever comes back is given the newest event and not what was before it',
  'append-twice': 'an event is appended twice',
  'swallow-gaps': 'what is missing is not announced',
  'reuse-ids': 'every log has the same epoch, so that an id means two events after a loss',
  'forget-acknowledged': 'now and then an event is answered with an id, and never appended',
  'append-refused': 'now and then an event is appended, and refused',
  'needless-gaps': 'whoever comes back is told of a gap',
} as const;
/** One of them. */
export type Plant = keyof typeof PLANTS;

/** Once in so many times, where a bug shows only now and then. */
const SELDOM = 20;

/** A broker with a bug. */
export class PlantedBroker implements Broker {
  readonly #broker: Broker;
  readonly #plant: Plant;
  readonly #refuse: () => Error;
  /** The epoch that `reuse-ids` shows, and the one behind it, by room. */
  readonly #epochs = new Map<string, string>();
  #count = 0;

  /** @param refuse what the broker rejects with when it says that nothing was appended. */
  constructor(broker: Broker, plant: Plant, refuse: () => Error) {
    this.#broker = broker;
    this.#plant = plant;
    this.#refuse = refuse;
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
    const isSeldom = ++this.#count % SELDOM === 0;
    if (isSeldom && this.#plant === 'forget-acknowledged') {
      const { epoch, last } = await this.#broker.read(room, undefined, 1);
      return { epoch, offset: last + 1 };
    }
    const place = await this.#broker.append(room, data, options);
    if (isSeldom && this.#plant === 'append-twice')
      await this.#broker.append(room, data, { ...options, key: undefined });
    if (isSeldom && this.#plant === 'append-refused') throw this.#refuse();
    return this.#show(room, place);
  }

  async subscribe(room: string, listener: BrokerListener): Promise<Position> {
    if (this.#plant !== 'reuse-ids') return this.#broker.subscribe(room, listener);
    const shown: BrokerListener = {
      onEvents: (epoch, events) => listener.onEvents(this.#show(room, { epoch }).epoch, events),
      onDoubt: () => listener.onDoubt(),
    };
    this.#listeners.set(listener, shown);
    return this.#show(room, await this.#broker.subscribe(room, shown));
  }

  readonly #listeners = new WeakMap<BrokerListener, BrokerListener>();

  unsubscribe(room: string, listener: BrokerListener): void {
    this.#broker.unsubscribe(room, this.#listeners.get(listener) ?? listener);
  }

  async read(room: string, since: Position | undefined, limit: number): Promise<LogPage> {
    const page = await this.#broker.read(room, since, limit);
    switch (this.#plant) {
      case 'skip-catch-up':
        return since === undefined ? page : { ...page, events: page.events.slice(-1) };
      case 'swallow-gaps':
        return { ...page, isGap: false };
      case 'needless-gaps':
        return since === undefined ? page : { ...page, isGap: true };
      case 'reuse-ids':
        return { ...this.#show(room, page), isGap: false };
      default:
        return page;
    }
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
    if (this.#plant !== 'reuse-ids') return place;
    const epoch = this.#epochs.get(room) ?? place.epoch;
    this.#epochs.set(room, epoch);
    return { ...place, epoch };
  }
}
