// Proves that the linter guards the I/O line: planted in a folder below it, a clock, a socket or a print is an error.
// The files stand in a folder of their own with the repository's biome.json; above the line the same code passes.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BELOW_THE_IO_LINE } from './floor-plan.ts';
import { ROOT } from './source-files.ts';

const PLANTED = {
  'a clock': 'export const now = Date.now();',
  'a finer clock': 'export const now = performance.now();',
  'a timer': 'setTimeout(() => {}, 1);',
  'a later turn': 'queueMicrotask(() => {});',
  'the process': 'export const pid = process.pid;',
  'global state': 'Reflect.set(globalThis, "sluice", 1);',
  'a socket': `import { connect } from 'node:net';\nconnect(1);`,
  'a type of a socket': `import type { Socket } from 'node:net';\nexport type S = Socket;`,
  'a socket at run time': `export const net = await import('node:net');`,
  'a file': `export * from 'node:fs';`,
  'an emitter': `import { EventEmitter } from 'node:events';\nexport class Parser extends EventEmitter {}`,
} as const;

let folder: string;
let complaints: { category: string; path: string; severity: string }[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-lint-'));
  cpSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
  const plant = (path: string, source: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${source}\n`);
  };
  for (const [index, source] of Object.values(PLANTED).entries()) {
    for (const below of BELOW_THE_IO_LINE) plant(`src/${below}/planted-${index}.ts`, source);
    plant(`src/app/planted-${index}.ts`, source);
  }
  plant('src/server/print.ts', 'console.log(1);');
  plant('src/cli/print.ts', 'console.log(1);');
  plant('src/server/BadName.ts', 'export const a = 1;');
  plant('src/server/by-default.ts', 'export default 1;');
  plant('src/server/any.ts', 'export const a: any = 1;');
  plant('src/server/enum.ts', 'export enum Opcode { Text }');

  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
  const options = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.'];
  const run = spawnSync(process.execPath, [biome, ...options], { cwd: folder, encoding: 'utf8' });
  complaints = JSON.parse(run.stdout).diagnostics.map(
    (found: { category: string; severity: string; location: { path: string } }) => ({
      category: found.category,
      path: found.location.path,
      severity: found.severity,
    }),
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.keys(PLANTED).map((name, index) => [name, index] as const))('%s', (_, index) => {
  test.each(BELOW_THE_IO_LINE)('is refused in %s/', (below) => {
    const path = `src/${below}/planted-${index}.ts`;
    expect(complaints).toContainEqual({ category: expect.stringMatching(/noRestricted/), path, severity: 'error' });
  });

  test('passes in app/', () => {
    expect(complaints.filter((complaint) => complaint.path === `src/app/planted-${index}.ts`)).toEqual([]);
  });
});

test.each([
  ['src/server/print.ts', 'lint/suspicious/noConsole'],
  ['src/server/BadName.ts', 'lint/style/useFilenamingConvention'],
  ['src/server/by-default.ts', 'lint/style/noDefaultExport'],
  ['src/server/any.ts', 'lint/suspicious/noExplicitAny'],
  ['src/server/enum.ts', 'lint/style/noEnum'],
])('%s breaks %s', (path, category) => {
  expect(complaints).toContainEqual({ category, path, severity: 'error' });
});

test('a command may print', () => {
  expect(complaints.filter((complaint) => complaint.path === 'src/cli/print.ts')).toEqual([]);
});

test('biome.json draws the I/O line where the floor plan draws it', () => {
  const { overrides } = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'));
  const guarded = overrides.find(
    (override: { linter: { rules: { style?: object } } }) =>
      'noRestrictedGlobals' in (override.linter.rules.style ?? {}),
  );
  expect(guarded.includes).toEqual(BELOW_THE_IO_LINE.map((below) => `src/${below}/**`));
});
