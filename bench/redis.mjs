// A redis-server for the rows that need one, on a free port of loopback: it keeps nothing on disk, and is gone with the run.
// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Milliseconds for it to begin. */
const PATIENCE = 10_000;
const BEGUN = 'eady to accept connections';

export class Redis {
  port;
  /** How it calls itself. */
  version;
  #process;

  /**
   * @param {import('node:child_process').ChildProcess} process
   * @param {number} port
   * @param {string | undefined} version
   */
  constructor(process, port, version) {
    this.#process = process;
    this.port = port;
    this.version = version;
  }

  /**
   * Starts what REDIS_SERVER names, or `redis-server`.
   *
   * @returns {Promise<Redis | undefined>} `undefined` when there is none, or it does not start
   */
  static async start() {
    const port = await freePort();
    const program = process.env['REDIS_SERVER'] ?? 'redis-server';
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    // Whatever ends this process.
    process.on('exit', () => child.kill('SIGKILL'));
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    let log = '';
    const begun = new Promise((resolve) => {
      child.on('error', () => resolve(false));
      child.on('exit', () => resolve(false));
      child.stdout.on('data', (text) => {
        log += text;
        if (log.includes(BEGUN)) resolve(true);
      });
    });
    const isThere = await begun;
    clearTimeout(late);
    return isThere ? new Redis(child, port, /Redis version=([\d.]+)/.exec(log)?.[1]) : undefined;
  }

  async end() {
    const gone = once(this.#process, 'exit');
    this.#process.kill();
    await gone;
  }
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}
