// Everything of the process that a command may touch, as one value: so that a test can be the person at the terminal.
import type { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** Where a command reads and writes. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
  readonly errors: Writable;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Emits `SIGINT`, `SIGTERM` and `SIGHUP`. */
  readonly signals: Pick<EventEmitter, 'on' | 'off'>;
}

/** The process itself. */
export function processTerminal(): Terminal {
  return {
    input: process.stdin,
    output: process.stdout,
    errors: process.stderr,
    environment: process.env,
    signals: process,
  };
}

/** Whether to print in colours: on a terminal, unless NO_COLOR says no (no-color.org); FORCE_COLOR says yes anywhere. */
export function wantsColours({ output, environment }: Terminal): boolean {
  if (environment['NO_COLOR']) return false;
  const forced = environment['FORCE_COLOR'];
  return forced === undefined || forced === '' ? output.isTTY === true : forced !== '0';
}

/** Says in one line why nothing is done, and gives the exit code. */
export function complain({ errors }: Terminal, text: string): 1 {
  errors.write(`sluice: ${text.replaceAll(/\s*[\r\n]\s*/g, ' ')}\n`);
  return 1;
}
