// Builds dist/ from src/: `node scripts/build.mjs`. tsc compiles, bundle.mjs makes few modules of many, and whatever is not
// TypeScript (a page, a style) is copied. It builds beside dist/ and swaps at the end, so that a failed build leaves the old
// one whole and no deleted file lingers. It uses nothing but Node, and tsc and esbuild of node_modules.
// @ts-check
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, realpathSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What dist/ is made from, relative to the root. */
const INGREDIENTS = ['src', 'tsconfig.json', 'tsconfig.build.json'];

/**
 * The time of the last change in a file or anywhere in a folder, in milliseconds; 0 when there is nothing.
 * Folders count too: deleting a file changes nothing but the folder it stood in.
 *
 * @param {string} path
 * @returns {number}
 */
export function lastChange(path) {
  if (!existsSync(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  const inside = readdirSync(path).map((name) => lastChange(join(path, name)));
  return Math.max(stats.mtimeMs, ...inside);
}

/**
 * Whether dist/ is missing or older than what it is made from.
 *
 * @param {string} [root]
 * @returns {boolean}
 */
export function buildIsStale(root = ROOT) {
  const dist = join(root, 'dist');
  // The build stamps dist/ itself with the time it began; the files inside are younger and prove nothing.
  return !existsSync(dist) || INGREDIENTS.some((name) => lastChange(join(root, name)) > statSync(dist).mtimeMs);
}

/**
 * Builds dist/ anew.
 *
 * @param {string} [root]
 * @returns {boolean} false when tsc found a mistake: it has said so itself, and the old dist/ stands as it was
 */
export function build(root = ROOT) {
  const began = new Date();
  const next = join(root, `.dist-${process.pid}`);
  try {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', next], {
      cwd: root,
      stdio: 'inherit',
    });
    if (compiled.status !== 0) return false;
    bundle(root, next);
    cpSync(join(root, 'src'), next, {
      recursive: true,
      filter: (source) => statSync(source).isDirectory() || !source.endsWith('.ts'),
    });
    utimesSync(next, began, began);
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    renameSync(next, join(root, 'dist'));
    return true;
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  process.exitCode = build() ? 0 : 1;
}
