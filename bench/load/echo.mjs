// Load of the echo rows: each connection keeps a number of messages under way, and sends as many anew as replies come.
// A closed loop: the server is never given more than it answers, so latencies are those of a busy server, not of a queue.
// @ts-check
import { Histogram } from '../histogram.mjs';
import { Crowd } from './crowd.mjs';

/** @typedef {import('./crowd.mjs').Member} Member */

export class EchoLoad {
  #crowd;
  #row;
  #latencies = new Histogram();
  #running = false;
  #sent = 0;
  #answered = 0;
  #onDrained = () => {};

  /** @param {import('./crowd.mjs').LoadSettings} settings */
  constructor(settings) {
    this.#row = settings.row;
    this.#crowd = new Crowd(settings, (member, count) => this.#onReplies(member, count));
  }

  /** Opens the connections, and begins. */
  async start() {
    await this.#crowd.open(this.#row.connections);
    this.#running = true;
    for (const member of this.#crowd.members) this.#send(member, this.#row.depth, performance.now());
  }

  /** The latencies since the last call. */
  mark() {
    this.#crowd.check();
    const latencies = { p50: this.#latencies.percentile(0.5), p99: this.#latencies.percentile(0.99) };
    this.#latencies.reset();
    return latencies;
  }

  /**
   * Waits for the replies that are still to come, and closes the connections.
   *
   * @returns {Promise<{ checked: number }>} messages that were answered, each of them rightly
   */
  async stop() {
    this.#running = false;
    const drained = new Promise((resolve) => {
      this.#onDrained = () => resolve(undefined);
      if (this.#answered === this.#sent) resolve(undefined);
    });
    await this.#crowd.orFailure(drained);
    if (!this.#crowd.members.every(({ stream }) => stream.isBetweenReplies))
      throw new Error('bytes follow the last reply');
    await this.#crowd.close();
    return { checked: this.#crowd.learnt + this.#answered };
  }

  /**
   * @param {Member} member
   * @param {number} count
   */
  #onReplies(member, count) {
    const now = performance.now();
    const { depth } = this.#row;
    for (let index = 0; index < count; index++) {
      this.#latencies.record(now - /** @type {number} */ (member.sentAt[(member.oldest + index) % depth]));
    }
    member.oldest = (member.oldest + count) % depth;
    this.#answered += count;
    if (this.#running) this.#send(member, count, now);
    else if (this.#answered === this.#sent) this.#onDrained();
  }

  /**
   * @param {Member} member
   * @param {number} count
   * @param {number} now
   */
  #send(member, count, now) {
    const { requests } = this.#crowd;
    const { depth } = this.#row;
    member.connection.socket.write(requests.slice(member.next, count));
    member.next = (member.next + count) % requests.length;
    // Those under way begin at `oldest`; the new ones take the places of those that were answered.
    const first = member.oldest + depth - count;
    for (let index = 0; index < count; index++) member.sentAt[(first + index) % depth] = now;
    this.#sent += count;
  }
}
