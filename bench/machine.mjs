// What the figures were measured on, and what can be had of it: the cores to pin processes to, and how many files a
// process may open. Linux tells all of it; elsewhere the benchmark runs unpinned and says so.
// @ts-check
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/**
 * @typedef {object} Machine
 * @property {string} cpu
 * @property {number} cores
 * @property {number} memory bytes
 * @property {string} system
 * @property {string[]} runtimes those that run the servers, with their versions
 * @property {string} date ISO 8601, to the minute
 * @property {number} load processes that ran or wanted to on average over the minute before: what else goes on here
 */

/**
 * @param {string[]} runtimes those that run the servers, with their versions
 * @returns {Machine}
 */
export function describeMachine(runtimes) {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memory: totalmem(),
    system: `${type()} ${release()}`,
    runtimes,
    date: `${new Date().toISOString().slice(0, 16)}Z`,
    load: loadavg()[0] ?? 0,
  };
}

/**
 * A list of cores as the kernel writes it: `0-2,5` is 0, 1, 2 and 5.
 *
 * @param {string} list
 * @returns {number[]}
 */
export function coresOf(list) {
  return list
    .trim()
    .split(',')
    .filter((part) => /^\d+(-\d+)?$/.test(part))
    .flatMap((part) => {
      const [first, last = first] = part.split('-').map(Number);
      const cores = [];
      for (let core = /** @type {number} */ (first); core <= /** @type {number} */ (last); core++) cores.push(core);
      return cores;
    });
}

/**
 * Two cores, for the load and for the server, so that neither is counted as the other and neither wanders.
 *
 * @returns {{ load: number, server: number } | undefined} `undefined` without `taskset`, or with one core only
 */
export function coresToPin() {
  if (process.platform !== 'linux' || spawnSync('taskset', ['--version']).status !== 0) return undefined;
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const [load, server] = coresOf(allowed?.[1] ?? '');
  return load === undefined || server === undefined ? undefined : { load, server };
}

/**
 * How many files a process may have open. Node itself raises its soft limit to the hard one as it starts, which is the
 * one that counts therefore.
 *
 * @returns {number} `Infinity` when there is no limit, or nobody says
 */
export function openFilesLimit() {
  if (process.platform === 'win32') return Number.POSITIVE_INFINITY;
  const limit = Number(spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout);
  return Number.isInteger(limit) && limit > 0 ? limit : Number.POSITIVE_INFINITY;
}
