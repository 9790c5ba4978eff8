// Fetches with npm what the benchmark needs and the repository does not have: other servers, other versions of Node. Says
// why when it cannot; a machine without a network measures what is there.
// @ts-check
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Milliseconds for one installation. */
const PATIENCE = 120_000;
const OPTIONS = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', '--fetch-retries=1'];

/**
 * @param {string} folder with the package.json that says what to install
 * @returns {string | undefined} `undefined` when all went well, or why it did not
 */
function install(folder) {
  const windows = process.platform === 'win32';
  const run = spawnSync('npm', ['install', ...OPTIONS], {
    cwd: folder,
    encoding: 'utf8',
    timeout: PATIENCE,
    shell: windows,
  });
  if (run.error !== undefined) return run.error.message;
  if (run.status === 0) return undefined;
  return run.stderr.trim().split('\n')[0] || `npm ended with ${run.signal ?? run.status}`;
}

export { install as installPackagesOf };

/**
 * A Node of another version, from the packages of npm that hold one.
 *
 * @param {string} folder where it is kept
 * @param {string} version such as 24, or 24.8.0
 * @returns {string} the path of the binary
 * @throws Error saying why it cannot be had
 */
export function nodeOfVersion(folder, version) {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const place = join(folder, `.node-${version}`);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify({ private: true, dependencies: { [name]: version } }));
  const problem = install(place);
  if (problem !== undefined)
    throw new Error(`Node ${version} could not be installed from the package ${name}: ${problem}`);
  return join(place, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}
