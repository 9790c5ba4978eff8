// Load of the rows of rooms: a burst is published, and when the last member has heard the last message of it, the next one is.
// Publishing is asked for over a connection of its own; latencies are from asking to hearing, by one clock.
// @ts-check
import { connect } from 'node:net';
import { Histogram } from '../histogram.mjs';
import { publishedOf } from '../peers/rooms/published.mjs';
import { NUMBER_LENGTH } from '../peers/rooms/room.mjs';
import { Audience } from './room/audience.mjs';

/** Milliseconds in which all members must have heard a burst, before it is said that they do not. */
const PATIENCE = 5_000;
/** Milliseconds between two looks. */
const LOOK_EVERY = 500;

export class RoomLoad {
  #row;
  #audience;
  #publisher;
  #latencies = new Histogram();
  #isRunning = false;
  /** Messages that were published. */
  #published = 0;
  #publishedAt = 0;
  #delivered = 0;
  /** Deliveries that are still to come. */
  #missing = 0;
  #onAllHeard = () => {};
  /** @type {Error | undefined} */
  #failure = undefined;
  #onFailure = () => {};
  #watch;

  /** @param {import('./crowd.mjs').LoadSettings & { room: import('../measure.mjs').RoomPorts }} settings */
  constructor({ row, room: { ports, publisher, dialect } }) {
    this.#row = row;
    this.#audience = new Audience({
      ports,
      dialect: dialect ?? /** @type {import('../rows.mjs').Transport} */ (row.transport),
      messageOf: publishedOf(row.size),
      onHeard: (count) => this.#onHeard(count),
      onFailure: (error) => this.#fail(error),
    });
    this.#publisher = connect({ host: '127.0.0.1', port: publisher, noDelay: true });
    this.#publisher.on('error', (error) => this.#fail(error));
    this.#watch = setInterval(() => this.#look(), LOOK_EVERY);
  }

  /**
   * Lets members in until there are `count`, and has all of them hear one burst.
   *
   * @param {number} count
   */
  async open(count) {
    await this.#orFailure(this.#audience.open(count, this.#published));
    const heard = this.#allHeard();
    this.#publish();
    await this.#orFailure(heard);
  }

  /** Begins. The members must be there. */
  start() {
    this.#isRunning = true;
    this.#publish();
  }

  /** The latencies since the last call: from asking to publish to each member that has heard it. */
  mark() {
    if (this.#failure !== undefined) throw this.#failure;
    const latencies = { p50: this.#latencies.percentile(0.5), p99: this.#latencies.percentile(0.99) };
    this.#latencies.reset();
    return latencies;
  }

  /**
   * Waits until the last burst has been heard, and closes all connections.
   *
   * @returns {Promise<{ checked: number, published: number }>} deliveries, each of them right, and messages
   */
  async stop() {
    this.#isRunning = false;
    const heard = this.#allHeard();
    if (this.#missing > 0) await this.#orFailure(heard);
    if (this.#failure !== undefined) throw this.#failure;
    clearInterval(this.#watch);
    await this.#audience.close();
    this.#publisher.destroy();
    return { checked: this.#delivered, published: this.#published };
  }

  #allHeard() {
    return new Promise((resolve) => {
      this.#onAllHeard = () => resolve(undefined);
    });
  }

  #publish() {
    const { burst } = this.#row;
    const number = Buffer.alloc(NUMBER_LENGTH);
    number.writeUInt32BE(this.#published);
    this.#missing = this.#audience.members.length * burst;
    this.#published += burst;
    this.#publishedAt = performance.now();
    this.#publisher.write(number);
  }

  /** @param {number} count */
  #onHeard(count) {
    const latency = performance.now() - this.#publishedAt;
    for (let index = 0; index < count; index++) this.#latencies.record(latency);
    this.#delivered += count;
    this.#missing -= count;
    if (this.#missing > 0) return;
    // More than there was: it would be said twice.
    if (this.#missing < 0) this.#fail(new Error(`${-this.#missing} messages came that nobody had published`));
    else if (this.#isRunning) this.#publish();
    else this.#onAllHeard();
  }

  #look() {
    if (this.#missing === 0 || performance.now() - this.#publishedAt < PATIENCE) return;
    const { burst } = this.#row;
    const all = this.#audience.members.length * burst;
    this.#fail(
      new Error(`of a burst of ${burst}, ${this.#missing} of ${all} deliveries have not come in ${PATIENCE / 1000} s`),
    );
  }

  /**
   * @template T
   * @param {Promise<T>} work
   * @returns {Promise<T>}
   */
  #orFailure(work) {
    if (this.#failure !== undefined) throw this.#failure;
    return Promise.race([
      work,
      new Promise((_, reject) => {
        this.#onFailure = () => reject(this.#failure);
      }),
    ]);
  }

  /** @param {Error} error */
  #fail(error) {
    this.#failure ??= error;
    this.#isRunning = false;
    clearInterval(this.#watch);
    this.#onFailure();
  }
}
