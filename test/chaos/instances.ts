// The processes of the instances, as the nemesis has them in hand: started, killed, stopped where they stand, ended in good order.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { History } from './history.ts';
import type { InstanceNews, InstanceSettings } from './instance.ts';

const FILE = fileURLToPath(new URL('./instance.js', import.meta.url));
/** Milliseconds for a start and for an end in good order, on a machine that has much else to do. */
const LONGEST_START = 30_000;
const LONGEST_END = 15_000;

/** One instance, which lives in one process after the other. */
export class Instance {
  readonly number: number;
  readonly #settings: InstanceSettings;
  readonly #history: History;
  #process: ChildProcess | undefined;

  constructor(number: number, settings: InstanceSettings, history: History) {
    this.number = number;
    this.#settings = settings;
    this.#history = history;
  }

  get port(): number {
    return this.#settings.port;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [FILE, JSON.stringify(this.#settings)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process = child;
    child.on('exit', (code, signal) => {
      if (this.#process !== child) return;
      this.#process = undefined;
      this.#complain(`has ended by itself with ${signal ?? code}`);
    });
    child.on('message', (message) => {
      const news = message as InstanceNews;
      if (news.news === 'fault') this.#complain(`says: ${news.text}`);
    });
    const signal = AbortSignal.timeout(LONGEST_START);
    await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(() => Promise.reject(new Error(`instance ${this.number} did not start`))),
    ]);
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** SIGSTOP. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  /** SIGCONT. */
  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** SIGTERM: it must end by itself, soon, and with exit code 0. */
  async end(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => {
      this.#complain(`has not ended within ${LONGEST_END} ms of SIGTERM`);
      child.kill('SIGKILL');
    }, LONGEST_END);
    const [code] = await gone;
    clearTimeout(late);
    if (code !== 0) this.#complain(`has ended with ${code} after SIGTERM`);
  }

  #complain(text: string): void {
    this.#history.note({ kind: 'wrong', text: `instance ${this.number} ${text}` });
  }
}
