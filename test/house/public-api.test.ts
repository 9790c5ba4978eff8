// Pins the names of every subpath, so that adding one is a decision and losing one is impossible to overlook.
// The sources are imported, not dist/: what is promised must hold before anything is built.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PUBLIC_NAMES } from './public-names.ts';
import { ROOT } from './source-files.ts';

type Target = string | { readonly types: string; readonly default: string };
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: Record<string, Target> };
const subpaths = Object.entries(manifest.exports).filter(([subpath]) => subpath !== './package.json');

test('package.json and the pinned names speak of the same subpaths', () => {
  expect(subpaths.map(([subpath]) => subpath).sort()).toEqual(Object.keys(PUBLIC_NAMES).sort());
});

describe.each(subpaths)('%s', (subpath, target) => {
  test('has declarations beside its code', () => {
    expect(target).toMatchObject({ types: expect.stringMatching(/^\.\/dist\/.*\.d\.ts$/) });
    expect(target).toMatchObject({ default: (target as { types: string }).types.replace(/\.d\.ts$/, '.js') });
  });

  test('exports exactly the names that are promised', async () => {
    const built = typeof target === 'string' ? target : target.default;
    const source = built.replace('./dist/', './src/').replace(/\.js$/, '.ts');
    const names = Object.keys(await import(join(ROOT, source)));
    expect(names.sort()).toEqual([...(PUBLIC_NAMES[subpath] ?? [])].sort());
  });
});

test('what a subpath is in Node has the same names', async () => {
  const conditional = Object.entries(manifest.exports).filter(
    ([, target]) => typeof target !== 'string' && 'node' in target,
  );
  expect(conditional.map(([subpath]) => subpath)).toEqual(['./resilient']);
  for (const [subpath, target] of conditional as unknown as [string, { node: string }][]) {
    const source = target.node.replace('./dist/', './src/').replace(/\.js$/, '.ts');
    expect(Object.keys(await import(join(ROOT, source))).sort()).toEqual([...(PUBLIC_NAMES[subpath] ?? [])].sort());
  }
});

/** What `require()` of the built package gives is the export called "module.exports": it must be shaped as `ws` is. */
describe.each(['.', './ws'])('%s, required as ws is', (subpath) => {
  test('is the class, and carries its companions', async () => {
    const module = await import(join(ROOT, subpath === '.' ? 'src/index.ts' : 'src/ws.ts'));
    const required = module['module.exports'];
    expect(required).toBe(module.WebSocket);
    expect(module.default).toBe(module.WebSocket);
    const companions = (PUBLIC_NAMES[subpath] ?? []).filter((name) => name !== 'default' && name !== 'module.exports');
    for (const name of companions) expect(required[name], name).toBe(module[name]);
    expect(required.Server).toBe(module.WebSocketServer);
  });
});
