// Load of the HTTP rows: requests that are no upgrades, by autocannon. Each response must have the status and the body that
// its row names; the rate is counted here, for the servers do not count them.
// @ts-check
import { Histogram } from '../histogram.mjs';

/** Seconds; it is stopped long before. */
const LONGEST = 600;
const STATUSES = /** @type {Record<string, number>} */ ({ 'http-426': 426, 'http-fallback': 200 });

/** What the fallback answers. */
export const FALLBACK_BODY = JSON.stringify({ status: 'ok' });

export class HttpLoad {
  #settings;
  #latencies = new Histogram();
  #answered = 0;
  /** @type {Error | undefined} */
  #failure = undefined;
  /** @type {import('autocannon').Instance | undefined} */
  #cannon = undefined;
  /** @type {Promise<unknown>} */
  #ended = Promise.resolve();

  /** @param {import('./crowd.mjs').LoadSettings} settings */
  constructor(settings) {
    this.#settings = settings;
  }

  /** Begins. */
  async start() {
    const { peer, row } = this.#settings;
    // Only here: the other rows do without it.
    const { default: autocannon } = await import('autocannon');
    const wanted = STATUSES[row.name];
    const verifyBody = (/** @type {unknown} */ body) => {
      if (body !== FALLBACK_BODY) this.#fail(`a response had the body "${body}", expected "${FALLBACK_BODY}"`);
      return true;
    };
    this.#ended = new Promise((resolve) => {
      const cannon = autocannon(
        {
          url: `http://127.0.0.1:${peer.port}/`,
          connections: row.connections,
          duration: LONGEST,
          setupClient: (client) => this.#watch(client, wanted),
          // Who is refused does not ask again on the same connection, which sluice therefore closes.
          ...(wanted === 200 ? { verifyBody } : { reconnectRate: 1 }),
        },
        resolve,
      );
      cannon.on('reqError', (error) => this.#fail(`a request failed: ${error.message}`));
      this.#cannon = cannon;
    });
  }

  /** The latencies since the last call, and all responses so far. */
  mark() {
    this.#check();
    const latencies = { p50: this.#latencies.percentile(0.5), p99: this.#latencies.percentile(0.99) };
    this.#latencies.reset();
    return { ...latencies, done: this.#answered };
  }

  /**
   * Stops, also in the middle of a request.
   *
   * @returns {Promise<{ checked: number }>} responses, each of them right
   */
  async stop() {
    this.#cannon?.stop();
    await this.#ended;
    this.#check();
    return { checked: this.#answered };
  }

  /**
   * By the events of each client: where every request has a connection of its own, autocannon itself tells nothing of the
   * responses.
   *
   * @param {import('node:events').EventEmitter} client
   * @param {number | undefined} wanted the status
   */
  #watch(client, wanted) {
    let began = 0;
    client.on('request', () => {
      began = performance.now();
    });
    client.on('headers', (/** @type {{ statusCode: number }} */ { statusCode }) => {
      if (statusCode !== wanted) this.#fail(`a response had the status ${statusCode}, expected ${wanted}`);
      this.#answered++;
      this.#latencies.record(performance.now() - began);
    });
  }

  #check() {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** @param {string} what */
  #fail(what) {
    this.#failure ??= new Error(what);
  }
}
