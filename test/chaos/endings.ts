// What was started, and has to be ended in the opposite order, on every path.

/** What has to be done at the end, whatever comes: the last first. */
export class Endings {
  readonly #all: (() => unknown)[] = [];

  add(end: () => unknown): void {
    this.#all.push(end);
  }

  async run(): Promise<void> {
    for (let end = this.#all.pop(); end !== undefined; end = this.#all.pop()) await end();
  }
}
