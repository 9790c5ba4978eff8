// Load of the rows of memory: connections that are there, have said something each and got it back, and are silent.
// @ts-check
import { Crowd } from './crowd.mjs';

export class IdleLoad {
  #crowd;
  #depth;
  /** Connections that have spoken. */
  #spoken = 0;
  /** Replies that are still to come. */
  #missing = 0;
  #answered = 0;
  #onAnswered = () => {};

  /** @param {import('./crowd.mjs').LoadSettings} settings */
  constructor(settings) {
    this.#depth = settings.row.depth;
    this.#crowd = new Crowd(settings, (_, count) => {
      this.#answered += count;
      this.#missing -= count;
      if (this.#missing === 0) this.#onAnswered();
    });
  }

  /**
   * Opens connections until there are `count`, and has each new one echo its messages.
   *
   * @param {number} count
   */
  async open(count) {
    await this.#crowd.open(count);
    // The first one spoke when the replies were learnt. Nobody speaks twice: where a server remembers what it compressed,
    // its second answer would differ.
    const newcomers = this.#crowd.members.slice(Math.max(1, this.#spoken));
    this.#spoken = this.#crowd.members.length;
    if (newcomers.length === 0) return;
    const answered = new Promise((resolve) => {
      this.#onAnswered = () => resolve(undefined);
    });
    this.#missing = newcomers.length * this.#depth;
    for (const { connection } of newcomers) connection.socket.write(this.#crowd.requests.slice(0, this.#depth));
    await this.#crowd.orFailure(answered);
  }

  /**
   * Closes the connections.
   *
   * @returns {Promise<{ checked: number }>} messages that were answered, each of them rightly
   */
  async stop() {
    this.#crowd.check();
    await this.#crowd.close();
    return { checked: this.#crowd.learnt + this.#answered };
  }
}
