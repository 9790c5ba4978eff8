// A broker for tests that takes its time: while its gate is closed, what is appended waits.
import {
  type AppendOptions,
  BrokerError,
  type BrokerStatus,
  MemoryBroker,
  type Position,
} from '../../src/rooms/index.ts';

export class GatedBroker extends MemoryBroker {
  /** What every append is refused with. */
  refusal: BrokerError | undefined = undefined;
  #status: BrokerStatus = 'up';
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => {};
  readonly #waiting: (() => void)[] = [];
  /** How many wait. */
  waiting = 0;

  override get status(): BrokerStatus {
    return this.#status;
  }

  set isDown(isDown: boolean) {
    this.#status = isDown ? 'down' : 'up';
    this.onStatus?.(this.#status);
  }

  shut(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
  }

  /** Resolves when so many wait. */
  async waits(count: number): Promise<void> {
    while (this.waiting < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  override async append(room: string, data: string, options: AppendOptions): Promise<Position> {
    this.waiting++;
    for (const wake of this.#waiting.splice(0)) wake();
    await this.#gate;
    this.waiting--;
    if (this.refusal !== undefined) throw this.refusal;
    return super.append(room, data, options);
  }
}

export const DOWN = new BrokerError('WS_ERR_BROKER_DOWN', 'for a test');
