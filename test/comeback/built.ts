// The programs of the tests, as they are run: the server that was built, and what goes into pages and processes, bundled. Nothing
// here starts anything.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildIsStale } from '../../scripts/build.mjs';
import { CACHE, compile } from '../../scripts/compile.mjs';
import { ROOT } from '../house/source-files.ts';

/** What was made for one test file, and goes with it. */
export class Built {
  /** For whatever else has to be a file. */
  readonly folder: string;
  /** The command `sluice`. */
  readonly server: string;

  constructor() {
    mkdirSync(CACHE, { recursive: true });
    // A place of its own: several files are tested at once.
    this.folder = mkdtempSync(join(CACHE, 'sluice-comeback-'));
    try {
      this.server = this.#server();
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** A file for Node, of a program below test/comeback. */
  program(name: string): string {
    const file = join(this.folder, `${name}.mjs`);
    // What package.json says of side effects, it says of dist/.
    const options = ['--platform=node', '--format=esm', '--ignore-annotations', `--outfile=${file}`];
    bundle(`test/comeback/${name}.ts`, ...options);
    return file;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** dist/, which CI has built; where it is out of date, the sources as they stand. */
  #server(): string {
    if (!buildIsStale()) return join(ROOT, 'dist/cli/main.js');
    if (compile('comeback', this.folder, ['src/app/page']) === undefined) throw new Error('it cannot be compiled');
    return join(this.folder, 'src/cli/main.js');
  }
}

/** A script for a page, of a program below test/comeback. */
export function pageScript(name: string): string {
  return bundle(`test/comeback/${name}.ts`, '--minify', '--format=iife');
}

function bundle(...options: readonly string[]): string {
  const esbuild = join(ROOT, 'node_modules/.bin/esbuild');
  return execFileSync(esbuild, ['--bundle', '--log-level=error', ...options], { cwd: ROOT, encoding: 'utf8' });
}
