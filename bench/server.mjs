// The process of a server under measurement: starts a peer, and says at any moment what it has done and what that cost.
// Node and Bun run the same file. CPU time is what the kernel says of the process (getrusage), for both.
// @ts-check
import { readFileSync } from 'node:fs';
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

const KIB = 1024;

/** @returns {Figures} */
function figures() {
  const { user, system } = process.cpuUsage();
  const { heapUsed, external } = process.memoryUsage();
  return {
    at: performance.now(),
    done: Math.round(counter.done),
    cpu: user + system,
    rss: residentBytes(),
    heap: heapUsed + external,
  };
}

/** The kernel's word where it can be had, so that it is the same for all runtimes. */
function residentBytes() {
  if (process.platform !== 'linux') return process.memoryUsage().rss;
  const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(kibibytes?.[1]) * KIB;
}

/** V8's own, whose options the types of Node do not know. */
const collect = /** @type {{ gc?: (options: object) => void }} */ (/** @type {unknown} */ (globalThis)).gc;

/** What `Bun` offers in place of `--expose-gc`. */
const { Bun } = /** @type {{ Bun?: { gc(synchronously: boolean): void } }} */ (/** @type {unknown} */ (globalThis));

answerQuestions({
  start: async (/** @type {{ module: string, settings: import('./peers/counter.mjs').ServerSettings }} */ wanted) => {
    const peer = await import(wanted.module);
    const port = await peer.start(wanted.settings);
    const { bun } = process.versions;
    return { port, runtime: bun === undefined ? `Node ${process.version}` : `Bun ${bun}` };
  },
  startRoom: async (
    /** @type {{ module: string, settings: import('./peers/rooms/room.mjs').RoomSettings }} */ wanted,
  ) => {
    const [{ serveRoom }, { startRoom }] = await Promise.all([import('./peers/rooms/room.mjs'), import(wanted.module)]);
    return { ...(await serveRoom(startRoom, wanted.settings)), runtime: `Node ${process.version}` };
  },
  figures,
  /**
   * Without garbage, so that what is left is what is needed. Node needs --expose-gc for it. From Node 22 on V8 also gives
   * back what it holds ready for new objects, as it does by itself when a process has been idle for a while; before, that is
   * a part of the figure, some MiB more or less.
   */
  figuresWithoutGarbage: async () => {
    for (let round = 0; round < 3; round++) {
      if (Bun === undefined) collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
      else Bun.gc(true);
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
