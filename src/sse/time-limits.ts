// The times of one event stream: HTML §9.2.7 (a comment every 15 seconds or so, for proxies), a client that takes nothing, a
// lifetime. Knows when; what then happens is its host's business. One entry in the clock of the process, no timer of its own.
import { clock, type Timed } from '../transport/index.ts';
import type { EventStreamSettings } from './options.ts';

/** Told when a time has come. */
export interface TimeLimitsHost {
  /** Nothing has been written for `heartbeat`. */
  heartbeatIsDue(): void;
  /** Something has been waiting for `writeTimeout`, as far as anybody has said. */
  writeTimeoutIsOver(): void;
  /** `maxLifetime` is over. */
  lifetimeIsOver(): void;
}

/** `maxLifetime` is spread by this much, so that a crowd does not leave together. */
const LIFETIME_JITTER = 0.1;
/** No deadline of this kind. */
const NEVER = Number.POSITIVE_INFINITY;

/** The deadlines of one stream. */
export class TimeLimits implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly #host: TimeLimitsHost;
  readonly #settings: EventStreamSettings;
  #heartbeat = NEVER;
  #write = NEVER;
  #lifetime = NEVER;
  #isOver = false;

  constructor(host: TimeLimitsHost, settings: EventStreamSettings) {
    this.#host = host;
    this.#settings = settings;
    const { maxLifetime } = settings;
    if (maxLifetime > 0) this.#lifetime = clock.now() + maxLifetime * (1 + Math.random() * LIFETIME_JITTER);
    this.written();
    this.#schedule();
  }

  /** Something has been written: the next heartbeat counts from now. The clock hears of it when the old one is due. */
  written(): void {
    const { heartbeat } = this.#settings;
    if (heartbeat > 0 && !this.#isOver) this.#heartbeat = clock.now() + heartbeat;
  }

  /** Something waits, as far as anybody has said. What has been waiting already keeps its time. */
  waiting(): void {
    if (this.#write === NEVER) this.blocked();
  }

  /** Something waits, and {@link taken} will come: it has all its time from now. */
  blocked(): void {
    const { writeTimeout } = this.#settings;
    if (writeTimeout === 0 || this.#isOver) return;
    this.#write = clock.now() + writeTimeout;
    this.#schedule();
  }

  /** What waited has been taken. */
  taken(): void {
    this.#write = NEVER;
  }

  /** The stream has been closed: only what waits still has its time. */
  startClosing(): void {
    this.#heartbeat = NEVER;
    this.#lifetime = NEVER;
  }

  /** The stream is over. */
  end(): void {
    this.#isOver = true;
    clock.cancel(this);
  }

  #schedule(): void {
    const deadline = Math.min(this.#heartbeat, this.#write, this.#lifetime);
    // Called too early now and then, for a deadline that was put off: cheaper than moving it each time.
    if (deadline !== NEVER && (this.clockIndex === -1 || deadline < this.clockDeadline)) clock.schedule(this, deadline);
  }

  onTime(now: number): void {
    if (now >= this.#write) {
      this.#write = NEVER;
      this.#host.writeTimeoutIsOver();
    } else if (now >= this.#lifetime) {
      this.#lifetime = NEVER;
      this.#host.lifetimeIsOver();
    } else if (now >= this.#heartbeat) {
      this.#heartbeat = now + this.#settings.heartbeat;
      this.#host.heartbeatIsDue();
    }
    if (!this.#isOver) this.#schedule();
  }
}
