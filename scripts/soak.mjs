// npm run soak: makes JavaScript of the soak and of src/, and runs it, on any Node that is supported. What is compiled is
// what stands in src/ now; there is no dist/ to be out of date.
// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const at = (/** @type {string} */ path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const BUILT = at('node_modules/.cache/sluice-soak');

/** The program, once it is compiled. */
export const SOAK = `${BUILT}/test/soak/main.js`;

/**
 * Makes it.
 *
 * @returns {boolean} false when tsc found a mistake, of which it has told
 */
export function compileSoak() {
  const tsc = [at('node_modules/typescript/bin/tsc'), '-p', at('test/soak/tsconfig.json')];
  if (spawnSync(process.execPath, tsc, { stdio: 'inherit' }).status !== 0) return false;
  writeFileSync(`${BUILT}/package.json`, '{"type":"module"}\n');
  return true;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  process.exitCode = 1;
  if (compileSoak()) {
    const soak = spawn(process.execPath, [SOAK, ...process.argv.slice(2)], { stdio: 'inherit' });
    // Whoever ends this ends the soak, which ends what it has started.
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => soak.kill(signal));
    soak.on('exit', (code) => {
      process.exitCode = code ?? 1;
    });
  }
}
