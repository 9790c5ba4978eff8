// The command line of `npm run bench`.
// @ts-check
import { parseArgs } from 'node:util';
import { NAMES_OF_PEERS } from './peers.mjs';
import { isHttp, isRoom, isUsual, ROWS, rowsNamed } from './rows.mjs';

/**
 * @typedef {object} Options
 * @property {Row[]} rows
 * @property {string[]} peers
 * @property {number} repeats of rows that do not say
 * @property {number} seconds
 * @property {number} minutes after which nothing is measured again
 * @property {number} warmup seconds
 * @property {boolean} pinned
 * @property {string | undefined} node
 * @property {string | undefined} json
 * @property {string | undefined} markdown
 * @property {string | undefined} profile
 * @property {boolean} help
 */

/** @typedef {import('./rows.mjs').Row} Row */

/** Past 30 s a heartbeat would come between the replies. */
const LONGEST = 20;
/** Minutes. */
const LONGEST_RUN = 600;

/** @param {(row: Row) => boolean} isMeant */
function namesOf(isMeant) {
  return ROWS.filter(isMeant)
    .map(({ name }) => name)
    .join(', ');
}

export const HELP = `npm run bench -- [options]

  --rows A,B          the rows to measure: ${namesOf(isUsual)}
  --rows all          those, and what would make them take too long: ${namesOf((row) => row.onRequest === true)}
  --http              the rows of HTTP, which are not measured otherwise: ${namesOf(isHttp)}
  --rooms             the rows of rooms, which are not measured otherwise: ${namesOf(isRoom)}
  --peers A,B         who takes part: ${NAMES_OF_PEERS.join(', ')}; sluice@FOLDER, another build of sluice;
                      or the path of a module of your own (see bench/peers/counter.mjs)
  --repeats N         measurements of each row and peer, in turns: A B C, B C A, C A B (3; the rows of memory 1)
  --minutes M         after which no row is measured a second time, so that a busy machine comes to an end, too (2)
  --seconds S         length of each measurement, up to ${LONGEST} (0.5)
  --warmup S          before each (0.3, and what a row needs beyond it)
  --connections N     of the echo, handshake and HTTP rows
  --depth N           messages under way on each connection of the echo rows
  --size N            bytes of a message of the echo rows
  --subscribers N     of the fan-out rows (1000)
  --members N         of the rooms (300)
  --idle N            connections of the rows of memory (10000, 1000, 2000), those included that are not counted
  --no-pin            leave it to the system on which core a process runs
  --node N            the Node that runs the servers: a path, or a version (24), which npm fetches
  --json FILE         every single measurement, for other programs
  --markdown FILE     the table, for a page
  --profile FOLDER    a CPU profile of each server; bench/profile.mjs sums it up
`;

/**
 * @param {string[]} args
 * @returns {Options}
 * @throws TypeError or RangeError saying which argument is wrong, and what was expected
 */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      rows: { type: 'string' },
      http: { type: 'boolean', default: false },
      rooms: { type: 'boolean', default: false },
      peers: { type: 'string' },
      repeats: { type: 'string' },
      minutes: { type: 'string', default: '2' },
      seconds: { type: 'string', default: '0.5' },
      warmup: { type: 'string' },
      connections: { type: 'string' },
      depth: { type: 'string' },
      size: { type: 'string' },
      subscribers: { type: 'string' },
      members: { type: 'string' },
      idle: { type: 'string' },
      'no-pin': { type: 'boolean', default: false },
      node: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const connections = count('connections', values.connections);
  const depth = count('depth', values.depth);
  const size = count('size', values.size);
  const subscribers = count('subscribers', values.subscribers);
  const members = count('members', values.members);
  const idle = count('idle', values.idle);
  const repeats = count('repeats', values.repeats);
  const isGroup = (/** @type {Row} */ row) => (values.http && isHttp(row)) || (values.rooms && isRoom(row));
  const wanted =
    values.rows === undefined && (values.http || values.rooms)
      ? ROWS.filter(isGroup)
      : rowsNamed(values.rows?.split(','));
  /** @type {Record<Row['load'], Partial<Row>>} */
  const changes = {
    echo: given({ connections, depth, size }),
    fanout: given({ connections: subscribers }),
    handshake: given({ connections }),
    idle: given({ connections: idle }),
    http: given({ connections }),
    room: given({ connections: members }),
  };
  return {
    rows: wanted.map((row) => {
      const change = changes[row.load];
      const words = Object.entries(change).map(([name, value]) => `${name} ${value}`);
      const title = words.length === 0 ? row.title : `${row.title}; here ${words.join(', ')}`;
      // What a row has of its own gives way to what is asked for.
      const warmup = values.warmup === undefined ? row.warmup : undefined;
      return { ...row, ...change, title, warmup, repeats: repeats ?? row.repeats };
    }),
    peers: values.peers?.split(',') ?? [...NAMES_OF_PEERS],
    repeats: repeats ?? 3,
    minutes: positive('minutes', values.minutes, LONGEST_RUN),
    seconds: positive('seconds', values.seconds, LONGEST),
    warmup: positive('warmup', values.warmup ?? '0.3', LONGEST),
    pinned: !values['no-pin'],
    node: values.node,
    json: values.json,
    markdown: values.markdown,
    profile: values.profile,
    help: values.help,
  };
}

/**
 * @param {{ [K in keyof Row]?: Row[K] | undefined }} change
 * @returns {Partial<Row>} without what was not given
 */
function given(change) {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

/**
 * @param {string} name
 * @param {string | undefined} value
 * @returns {number | undefined}
 */
function count(name, value) {
  if (value === undefined) return undefined;
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new RangeError(`--${name} must be a whole number from 1 on, got "${value}"`);
  return Number(value);
}

/**
 * @param {string} name
 * @param {string} value
 * @param {number} most
 * @returns {number}
 */
function positive(name, value, most) {
  const number = Number(value);
  if (!(number > 0 && number <= most)) {
    throw new RangeError(`--${name} must be more than 0 and at most ${most}, got "${value}"`);
  }
  return number;
}
