// The parent's end: starts a child of the benchmark, pinned to a core where that can be had, asks it questions, and ends
// it. A child that does not answer in time, or dies, fails the question; none is left behind.
// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Milliseconds for an answer: no question takes a tenth of it unless something hangs. */
const PATIENCE = 60_000;

/** @type {Set<Child>} */
const running = new Set();

/** Ends all children now, when the benchmark itself is ended. */
export function endAll() {
  for (const child of running) child.kill();
}

export class Child {
  #name;
  #process;
  #next = 0;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();

  /**
   * @param {object} options
   * @param {string} options.name for messages
   * @param {string} options.file to run
   * @param {string | undefined} [options.runtime] the Node or Bun that runs it; by default this Node
   * @param {number | undefined} options.core to be pinned to; `undefined` for any
   * @param {string[]} [options.flags] of the runtime
   */
  constructor({ name, file, runtime = process.execPath, core, flags = [] }) {
    this.#name = name;
    const command = [...(core === undefined ? [] : ['taskset', '-c', String(core)]), runtime, ...flags, file];
    this.#process = spawn(/** @type {string} */ (command[0]), command.slice(1), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    running.add(this);
    this.#process.on('message', (answer) => this.#onAnswer(/** @type {import('./answering.mjs').Answer} */ (answer)));
    this.#process.on('error', (error) => this.#onGone(`could not be started: ${error.message}`));
    this.#process.on('exit', (code, signal) => this.#onGone(`ended with ${signal ?? code}`));
  }

  /**
   * @param {string} question see server.mjs and load.mjs
   * @param {unknown} [argument]
   * @returns {Promise<any>}
   */
  ask(question, argument) {
    return new Promise((resolve, reject) => {
      if (!running.has(this)) {
        reject(new Error(`${this.#name} is not there any more`));
        return;
      }
      const id = this.#next++;
      const late = () => reject(new Error(`${this.#name} did not answer "${question}" within ${PATIENCE / 1000} s`));
      const timer = setTimeout(late, PATIENCE);
      const settle = (/** @type {() => void} */ outcome) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        outcome();
      };
      this.#waiting.set(id, {
        resolve: (result) => settle(() => resolve(result)),
        reject: (error) => settle(() => reject(error)),
      });
      this.#process.send({ id, ask: question, argument }, (error) => {
        if (error) this.#waiting.get(id)?.reject(error);
      });
    });
  }

  /** Asks it to end, and waits until it has. */
  async end() {
    if (!running.has(this)) return;
    const gone = once(this.#process, 'exit');
    await Promise.race([gone, this.ask('end').catch(() => this.kill())]);
    await gone;
  }

  /** Ends it now. */
  kill() {
    this.#process.kill('SIGKILL');
  }

  /** @param {import('./answering.mjs').Answer} answer */
  #onAnswer({ id, result, error }) {
    const asker = this.#waiting.get(id);
    if (error === undefined) asker?.resolve(result);
    else asker?.reject(new Error(error));
  }

  /** @param {string} how */
  #onGone(how) {
    running.delete(this);
    for (const asker of this.#waiting.values()) asker.reject(new Error(`${this.#name} ${how}`));
  }
}
