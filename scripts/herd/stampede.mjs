// A herd over real sockets: processes full of clients, and a real server that is killed, and started again when every client has
// failed so often. When that is follows from events and from no clock, and so which attempt of each client succeeds.
// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CLIENTS = fileURLToPath(new URL('clients.mjs', import.meta.url));
const SERVE = ['serve', '--max-connections-per-ip', '0', '--port'];

/**
 * @param {object} herd
 * @param {string} herd.server the file of the command `sluice`
 * @param {string} herd.client the module of the client, as a URL
 * @param {number} herd.clients
 * @param {number} herd.processes among which they are divided
 * @param {number} herd.unit the first delay, in milliseconds; the longest is 60 times as long
 * @param {number | undefined} herd.jitter the option; `undefined`: its default
 * @param {number} herd.failures attempts of each that fail before the server is back: after 4 of them, and without jitter, the next
 *   comes 31 times the first delay after the loss; after 5, 63 times
 * @returns {Promise<{ handshakes: number[], schedule: number[], connections: number }>} when each handshake began while the
 *   server was back, in milliseconds after the loss; when each would have by the delays that the client has chosen; and the
 *   WebSockets that the server has at the end
 */
export async function stampede({ server, client, clients, processes, unit, jitter, failures }) {
  let running = await serve(server, 0);
  const { port } = running;
  /** @type {import('node:child_process').ChildProcess[]} */
  const herd = [];
  try {
    const count = clients / processes;
    for (let number = 0; number < processes; number++) {
      const settings = {
        client,
        url: `ws://127.0.0.1:${port}/ws`,
        count,
        options: { minDelay: unit, maxDelay: 60 * unit, jitter },
        seed: 1 + number * count,
        failures,
      };
      herd.push(spawn(process.execPath, [CLIENTS, JSON.stringify(settings)], { stdio: ['ignore', 2, 2, 'ipc'] }));
    }
    // Each process tells each of these once.
    const told = (/** @type {string} */ wanted) => Promise.all(herd.map((child) => news(child, wanted)));
    const [open, away, back] = [told('open'), told('away'), told('back')];
    // A process that ends fails the first of them that is waited for.
    for (const each of [open, away, back]) each.catch(() => {});
    await open;
    await kill(running.child);
    const lost = performance.timeOrigin + performance.now();
    await away;
    running = await serve(server, port);
    const since = performance.timeOrigin + performance.now();
    const all = await back;
    return {
      handshakes: all.flatMap(({ handshakes }) => handshakes.filter((at) => at >= since).map((at) => at - lost)),
      schedule: all.flatMap(({ schedule }) => schedule),
      connections: await connectionsOf(port),
    };
  } finally {
    await Promise.all([running.child, ...herd].map(kill));
  }
}

/**
 * Starts a server.
 *
 * @param {string} file
 * @param {number} port
 */
async function serve(file, port) {
  const child = spawn(process.execPath, [file, ...SERVE, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    printed += chunk;
    const [, found] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(printed) ?? [];
    if (found === undefined) continue;
    child.stdout.resume();
    return { child, port: Number(found) };
  }
  throw new Error(`the server has ended: ${printed}`);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} wanted
 * @returns {Promise<{ handshakes: number[], schedule: number[] }>}
 */
function news(child, wanted) {
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      const told = /** @type {{ news: string, handshakes: number[], schedule: number[] }} */ (message);
      if (told.news === wanted) resolve(told);
    });
    child.on('exit', (code) => reject(new Error(`clients have ended with ${code}`)));
  });
}

/** @param {import('node:child_process').ChildProcess} child */
async function kill(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** @param {number} port */
async function connectionsOf(port) {
  const response = await fetch(`http://127.0.0.1:${port}/health`, { headers: { Connection: 'close' } });
  const { transports } = /** @type {{ transports: { websocket: number } }} */ (await response.json());
  return transports.websocket;
}
