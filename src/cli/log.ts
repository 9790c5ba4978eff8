// What `sluice serve` says while it runs: lines for people, or an object a line (JSON, RFC 8259) for programs. It is told what
// to say and adds only the time; nobody hands it anything that a client has sent.
import type { LogFormat, LogLevel } from './command-line.ts';
import type { Terminal } from './terminal.ts';

/** More about a line, for programs. */
export type LogFields = Readonly<Record<string, string | number>>;

const LOUDNESS: readonly LogLevel[] = ['silent', 'error', 'info', 'debug'];

/** One log. */
export class Log {
  readonly #most: number;
  readonly #format: LogFormat;
  readonly #terminal: Terminal;

  constructor(level: LogLevel, format: LogFormat, terminal: Terminal) {
    this.#most = LOUDNESS.indexOf(level);
    this.#format = format;
    this.#terminal = terminal;
  }

  error(text: string, fields?: LogFields): void {
    this.#say('error', text, fields);
  }

  info(text: string, fields?: LogFields): void {
    this.#say('info', text, fields);
  }

  debug(text: string, fields?: LogFields): void {
    this.#say('debug', text, fields);
  }

  #say(level: LogLevel, text: string, fields: LogFields | undefined): void {
    if (LOUDNESS.indexOf(level) > this.#most) return;
    const { output, errors } = this.#terminal;
    const line =
      this.#format === 'json'
        ? JSON.stringify({ time: new Date().toISOString(), level, message: text, ...fields })
        : text;
    (level === 'error' ? errors : output).write(`${line}\n`);
  }
}
