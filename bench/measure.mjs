// One measurement: a fresh server for a peer, the load of a row, and what the server did and used in between. What came
// back is checked while it comes, and counted against what the server says it did at the end.
// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Instances } from './instances.mjs';
import { clientFrameLength } from './load/frames.mjs';
import { FALLBACK_BODY } from './load/http.mjs';
import { Child } from './processes.mjs';
import { isHttp, isRoom } from './rows.mjs';

const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url));
const LOAD = fileURLToPath(new URL('load.mjs', import.meta.url));

/** Of the rows of memory and of rooms that do not say it: connections that are there before the counting begins, so that what is needed once is not counted. */
const PART_BEFORE = 0.1;

/** Rounds of collections until nothing that was only needed for the beginning is left. */
const SETTLING = 3;

/** Milliseconds between two looks at how far a server is with its warm-up. */
const LOOK_EVERY = 50;

/** Milliseconds for a warm-up, beyond its seconds: with the longest measurement behind it no heartbeat comes between the replies. */
const LONGEST_WARMUP = 8_000;
/** Milliseconds for the first messages of all to be done. */
const PATIENCE = 60_000;

/**
 * @typedef {object} Bench what is the same for all measurements
 * @property {number} seconds of each measurement
 * @property {number} warmup seconds before it
 * @property {string | undefined} node the Node that runs the servers; `undefined` for this one
 * @property {{ load: number, server: number } | undefined} cores
 * @property {string | undefined} profile the folder for CPU profiles of the servers
 * @property {number | undefined} [redis] the port of a Redis, where a row needs one
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
 * Where the load of a row of rooms finds the servers.
 *
 * @typedef {object} RoomPorts
 * @property {number[]} ports of the instances
 * @property {number} publisher the port where the first instance is told to publish
 * @property {import('./peers/rooms/room.mjs').RoomServer['dialect']} dialect
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
  const count = row.instances ?? 1;
  const servers = new Instances(Array.from({ length: count }, (_, index) => startServer(bench, row, peer, index)));
  try {
    const runtime = isRoom(row)
      ? await prepareRoom(bench, row, peer, servers, load)
      : await prepare(row, peer, servers, load);
    const figures = await FIGURES[kindOfFigures(row)](bench, row, servers, load);
    await servers.end();
    return { runtime, ...figures };
  } catch (error) {
    servers.kill();
    throw error;
  }
}

/** @type {Record<'memory' | 'time' | 'both', (bench: Bench, row: import('./rows.mjs').Row, servers: Instances, load: Child) => Promise<Omit<Result, 'runtime'>>>} */
const FIGURES = {
  memory: async (_, row, servers, load) => {
    const memory = await measureMemory(row, servers, load);
    return { ...memory, checked: await endLoad(row, servers, load) };
  },
  time: measureTime,
  both: async (bench, row, servers, load) => {
    const { bytes, heap } = await measureMemory(row, servers, load);
    return { ...(await measureTime(bench, row, servers, load)), bytes, heap };
  },
};

/** @param {import('./rows.mjs').Row} row */
function kindOfFigures(row) {
  if (isRoom(row)) return 'both';
  return row.load === 'idle' ? 'memory' : 'time';
}

/**
 * @param {Bench} bench
 * @param {import('./rows.mjs').Row} row
 * @param {import('./peers.mjs').Peer} peer
 * @param {number} index of the instance
 * @returns {Child}
 */
function startServer(bench, row, peer, index) {
  const flags = kindOfFigures(row) !== 'time' && peer.runtime === undefined ? ['--expose-gc'] : [];
  if (bench.profile !== undefined) {
    const name = index === 0 ? `${row.name}.${peer.name}` : `${row.name}.${peer.name}.${index}`;
    flags.push('--cpu-prof', `--cpu-prof-dir=${bench.profile}`, `--cpu-prof-name=${name}.cpuprofile`);
  }
  return new Child({
    name: `the server of ${peer.name}`,
    file: SERVER,
    runtime: peer.runtime ?? bench.node,
    core: bench.cores?.server,
    flags,
  });
}

/**
 * @param {import('./rows.mjs').Row} row
 * @param {import('./peers.mjs').Peer} peer
 * @param {Instances} servers
 * @param {Child} load
 * @returns {Promise<string>} what runs the server
 */
async function prepare(row, peer, servers, load) {
  const [{ port, runtime }] = await servers.askAll('start', {
    module: peer.module,
    settings: serverSettings(row, peer),
  });
  await load.ask('prepare', { row, peer: { port, verbatim: peer.verbatim } });
  return runtime;
}

/**
 * @param {Bench} bench
 * @param {import('./rows.mjs').Row} row
 * @param {import('./peers.mjs').Peer} peer
 * @param {Instances} servers
 * @param {Child} load
 * @returns {Promise<string>} what runs the servers
 */
async function prepareRoom({ redis }, row, peer, servers, load) {
  const { transport, burst, size } = row;
  const { dist } = peer;
  const settings = { transport, burst, size, dist, redis: row.instances === undefined ? undefined : redis };
  const started = await servers.askAll('startRoom', { module: peer.roomModule, settings });
  const [{ publisher, dialect, runtime }] = started;
  await load.ask('prepare', { row, room: { ports: started.map(({ port }) => port), publisher, dialect } });
  return runtime;
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
function kindOf({ name, load, asString }) {
  if (load === 'http') return name === 'http-fallback' ? 'fallback' : 'refuse';
  if (load === 'handshake') return 'accept';
  if (load === 'fanout') return 'fanout';
  return asString === true ? 'echo-string' : 'echo';
}

/**
 * @param {Bench} bench
 * @param {import('./rows.mjs').Row} row
 * @param {Instances} servers
 * @param {Child} load
 * @returns {Promise<Omit<Result, 'runtime'>>}
 */
async function measureTime(bench, row, servers, load) {
  await load.ask('start');
  await delay(bench.warmup * 1000);
  await reach(row, servers, load);
  const [before, loadBefore] = await Promise.all([servers.figures(), load.ask('mark')]);
  await delay(bench.seconds * 1000);
  const [after, loadAfter] = await Promise.all([servers.figures(), load.ask('mark')]);
  const checked = await endLoad(row, servers, load);
  // A server that was written as its library's documentation says does not see the requests that the library refuses.
  const done = isHttp(row) ? loadAfter.done - loadBefore.done : (after.done - before.done) * unitsOf(row);
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
 * Waits until so much was done as the row needs to be warm, or as much as a busy machine can do.
 *
 * @param {import('./rows.mjs').Row} row
 * @param {Instances} servers
 * @param {Child} load
 * @throws Error when it takes too long
 */
async function reach(row, servers, load) {
  const { warmup = 0 } = row;
  const began = performance.now();
  for (;;) {
    // Throws when a connection has failed: then nothing would be done any more.
    const { done: byLoad } = await load.ask('mark');
    const done = isHttp(row) ? byLoad : (await servers.figures()).done * unitsOf(row);
    const waited = performance.now() - began;
    if (done >= warmup || (done > 0 && waited > LONGEST_WARMUP)) return;
    if (waited > PATIENCE) throw new Error(`nothing was done in the ${PATIENCE / 1000} s of the warm-up`);
    await delay(LOOK_EVERY);
  }
}

/**
 * What one message that a server counts stands for: the server of a room counts what is published.
 *
 * @param {import('./rows.mjs').Row} row
 */
function unitsOf(row) {
  return isRoom(row) ? row.connections : 1;
}

/**
 * @param {import('./rows.mjs').Row} row
 * @param {Instances} servers
 * @param {Child} load
 * @returns {Promise<{ bytes: number, heap: number, rss: number }>}
 */
async function measureMemory(row, servers, load) {
  const { partBefore = PART_BEFORE } = row;
  const few = Math.max(1, Math.floor(row.connections * partBefore));
  await load.ask('open', few);
  // V8 forgets the code of functions that some collections in a row have found unused: not in between.
  if (isRoom(row)) for (let round = 0; round < SETTLING; round++) await servers.figures('figuresWithoutGarbage');
  const before = await servers.figures('figuresWithoutGarbage');
  await load.ask('open', row.connections);
  const after = await servers.figures('figuresWithoutGarbage');
  const more = row.connections - few;
  return { bytes: (after.rss - before.rss) / more, heap: (after.heap - before.heap) / more, rss: after.rss };
}

/**
 * @param {import('./rows.mjs').Row} row
 * @param {Instances} servers
 * @param {Child} load
 * @returns {Promise<number>} what the load generator has checked from the first byte on
 * @throws Error when the server counts otherwise
 */
async function endLoad(row, servers, load) {
  const { checked, published = checked } = await load.ask('stop');
  if (isHttp(row)) return checked;
  const { done } = await servers.figures();
  if (done !== published) throw new Error(`the server counts ${done}, and ${published} were checked`);
  return checked;
}
