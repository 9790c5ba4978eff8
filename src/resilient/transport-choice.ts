// Which way to the server to try next, where there are several: the best that is not blocked. A way that has worked lately is
// given more patience, for then it is rather the server that is away; what worked is remembered for every client of this page
// or process. A worse way is left again: the best one is tried beside it now and then.
import type { ChoiceSettings, Transport, TransportChoice } from './transport.ts';

/** Failures in a row after which a way counts as blocked that has worked before; one that has not: after the first. */
const PATIENCE = 3;
/** Milliseconds for which it is remembered what worked. */
const MEMORY = 600_000;
/** How often the time until the best transport is tried again is doubled at most. */
const MOST_DOUBLINGS = 4;

/** What worked last: with which server and transports, at which place in their list, and until when that counts. */
let remembered = { key: '', place: 0, until: 0 };

/** Chooses among the transports of one client. */
export function chooseTransport(settings: ChoiceSettings): TransportChoice {
  return new Choice(settings);
}

class Choice implements TransportChoice {
  readonly #settings: ChoiceSettings;
  readonly #key: string;
  /** Failures in a row that each of them has left. */
  readonly #chances: number[];
  #place: number;
  #timer: unknown;
  /** How often the best one was tried and has not proved itself. */
  #vain = 0;

  constructor(settings: ChoiceSettings) {
    this.#settings = settings;
    const { transports, url, platform } = settings;
    const names = transports.map(({ name }) => name);
    this.#key = [typeof url === 'function' ? '' : url, ...names].join(' ');
    this.#chances = transports.map(() => 1);
    const { key, place, until } = remembered;
    this.#place = key === this.#key && platform.now() < until ? place : 0;
  }

  get current(): Transport {
    return this.#settings.transports[this.#place] as Transport;
  }

  fail(): void {
    const place = this.#place;
    const chances = (this.#chances[place] as number) - 1;
    // When its turn comes again it has one chance.
    this.#chances[place] = chances || 1;
    if (chances === 0) this.#place = (place + 1) % this.#chances.length;
  }

  succeed(): void {
    const place = this.#place;
    this.#chances[place] = PATIENCE;
    if (place === 0) this.#vain = 0;
    remembered = { key: this.#key, place, until: this.#settings.platform.now() + MEMORY };
  }

  improve(): void {
    this.#place = 0;
  }

  plan(attempt: (transport: Transport) => void): void {
    const { transports, platform, betterTransportAfter } = this.#settings;
    this.stop();
    if (this.#place === 0) return;
    const delay = betterTransportAfter * 2 ** Math.min(this.#vain, MOST_DOUBLINGS);
    this.#timer = platform.setTimeout(() => {
      this.#vain++;
      attempt(transports[0] as Transport);
    }, delay);
  }

  stop(): void {
    this.#settings.platform.clearTimeout(this.#timer);
  }
}
