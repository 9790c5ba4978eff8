// Watches from another thread for an input that is never done with: the one fault that a loop in the same thread cannot
// report. Keeps that input and ends the process.
import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { keep } from './regressions.ts';

/** Milliseconds for one input of 4 KiB at most, which takes well below one as a rule. */
const PATIENCE = 20_000;
const LOOK_EVERY = 1_000;
const MAX_INPUT = 65_536;
/** Of the numbers that both threads see: how many inputs have begun, and how long the present one is. */
const COUNT = 0;
const LENGTH = 1;
const STDERR = 2;

interface Shared {
  readonly numbers: Int32Array;
  readonly bytes: Uint8Array;
  readonly folder: string;
  readonly target: string;
}

/** The watched thread's side. */
export class Watchdog {
  readonly #shared: Shared;
  readonly #thread: Worker;

  /** @param folder where the input is kept. */
  constructor(folder: string, target: string) {
    const numbers = new Int32Array(new SharedArrayBuffer(8));
    this.#shared = { numbers, bytes: new Uint8Array(new SharedArrayBuffer(MAX_INPUT)), folder, target };
    this.#thread = new Worker(new URL(import.meta.url), { workerData: this.#shared });
  }

  /** A new input is read from now on. */
  begin(input: Buffer): void {
    const { numbers, bytes } = this.#shared;
    bytes.set(input.subarray(0, MAX_INPUT));
    Atomics.store(numbers, LENGTH, Math.min(input.length, MAX_INPUT));
    Atomics.add(numbers, COUNT, 1);
  }

  /** The last input is done with. */
  async end(): Promise<void> {
    await this.#thread.terminate();
  }
}

function watch({ numbers, bytes, folder, target }: Shared): void {
  let last = 0;
  let since = performance.now();
  setInterval(() => {
    const count = Atomics.load(numbers, COUNT);
    if (count !== last) {
      last = count;
      since = performance.now();
    } else if (count > 0 && performance.now() - since > PATIENCE) {
      const input = Buffer.from(bytes.subarray(0, Atomics.load(numbers, LENGTH)));
      const file = keep(folder, target, input, `not done with after ${PATIENCE / 1000} s`);
      // Straight to the descriptor: what a thread prints goes through the one that stands still.
      writeSync(STDERR, `${target}: not done with after ${PATIENCE / 1000} s, kept as ${target}/${file}\n`);
      process.kill(process.pid, 'SIGKILL');
    }
  }, LOOK_EVERY);
}

if (!isMainThread) watch(workerData as Shared);
