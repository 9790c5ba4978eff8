// When one endpoint reads, and when it stops: turn by turn, as far as the application wants to go on (RFC 6455 §6.2). What
// was read means nothing here; while nothing is read the kernel is stopped, and TCP slows the peer down.
import type { Connection, MessageRate } from '../connection/index.ts';
import { clock, type Transport } from '../transport/index.ts';
import type { EndpointSettings } from './settings.ts';
import type { TimeLimits } from './time-limits.ts';

/** Told of the end. */
export interface ReadingHost {
  /** The peer has ended its side, and everything it had sent has been delivered. */
  onAllRead(): void;
}

/** Who wants no messages for now: the application, or who still decides whether the peer may speak at all. */
export const Pause = { Application: 1, Decision: 2 } as const;
/** One of the two. */
export type Pause = (typeof Pause)[keyof typeof Pause];

/** The reading of one endpoint. */
export class Reading {
  readonly #host: ReadingHost;
  readonly #transport: Transport;
  readonly #connection: Connection;
  readonly #times: TimeLimits;
  readonly #settings: EndpointSettings;
  /** The bits of those who have paused. */
  #pausedBy = 0;
  /** The kernel has been stopped. */
  #stopped = false;
  /** The peer's bytes are being read; everything said meanwhile leaves in one write. */
  #inTurn = false;
  /** What was held back is due in a turn of its own. */
  #nextTurn = false;
  /** The peer will send no more, and what it has sent has not all been delivered. */
  #peerEnded = false;
  #over = false;

  constructor(
    host: ReadingHost,
    transport: Transport,
    connection: Connection,
    times: TimeLimits,
    settings: EndpointSettings,
  ) {
    this.#host = host;
    this.#transport = transport;
    this.#connection = connection;
    this.#times = times;
    this.#settings = settings;
  }

  /** Whether what is delivered now was read just now, not inflated elsewhere meanwhile. */
  get inTurn(): boolean {
    return this.#inTurn;
  }

  /** No more messages after the current one. */
  pause(by: Pause): void {
    this.#pausedBy |= by;
    this.#connection.pause();
    this.update();
  }

  /** Messages come again when nobody pauses any more; after a decision in a later turn, when its taker has heard of it. */
  resume(by: Pause): void {
    this.#pausedBy &= ~by;
    if (this.#pausedBy !== 0 || this.#transport.destroyed) return;
    if (this.#settings.oneAtATime || by === Pause.Decision) this.#readInNextTurn();
    // In a turn the loop that is running goes on by itself.
    else if (this.#inTurn) this.#connection.resume();
    else this.#readOn();
  }

  /** The time has come to read on, as far as that depends on `maxMessageRate`. */
  endSlowing(): void {
    if (this.#pausedBy === 0) this.#readOn();
  }

  /** The connection is over: nothing is read any more. */
  end(): void {
    this.#over = true;
  }

  onChunk(chunk: Buffer): void {
    this.#times.heard();
    this.#beginTurn();
    try {
      this.#connection.receive(chunk);
    } finally {
      this.#endTurn();
    }
  }

  onPeerEnd(): void {
    this.#peerEnded = true;
    if (!this.#connection.holding) this.#host.onAllRead();
  }

  #beginTurn(): void {
    this.#inTurn = true;
    this.#connection.rate?.refill(clock.now());
    this.#transport.outbox.cork();
  }

  #endTurn(): void {
    this.#inTurn = false;
    try {
      // Everything that was said in this turn leaves in one write.
      this.#transport.outbox.uncork();
    } finally {
      this.goOn();
    }
  }

  /** Something has been read, now or by an inflation that took its time: sees to the rest. */
  goOn(): void {
    if (this.#over) return;
    const connection = this.#connection;
    // One at a time; or a listener threw: that is the application's business, and the messages behind it come all the same.
    if (connection.waiting && this.#pausedBy === 0 && !connection.slowed) this.#readInNextTurn();
    else if (this.#peerEnded && !connection.holding) this.#host.onAllRead();
    this.#times.chunkRead(connection.unfinished);
    if (connection.slowed) this.#times.slowDown((connection.rate as MessageRate).wait);
    else this.#times.goOn();
    this.update();
  }

  #readInNextTurn(): void {
    if (this.#nextTurn) return;
    this.#nextTurn = true;
    setImmediate(Reading.#startTurn, this);
  }

  static #startTurn(reading: Reading): void {
    reading.#nextTurn = false;
    if (reading.#pausedBy === 0) reading.#readOn();
  }

  #readOn(): void {
    if (this.#transport.destroyed) return;
    this.#beginTurn();
    try {
      this.#connection.resume();
    } finally {
      this.#endTurn();
    }
  }

  /** Stops or starts the kernel, whichever it should be now. */
  update(): void {
    const { receiving, holding, slowed } = this.#connection;
    // Until a decision the socket is read as far as one chunk, to see the peer leave.
    const userPaused = (this.#pausedBy & Pause.Application) !== 0;
    const stop = receiving && (userPaused || holding || slowed);
    // A peer that is slowed down for what it sends is not kept waiting by us.
    this.#times.isReading = !stop || (slowed && !userPaused);
    if (stop === this.#stopped) return;
    this.#stopped = stop;
    if (stop) this.#transport.pause();
    else this.#transport.resume();
  }
}
