// A broker in memory whose logs can be lost, all at once, as by FLUSHALL: whoever listens hears a doubt, as after a reconnection.
import {
  type AppendOptions,
  type Broker,
  type BrokerListener,
  type LogPage,
  MemoryBroker,
  type Position,
  type Presence,
} from '../../src/rooms/index.ts';

/** One. */
export class LosableBroker implements Broker {
  readonly status = 'up';
  onStatus: Broker['onStatus'];
  readonly #history: number;
  readonly #listeners = new Map<BrokerListener, string>();
  #broker: MemoryBroker;

  constructor(history: number) {
    this.#history = history;
    this.#broker = new MemoryBroker({ history });
  }

  /** Loses all logs. */
  async lose(): Promise<void> {
    const before = this.#broker;
    this.#broker = new MemoryBroker({ history: this.#history });
    await before.close();
    for (const [listener, room] of this.#listeners) await this.#broker.subscribe(room, listener);
    for (const listener of this.#listeners.keys()) listener.onDoubt();
  }

  append(room: string, data: string, options: AppendOptions): Promise<Position> {
    return this.#broker.append(room, data, options);
  }

  subscribe(room: string, listener: BrokerListener): Promise<Position> {
    this.#listeners.set(listener, room);
    return this.#broker.subscribe(room, listener);
  }

  unsubscribe(room: string, listener: BrokerListener): void {
    this.#listeners.delete(listener);
    this.#broker.unsubscribe(room, listener);
  }

  read(room: string, since: Position | undefined, limit: number): Promise<LogPage> {
    return this.#broker.read(room, since, limit);
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
}
