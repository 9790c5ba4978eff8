// A program of an example while it runs: started by its own start script, known by the address that it prints.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const ADDRESS = /http:\/\/127\.0\.0\.1:(\d+)/;

/** Where a program is started, and with what around it: an `Installed` is one. */
export interface Surroundings {
  readonly folder: string;
  environment(): NodeJS.ProcessEnv;
}

/** A process that listens. */
export class Running {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#process = child;
    this.port = port;
  }

  /** Runs `command`, words with spaces between them, and resolves when it says where it listens. */
  static async start(surroundings: Surroundings, command: string): Promise<Running> {
    const [program, ...args] = command.split(' ') as [string, ...string[]];
    const child = spawn(program, args, {
      cwd: surroundings.folder,
      env: surroundings.environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    const port = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`${command} has ended: ${printed}`)));
      const onText = (text: string): void => {
        printed += text;
        const found = ADDRESS.exec(printed);
        if (found !== null) resolve(Number(found[1]));
      };
      // What it complains of is read too, and told when it does not start: frameworks complain of every bad request.
      child.stdout.setEncoding('utf8').on('data', onText);
      child.stderr.setEncoding('utf8').on('data', onText);
    });
    return new Running(child, port);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Asks it to end. @returns its exit code, or the signal that has ended it. */
  async stop(): Promise<number | string | null> {
    const child = this.#process;
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }
    return child.exitCode ?? child.signalCode;
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
