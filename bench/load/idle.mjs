// Load of the idle row: connections that are there, have said one thing each and got it back, and are silent.
// @ts-check
import { Crowd } from './crowd.mjs';

export class IdleLoad {
  #crowd;
  #spoken = 0;
  #answered = 0;
  #onAnswered = () => {};

  /** @param {import('./crowd.mjs').LoadSettings} settings */
  constructor(settings) {
    this.#crowd = new Crowd(settings, (_, count) => {
      this.#answered += count;
      if (this.#answered === this.#spoken) this.#onAnswered();
    });
  }

  /**
   * Opens connections until there are `count`, and has each new one echo a message.
   *
   * @param {number} count
   */
  async open(count) {
    await this.#crowd.open(count);
    const newcomers = this.#crowd.members.slice(this.#spoken);
    if (newcomers.length === 0) return;
    const answered = new Promise((resolve) => {
      this.#onAnswered = () => resolve(undefined);
    });
    this.#spoken = this.#crowd.members.length;
    for (const { connection } of newcomers) connection.socket.write(this.#crowd.requests.slice(0, 1));
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
