// Programs of test/ that are written in TypeScript and run by themselves: makes JavaScript of one and of all that it imports,
// src/ as it stands included. Node 20 runs no TypeScript, and dist/ may be out of date or not there.
// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Inside node_modules, so that what is compiled finds its packages. */
export const CACHE = join(ROOT, 'node_modules', '.cache');

/**
 * Compiles the program of `test/<name>/tsconfig.json`.
 *
 * @param {string} name
 * @param {string} [folder] where to
 * @param {readonly string[]} [assets] what it reads besides: files and folders, as paths from the root
 * @returns {string | undefined} the folder, which has `test/<name>/`; `undefined` when tsc found a mistake, of which it has told
 */
export function compile(name, folder = join(CACHE, `sluice-${name}`), assets = []) {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = join(ROOT, 'test', name, 'tsconfig.json');
  mkdirSync(folder, { recursive: true });
  const { status } = spawnSync(process.execPath, [tsc, '-p', project, '--outDir', folder], { stdio: 'inherit' });
  if (status !== 0) return undefined;
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}\n');
  for (const path of assets) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true, filter: (source) => !source.endsWith('.ts') });
  }
  return folder;
}

/**
 * Compiles `test/<name>/main.ts` and runs it in the place of this process, with its arguments.
 *
 * @param {string} name
 * @param {readonly string[]} [assets] see {@link compile}
 */
export function runProgram(name, assets) {
  const folder = compile(name, undefined, assets);
  process.exitCode = 1;
  if (folder === undefined) return;
  const program = join(folder, 'test', name, 'main.js');
  const child = spawn(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Whoever ends this ends the program, which ends what it has started.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
