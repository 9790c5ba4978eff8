// A process full of real clients, which stampede.mjs starts: all connect, lose their server, and come back. Tells when all are open,
// when all have failed so often that the server may come back, and when each handshake began. Chance is seeded, time is real.
// @ts-check
import { seededRandom } from './simulation.mjs';

/** Clients that connect at once in the beginning, which is not what is looked at. */
const AT_ONCE = 50;

const { client, url, count, options, seed, failures } = JSON.parse(/** @type {string} */ (process.argv[2]));
const { ResilientWebSocket } = await import(client);

/** @type {number[]} */
const handshakes = [];
/** Of each client: the delays that it has waited, added up, when it had failed so often: when it comes by its schedule. */
/** @type {number[]} */
const schedule = [];
let back = 0;

process.on('disconnect', () => process.exit());
for (let begun = 0; begun < count; begun += AT_ONCE) {
  const some = Array.from({ length: Math.min(AT_ONCE, count - begun) }, (_, index) => enter(seed + begun + index));
  await Promise.all(some);
}
process.send?.({ news: 'open' });

/**
 * Resolves when it is open for the first time.
 *
 * @param {number} own its seed
 */
function enter(own) {
  const platform = {
    now: () => performance.now(),
    random: seededRandom(own),
    setTimeout,
    clearTimeout,
    isOnline: () => true,
    watch: () => () => {},
  };
  let waited = 0;
  let losses = 0;
  let opens = 0;
  // It is asked for its address when an attempt begins.
  const address = () => {
    handshakes.push(performance.timeOrigin + performance.now());
    return url;
  };
  const socket = new ResilientWebSocket(address, { name: 'herd', maxAttempts: Infinity, ...options, platform });
  socket.addEventListener('reconnecting', (/** @type {{ delay: number }} */ { delay }) => {
    waited += delay;
    // The first is the loss itself.
    if (losses++ !== failures) return;
    schedule.push(waited);
    if (schedule.length === count) process.send?.({ news: 'away' });
  });
  return new Promise((resolve) => {
    socket.addEventListener('open', () => {
      if (++opens === 1) resolve(undefined);
      else if (++back === count) process.send?.({ news: 'back', handshakes, schedule });
    });
  });
}
