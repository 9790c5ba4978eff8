// What a page has to load: measured by esbuild from the sources, minified and gzipped.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ROOT } from '../house/source-files.ts';

const KIB = 1_024;

interface Metafile {
  readonly outputs: Record<string, { readonly inputs: Record<string, { readonly bytesInOutput: number }> }>;
}

function bundle(names: string) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bundle-'));
  try {
    const [out, meta] = [join(folder, 'out.js'), join(folder, 'meta.json')];
    const options = ['--bundle', '--minify', '--format=esm', '--loader=ts', '--log-level=error'];
    execFileSync(join(ROOT, 'node_modules/.bin/esbuild'), [...options, `--outfile=${out}`, `--metafile=${meta}`], {
      cwd: ROOT,
      input: `export { ${names} } from './src/resilient/index.ts';`,
    });
    const [output] = Object.values((JSON.parse(readFileSync(meta, 'utf8')) as Metafile).outputs);
    const inputs = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
    return { size: gzipSync(readFileSync(out), { level: 9 }).length, inputs: inputs.map(([path]) => path) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('at most 6 KiB without fallbacks, of which nothing is left', () => {
  const { size, inputs } = bundle('ResilientWebSocket');
  expect(inputs.join()).toContain('reconnection.ts');
  expect(inputs.filter((path) => /sse|poll|http|choice|eventstream/.test(path))).toEqual([]);
  expect(size).toBeLessThanOrEqual(6 * KIB);
});

test('at most 9 KiB with all of them', () => {
  const { size, inputs } = bundle('ResilientWebSocket, sse, poll');
  expect(inputs.join()).toContain('eventstream');
  expect(size).toBeLessThanOrEqual(9 * KIB);
});

test('event streams without polls, and polls without event streams', () => {
  expect(bundle('ResilientWebSocket, sse').inputs.join()).not.toContain('poll-transport');
  expect(bundle('ResilientWebSocket, poll').inputs.join()).not.toMatch(/sse-transport|eventstream/);
});
