// The times of one connection: heartbeat (RFC 6455 §5.5.2), closing handshake (§7.1.1), and what the RFC leaves to the
// endpoint: unfinished messages, bytes that nobody takes, a lifetime. Knows when; what then happens is said above it.
import { Keepalive, Pulse } from '../connection/index.ts';
import { clock, type Timed } from '../transport/index.ts';
import { Facts } from './facts.ts';
import type { EndpointSettings } from './settings.ts';

/** What the time has come for. */
export const TimeLimit = {
  /** The peer has not done its part of the closing handshake: `closeTimeout`. */
  Closing: 0,
  /** A message has not been finished: `messageTimeout`. */
  Message: 1,
  /** The connection has lasted long enough: `maxLifetime`. */
  Lifetime: 2,
  /** The kernel has taken nothing: `writeTimeout`. */
  Write: 3,
  /** A Ping is due, with {@link TimeLimits.payload}. */
  Ping: 4,
  /** The peer has shown no sign of life since the last Ping. */
  Silence: 5,
  /** A peer that was slowed down may go on: `maxMessageRate`. */
  Rate: 6,
  /** What was waiting has been taken in time; what waits now is to be seen to. */
  Rest: 7,
} as const;
/** One of the eight. */
export type TimeLimit = (typeof TimeLimit)[keyof typeof TimeLimit];

/** `maxLifetime` is spread by this much, so that a restarted crowd does not leave together. */
const LIFETIME_JITTER = 0.1;
/** No deadline of this kind. */
const NEVER = Number.POSITIVE_INFINITY;

/** The deadlines that only some connections have, and those not for long: nothing is made for the others. */
class Deadlines {
  message = NEVER;
  closing = NEVER;
  lifetime = NEVER;
  write = NEVER;
  rate = NEVER;
  handed = NEVER;
  /** What {@link handed} watches over has been taken. */
  isTaken = false;

  /** The first of them. */
  get first(): number {
    return Math.min(this.message, this.closing, this.lifetime, this.write, this.rate, this.handed);
  }
}

/** The times of one connection, its heartbeat first of all: where there is none, nobody asks for it. */
export abstract class TimeLimits extends Keepalive implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  declare readonly settings: EndpointSettings;
  /** Which of {@link Facts} hold. */
  protected facts = 0;
  #deadlines: Deadlines | undefined = undefined;

  constructor(settings: EndpointSettings) {
    const now = clock.now();
    super(settings, now);
    const { maxLifetime } = settings;
    if (maxLifetime > 0) this.own.lifetime = now + maxLifetime * (1 + Math.random() * LIFETIME_JITTER);
    this.schedule();
  }

  /** A time has come. */
  protected abstract onTimeLimit(limit: TimeLimit): void;

  /** Whether the fact holds; of several, whether one does. */
  protected is(fact: number): boolean {
    return (this.facts & fact) !== 0;
  }

  /** The deadlines of this connection, made when the first is set. */
  protected get own(): Deadlines {
    this.#deadlines ??= new Deadlines();
    return this.#deadlines;
  }

  /** Whether Pings are sent: until the closing handshake begins. */
  protected get beats(): boolean {
    return this.settings.heartbeatInterval > 0 && !this.is(Facts.Closing);
  }

  // ---- what the connection lives through

  /** A message has been delivered: what follows it has all its time before it. */
  messageEnded(): void {
    if (this.#deadlines !== undefined) this.#deadlines.message = NEVER;
  }

  /** A chunk has been read. @param unfinished whether it ended within a message. */
  chunkRead(unfinished: boolean): void {
    if (!unfinished || this.is(Facts.Closing)) this.messageEnded();
    else if (this.own.message === NEVER) this.startMessage();
  }

  /** Whether we want the peer's bytes: its silence, and the rest of its message, count only while we do. */
  set isReading(isReading: boolean) {
    if (isReading !== this.is(Facts.Deaf)) return;
    this.facts ^= Facts.Deaf;
    if (isReading && this.#deadlines !== undefined && this.#deadlines.message !== NEVER) this.startMessage();
  }

  /**
   * Nothing is read for `wait` milliseconds because the peer sends too much: then comes {@link TimeLimit.Rate}. Meanwhile
   * its silence does not count. The rest of its message does: otherwise a flood of Pings would buy time for it.
   */
  slowDown(wait: number): void {
    this.facts |= Facts.Slowed;
    this.own.rate = clock.now() + wait;
    this.schedule();
  }

  /** Ends {@link slowDown}. */
  endSlowDown(): void {
    if (!this.is(Facts.Slowed)) return;
    this.facts &= ~Facts.Slowed;
    this.own.rate = NEVER;
    // What it has said meanwhile is still to be read.
    this.heard();
  }

  protected startMessage(): void {
    const { messageTimeout } = this.settings;
    if (messageTimeout === 0) return;
    this.own.message = clock.now() + messageTimeout;
    this.schedule();
  }

  /** The kernel takes no bytes. */
  kernelBlocked(): void {
    const { writeTimeout } = this.settings;
    if (writeTimeout === 0) return;
    this.own.write = clock.now() + writeTimeout;
    this.schedule();
  }

  /** The kernel has taken bytes that it had refused, so the peer has acknowledged some before them: a sign of life. */
  kernelUnblocked(): void {
    if (this.#deadlines !== undefined) this.#deadlines.write = NEVER;
    this.heard();
  }

  /**
   * Bytes were handed over, and whether the kernel takes them nobody says. Returns whether {@link writeTaken} is to be called when
   * it has; `false` when some are being watched already.
   */
  watchWrite(): boolean {
    const { writeTimeout } = this.settings;
    if (writeTimeout === 0 || this.is(Facts.Timeless)) return false;
    const deadlines = this.own;
    if (deadlines.handed !== NEVER) return false;
    deadlines.isTaken = false;
    deadlines.handed = clock.now() + writeTimeout;
    this.schedule();
    return true;
  }

  /** The bytes of {@link watchWrite} have been taken. */
  writeTaken(): void {
    this.own.isTaken = true;
  }

  /** The closing handshake has begun, or the connection has failed. */
  startClosing(): void {
    this.facts |= Facts.Closing;
    const deadlines = this.own;
    deadlines.message = NEVER;
    deadlines.lifetime = NEVER;
    deadlines.closing = clock.now() + this.settings.closeTimeout;
    this.schedule();
  }

  /** The connection is over. */
  endTimes(): void {
    this.facts |= Facts.Timeless;
    clock.cancel(this);
  }

  // ---- the clock

  protected schedule(): void {
    const heartbeat = this.beats ? this.deadline : NEVER;
    const deadline = this.#deadlines === undefined ? heartbeat : Math.min(heartbeat, this.#deadlines.first);
    // Called too early now and then, for a deadline that was put off: cheaper than moving it each time.
    if (deadline !== NEVER && (this.clockIndex === -1 || deadline < this.clockDeadline)) clock.schedule(this, deadline);
  }

  onTime(now: number): void {
    const limit = this.due(now);
    if (limit !== undefined) this.onTimeLimit(limit);
    if (!this.is(Facts.Timeless)) this.schedule();
  }

  protected due(now: number): TimeLimit | undefined {
    const limit = this.#deadlines === undefined ? undefined : this.dueOf(this.#deadlines, now);
    if (limit !== undefined || !this.beats) return limit;
    // What the peer sends cannot be heard while we do not listen.
    if (this.is(Facts.Deaf | Facts.Slowed)) this.heard();
    const pulse = this.at(now);
    if (pulse === Pulse.Wait) return undefined;
    return pulse === Pulse.Ping ? TimeLimit.Ping : TimeLimit.Silence;
  }

  /** Each once: what becomes of it is told by the calls above. */
  protected dueOf(deadlines: Deadlines, now: number): TimeLimit | undefined {
    if (now >= deadlines.closing) {
      deadlines.closing = NEVER;
      return TimeLimit.Closing;
    }
    if (now >= deadlines.message) {
      deadlines.message = NEVER;
      if (!this.is(Facts.Deaf)) return TimeLimit.Message;
      // We were the ones who stopped; it starts anew with the reading.
      this.startMessage();
    }
    if (now >= deadlines.write) {
      deadlines.write = NEVER;
      return TimeLimit.Write;
    }
    if (now >= deadlines.handed) {
      deadlines.handed = NEVER;
      return deadlines.isTaken ? TimeLimit.Rest : TimeLimit.Write;
    }
    if (now >= deadlines.rate) {
      deadlines.rate = NEVER;
      return TimeLimit.Rate;
    }
    if (now >= deadlines.lifetime) {
      deadlines.lifetime = NEVER;
      return TimeLimit.Lifetime;
    }
    return undefined;
  }
}
