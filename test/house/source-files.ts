// Reads the files of a folder of the repository for the house tests.
// It is the only file of test/house that touches the disk for them; the checks themselves are given strings.
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Every file below `folder` (relative to the root), with `/` between the parts, sorted; empty when there is no such folder. */
export function filesBelow(folder: string): string[] {
  try {
    return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(ROOT, folder).length + 1))
      .map((path) => path.split(sep).join('/'))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Path below src/ → text, for every TypeScript file of the product. */
export function readSources(): Map<string, string> {
  const paths = filesBelow('src').filter((path) => path.endsWith('.ts'));
  return new Map(paths.map((path) => [path, readFileSync(join(ROOT, 'src', path), 'utf8')]));
}
