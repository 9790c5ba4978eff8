// The thundering herd: `npm run herd`. 2,000 clients of dist/ lose their server at one moment, in simulated time; once as clients
// are, once with their jitter taken away. Keeps the record in docs/resilience/herd.json, and draws it.
// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drawHerd } from './herd/picture.mjs';
import { peak, simulate } from './herd/simulation.mjs';

const CLIENTS = 2_000;
/** Milliseconds. */
const AWAY = 20_000;
const UNTIL = 60_000;
const TENTH = 100;
const SECOND = 1_000;
const FOLDER = fileURLToPath(new URL('../docs/resilience/', import.meta.url));

// By a name that is made here: dist/ need not be there when types are checked.
const client = new URL('../dist/resilient/index.js', import.meta.url).href;
const { ResilientWebSocket } = await import(client);

/** @param {number | undefined} jitter */
async function run(jitter) {
  const times = await simulate(ResilientWebSocket, { clients: CLIENTS, away: AWAY, until: UNTIL, jitter });
  const tenths = Array.from({ length: UNTIL / TENTH }, () => 0);
  for (const time of times) {
    const place = Math.floor(time / TENTH);
    tenths[place] = /** @type {number} */ (tenths[place]) + 1;
  }
  return { handshakes: times.length, peakPerSecond: peak(times, SECOND), peakPerTenth: peak(times, TENTH), tenths };
}

const none = await run(0);
const jitter = await run(undefined);
const record = { clients: CLIENTS, away: AWAY, none, jitter };
mkdirSync(FOLDER, { recursive: true });
writeFileSync(`${FOLDER}herd.json`, `${JSON.stringify(record, undefined, 1).replace(/\n\s+(?=\d)/g, ' ')}\n`);
for (const look of /** @type {const} */ (['light', 'dark'])) {
  writeFileSync(`${FOLDER}herd-${look}.svg`, drawHerd(record, look));
}
process.stdout.write(
  `most handshakes in a second: ${none.peakPerSecond} without jitter, ${jitter.peakPerSecond} with it\n`,
);
