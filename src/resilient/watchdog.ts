// Notices a server that has fallen silent: nothing heard for an interval, then not even an answer in time. TCP alone would
// notice only when something has to be sent, and then after many minutes.
import type { Platform } from './platform.ts';

/** What a {@link Watchdog} needs to know. Times in milliseconds. */
export interface WatchdogSettings {
  /** Silence after which the server is asked for a sign of life; 0: it is not watched. */
  readonly interval: number;
  /** Time for the answer. */
  readonly timeout: number;
  /** Asks. */
  readonly ask: () => void;
  /** There was no answer. */
  readonly onSilent: () => void;
}

/** Watches one link. */
export class Watchdog {
  readonly #settings: WatchdogSettings;
  readonly #platform: Platform;
  #timer: unknown;
  #heard: number;
  #isAsking = false;

  constructor(settings: WatchdogSettings, platform: Platform) {
    this.#settings = settings;
    this.#platform = platform;
    this.#heard = platform.now();
    this.#sleep(settings.interval);
  }

  /** The server was heard. Nothing is set or cleared: the timer looks when its time has come. */
  hear(): void {
    this.#heard = this.#platform.now();
  }

  /** There is reason for doubt: asks now. */
  check(): void {
    if (this.#isAsking || this.#settings.interval === 0) return;
    this.stop();
    this.#ask();
  }

  stop(): void {
    this.#platform.clearTimeout(this.#timer);
  }

  #sleep(delay: number): void {
    if (this.#settings.interval > 0) this.#timer = this.#platform.setTimeout(() => this.#wake(), delay);
  }

  #wake(): void {
    const left = this.#settings.interval - (this.#platform.now() - this.#heard);
    if (left > 0) this.#sleep(left);
    else this.#ask();
  }

  #ask(): void {
    const { timeout, ask, onSilent } = this.#settings;
    const asked = this.#platform.now();
    this.#heard = Math.min(this.#heard, asked - 1);
    this.#isAsking = true;
    this.#timer = this.#platform.setTimeout(() => {
      this.#isAsking = false;
      if (this.#heard >= asked) this.#wake();
      else onSilent();
    }, timeout);
    ask();
  }
}
