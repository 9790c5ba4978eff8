// Follows the log of a room as rooms do: hears what is announced, reads on when something is missing or in doubt, and notes every
// event once, in its order, and every gap. Then a test can compare it with what was appended.
import type { Broker, BrokerListener, LogEvent, Position } from '../../src/rooms/broker.ts';
import { reaches } from './brokers.ts';

const PAGE = 100;

/** Follows one room. */
export class Follower implements BrokerListener {
  readonly room: string;
  readonly events: (LogEvent & { readonly epoch: string })[] = [];
  gaps = 0;
  doubts = 0;
  /** Events that came by announcement, in place and not again. */
  announced = 0;
  /** Offsets that were announced though they had been seen. */
  repeated = 0;
  readonly #broker: Broker;
  readonly #readsOn: boolean;
  #position: Position = { epoch: '', offset: 0 };
  #isReading = false;
  #isBehind = false;
  #waiting: (() => void)[] = [];

  /** @param readsOn whether it reads what it has missed; not, to show what happens then. */
  private constructor(broker: Broker, room: string, readsOn: boolean) {
    this.#broker = broker;
    this.room = room;
    this.#readsOn = readsOn;
  }

  static async start(broker: Broker, room: string, { readsOn = true } = {}): Promise<Follower> {
    const follower = new Follower(broker, room, readsOn);
    follower.#isReading = true;
    follower.#position = await broker.subscribe(room, follower);
    follower.#isReading = false;
    if (follower.#isBehind) follower.#readOn();
    return follower;
  }

  get position(): Position {
    return this.#position;
  }

  get data(): string[] {
    return this.events.map(({ data }) => data);
  }

  onEvents(epoch: string, events: readonly LogEvent[]): void {
    for (const event of events) {
      const { offset } = this.#position;
      if (this.#isReading || epoch !== this.#position.epoch || event.offset > offset + 1) {
        this.#isBehind = true;
        continue;
      }
      if (event.offset <= offset) {
        this.repeated++;
        continue;
      }
      this.announced++;
      this.#note(epoch, event);
    }
    if (this.#isBehind) this.#readOn();
  }

  onDoubt(): void {
    this.doubts++;
    this.#isBehind = true;
    this.#wake();
    this.#readOn();
  }

  /** Resolves when `condition` is met; it is looked at after everything that happens. */
  async until(condition: (follower: Follower) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #note(epoch: string, event: LogEvent): void {
    this.events.push({ ...event, epoch });
    this.#position = { epoch, offset: event.offset };
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #readOn(): Promise<void> {
    if (!this.#readsOn || this.#isReading) return;
    this.#isReading = true;
    while (this.#isBehind) {
      this.#isBehind = false;
      try {
        await this.#readPages();
      } catch {
        // Redis cannot be reached: there will be another doubt, or it is up already.
        this.#isBehind = true;
        if (this.#broker.status === 'down') await reaches(this.#broker, 'up');
      }
    }
    this.#isReading = false;
    this.#wake();
  }

  async #readPages(): Promise<void> {
    for (;;) {
      const page = await this.#broker.read(this.room, this.#position, PAGE);
      if (page.isGap) {
        this.gaps++;
        this.#position = { epoch: page.epoch, offset: (page.events[0]?.offset ?? page.last + 1) - 1 };
      }
      for (const event of page.events) this.#note(page.epoch, event);
      this.#wake();
      if (this.#position.offset >= page.last) return;
    }
  }
}
