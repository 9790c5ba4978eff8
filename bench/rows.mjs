// What is measured: one entry for each row of the table. A new row is a new entry here, and a new kind of load is a new
// file in load/; nothing else knows the rows by name.
// @ts-check

/**
 * @typedef {object} Row
 * @property {string} name as `--rows` takes it
 * @property {string} title what happens, in a few words
 * @property {'echo' | 'fanout' | 'handshake' | 'idle' | 'http' | 'room'} load the file in load/ that makes the load
 * @property {'binary' | 'text' | 'json'} content what the messages are made of
 * @property {number} size bytes of a message
 * @property {number} connections how many are open, or with `handshake` being opened, at a time
 * @property {number} depth messages under way on each connection; with `idle`, how many each has echoed
 * @property {number} burst messages that the server sends to everybody for each one it gets
 * @property {'none' | 'no-context-takeover' | 'default'} compression permessage-deflate: not agreed; without context takeover on
 *   both sides; or what comes of the offer of a browser and a server that has it switched on and nothing else
 * @property {string} unit what is counted
 * @property {boolean | undefined} [asString] of an echo: the server makes a string of each message and sends that
 * @property {number | undefined} [warmup] units before the measurement, where the seconds of warm-up bring too few for V8 to have compiled
 *   what it will compile
 * @property {number | undefined} [partBefore] with `idle`: the part of the connections that is there, and has echoed as much, before the
 *   counting begins; a tenth, if it does not say
 * @property {boolean | undefined} [onRequest] measured only when its name, or all rows are asked for: all of them at once take too long
 * @property {number | undefined} [repeats] where `--repeats` does not say: of what hardly varies, one is enough
 * @property {readonly string[]} without peers for which the row has no meaning
 * @property {Transport | undefined} [transport] with `room`: how its members hear
 * @property {number | undefined} [instances] with `room`: servers that share a Redis; 1 without Redis, if it does not say
 * @property {string | undefined} [baseline] the row that the CPU of this one is compared with
 */

/** @typedef {'websocket' | 'event-stream' | 'poll'} Transport */

/** Peers that take part in the rows of rooms alone. */
const ONLY_IN_ROOMS = ['broadcast', 'socket.io', 'better-sse', 'http-joined'];
const NOT_IN_ROOMS = ['ws', 'bun', 'raw'];

/** What a row is unless it says otherwise. */
const USUAL = /** @type {const} */ ({
  load: 'echo',
  content: 'binary',
  size: 64,
  connections: 64,
  depth: 1,
  burst: 1,
  compression: 'none',
  unit: 'message',
  // V8 compiles the last of what it will compile for good after some 20,000 messages.
  warmup: 40_000,
  without: ['http', ...ONLY_IN_ROOMS],
});

/** The memory of connections that have compressed. */
const DEFLATED = /** @type {const} */ ({
  load: 'idle',
  content: 'json',
  size: 1024,
  depth: 16,
  compression: 'default',
  repeats: 1,
  unit: 'connection',
  without: ['http', 'raw', ...ONLY_IN_ROOMS],
});

/** The same for rows of rooms. */
const ROOM = /** @type {const} */ ({
  load: 'room',
  content: 'json',
  size: 100,
  connections: 300,
  depth: 1,
  burst: 1,
  compression: 'none',
  unit: 'delivery',
  warmup: 60_000,
});

const KIB = 1024;
const MIB = 1024 * KIB;

/** @type {readonly Row[]} */
export const ROWS = [
  { ...USUAL, name: 'echo-64', title: '64 B binary, 64 connections, one in flight' },
  { ...USUAL, name: 'echo-64-pipelined', title: '64 B binary, 64 connections, 16 in flight on each', depth: 16 },
  {
    ...USUAL,
    name: 'echo-64-text',
    title: '64 B text, sent back as it came, 64 connections, 16 in flight on each',
    content: 'text',
    depth: 16,
  },
  {
    ...USUAL,
    name: 'echo-64-string',
    title: '64 B text, made a string and sent back as one, 64 connections, 16 in flight on each',
    content: 'text',
    depth: 16,
    asString: true,
    onRequest: true,
    without: ['http', 'raw', ...ONLY_IN_ROOMS],
  },
  {
    ...USUAL,
    name: 'echo-1k-pipelined',
    title: '1 KiB binary, 64 connections, 16 in flight on each',
    size: KIB,
    depth: 16,
  },
  { ...USUAL, name: 'echo-16k', title: '16 KiB binary, 64 connections, one in flight', size: 16 * KIB, warmup: 10_000 },
  {
    ...USUAL,
    name: 'echo-1m',
    title: '1 MiB binary, 8 connections, one in flight',
    size: MIB,
    connections: 8,
    warmup: 100,
  },
  {
    ...USUAL,
    name: 'fanout-1',
    title: '100 B to each of 1,000 subscribers, one at a time',
    load: 'fanout',
    size: 100,
    connections: 1000,
    unit: 'delivery',
  },
  {
    ...USUAL,
    name: 'fanout-16',
    title: '100 B to each of 1,000 subscribers, 16 at a time',
    load: 'fanout',
    size: 100,
    connections: 1000,
    burst: 16,
    unit: 'delivery',
  },
  {
    ...USUAL,
    name: 'deflate-1k',
    title: '1 KiB of JSON compressed both ways without context takeover, 64 connections, 16 in flight on each',
    content: 'json',
    size: KIB,
    depth: 16,
    compression: 'no-context-takeover',
    warmup: 2000,
    without: ['http', 'raw', ...ONLY_IN_ROOMS],
  },
  {
    ...USUAL,
    name: 'handshake',
    title: 'connect, 101, closing handshake, TCP closed; the head of a browser, 32 at a time',
    load: 'handshake',
    connections: 32,
    // So many that V8 is done with most of its compiling, which counts as CPU of the server: see docs/performance.md.
    warmup: 12_000,
    unit: 'connection',
  },
  {
    ...USUAL,
    name: 'echo-64-10k',
    title: '64 B binary, 10,000 connections, one in flight: what a message costs when there are many who might speak',
    connections: 10_000,
    // Each connection four times.
    warmup: 40_000,
    repeats: 2,
    baseline: 'echo-64',
  },
  {
    ...USUAL,
    name: 'idle-10k',
    title: 'resident memory of each of 10,000 open connections that echoed one message',
    load: 'idle',
    connections: 10_000,
    repeats: 1,
    unit: 'connection',
  },
  {
    ...USUAL,
    ...DEFLATED,
    name: 'deflated-1k-conns',
    title:
      'resident memory of each of 1,000 open connections that echoed 16 compressed messages of 1 KiB; default settings',
    connections: 1000,
  },
  {
    ...USUAL,
    ...DEFLATED,
    name: 'deflated-2k-conns',
    title: 'the same of the second thousand: what is there once for such a burst of messages is not counted',
    connections: 2000,
    partBefore: 0.5,
    onRequest: true,
  },
  {
    ...USUAL,
    name: 'http-426',
    title: 'GET of a server that wants an upgrade: 426, each on a connection of its own, 32 at a time (autocannon)',
    load: 'http',
    connections: 32,
    warmup: 2000,
    unit: 'request',
    without: ['raw', ...ONLY_IN_ROOMS],
  },
  {
    ...USUAL,
    name: 'http-fallback',
    title: 'GET of a page beside the WebSocket server: 200 from its node:http listener, 32 connections (autocannon)',
    load: 'http',
    connections: 32,
    warmup: 2000,
    unit: 'request',
    without: ['raw', ...ONLY_IN_ROOMS],
  },
  ...roomRows('ws', 'websocket', [1, 16], ['broadcast', 'socket.io']),
  ...roomRows('sse', 'event-stream', [1, 16], ['better-sse', 'http', 'http-joined']),
  ...roomRows('poll', 'poll', [1], ['http']),
  ...roomRows('redis', 'websocket', [1, 16], ['socket.io'], 2),
];

/**
 * The rows of rooms over one transport.
 *
 * @param {string} name
 * @param {Transport} transport
 * @param {readonly number[]} bursts
 * @param {readonly string[]} others peers besides sluice
 * @param {number} [instances]
 * @returns {Row[]}
 */
function roomRows(name, transport, bursts, others, instances) {
  const members =
    instances === undefined ? '300 members' : `300 members, half of them on each of ${instances} instances`;
  const ways = { websocket: 'WebSocket', 'event-stream': 'Server-Sent Events', poll: 'long polling' };
  const through = instances === undefined ? '' : ', across Redis';
  return bursts.map((burst) => ({
    ...ROOM,
    name: `room-${name}-${burst}`,
    title: `100 B of JSON to ${members} of a room over ${ways[transport]}${through}, ${burst === 1 ? 'one' : burst} at a time`,
    transport,
    burst,
    instances,
    without: [...NOT_IN_ROOMS, 'http', ...ONLY_IN_ROOMS].filter((peer) => !others.includes(peer)),
  }));
}

/** The rows of requests that are no upgrades: measured when asked for. */
export const isHttp = (/** @type {Row} */ { load }) => load === 'http';

/** The rows of rooms: measured when asked for. */
export const isRoom = (/** @type {Row} */ { load }) => load === 'room';

/** The rows that are measured when nothing is asked for. */
export const isUsual = (/** @type {Row} */ row) => row.onRequest !== true && !isHttp(row) && !isRoom(row);

/** Asks for the usual rows, and for those that are measured on request besides. */
export const ALL = 'all';

/** Whether a row needs a Redis. */
export const needsRedis = (/** @type {Row} */ { instances }) => instances !== undefined;

/**
 * The rows with these names.
 *
 * @param {readonly string[] | undefined} names `undefined` for those that are measured when nothing is asked for
 * @returns {Row[]}
 * @throws RangeError naming the row that there is not
 */
export function rowsNamed(names) {
  if (names === undefined) return ROWS.filter(isUsual);
  if (names.length === 1 && names[0] === ALL) return ROWS.filter((row) => !isHttp(row) && !isRoom(row));
  return names.map((name) => {
    const row = ROWS.find((each) => each.name === name);
    if (row === undefined) {
      throw new RangeError(`there is no row "${name}": expected ${ROWS.map((each) => each.name).join(', ')}`);
    }
    return row;
  });
}
