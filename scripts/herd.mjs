// The thundering herd: `npm run herd`, and `npm run herd -- --real`. 2,000 clients of dist/ lose their server at one moment, in
// simulated time or over real sockets; once as clients are, once with their jitter taken away. Keeps the record in
// docs/resilience/, herd.json or herd-real.json, and draws it. `--clients N` and `--unit MS` make less of the real one.
// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawHerd } from './herd/picture.mjs';
import { peak, simulate } from './herd/simulation.mjs';
import { stampede } from './herd/stampede.mjs';

/** Milliseconds. */
const AWAY = 20_000;
const UNTIL = 60_000;
const REAL_UNTIL = 90_000;
const TENTH = 100;
const SECOND = 1_000;
const PROCESSES = 2;
/** Half a minute away and more. Two cores need a second and longer to begin 2,000 handshakes, which is not to be the measure. */
const FAILURES = 5;
const FOLDER = fileURLToPath(new URL('../docs/resilience/', import.meta.url));

const { values } = parseArgs({
  options: {
    real: { type: 'boolean', default: false },
    clients: { type: 'string', default: '2000' },
    unit: { type: 'string', default: '1000' },
  },
});
const [clients, unit] = [Number(values.clients), Number(values.unit)];

/** @param {number | undefined} jitter */
async function simulated(jitter) {
  // By a name that is made here: dist/ need not be there when types are checked.
  const { ResilientWebSocket } = await import(new URL('../dist/resilient/index.js', import.meta.url).href);
  return summaryOf(await simulate(ResilientWebSocket, { clients, away: AWAY, until: UNTIL, jitter }));
}

/** Of the real one: the most in a second by the delays that clients have chosen, without jitter and with it. */
/** @type {number[]} */
const scheduled = [];

/** @param {number | undefined} jitter */
async function real(jitter) {
  const server = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const client = new URL('../dist/resilient-node/index.js', import.meta.url).href;
  const herd = { server, client, clients, processes: PROCESSES, unit, failures: FAILURES };
  const { handshakes, schedule, connections } = await stampede({ ...herd, jitter });
  if (connections !== clients) throw new Error(`only ${connections} clients are connected`);
  scheduled.push(peak(schedule, SECOND));
  return summaryOf(handshakes);
}

/** @param {readonly number[]} times milliseconds after the loss */
function summaryOf(times) {
  const tenths = Array.from({ length: (values.real ? REAL_UNTIL : UNTIL) / TENTH }, () => 0);
  for (const time of times) {
    const place = Math.floor(time / TENTH);
    tenths[place] = (tenths[place] ?? 0) + 1;
  }
  return { handshakes: times.length, peakPerSecond: peak(times, SECOND), peakPerTenth: peak(times, TENTH), tenths };
}

const run = values.real ? real : simulated;
const none = await run(0);
const jitter = await run(undefined);
// Of the real one: when the first of them came.
const first = Math.min(...[none, jitter].map(({ tenths }) => tenths.findIndex((count) => count > 0)));
const away = values.real ? first * TENTH : AWAY;
const record = { clients, away, ...(values.real && { scheduled }), none, jitter };
const title = values.real
  ? 'over real sockets, to a server that was killed'
  : `to a server that was away for ${AWAY / SECOND} s`;
const name = values.real ? 'herd-real' : 'herd';
mkdirSync(FOLDER, { recursive: true });
writeFileSync(`${FOLDER}${name}.json`, `${JSON.stringify(record, undefined, 1).replace(/\n\s+(?=\d)/g, ' ')}\n`);
for (const look of /** @type {const} */ (['light', 'dark'])) {
  writeFileSync(`${FOLDER}${name}-${look}.svg`, drawHerd(record, look, title));
}
const said = [
  [none.peakPerSecond, jitter.peakPerSecond, ''],
  ...(values.real ? [[...scheduled, ', by schedule']] : []),
];
for (const [without, withIt, how] of said) {
  process.stdout.write(`most handshakes in a second${how}: ${without} without jitter, ${withIt} with it\n`);
}
