// `npm run bench`: sluice beside `ws`, Bun and raw TCP, in one run. Server and load generator are processes of their own;
// peers take turns (A B C, B C A, C A B), so that whatever else the machine does hits all of them. Asserts nothing about time.
// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { coresToPin, describeMachine, openFilesLimit } from './machine.mjs';
import { measure, startLoad } from './measure.mjs';
import { nodeOfVersion } from './npm.mjs';
import { HELP, readOptions } from './options.mjs';
import { findPeers } from './peers.mjs';
import { endAll } from './processes.mjs';
import { recordOf } from './record.mjs';
import { Redis } from './redis.mjs';
import { needsRedis } from './rows.mjs';
import { growthLines, LEGEND, markdownReport, textTable } from './table.mjs';

/** @typedef {import('./table.mjs').Findings} Findings */
/** @typedef {import('./rows.mjs').Row} Row */
/** @typedef {import('./peers.mjs').Peer} Peer */

/** Files that a process has open besides its connections. */
const OTHER_FILES = 100;

const FETCHED = fileURLToPath(new URL('peers/node_modules/', import.meta.url));

/** @param {string} message */
function say(message) {
  console.log(`bench: ${message}`);
}

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit code: 1 when a peer failed a row
 */
async function main(args) {
  const options = readOptions(args);
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const redis = options.rows.some(needsRedis) ? await Redis.start() : undefined;
  const rows = options.rows.map(withinLimits).filter((row) => {
    if (!needsRedis(row) || redis !== undefined) return true;
    say(`${row.name} is left out: redis-server is not here, or does not start.`);
    return false;
  });
  const isNeeded = (/** @type {string} */ name) => rows.some(({ without }) => !without.includes(name));
  const peers = findPeers(options.peers.filter(isNeeded), say);
  const cores = options.pinned ? coresToPin() : undefined;
  if (options.profile !== undefined) mkdirSync(options.profile, { recursive: true });
  /** @type {import('./measure.mjs').Bench} */
  const bench = {
    seconds: options.seconds,
    warmup: options.warmup,
    node: options.node === undefined ? undefined : nodeAt(options.node),
    cores,
    profile: options.profile,
    redis: redis?.port,
  };
  const all = await measureAll(bench, rows, peers, options);
  await redis?.end();

  const runtimes = new Set(all.flatMap(({ results }) => [...results.values()].flat().map(({ runtime }) => runtime)));
  const machine = describeMachine([...runtimes]);
  const others = redis?.version === undefined ? [] : [{ name: 'Redis', version: redis.version }];
  const about = aboutThisRun(machine, bench, [...peers, ...others], repeatsOf(all));
  const growth = growthLines(all);
  console.log([...growth, ...(growth.length > 0 ? [''] : []), LEGEND, '', ...about].join('\n'));
  if (options.markdown !== undefined) writeFileSync(options.markdown, `${markdownReport(all, about)}\n`);
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify(recordOf(all, machine, about), null, 1)}\n`);
  return all.some(({ failures }) => failures.size > 0) ? 1 : 0;
}

/**
 * @param {string} wanted a path or a version
 * @returns {string}
 */
function nodeAt(wanted) {
  return /^\d+(\.\d+){0,2}$/.test(wanted) ? nodeOfVersion(FETCHED, wanted) : wanted;
}

/**
 * Fewer connections where a process may not have so many files open.
 *
 * @param {Row} row
 * @returns {Row}
 */
function withinLimits(row) {
  const most = openFilesLimit() - OTHER_FILES;
  if (row.connections <= most) return row;
  say(`${row.name}: ${most} connections instead of ${row.connections}, for that is what "ulimit -Hn" allows.`);
  return { ...row, connections: most, title: `${row.title}; here ${most} connections` };
}

/**
 * @param {import('./measure.mjs').Bench} bench
 * @param {readonly Row[]} rows
 * @param {readonly Peer[]} peers
 * @param {{ repeats: number, minutes: number }} options
 * @returns {Promise<Findings[]>}
 */
async function measureAll(bench, rows, peers, { repeats, minutes }) {
  const deadline = performance.now() + minutes * 60_000;
  const all = [];
  let load = startLoad(bench);
  for (const row of rows) {
    /** @type {Findings} */
    const findings = { row, results: new Map(), failures: new Map() };
    const there = peers.filter(({ name }) => !row.without.includes(name));
    const times = row.repeats ?? repeats;
    const place = `${rows.indexOf(row) + 1} of ${rows.length} rows`;
    for (let repeat = 1; repeat <= times && (repeat === 1 || performance.now() < deadline); repeat++) {
      for (const peer of rotated(there, repeat - 1).filter(({ name }) => !findings.failures.has(name))) {
        showProgress(`${place}: ${row.name}, ${peer.name}, ${repeat} of ${times}`);
        try {
          const result = await measure(bench, row, peer, load);
          findings.results.set(peer.name, [...(findings.results.get(peer.name) ?? []), result]);
        } catch (error) {
          findings.failures.set(peer.name, /** @type {Error} */ (error).message);
          load.kill();
          load = startLoad(bench);
        }
      }
    }
    showProgress('');
    console.log(`${textTable(findings)}\n`);
    all.push(findings);
  }
  await load.end();
  return all;
}

/**
 * Each peer is the first one once: whatever the first of a row suffers is shared.
 *
 * @template T
 * @param {readonly T[]} list
 * @param {number} turns
 * @returns {T[]}
 */
function rotated(list, turns) {
  const start = list.length === 0 ? 0 : turns % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

/**
 * How often rows were measured, which time may have cut short.
 *
 * @param {readonly Findings[]} all
 * @returns {string} such as `3`, or `1 to 3`
 */
function repeatsOf(all) {
  const counts = all.flatMap(({ results }) => [...results.values()].map(({ length }) => length));
  if (counts.length === 0) return '0';
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  return fewest === most ? String(most) : `${fewest} to ${most}`;
}

/** @param {string} text in place of the last one; only where somebody sits and watches */
function showProgress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/**
 * @param {import('./machine.mjs').Machine} machine
 * @param {import('./measure.mjs').Bench} bench
 * @param {readonly { name: string, version?: string }[]} peers
 * @param {string} repeats
 * @returns {string[]}
 */
function aboutThisRun(machine, { seconds, warmup, cores }, peers, repeats) {
  const gibibytes = Math.round(machine.memory / 2 ** 30);
  const pinned = cores === undefined ? 'not pinned' : `load on core ${cores.load}, server on core ${cores.server}`;
  const versions = peers.map(({ name, version }) => (version === undefined ? name : `${name} ${version}`)).join(', ');
  return [
    `${machine.cpu}, ${machine.cores} cores, ${gibibytes} GiB, ${machine.system}; ${machine.runtimes.join(', ')}; ${machine.date}`,
    `${repeats} × ${seconds} s after ${warmup} s of warm-up, a fresh server each time; ${pinned}; load average ${machine.load.toFixed(1)}`,
    `${versions}; each with its own defaults (sluice: heartbeat on, 1 MiB per message), but for the compression of deflate-1k; the limits of Bun are set to those of sluice`,
    'every byte that came back was checked, and what was checked is as much as the server says it did',
  ];
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    endAll();
    process.exit(1);
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  endAll();
  console.error(`bench: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
