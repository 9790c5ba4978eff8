// A server in a process of its own, so that its memory is its own and its death is not ours. The test attacks its port and
// asks it how it is. Needs Linux: the kernel's account of memory and descriptors is what is believed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { CACHE, compile } from '../../scripts/compile.mjs';
import type { OwnReport, Question, VictimOptions, VictimReport } from './victim-report.ts';

let built = '';

/** Makes JavaScript of the victim, for the tests of a file: Node 20 runs no TypeScript. */
export function buildVictim(): void {
  beforeAll(() => {
    mkdirSync(CACHE, { recursive: true });
    // A place of its own: several files are tested at once.
    built = mkdtempSync(join(CACHE, 'sluice-attacks-'));
    if (compile('attacks', built) === undefined) throw new Error('the victim cannot be built');
  }, 60_000);
  afterAll(() => rmSync(built, { recursive: true, force: true }));
}

const victims = new Set<Victim>();

afterEach(async () => {
  for (const victim of victims) await victim.stop();
});

/** One such process. */
export class Victim {
  readonly port: number;
  readonly options: VictimOptions;
  readonly #process: ChildProcess;
  /** Questions are answered in their order. */
  #last: Promise<unknown> = Promise.resolve();
  #answer: (answer: { report: OwnReport }) => void = () => {};
  readonly #death: Promise<never>;

  private constructor(child: ChildProcess, port: number, options: VictimOptions) {
    this.#process = child;
    this.port = port;
    this.options = options;
    this.#death = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`the victim died: exit code ${code}, signal ${signal}`);
    });
    this.#death.catch(() => {});
    child.on('message', (message: { report: OwnReport }) => this.#answer(message));
    victims.add(this);
  }

  /** Starts a server. It ends with the test. */
  static async start(options: VictimOptions = {}): Promise<Victim> {
    const file = join(built, 'test', 'attacks', 'victim-process.js');
    const node = [process.execPath, '--expose-gc', file, JSON.stringify(options)];
    const { descriptors } = options;
    const [command, ...rest] =
      descriptors === undefined ? node : ['sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh', ...node];
    const child = spawn(command as string, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const died = once(child, 'exit').then(([code]) => {
      throw new Error(`the victim died before it listened: exit code ${code}`);
    });
    const [message] = (await Promise.race([once(child, 'message'), died])) as [{ port: number }];
    died.catch(() => {});
    return new Victim(child, message.port, options);
  }

  /** The process's id, for signals. */
  get pid(): number {
    return this.#process.pid as number;
  }

  get isAlive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Asks, and waits for the answer. */
  ask(question: Question): Promise<VictimReport> {
    const answer = this.#last.then(async () => {
      const answered = new Promise<{ report: OwnReport }>((resolve) => {
        this.#answer = resolve;
      });
      this.#process.send(question, () => {});
      const { report } = await Promise.race([answered, this.#death]);
      // proc(5): 5 sets the peak resident size to what is resident now.
      if (question.ask === 'baseline') writeFileSync(`/proc/${this.pid}/clear_refs`, '5');
      return { ...report, ...this.#memory(), descriptors: readdirSync(`/proc/${this.pid}/fd`).length };
    });
    this.#last = answer.catch(() => {});
    return answer;
  }

  #memory(): { rss: number; peak: number } {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const bytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1_024;
    return { rss: bytes('VmRSS'), peak: bytes('VmHWM') };
  }

  report(): Promise<VictimReport> {
    return this.ask({ ask: 'report' });
  }

  /** Asks until the answer fulfils `condition`: the test's own time limit ends a wait for what never comes. */
  async until(condition: (report: VictimReport) => boolean): Promise<VictimReport> {
    let report = await this.report();
    while (!condition(report)) report = await this.report();
    return report;
  }

  async stop(): Promise<void> {
    victims.delete(this);
    if (!this.isAlive) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }
}
