// A program that npm has as a package, fetched once into node_modules/.cache: other runtimes, which the tests talk to and no
// user has to install with this package.
// @ts-check
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackagesOf } from '../bench/npm.mjs';

const CACHE = fileURLToPath(new URL('../node_modules/.cache/sluice-programs', import.meta.url));

/**
 * @param {string} name of the package
 * @param {string} version of it, or a range
 * @param {string} program its name in the package's `bin`
 * @returns {string | undefined} the path of the program; `undefined`, with one line of warning, when it cannot be had
 */
export function binaryOf(name, version, program) {
  const place = join(CACHE, `${name}-${version}`);
  // Not what `bin` names: that may be a script, which would outlive whoever ends it.
  const path = join(place, 'node_modules', '.bin', program);
  if (!existsSync(path)) {
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), JSON.stringify({ private: true, dependencies: { [name]: version } }));
    const problem = installPackagesOf(place);
    if (problem !== undefined) {
      console.warn(`${name} ${version} could not be fetched: ${problem}`);
      return undefined;
    }
  }
  return path;
}
