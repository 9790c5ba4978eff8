// What `npm start`, `npm test` and `npm run bench` do: install and build if need be, then run. A fresh clone and Node are enough.
// Usage: node scripts/newcomer.mjs start|test|bench [arguments…]. It does nothing twice: what is up to date is left alone.
// No dependencies, and plain syntax: an old Node must get far enough to be told that it is too old.
// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Each command: the file that Node runs, the arguments in front of the caller's, and whether it needs dist/. */
const COMMANDS = new Map([
  ['start', { run: ['dist/cli/main.js', 'serve'], needsBuild: true }],
  ['test', { run: ['node_modules/vitest/vitest.mjs', 'run'], needsBuild: false }],
  ['bench', { run: ['bench/run.mjs'], needsBuild: true }],
]);

/**
 * Whether `version` ("v20.19.1") satisfies `range` (">=20.19.0", the only form package.json uses).
 *
 * @param {string} version
 * @param {string} range
 * @returns {boolean}
 */
export function nodeIsNewEnough(version, range) {
  const [major, minor, patch] = numbersOf(version);
  const [wantedMajor, wantedMinor, wantedPatch] = numbersOf(range);
  if (major !== wantedMajor) return major > wantedMajor;
  if (minor !== wantedMinor) return minor > wantedMinor;
  return patch >= wantedPatch;
}

/**
 * @param {string} text
 * @returns {[number, number, number]} major, minor, patch
 */
function numbersOf(text) {
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(text);
  if (found === null) throw new RangeError(`expected a version with three numbers, got "${text}"`);
  return [Number(found[1]), Number(found[2]), Number(found[3])];
}

/**
 * Whether node_modules is missing or older than package-lock.json. npm leaves a copy of the lock in node_modules as it
 * ends; a lock that only got a newer date, from a checkout for example, but names the same versions is not newer.
 *
 * @param {string} [root]
 * @returns {boolean}
 */
export function installIsStale(root = ROOT) {
  const lock = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return true;
  if (statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return false;
  const wanted = packagesOf(lock);
  const present = packagesOf(installed);
  return Object.entries(wanted).some(([name, entry]) => {
    const found = present[name];
    const isForOtherMachines = entry.optional === true && found === undefined;
    return name !== '' && !isForOtherMachines && (found === undefined || found.version !== entry.version);
  });
}

/**
 * @param {string} lock
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function packagesOf(lock) {
  return JSON.parse(readFileSync(lock, 'utf8')).packages;
}

/**
 * Installs exactly what package-lock.json names.
 *
 * @returns {boolean} false when npm failed: it has said why
 */
function install() {
  console.log('sluice: installing what package-lock.json names (npm ci); this happens once.');
  // Started by npm, the same npm goes on; started by hand, the one on the path.
  const npm = process.env.npm_execpath;
  const fromNpm = npm !== undefined && /npm-cli\.c?js$/.test(npm);
  const result = fromNpm
    ? spawnSync(process.execPath, [npm, 'ci'], { cwd: ROOT, stdio: 'inherit' })
    : spawnSync('npm', ['ci'], { cwd: ROOT, stdio: 'inherit', shell: process.platform === 'win32' });
  if (result.error !== undefined) console.error(`sluice: npm could not be started: ${result.error.message}`);
  return result.status === 0;
}

/**
 * Runs a file with this Node, hands over the signals it gets, and ends as the child ended.
 *
 * @param {string[]} run
 */
function runNode(run) {
  const child = spawn(process.execPath, run, { cwd: ROOT, stdio: 'inherit' });
  const forward = (/** @type {NodeJS.Signals} */ signal) => {
    // Ctrl-C in a terminal reaches the whole process group: a second SIGINT would tell the server to hurry.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  const watch = watchShellOfNpm(() => forward('SIGTERM'));
  child.on('exit', (code, signal) => {
    clearInterval(watch);
    for (const name of signals) process.off(name, forward);
    if (signal !== null) process.kill(process.pid, signal);
    else process.exitCode = code === null ? 1 : code;
  });
}

/** Milliseconds between two looks at whether npm's shell is still there. */
const LOOK_EVERY = 250;

/**
 * npm runs a script in a shell, and a signal sent to npm ends that shell: nobody tells the script. Left alone, the server
 * would go on without a parent and keep its port.
 *
 * @param {() => void} onGone called once when the shell that npm started is gone
 * @returns {NodeJS.Timeout | undefined} `undefined` when npm did not start this
 */
function watchShellOfNpm(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    onGone();
  }, LOOK_EVERY);
  return watch.unref();
}

/**
 * @param {string[]} args
 * @returns {Promise<number | undefined>} an exit code, or `undefined` when a child has taken over
 */
async function main(args) {
  const range = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).engines.node;
  if (!nodeIsNewEnough(process.version, range)) {
    console.error(`sluice: needs Node ${range}, this is ${process.version}.`);
    return 1;
  }
  const command = COMMANDS.get(args[0] || '');
  if (command === undefined) {
    console.error(`sluice: expected ${[...COMMANDS.keys()].join(', ')} as the first argument, got "${args[0] || ''}".`);
    return 1;
  }
  if (installIsStale() && !install()) return 1;
  if (command.needsBuild) {
    // Loaded only here: an old Node would stumble over its imports before it was told its age.
    const { build, buildIsStale } = await import('./build.mjs');
    if (buildIsStale()) {
      console.log('sluice: building dist/ from src/.');
      if (!build()) return 1;
    }
  }
  runNode([...command.run, ...args.slice(1)]);
  return undefined;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  process.exitCode = await main(process.argv.slice(2));
}
