// When one endpoint reads, and when it stops: turn by turn, as far as the application wants to go on (RFC 6455 §6.2). What
// was read means nothing here; while nothing is read the kernel is stopped, and TCP slows the peer down.
import type { Connection, MessageRate } from '../connection/index.ts';
import { clock, type Transport } from '../transport/index.ts';
import type { EndpointSettings } from './settings.ts';
import type { TimeLimits } from './time-limits.ts';

/** Who wants no messages for now: the application, or who still decides whether the peer may speak at all. */
export const Pause = { Application: 1, Decision: 2 } as const;
/** One of the two. */
export type Pause = (typeof Pause)[keyof typeof Pause];

/** What there is to know of a reading: bits of one number, for a field of its own takes eight bytes of each connection. */
const Facts = {
  /** Somebody has paused; which of them says {@link Pause}. */
  Paused: Pause.Application | Pause.Decision,
  /** The peer's bytes are being read; everything said meanwhile leaves in one write. */
  InTurn: 4,
  /** What was held back is due in a turn of its own. */
  NextTurn: 8,
  /** The peer will send no more, and what it has sent has not all been delivered. */
  PeerEnded: 16,
  Over: 32,
  /** The kernel has been stopped. */
  Stopped: 64,
} as const;

/** The reading half of an endpoint: the same object, because there is one for each connection. */
export abstract class Reading {
  protected abstract readonly transport: Transport;
  protected abstract readonly connection: Connection;
  protected abstract readonly times: TimeLimits;
  abstract readonly settings: EndpointSettings;
  /** Which of {@link Facts} hold. */
  #facts = 0;

  /** The peer has ended its side, and everything it had sent has been delivered. */
  protected abstract onAllRead(): void;

  /** Whether it holds; of several, whether one does. */
  #is(fact: number): boolean {
    return (this.#facts & fact) !== 0;
  }

  /** Whether what is delivered now was read just now, not inflated elsewhere meanwhile. */
  protected get inTurn(): boolean {
    return this.#is(Facts.InTurn);
  }

  /** No more messages after the current one; the kernel stops, and TCP slows the peer down. */
  pause(by: Pause = Pause.Application): void {
    this.#facts |= by;
    this.connection.pause();
    this.update();
  }

  /** Messages come again when nobody pauses any more; after a decision in a later turn, when its taker has heard of it. */
  resume(by: Pause = Pause.Application): void {
    this.#facts &= ~by;
    if (this.#is(Facts.Paused) || this.transport.destroyed) return;
    if (this.settings.oneAtATime || by === Pause.Decision) this.#readInNextTurn();
    // In a turn the loop that is running goes on by itself.
    else if (this.#is(Facts.InTurn)) this.connection.resume();
    else this.#readOn();
  }

  /** The time has come to read on, as far as that depends on `maxMessageRate`. */
  protected endSlowing(): void {
    if (!this.#is(Facts.Paused)) this.#readOn();
  }

  /** The connection is over: nothing is read any more. */
  protected endReading(): void {
    this.#facts |= Facts.Over;
  }

  onChunk(chunk: Buffer): void {
    this.times.heard();
    this.#beginTurn();
    try {
      this.connection.receive(chunk);
    } finally {
      this.#endTurn();
    }
  }

  onPeerEnd(): void {
    this.#facts |= Facts.PeerEnded;
    if (!this.connection.holding) this.onAllRead();
  }

  #beginTurn(): void {
    this.#facts |= Facts.InTurn;
    this.connection.rate?.refill(clock.now());
    this.transport.cork();
  }

  #endTurn(): void {
    this.#facts &= ~Facts.InTurn;
    try {
      // Everything that was said in this turn leaves in one write.
      this.transport.uncork();
    } finally {
      this.goOn();
    }
  }

  /** Something has been read, now or by an inflation that took its time: sees to the rest. */
  protected goOn(): void {
    if (this.#is(Facts.Over)) return;
    const connection = this.connection;
    // One at a time; or a listener threw: that is the application's business, and the messages behind it come all the same.
    if (connection.waiting && !this.#is(Facts.Paused) && !connection.slowed) this.#readInNextTurn();
    else if (this.#is(Facts.PeerEnded) && !connection.holding) this.onAllRead();
    this.times.chunkRead(connection.unfinished);
    if (connection.slowed) this.times.slowDown((connection.rate as MessageRate).wait);
    else this.times.goOn();
    this.update();
  }

  #readInNextTurn(): void {
    if (this.#is(Facts.NextTurn)) return;
    this.#facts |= Facts.NextTurn;
    setImmediate(Reading.#startTurn, this);
  }

  static #startTurn(reading: Reading): void {
    reading.#facts &= ~Facts.NextTurn;
    if (!reading.#is(Facts.Paused)) reading.#readOn();
  }

  #readOn(): void {
    if (this.transport.destroyed) return;
    this.#beginTurn();
    try {
      this.connection.resume();
    } finally {
      this.#endTurn();
    }
  }

  /** Stops or starts the kernel, whichever it should be now. */
  protected update(): void {
    const { receiving, holding, slowed } = this.connection;
    // Until a decision the socket is read as far as one chunk, to see the peer leave.
    const userPaused = this.#is(Pause.Application);
    const stop = receiving && (userPaused || holding || slowed);
    // A peer that is slowed down for what it sends is not kept waiting by us.
    this.times.isReading = !stop || (slowed && !userPaused);
    if (stop === this.#is(Facts.Stopped)) return;
    this.#facts ^= Facts.Stopped;
    if (stop) this.transport.pause();
    else this.transport.resume();
  }
}
