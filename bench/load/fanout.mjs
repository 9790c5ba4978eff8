// Load of the fan-out rows: one of the subscribers says something, the server says it to all of them, and when the last
// one has it, the next is said. One broadcast, or one burst, is under way at a time, so that none is joined with the next.
// @ts-check
import { Histogram } from '../histogram.mjs';
import { Crowd } from './crowd.mjs';

export class FanoutLoad {
  #crowd;
  #row;
  #latencies = new Histogram();
  #running = false;
  #sentAt = 0;
  #delivered = 0;
  /** Deliveries that are still to come. */
  #missing = 0;
  #onDrained = () => {};

  /** @param {import('./crowd.mjs').LoadSettings} settings */
  constructor(settings) {
    this.#row = settings.row;
    this.#crowd = new Crowd(settings, (_, count) => this.#onDeliveries(count));
  }

  /** Opens the connections, and begins. */
  async start() {
    await this.#crowd.open(this.#row.connections);
    this.#running = true;
    this.#publish();
  }

  /** The latencies since the last call: from what one said to each subscriber that has it. */
  mark() {
    this.#crowd.check();
    const latencies = { p50: this.#latencies.percentile(0.5), p99: this.#latencies.percentile(0.99) };
    this.#latencies.reset();
    return latencies;
  }

  /**
   * Waits for the deliveries that are still to come, and closes the connections.
   *
   * @returns {Promise<{ checked: number }>} messages that were delivered, each of them rightly
   */
  async stop() {
    this.#running = false;
    const drained = new Promise((resolve) => {
      this.#onDrained = () => resolve(undefined);
      if (this.#missing === 0) resolve(undefined);
    });
    await this.#crowd.orFailure(drained);
    if (!this.#crowd.members.every(({ stream }) => stream.isBetweenReplies))
      throw new Error('bytes follow the last reply');
    await this.#crowd.close();
    return { checked: this.#crowd.learnt + this.#delivered };
  }

  /** @param {number} count */
  #onDeliveries(count) {
    const latency = performance.now() - this.#sentAt;
    for (let index = 0; index < count; index++) this.#latencies.record(latency);
    this.#delivered += count;
    this.#missing -= count;
    if (this.#missing > 0) return;
    if (this.#running) this.#publish();
    else this.#onDrained();
  }

  #publish() {
    const { members, requests } = this.#crowd;
    const publisher = /** @type {import('./crowd.mjs').Member} */ (members[0]);
    this.#missing = members.length * this.#row.burst;
    this.#sentAt = performance.now();
    publisher.connection.socket.write(requests.slice(publisher.next, 1));
    publisher.next = (publisher.next + 1) % requests.length;
  }
}
