// One measurement: a fresh server for a peer, the load of a row, and what the server did and used in between. What came
// back is checked while it comes, and counted against what the server says it did at the end.
// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { clientFrameLength } from './load/frames.mjs';
import { FALLBACK_BODY } from './load/http.mjs';
import { Child } from './processes.mjs';
import { isHttp } from './rows.mjs';

const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url));
const LOAD = fileURLToPath(new URL('load.mjs', import.meta.url));

/** Of the idle row: connections that are there before the counting begins, so that what is needed once is not counted. */
const PART_BEFORE = 0.1;

/** Milliseconds between two looks at how far a server is with its warm-up. */
const LOOK_EVERY = 50;

/** Milliseconds for a warm-up, beyond its seconds. */
const PATIENCE = 60_000;

/**
 * @typedef {object} Bench what is the same for all measurements
 * @property {number} seconds of each measurement
 * @property {number} warmup seconds before it
 * @property {string | undefined} node the Node that runs the servers; `undefined` for this one
 * @property {{ load: number, server: number } | undefined} cores
 * @property {string | undefined} profile the folder for CPU profiles of the servers
 */

/**
 * @typedef {object} Result
 * @property {string} runtime that ran the server, and its version
 * @property {number} checked messages, deliveries or connections that were checked from beginning to end
 * @property {number} [rate] a second
 * @property {number} [cpu] microseconds of the server for each
 * @property {number} [serverBusy] part of one core
 * @property {number} [loadBusy] part of one core
 * @property {number} [p50] milliseconds
 * @property {number} [p99] milliseconds
 * @property {number} rss resident bytes of the server at the end
 * @property {number} [bytes] resident bytes for each connection
 * @property {number} [heap] bytes in use by JavaScript for each connection
 */

/**
 * Starts the process of the load generator.
 *
 * @param {Bench} bench
 * @returns {Child}
 */
export function startLoad({ cores }) {
  return new Child({ name: 'the load generator', file: LOAD, core: cores?.load });
}

/**
 * @param {Bench} bench
 * @param {import('./rows.mjs').Row} row
 * @param {import('./peers.mjs').Peer} peer
 * @param {Child} load
 * @returns {Promise<Result>}
 * @throws Error saying what went wrong; the load is of no use then
 */
export async function measure(bench, row, peer, load) {
  const isIdle = row.load === 'idle';
  const flags = isIdle && peer.runtime === undefined ? ['--expose-gc'] : [];
  if (bench.profile !== undefined) {
    flags.push('--cpu-prof', `--cpu-prof-dir=${bench.profile}`, `--cpu-prof-name=${row.name}.${peer.name}.cpuprofile`);
  }
  const server = new Child({
    name: `the server of ${peer.name}`,
    file: SERVER,
    runtime: peer.runtime ?? bench.node,
    core: bench.cores?.server,
    flags,
  });
  try {
    const { port, runtime } = await server.ask('start', { module: peer.module, settings: serverSettings(row, peer) });
    await load.ask('prepare', { row, peer: { port, verbatim: peer.verbatim } });
    const figures = isIdle ? await measureMemory(row, server, load) : await measureTime(bench, row, server, load);
    await server.end();
    return { runtime, ...figures };
  } catch (error) {
    server.kill();
    throw error;
  }
}

/**
 * @param {import('./rows.mjs').Row} row
 * @param {import('./peers.mjs').Peer} peer
 * @returns {import('./peers/counter.mjs').ServerSettings}
 */
function serverSettings(row, { dist }) {
  const { size, burst, compression } = row;
  return {
    kind: kindOf(row),
    burst,
    compression,
    frameLength: clientFrameLength(size),
    body: FALLBACK_BODY,
    ...(dist === undefined ? {} : { dist }),
  };
}

/**
 * @param {import('./rows.mjs').Row} row
 * @returns {import('./peers/counter.mjs').ServerSettings['kind']}
 */
function kindOf({ name, load, content }) {
  if (load === 'http') return name === 'http-fallback' ? 'fallback' : 'refuse';
  if (load === 'handshake') return 'accept';
  if (load === 'fanout') return 'fanout';
  return load === 'echo' && content === 'text' ? 'echo-text' : 'echo';
}

/**
 * @param {Bench} bench
 * @param {import('./rows.mjs').Row} row
 * @param {Child} server
 * @param {Child} load
 * @returns {Promise<Omit<Result, 'runtime'>>}
 */
async function measureTime(bench, row, server, load) {
  await load.ask('start');
  await delay(bench.warmup * 1000);
  await reach(row, server, load);
  const [before, loadBefore] = await Promise.all([server.ask('figures'), load.ask('mark')]);
  await delay(bench.seconds * 1000);
  const [after, loadAfter] = await Promise.all([server.ask('figures'), load.ask('mark')]);
  const checked = await endLoad(row, server, load);
  // A server that was written as its library's documentation says does not see the requests that the library refuses.
  const done = isHttp(row) ? loadAfter.done - loadBefore.done : after.done - before.done;
  if (done === 0) throw new Error(`nothing was done in ${bench.seconds} s: give it more with --seconds`);
  const elapsed = after.at - before.at;
  const cpu = after.cpu - before.cpu;
  return {
    checked,
    rate: (done / elapsed) * 1000,
    cpu: cpu / done,
    serverBusy: cpu / 1000 / elapsed,
    loadBusy: (loadAfter.cpu - loadBefore.cpu) / 1000 / (loadAfter.at - loadBefore.at),
    p50: loadAfter.p50,
    p99: loadAfter.p99,
    rss: after.rss,
  };
}

/**
 * Waits until so much was done as the row needs to be warm.
 *
 * @param {import('./rows.mjs').Row} row
 * @param {Child} server
 * @param {Child} load
 * @throws Error when it takes too long
 */
async function reach(row, server, load) {
  const { warmup = 0 } = row;
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    // Throws when a connection has failed: then nothing would be done any more.
    const { done: byLoad } = await load.ask('mark');
    const done = isHttp(row) ? byLoad : (await server.ask('figures')).done;
    if (done >= warmup) return;
    if (performance.now() > deadline)
      throw new Error(`only ${done} of ${warmup} for the warm-up were done in ${PATIENCE / 1000} s`);
    await delay(LOOK_EVERY);
  }
}

/**
 * @param {import('./rows.mjs').Row} row
 * @param {Child} server
 * @param {Child} load
 * @returns {Promise<Omit<Result, 'runtime'>>}
 */
async function measureMemory(row, server, load) {
  const few = Math.max(1, Math.floor(row.connections * PART_BEFORE));
  await load.ask('open', few);
  const before = await server.ask('figuresWithoutGarbage');
  await load.ask('open', row.connections);
  const after = await server.ask('figuresWithoutGarbage');
  const checked = await endLoad(row, server, load);
  const more = row.connections - few;
  return {
    checked,
    bytes: (after.rss - before.rss) / more,
    heap: (after.heap - before.heap) / more,
    rss: after.rss,
  };
}

/**
 * @param {import('./rows.mjs').Row} row
 * @param {Child} server
 * @param {Child} load
 * @returns {Promise<number>} what the load generator has checked from the first byte on
 * @throws Error when the server counts otherwise
 */
async function endLoad(row, server, load) {
  const { checked } = await load.ask('stop');
  if (isHttp(row)) return checked;
  const { done } = await server.ask('figures');
  if (done !== checked) throw new Error(`the server counts ${done}, and ${checked} were checked`);
  return checked;
}
