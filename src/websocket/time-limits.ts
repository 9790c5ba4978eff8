// The times of one connection: heartbeat (RFC 6455 §5.5.2), closing handshake (§7.1.1), and what the RFC leaves to the
// endpoint: unfinished messages, bytes that nobody takes, a lifetime. Knows when; what then happens is its host's business.
import { Keepalive, Pulse } from '../connection/index.ts';
import { clock, type Timed } from '../transport/index.ts';
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
  /** A Ping is due, with {@link TimeLimits.pingPayload}. */
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

/** Told when a time has come. */
export interface TimeLimitsHost {
  onTimeLimit(limit: TimeLimit): void;
}

/** `maxLifetime` is spread by this much, so that a restarted crowd does not leave together. */
const LIFETIME_JITTER = 0.1;
/** No deadline of this kind. */
const NEVER = Number.POSITIVE_INFINITY;

/** The times of one connection. */
export class TimeLimits implements Timed {
  clockIndex = -1;
  clockDeadline = NEVER;
  readonly #host: TimeLimitsHost;
  readonly #settings: EndpointSettings;
  readonly #keepalive: Keepalive | undefined;
  #message = NEVER;
  #closing = NEVER;
  #lifetime = NEVER;
  #write = NEVER;
  #rate = NEVER;
  #handed = NEVER;
  #isTaken = false;
  #isReading = true;
  #isSlowed = false;
  #isClosing = false;
  #isOver = false;

  constructor(host: TimeLimitsHost, settings: EndpointSettings) {
    this.#host = host;
    this.#settings = settings;
    const { heartbeatInterval, heartbeatTimeout, maxLifetime } = settings;
    const now = heartbeatInterval > 0 || maxLifetime > 0 ? clock.now() : 0;
    this.#keepalive = heartbeatInterval > 0 ? new Keepalive(heartbeatInterval, heartbeatTimeout, now) : undefined;
    if (maxLifetime > 0) this.#lifetime = now + maxLifetime * (1 + Math.random() * LIFETIME_JITTER);
    this.#schedule();
  }

  /** Milliseconds from our last answered Ping to its Pong. */
  get rtt(): number | undefined {
    return this.#keepalive?.rtt;
  }

  /** What the Ping of {@link TimeLimit.Ping} carries. */
  get pingPayload(): Buffer {
    return (this.#keepalive as Keepalive).payload;
  }

  // ---- what the connection lives through

  /** Bytes have come. */
  heard(): void {
    this.#keepalive?.heard();
  }

  pong(data: Buffer): void {
    this.#keepalive?.pong(data, clock.now());
  }

  /** A message has been delivered: what follows it has all its time before it. */
  messageEnded(): void {
    this.#message = NEVER;
  }

  /** A chunk has been read. @param unfinished whether it ended within a message. */
  chunkRead(unfinished: boolean): void {
    if (!unfinished || this.#isClosing) this.#message = NEVER;
    else if (this.#message === NEVER) this.#startMessage();
  }

  /** Whether we want the peer's bytes: its silence, and the rest of its message, count only while we do. */
  set isReading(isReading: boolean) {
    if (isReading === this.#isReading) return;
    this.#isReading = isReading;
    if (isReading && this.#message !== NEVER) this.#startMessage();
  }

  /**
   * Nothing is read for `wait` milliseconds because the peer sends too much: then comes {@link TimeLimit.Rate}. Meanwhile
   * its silence does not count. The rest of its message does: otherwise a flood of Pings would buy time for it.
   */
  slowDown(wait: number): void {
    this.#isSlowed = true;
    this.#rate = clock.now() + wait;
    this.#schedule();
  }

  /** Ends {@link slowDown}. */
  goOn(): void {
    if (!this.#isSlowed) return;
    this.#isSlowed = false;
    this.#rate = NEVER;
    // What it has said meanwhile is still to be read.
    this.#keepalive?.heard();
  }

  #startMessage(): void {
    const { messageTimeout } = this.#settings;
    if (messageTimeout === 0) return;
    this.#message = clock.now() + messageTimeout;
    this.#schedule();
  }

  /** The kernel takes no bytes. */
  blocked(): void {
    const { writeTimeout } = this.#settings;
    if (writeTimeout === 0) return;
    this.#write = clock.now() + writeTimeout;
    this.#schedule();
  }

  /** The kernel has taken bytes that it had refused, so the peer has acknowledged some before them: a sign of life. */
  unblocked(): void {
    this.#write = NEVER;
    this.#keepalive?.heard();
  }

  /**
   * Bytes were handed over, and whether the kernel takes them nobody says. Returns whether {@link taken} is to be called when
   * it has; `false` when some are being watched already.
   */
  waiting(): boolean {
    const { writeTimeout } = this.#settings;
    if (this.#handed !== NEVER || writeTimeout === 0 || this.#isOver) return false;
    this.#isTaken = false;
    this.#handed = clock.now() + writeTimeout;
    this.#schedule();
    return true;
  }

  /** The bytes of {@link waiting} have been taken. */
  taken(): void {
    this.#isTaken = true;
  }

  /** The closing handshake has begun, or the connection has failed. */
  startClosing(): void {
    this.#isClosing = true;
    this.#message = NEVER;
    this.#lifetime = NEVER;
    this.#closing = clock.now() + this.#settings.closeTimeout;
    this.#schedule();
  }

  /** The connection is over. */
  end(): void {
    this.#isOver = true;
    clock.cancel(this);
  }

  // ---- the clock

  #schedule(): void {
    const heartbeat = this.#keepalive === undefined || this.#isClosing ? NEVER : this.#keepalive.deadline;
    const writing = Math.min(this.#write, this.#handed);
    const deadline = Math.min(heartbeat, this.#message, this.#closing, this.#lifetime, writing, this.#rate);
    // Called too early now and then, for a deadline that was put off: cheaper than moving it each time.
    if (deadline !== NEVER && (this.clockIndex === -1 || deadline < this.clockDeadline)) clock.schedule(this, deadline);
  }

  onTime(now: number): void {
    const limit = this.#due(now);
    if (limit !== undefined) this.#host.onTimeLimit(limit);
    if (!this.#isOver) this.#schedule();
  }

  #due(now: number): TimeLimit | undefined {
    // Each once: what becomes of it is told by the calls above.
    if (now >= this.#closing) {
      this.#closing = NEVER;
      return TimeLimit.Closing;
    }
    if (now >= this.#message) {
      this.#message = NEVER;
      if (this.#isReading) return TimeLimit.Message;
      // We were the ones who stopped; it starts anew with the reading.
      this.#startMessage();
    }
    if (now >= this.#write) {
      this.#write = NEVER;
      return TimeLimit.Write;
    }
    if (now >= this.#handed) {
      this.#handed = NEVER;
      return this.#isTaken ? TimeLimit.Rest : TimeLimit.Write;
    }
    if (now >= this.#rate) {
      this.#rate = NEVER;
      return TimeLimit.Rate;
    }
    if (now >= this.#lifetime) {
      this.#lifetime = NEVER;
      return TimeLimit.Lifetime;
    }
    if (this.#keepalive === undefined || this.#isClosing) return undefined;
    // What the peer sends cannot be heard while we do not listen.
    if (!this.#isReading || this.#isSlowed) this.#keepalive.heard();
    const pulse = this.#keepalive.at(now);
    if (pulse === Pulse.Wait) return undefined;
    return pulse === Pulse.Ping ? TimeLimit.Ping : TimeLimit.Silence;
  }
}
