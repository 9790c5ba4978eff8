// Messages that have come, and who waits for them.
// @ts-check

export class Inbox {
  /** @type {string[]} */
  #texts = [];
  #onText = () => {};

  /** @param {string} text */
  put(text) {
    this.#texts.push(text);
    this.#onText();
  }

  /** @returns {Promise<string>} the oldest one, as soon as there is one */
  async take() {
    while (this.#texts.length === 0) {
      await new Promise((resolve) => {
        this.#onText = () => resolve(undefined);
      });
    }
    return /** @type {string} */ (this.#texts.shift());
  }
}
