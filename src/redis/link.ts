// A connection that is always there again: it is made, watched, and replaced when it fails or says nothing. What it was asked
// meanwhile is not kept here: whoever asks hears of its end, and of the next one.
import { type Clock, clock, type Timed } from '../transport/index.ts';
import type { ConnectionMaker } from './client.ts';
import type { RedisConnection } from './connection.ts';

/** Who uses a link. */
export interface LinkListener {
  /** What must be done before it is used. When it rejects, another connection is tried. */
  prepare?(connection: RedisConnection): Promise<void>;
  /** A new connection is there. */
  onUp(connection: RedisConnection): void;
  /** It is of no use any more. */
  onDown(): void;
  onMessage(channel: string, message: string): void;
}

/** Milliseconds before the first try to connect again, doubled with each that fails. */
const FIRST_DELAY = 50;
/** Milliseconds, at most; a tenth more or less, so that not everybody comes at once. */
export const LONGEST_DELAY = 5_000;
const SPREAD = 0.2;

/** One connection after the other. */
export class Link implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly #make: ConnectionMaker;
  readonly #connectTimeout: number;
  readonly #listener: LinkListener;
  readonly #clock: Clock;
  /** While it opens, and then. */
  #current: RedisConnection | undefined;
  #isUp = false;
  #isClosed = false;
  #delay = FIRST_DELAY;

  /** @param connectTimeout milliseconds until a connection must be there. */
  constructor(make: ConnectionMaker, connectTimeout: number, listener: LinkListener, time = clock) {
    this.#make = make;
    this.#connectTimeout = connectTimeout;
    this.#listener = listener;
    this.#clock = time;
  }

  /** The connection, if there is one that works. */
  get connection(): RedisConnection | undefined {
    return this.#isUp ? this.#current : undefined;
  }

  /** Connects. Called once; it goes on by itself from then on. */
  open(): void {
    let connection: RedisConnection | undefined;
    const isCurrent = (): boolean => connection !== undefined && connection === this.#current;
    connection = this.#make({
      onMessage: (channel, message) => {
        if (isCurrent()) this.#listener.onMessage(channel, message);
      },
      onLost: () => {
        if (isCurrent()) this.#replace();
      },
    });
    this.#current = connection;
    this.#clock.schedule(this, this.#clock.now() + this.#connectTimeout);
    const made = connection;
    const prepared = made.open().then(() => this.#listener.prepare?.(made));
    prepared.then(
      () => {
        if (isCurrent()) this.#opened(made);
      },
      () => {
        if (isCurrent()) this.#replace();
      },
    );
  }

  /** Something came over the connection: the next failure is a first one again. */
  praise(): void {
    this.#delay = FIRST_DELAY;
  }

  /** The connection has failed whoever used it: replace it, unless that has been done. */
  complain(connection: RedisConnection): void {
    if (connection === this.#current) this.#replace();
  }

  /** Either it did not open in time, or it is time to try again. */
  onTime(): void {
    if (this.#current === undefined) this.open();
    else this.#replace();
  }

  /** Ends it. Nobody is called any more. */
  close(): void {
    this.#isClosed = true;
    this.#clock.cancel(this);
    this.#drop();
  }

  #opened(connection: RedisConnection): void {
    this.#clock.cancel(this);
    this.#isUp = true;
    this.#listener.onUp(connection);
  }

  #replace(): void {
    const wasUp = this.#isUp;
    this.#drop();
    const delay = this.#delay * (1 - SPREAD / 2 + Math.random() * SPREAD);
    this.#delay = Math.min(LONGEST_DELAY, this.#delay * 2);
    this.#clock.schedule(this, this.#clock.now() + delay);
    if (wasUp && !this.#isClosed) this.#listener.onDown();
  }

  #drop(): void {
    const connection = this.#current;
    this.#current = undefined;
    this.#isUp = false;
    connection?.destroy();
  }
}
