// A short run of the program of `npm run chaos` for a test, with some faults or a bug only.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CACHE, compile } from '../../scripts/compile.mjs';
import type { Report } from './report.ts';

/** What the instances serve, and what nginx is told: scripts/chaos.mjs. */
const ASSETS = ['src/app/page', 'examples/nginx/nginx.conf'];

/** What came of it. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
  /** Missing when it was stopped. */
  readonly report: Report | undefined;
}

/** Runs of one test file, whose hooks end them. */
export class ShortRuns {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-chaos-'));
  readonly #compiled: string;
  readonly #program: string;
  /** With what each has said so far. */
  readonly #running = new Map<ChildProcess, string[]>();

  /** Compiles the program. */
  constructor() {
    // Of its own: another test file may compile it at the same time.
    mkdirSync(CACHE, { recursive: true });
    this.#compiled = mkdtempSync(join(CACHE, 'sluice-chaos-'));
    const compiled = compile('chaos', this.#compiled, ASSETS);
    if (compiled === undefined) throw new Error('the program cannot be compiled');
    this.#program = join(compiled, 'test', 'chaos', 'main.js');
  }

  /** Begins one. */
  begin(...options: readonly string[]): { readonly child: ChildProcess; readonly outcome: Promise<Outcome> } {
    const out = mkdtempSync(join(this.#folder, 'run-'));
    const child = spawn(process.execPath, [this.#program, '--out', out, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return { child, outcome: this.#outcomeOf(child, join(out, 'report.json')) };
  }

  run(...options: readonly string[]): Promise<Outcome> {
    return this.begin(...options).outcome;
  }

  /** Ends what is left: each ends what it has started, and then itself. */
  async end(): Promise<void> {
    for (const [child, output] of this.#running) {
      console.log(`stopped before its end:\n${output.join('')}`);
      if (child.kill()) await once(child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
    rmSync(this.#compiled, { recursive: true, force: true });
  }

  async #outcomeOf(child: ChildProcess, file: string): Promise<Outcome> {
    const said: string[] = [];
    this.#running.set(child, said);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => said.push(text));
    const [code] = (await once(child, 'close')) as [number];
    this.#running.delete(child);
    const output = said.join('');
    const isWhole = output.includes('written to ');
    return { code, output, report: isWhole ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined };
  }
}
