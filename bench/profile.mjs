// Sums up CPU profiles as `npm run bench -- --profile FOLDER` leaves them: which functions had the processor themselves, and
// what part of the time in which it was not idle. `node bench/profile.mjs FILE.cpuprofile…`
// @ts-check
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';

const MOST = 20;
const IDLE = '(idle)';

/**
 * What is read of a profile of V8.
 *
 * @typedef {object} Profile
 * @property {{ id: number, callFrame: { functionName: string, url: string, lineNumber: number } }[]} nodes
 * @property {number[]} samples ids of nodes
 * @property {number[]} timeDeltas microseconds before each sample
 */

/**
 * @param {Profile} profile
 * @returns {{ name: string, part: number }[]} the functions by the part of the time that they had themselves, most first
 */
export function selfTimes({ nodes, samples, timeDeltas }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  /** @type {Map<string, number>} */
  const times = new Map();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? 'unknown';
    if (name === IDLE) continue;
    // A delta may be negative where the clocks of two cores disagree.
    const time = Math.max(0, timeDeltas[index] ?? 0);
    busy += time;
    times.set(name, (times.get(name) ?? 0) + time);
  }
  return [...times].map(([name, time]) => ({ name, part: time / busy })).sort((a, b) => b.part - a.part);
}

/**
 * @param {Profile['nodes'][number]['callFrame']} frame
 * @returns {string}
 */
function nameOf({ functionName, url, lineNumber }) {
  const name = functionName || '(anonymous)';
  return url === '' ? name : `${name} ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const file of process.argv.slice(2)) {
    console.log(basename(file, '.cpuprofile'));
    for (const { name, part } of selfTimes(JSON.parse(readFileSync(file, 'utf8'))).slice(0, MOST)) {
      console.log(`${(part * 100).toFixed(1).padStart(7)} %  ${name}`);
    }
  }
}
