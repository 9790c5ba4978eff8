// A person at a terminal, for tests: what is typed, what is seen, and the signals of an impatient hand.
import { EventEmitter, once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import type { Terminal } from '../../src/cli/terminal.ts';

export class Person implements Terminal {
  readonly input: Readable & { isTTY?: boolean };
  readonly output: PassThrough & { isTTY?: boolean } = new PassThrough();
  readonly errors = new PassThrough();
  readonly environment: Record<string, string | undefined>;
  readonly signals = new EventEmitter();
  #seen = '';
  #heard = '';

  constructor(environment: Record<string, string | undefined> = {}, typed = '') {
    this.environment = environment;
    this.input = Readable.from([typed]);
    this.output.setEncoding('utf8').on('data', (text: string) => {
      this.#seen += text;
    });
    this.errors.setEncoding('utf8').on('data', (text: string) => {
      this.#heard += text;
    });
  }

  /** What has been printed. */
  get seen(): string {
    return this.#seen;
  }

  /** What has been printed as an error. */
  get heard(): string {
    return this.#heard;
  }

  /** Waits until something is printed that matches. */
  async sees(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#seen);
      if (found !== null) return found;
      await once(this.output, 'data');
    }
  }
}
