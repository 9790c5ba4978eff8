// `node bench/wire.mjs`: how many bytes a message takes on the wire over each transport, counted by a TCP proxy between the
// two ends. Each message is held against what was sent. Bytes do not depend on the machine, nor on what else it does.
// @ts-check
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { roundOf } from './load/messages.mjs';
import { Kind } from './record.mjs';
import { CountingProxy } from './wire/counting-proxy.mjs';
import { plainHttpTransports } from './wire/plain-http.mjs';
import { roomTransports } from './wire/rooms.mjs';
import { wireTables } from './wire/table.mjs';
import { websocketTransports } from './wire/websocket.mjs';

const HELP = `node bench/wire.mjs [options]

  --json FILE      the figures, for bench/publish.mjs
  --dist FOLDER    the build of sluice (dist)
`;

/**
 * A way for messages in both directions. The next transport is one more of these.
 *
 * @typedef {object} Transport
 * @property {string} name
 * @property {() => Promise<Server>} open
 */

/**
 * @typedef {object} Server
 * @property {number} port
 * @property {(port: number) => Promise<Link>} connect through the proxy at this port; what it takes is counted as opening
 * @property {() => Promise<unknown>} close
 */

/**
 * Both promise what has arrived, and settle when all that belongs to the message has passed.
 *
 * @typedef {object} Link
 * @property {(text: string) => Promise<string>} toServer
 * @property {(text: string) => Promise<string>} toClient
 */

/**
 * @typedef {object} WireFinding
 * @property {string} transport
 * @property {number} opening bytes before the first message
 * @property {number[]} toServer bytes of one message from the client, on average, for each size
 * @property {number[]} toClient the same for messages from the server
 */

/**
 * @typedef {object} WireRecord
 * @property {'wire'} kind
 * @property {{ content: string, bytes: number, count: number }[]} messages mean size of each kind, and how many were sent
 * @property {WireFinding[]} findings
 */

/** JSON has at least one entry, about 100 bytes. */
const MESSAGES = /** @type {const} */ ([
  { content: 'JSON', size: 1 },
  { content: 'JSON', size: 1024 },
  { content: 'JSON', size: 16 * 1024 },
]);

/**
 * @param {Transport} transport
 * @param {string[][]} messages texts of each kind
 * @returns {Promise<WireFinding>}
 * @throws Error when something else arrives than was sent
 */
export async function measureWire({ name, open }, messages) {
  const server = await open();
  const proxy = new CountingProxy(server.port);
  try {
    const link = await server.connect(await proxy.listen());
    const opening = proxy.bytes;
    /** @type {Record<'toServer' | 'toClient', number[]>} */
    const found = { toServer: [], toClient: [] };
    for (const direction of /** @type {const} */ (['toServer', 'toClient'])) {
      // Connections that a direction needs of its own, such as that of its first POST, are none of a message.
      for (const texts of messages) {
        const before = proxy.bytes;
        for (const text of texts) {
          const arrived = await link[direction](text);
          if (arrived !== text) throw new Error(`${name}: "${arrived}" arrived, and "${text}" was sent`);
        }
        found[direction].push(Math.round((proxy.bytes - before) / texts.length));
      }
    }
    return { transport: name, opening, ...found };
  } finally {
    await server.close();
    await proxy.close();
  }
}

/**
 * @param {string[]} args
 */
async function main(args) {
  const { values: options } = parseArgs({
    args,
    options: {
      json: { type: 'string' },
      dist: { type: 'string', default: fileURLToPath(new URL('../dist', import.meta.url)) },
      help: { type: 'boolean', default: false },
    },
  });
  if (options.help) {
    console.log(HELP);
    return;
  }
  const entry = join(resolve(options.dist), 'index.js');
  if (!existsSync(entry))
    throw new Error(`there is no build of sluice in ${options.dist}: npm run build makes one in dist/`);
  const [sluice, { Rooms }, { readBody }] = await Promise.all(
    ['index.js', 'rooms/index.js', 'poll/index.js'].map(
      (name) => import(pathToFileURL(join(resolve(options.dist), name)).href),
    ),
  );
  const messages = MESSAGES.map(({ size }) =>
    roundOf({ content: 'json', size, compression: 'none' }).payloads.map((payload) => payload.toString()),
  );
  const findings = [];
  const transports = [
    ...websocketTransports(sluice),
    ...roomTransports({ ...sluice, Rooms, readBody }),
    ...plainHttpTransports(),
  ];
  for (const transport of transports) findings.push(await measureWire(transport, messages));
  /** @type {WireRecord} */
  const record = {
    kind: Kind.Wire,
    messages: messages.map((texts, index) => ({
      content: MESSAGES[index]?.content ?? '',
      bytes: Math.round(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length),
      count: texts.length,
    })),
    findings,
  };
  console.log(wireTables(record));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(record, null, 1)}\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    console.error(`bench: ${/** @type {Error} */ (error).message}`);
    process.exitCode = 1;
  }
}
