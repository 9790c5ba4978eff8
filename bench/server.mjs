// The process of a server under measurement: starts a peer, and says at any moment what it has done and what that cost.
// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { answerQuestions } from './answering.mjs';
import { counter } from './peers/counter.mjs';

/**
 * @typedef {object} Figures
 * @property {number} at milliseconds of a steady clock
 * @property {number} done see peers/counter.mjs
 * @property {number} cpu microseconds of CPU so far, user and system, all threads
 * @property {number} rss resident bytes of the process
 * @property {number} heap bytes in use by JavaScript, its buffers included
 */

/** @returns {Figures} */
function figures() {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { at: performance.now(), done: Math.round(counter.done), cpu: user + system, rss, heap: heapUsed + external };
}

answerQuestions({
  start: async (/** @type {{ module: string, settings: import('./peers/counter.mjs').ServerSettings }} */ wanted) => {
    const peer = await import(wanted.module);
    return { port: await peer.start(wanted.settings), node: process.version };
  },
  figures,
  /** Needs --expose-gc: without garbage, so that what is left is what is needed. */
  figuresWithoutGarbage: async () => {
    for (let round = 0; round < 3; round++) {
      globalThis.gc?.();
      // What a finalizer gives back is given back in later turns.
      await delay(20);
    }
    return figures();
  },
  /** A graceful end, so that --cpu-prof writes what it has. */
  end: () => {
    setImmediate(() => process.exit());
  },
});
