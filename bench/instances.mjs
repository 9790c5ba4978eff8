// The servers of one measurement: as a rule one, and for rows of Redis several instances, whose figures are added up.
// @ts-check

/** @typedef {import('./processes.mjs').Child} Child */
/** @typedef {import('./server.mjs').Figures} Figures */

export class Instances {
  #children;

  /** @param {readonly Child[]} children at least one */
  constructor(children) {
    this.#children = children;
  }

  /**
   * Asks all of them the same.
   *
   * @param {string} question
   * @param {unknown} [argument]
   * @returns {Promise<any[]>}
   */
  askAll(question, argument) {
    return Promise.all(this.#children.map((child) => child.ask(question, argument)));
  }

  /**
   * What all of them together have done and used.
   *
   * @param {'figures' | 'figuresWithoutGarbage'} question
   * @returns {Promise<Figures>}
   */
  async figures(question = 'figures') {
    /** @type {Figures[]} */
    const all = await this.askAll(question);
    const sum = (/** @type {Exclude<keyof Figures, 'at'>} */ name) =>
      all.reduce((total, each) => total + each[name], 0);
    return { at: all[0]?.at ?? 0, done: sum('done'), cpu: sum('cpu'), rss: sum('rss'), heap: sum('heap') };
  }

  async end() {
    await Promise.all(this.#children.map((child) => child.end()));
  }

  kill() {
    for (const child of this.#children) child.kill();
  }
}
