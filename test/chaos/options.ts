// The command line of `npm run chaos`.
import { parseArgs } from 'node:util';
import { FAULT_NAMES, type FaultName } from './nemesis.ts';
import { PLANTS, type Plant } from './plants.ts';

export const HELP = `npm run chaos -- [options]

  Publishers and subscribers over WebSocket, event streams and long polls, through a real nginx, on three instances with a real
  Redis, while one after the other of these is killed, stopped, cut off, emptied or restarted. Exit code 0: nothing was lost
  without a word, nothing came twice, out of order or out of nowhere.

  --minutes M       for which things go wrong, 0.1 to 120 (3)
  --seed N          of what goes wrong, when and where (1)
  --rooms N         (4)
  --interval MS     between two publishes of one publisher, on average; each room has two (250)
  --history N       events that are kept of each room (100)
  --faults A,B      only these: ${FAULT_NAMES.slice(0, 6).join(', ')},
                    ${FAULT_NAMES.slice(6, 12).join(', ')},
                    ${FAULT_NAMES.slice(12).join(', ')}
  --fsync HOW       always: Redis loses nothing when it is killed; everysec: it may, and then it must be said (always)
  --plant BUG       a broker with a bug, which must be found: ${Object.keys(PLANTS).slice(0, 4).join(', ')},
                    ${Object.keys(PLANTS).slice(4).join(', ')}
  --out FOLDER      where report.json, history.ndjson and figures.md are written (artefacts/chaos)
  --publish         also writes the figures into docs/chaos.md
  --help
`;

export interface Options {
  readonly minutes: number;
  readonly seed: number;
  readonly rooms: number;
  readonly interval: number;
  readonly history: number;
  readonly faults: readonly FaultName[];
  readonly fsync: 'always' | 'everysec';
  readonly plant: Plant | undefined;
  readonly out: string;
  readonly publish: boolean;
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
      minutes: { type: 'string', default: '3' },
      seed: { type: 'string', default: '1' },
      rooms: { type: 'string', default: '4' },
      interval: { type: 'string', default: '250' },
      history: { type: 'string', default: '100' },
      faults: { type: 'string', default: FAULT_NAMES.join(',') },
      fsync: { type: 'string', default: 'always' },
      plant: { type: 'string' },
      out: { type: 'string', default: 'artefacts/chaos' },
      publish: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    minutes: number('minutes', values.minutes, 0.1, 120),
    seed: whole('seed', values.seed, 0, 2 ** 31),
    rooms: whole('rooms', values.rooms, 1, 50),
    interval: whole('interval', values.interval, 10, 60_000),
    history: whole('history', values.history, 10, 10_000),
    faults: values.faults.split(',').map((name) => oneOf('faults', name, FAULT_NAMES)),
    fsync: oneOf('fsync', values.fsync, ['always', 'everysec']),
    plant: values.plant === undefined ? undefined : oneOf('plant', values.plant, Object.keys(PLANTS) as Plant[]),
    out: values.out,
    publish: values.publish,
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

function oneOf<Name extends string>(option: string, name: string, names: readonly Name[]): Name {
  const known = names.find((each) => each === name);
  if (known === undefined) throw new RangeError(`--${option} must be of ${names.join(', ')}, got "${name}"`);
  return known;
}
