// The command line of `npm run soak`, and what follows from it.
import { parseArgs } from 'node:util';

/** What a server can be told to do wrong. */
export const FAULTS = [
  'keep-websockets',
  'keep-buffers',
  'keep-descriptors',
  'lose-messages',
  'spoil-messages',
] as const;
export type Fault = (typeof FAULTS)[number];

export const HELP = `npm run soak -- [options]

  Guests that talk, ping, break off, reset and come back, against one server in a process of its own. Exit code 0: every
  message came back byte for byte, memory was flat, and afterwards everything was as before.

  --connections N   guests at once (5000)
  --minutes M       for which they come and go, 0.1 to 120 (10)
  --life S          seconds that a life lasts, on average; the shorter, the more load (a sixth of the minutes, at most 100)
  --seed N          of their lives (1)
  --out FOLDER      where report.json, figures.md, soak.svg and soak-dark.svg are written (artefacts/soak)
  --publish         also writes picture and figures into docs/, where everybody sees them
  --report FILE     judges and draws the report.json of an earlier run instead
  --fault NAME      the server does something wrong, which must be found: ${FAULTS.slice(0, 3).join(', ')},
                    ${FAULTS.slice(3).join(', ')}
  --leak            the same as --fault keep-websockets
  --help
`;

export interface Options {
  readonly connections: number;
  readonly minutes: number;
  /** Seconds; `undefined`: as the minutes suggest. */
  readonly life: number | undefined;
  readonly seed: number;
  readonly out: string;
  readonly publish: boolean;
  readonly report: string | undefined;
  readonly fault: Fault | undefined;
  readonly help: boolean;
}

/**
 * Reads the arguments.
 *
 * @throws TypeError or RangeError saying which is wrong, and what was expected.
 */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      connections: { type: 'string', default: '5000' },
      minutes: { type: 'string', default: '10' },
      life: { type: 'string' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string', default: 'artefacts/soak' },
      publish: { type: 'boolean', default: false },
      report: { type: 'string' },
      fault: { type: 'string' },
      leak: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    connections: whole('connections', values.connections, 40, 100_000),
    minutes: number('minutes', values.minutes, 0.1, 120),
    life: values.life === undefined ? undefined : number('life', values.life, 1, 600),
    seed: whole('seed', values.seed, 0, 2 ** 31),
    out: values.out,
    publish: values.publish,
    report: values.report,
    fault: values.leak ? 'keep-websockets' : faultNamed(values.fault),
    help: values.help,
  };
}

function number(name: string, value: string, least: number, most: number): number {
  const read = Number(value);
  if (value.trim() !== '' && read >= least && read <= most) return read;
  throw new RangeError(`--${name} must be a number from ${least} to ${most}, got "${value}"`);
}

function whole(name: string, value: string, least: number, most: number): number {
  const read = number(name, value, least, most);
  if (Number.isInteger(read)) return read;
  throw new RangeError(`--${name} must be a whole number, got "${value}"`);
}

function faultNamed(name: string | undefined): Fault | undefined {
  if (name === undefined) return undefined;
  const fault = FAULTS.find((known) => known === name);
  if (fault === undefined) throw new RangeError(`--fault must be one of ${FAULTS.join(', ')}, got "${name}"`);
  return fault;
}

/** The times of a soak, all in milliseconds. A short one has shorter lives, so that there are as many of them. */
export interface Plan {
  readonly soak: number;
  /** Over which the guests come: a sixth of the soak, a hundred seconds at most. */
  readonly arrival: number;
  readonly life: number;
  /** After the arrival, until the measurements begin that are judged. */
  readonly settlingIn: number;
  readonly heartbeat: { readonly interval: number; readonly timeout: number };
  /** The few guests who come before the first measurement, so that what is made once has been made. */
  readonly rehearsal: number;
  /** A guest waits so long for an answer, and no longer. */
  readonly patience: number;
  /** Between two samples. */
  readonly sampling: number;
  /** Between two that are taken after a garbage collection. */
  readonly settling: number;
}

/**
 * Follows from the minutes.
 *
 * @param lifetime milliseconds that a life lasts; by default as many as suit the minutes.
 */
export function planOf(minutes: number, lifetime?: number): Plan {
  const soak = minutes * 60_000;
  const within = (share: number, least: number, most: number): number =>
    Math.round(Math.min(most, Math.max(least, soak * share)));
  const life = lifetime ?? within(1 / 6, 4_000, 100_000);
  return {
    soak,
    arrival: within(1 / 6, 1_000, 100_000),
    life,
    settlingIn: Math.min(life, soak / 6),
    heartbeat: { interval: within(1 / 30, 1_000, 20_000), timeout: within(1 / 20, 10_000, 30_000) },
    rehearsal: within(1 / 60, 2_000, 8_000),
    patience: within(1 / 10, 20_000, 60_000),
    sampling: within(1 / 600, 500, 1_000),
    settling: within(1 / 60, 500, 10_000),
  };
}
