// When one endpoint reads, and when it stops: turn by turn, as far as the application wants to go on (RFC 6455 §6.2). What
// was read means nothing here; while nothing is read the kernel is stopped, and TCP slows the peer down.
import type { Duplex } from 'node:stream';
import type { MessageRate } from '../connection/index.ts';
import { clock } from '../transport/index.ts';
import type { Engine } from './engine.ts';
import { Facts, PAUSED } from './facts.ts';
import { TimeLimits } from './time-limits.ts';

/** Who wants no messages for now: the application, or who still decides whether the peer may speak at all. */
export const Pause = { Application: Facts.PausedByApplication, Decision: Facts.PausedByDecision } as const;
/** One of the two. */
export type Pause = (typeof Pause)[keyof typeof Pause];

/**
 * The reading half of an endpoint, with its times: the same object, because there is one for each connection. Its methods are
 * protected, for each class with private ones adds a mark of eight bytes to its objects.
 */
export abstract class Reading extends TimeLimits {
  abstract readonly socket: Duplex;
  /** How much the peer may still send; `undefined` for no limit. */
  abstract readonly rate: MessageRate | undefined;

  /** The machinery, borrowed for what is done now. */
  protected abstract get engine(): Engine;
  /** Gives the machinery back, if nothing is under way. */
  protected abstract rest(): void;
  /** The peer has ended its side, and everything it had sent has been delivered. */
  protected abstract onAllRead(): void;

  /** Whether what is delivered now was read just now, not inflated elsewhere meanwhile. */
  protected get inTurn(): boolean {
    return this.is(Facts.InTurn);
  }

  /** No more messages after the current one; the kernel stops, and TCP slows the peer down. */
  pause(by: Pause = Pause.Application): void {
    this.facts |= by;
    this.engine.connection.pause();
    this.update();
  }

  /** Messages come again when nobody pauses any more; after a decision in a later turn, when its taker has heard of it. */
  resume(by: Pause = Pause.Application): void {
    this.facts &= ~by;
    if (this.is(PAUSED) || this.socket.destroyed) return;
    if (this.settings.oneAtATime || by === Pause.Decision) this.readInNextTurn();
    // In a turn the loop that is running goes on by itself.
    else if (this.is(Facts.InTurn)) this.engine.connection.resume();
    else this.readOn();
  }

  /** The time has come to read on, as far as that depends on `maxMessageRate`. */
  protected endSlowing(): void {
    if (!this.is(PAUSED)) this.readOn();
  }

  /** The connection is over: nothing is read any more. */
  protected endReading(): void {
    this.facts |= Facts.Over;
  }

  onChunk(chunk: Buffer): void {
    this.heard();
    this.beginTurn();
    try {
      this.engine.connection.receive(chunk);
    } finally {
      this.endTurn();
    }
  }

  onPeerEnd(): void {
    this.facts |= Facts.PeerEnded;
    if (!this.engine.connection.holding) this.onAllRead();
  }

  protected beginTurn(): void {
    this.facts |= Facts.InTurn;
    this.rate?.refill(clock.now());
    this.engine.transport.cork();
  }

  protected endTurn(): void {
    this.facts &= ~Facts.InTurn;
    try {
      // Everything that was said in this turn leaves in one write.
      this.engine.transport.uncork();
    } finally {
      this.goOn();
    }
  }

  /** Something has been read, now or by an inflation that took its time: sees to the rest. */
  protected goOn(): void {
    if (this.is(Facts.Over)) return;
    const { connection } = this.engine;
    // One at a time; or a listener threw: that is the application's business, and the messages behind it come all the same.
    if (connection.waiting && !this.is(PAUSED) && !connection.slowed) this.readInNextTurn();
    else if (this.is(Facts.PeerEnded) && !connection.holding) this.onAllRead();
    this.chunkRead(connection.unfinished);
    if (connection.slowed) this.slowDown((this.rate as MessageRate).wait);
    else this.endSlowDown();
    this.update();
    this.rest();
  }

  protected readInNextTurn(): void {
    if (this.is(Facts.NextTurn)) return;
    this.facts |= Facts.NextTurn;
    setImmediate(Reading.#startTurn, this);
  }

  static #startTurn(reading: Reading): void {
    reading.facts &= ~Facts.NextTurn;
    if (!reading.is(PAUSED)) reading.readOn();
  }

  protected readOn(): void {
    if (this.socket.destroyed) return;
    this.beginTurn();
    try {
      this.engine.connection.resume();
    } finally {
      this.endTurn();
    }
  }

  /** Stops or starts the kernel, whichever it should be now. */
  protected update(): void {
    const { transport, connection } = this.engine;
    const { receiving, holding, slowed } = connection;
    // Until a decision the socket is read as far as one chunk, to see the peer leave.
    const userPaused = this.is(Facts.PausedByApplication);
    const stop = receiving && (userPaused || holding || slowed);
    // A peer that is slowed down for what it sends is not kept waiting by us.
    this.isReading = !stop || (slowed && !userPaused);
    if (stop === this.is(Facts.Stopped)) return;
    this.facts ^= Facts.Stopped;
    if (stop) transport.pause();
    else transport.resume();
  }
}
