// Who takes part: where the server of each peer is, and where its library comes from. A new peer is a new entry here and
// a file in peers/; a module of your own with the same `start` takes part by its path.
// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installPackagesOf } from './npm.mjs';

const FOLDER = fileURLToPath(new URL('peers/', import.meta.url));
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
/** Milliseconds for a program to say its version. */
const PATIENCE = 10_000;

/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {string} module URL of the module with `start`: see peers/counter.mjs
 * @property {string} roomModule URL of the module with `startRoom`: see peers/rooms/room.mjs
 * @property {boolean} verbatim whether it sends the client's frames back as they came
 * @property {string} [dist] of sluice: the folder with the build
 * @property {string} [version] of the library
 * @property {string} [runtime] the path of what runs it, where that is not Node
 */

/** @type {readonly { name: string, package?: string, verbatim?: boolean, isRuntime?: boolean }[]} */
const KNOWN = [
  { name: 'sluice' },
  { name: 'ws', package: 'ws' },
  { name: 'bun', package: 'bun', isRuntime: true },
  { name: 'raw', verbatim: true },
  // Only for the rows of HTTP and of rooms.
  { name: 'http' },
  // Only for the rows of rooms.
  { name: 'broadcast' },
  { name: 'socket.io', package: 'socket.io' },
  { name: 'better-sse', package: 'better-sse' },
  { name: 'http-joined' },
];

export const NAMES_OF_PEERS = KNOWN.map(({ name }) => name);

/**
 * The peers that can be had.
 *
 * @param {readonly string[]} wanted the names of those above; `sluice@FOLDER` for another build of sluice; the path of a module
 * @param {(message: string) => void} say told of each peer that cannot be had, or not as it should be
 * @returns {Peer[]}
 * @throws RangeError naming the peer that there is not
 */
export function findPeers(wanted, say) {
  const peers = [];
  for (const name of wanted) {
    const peer = findPeer(name, say);
    if (peer !== undefined) peers.push(peer);
  }
  return peers;
}

/**
 * @param {string} wanted
 * @param {(message: string) => void} say
 * @returns {Peer | undefined}
 */
function findPeer(wanted, say) {
  if (wanted.endsWith('.mjs')) {
    const module = pathToFileURL(resolve(wanted)).href;
    return { name: basename(wanted, '.mjs'), module, roomModule: module, verbatim: false };
  }
  const at = wanted.indexOf('@');
  const name = at === -1 ? wanted : wanted.slice(0, at);
  const known = KNOWN.find((each) => each.name === name);
  if (known === undefined || (at !== -1 && name !== 'sluice')) {
    const expected = `${NAMES_OF_PEERS.join(', ')}, sluice@FOLDER, or the path of a module that ends in .mjs`;
    throw new RangeError(`there is no peer "${wanted}": expected ${expected}`);
  }
  /** @type {Peer} */
  const peer = {
    name: at === -1 ? name : `sluice@${basename(resolve(wanted.slice(at + 1)))}`,
    module: new URL(`peers/${name}.mjs`, import.meta.url).href,
    roomModule: new URL(`peers/rooms/${name}.mjs`, import.meta.url).href,
    verbatim: known.verbatim === true,
  };
  if (name === 'sluice' || name === 'broadcast') peer.dist = at === -1 ? DIST : resolve(wanted.slice(at + 1));
  if (known.package === undefined) return peer;

  const version = versionAtHand(known.package, say);
  if (version === undefined) return undefined;
  if (!known.isRuntime) return { ...peer, version };
  const runtime = binaryOf(known.package);
  const run = spawnSync(runtime, ['--version'], { encoding: 'utf8', timeout: PATIENCE });
  if (run.status === 0) return { ...peer, version, runtime };
  say(
    `${name} is left out: ${name} ${version} does not run here: ${(run.error?.message ?? run.stderr).trim().split('\n')[0]}`,
  );
  return undefined;
}

/**
 * @param {string} name of a package with one program
 * @returns {string} the path of the program
 */
function binaryOf(name) {
  const folder = placeOf(name) ?? FOLDER;
  return join(folder, JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).bin[name]);
}

/**
 * Makes sure of the version that bench/peers/package.json pins, from wherever Node finds it, and fetches it if need be.
 *
 * @param {string} name of the package
 * @param {(message: string) => void} say
 * @returns {string | undefined} the version at hand; `undefined` when there is none
 */
function versionAtHand(name, say) {
  const pinned = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8')).dependencies[name];
  let found = installedVersion(name);
  if (found === pinned) return found;
  say(`fetching ${name} ${pinned} into bench/peers, this happens once.`);
  const problem = installPackagesOf(FOLDER);
  found = installedVersion(name);
  if (found === undefined) say(`${name} is left out: ${name} ${pinned} could not be fetched: ${problem}`);
  else if (found !== pinned)
    say(`${name} ${pinned} could not be fetched (${problem}): measuring ${found}, which is at hand.`);
  return found;
}

/**
 * @param {string} name of a package
 * @returns {string | undefined} the version that a peer will import
 */
function installedVersion(name) {
  const place = placeOf(name);
  return place === undefined ? undefined : JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')).version;
}

/**
 * @param {string} name of a package
 * @returns {string | undefined} its folder
 */
function placeOf(name) {
  // In the order in which Node looks. Not by require(), which would not look again for what it has found once.
  const places = [FOLDER, ROOT].map((folder) => join(folder, 'node_modules', name));
  return places.find((path) => existsSync(join(path, 'package.json')));
}
