// What docs/resilience.md says of other clients without having watched them: their versions and sizes, and what stands in their
// manifests and types.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../house/source-files.ts';

const PAGE = readFileSync(join(ROOT, 'docs/resilience.md'), 'utf8');
const NAMES = ['sluice', 'reconnecting-websocket', 'partysocket', 'centrifuge', 'socket.io-client'] as const;

/** Holds a row of the page, but for what stands behind a colon in its cells, against what is found. */
function row(title: string, find: (name: (typeof NAMES)[number]) => string | boolean): void {
  test(title, () => {
    const line = PAGE.split('\n').find((each) => each.startsWith(`| ${title} | `)) ?? '';
    const cells = line
      .split('|')
      .slice(2, -1)
      .map((cell) => cell.trim().replace(/:.*$/, ''));
    const found = NAMES.map(find).map((each) => (typeof each === 'string' ? each : each ? 'yes' : 'no'));
    expect(found).toEqual(cells);
  });
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Record<string, string>;
  readonly exports?: Record<string, unknown>;
}
const folderOf = (name: string): string => (name === 'sluice' ? ROOT : join(ROOT, 'node_modules', name));
const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8')) as Manifest;

test.each(NAMES.slice(1))('the version of %s is the one that is watched', (name) => {
  expect(PAGE).toContain(`${name} ${manifestOf(name).version}`);
});

row('other transports', (name) => {
  const source = {
    sluice: 'src/resilient/transport.ts',
    'reconnecting-websocket': 'dist/reconnecting-websocket.d.ts',
    partysocket: 'ws-DfTZCobx.d.ts',
    centrifuge: 'build/types.d.ts',
    'socket.io-client': '../engine.io-client/build/esm/transports/index.d.ts',
  }[name];
  const text = readFileSync(join(folderOf(name), source), 'utf8');
  const called = {
    polling: /'poll'|polling:/,
    'HTTP streaming': /'http_stream'/,
    SSE: /'sse'/,
    SockJS: /'sockjs'/,
    WebTransport: /'webtransport'|webtransport:/,
  };
  const order = name === 'sluice' ? ['SSE', 'polling'] : Object.keys(called);
  return order.filter((each) => called[each as keyof typeof called].test(text)).join(', ') || 'none';
});

row('Node 20 with nothing given', (name) => {
  const { exports = {} } = manifestOf(name);
  if (name === 'sluice') return 'node' in (exports['./resilient'] as object);
  const engine = name === 'socket.io-client' ? 'engine.io-client' : name;
  return 'ws' in (manifestOf(engine).dependencies ?? {});
});

row('Protobuf', (name) => existsSync(join(folderOf(name), 'build/protobuf')));

row('hooks for React', (name) => './react' in (manifestOf(name).exports ?? {}));

test('the sizes are those that esbuild makes of them', () => {
  const rowsOf = (text: string): Map<string, number[]> =>
    new Map(
      [...text.matchAll(/^\| ([^|]+) \| ([\d,]+) \| ([\d,]+) \|$/gm)].map(([, name = '', ...sizes]) => [
        name,
        sizes.map((size) => Number(size.replaceAll(',', ''))),
      ]),
    );
  const measured = rowsOf(execFileSync(process.execPath, ['scripts/sizes.mjs'], { cwd: ROOT, encoding: 'utf8' }));
  const documented = rowsOf(PAGE);
  expect([...documented.keys()]).toEqual([...measured.keys()]);
  for (const [name, [minified, gzipped = 0]] of measured) {
    const [saysMinified, saysGzipped = 0] = documented.get(name) ?? [];
    expect(saysMinified, name).toBe(minified);
    // One zlib packs a little tighter than another.
    expect(Math.abs(saysGzipped - gzipped) / gzipped, name).toBeLessThan(0.01);
  }
});

test('no row is without its test', () => {
  const [, tables = ''] = PAGE.split('What each does was seen');
  const titles = [...tables.matchAll(/^\| ([^|]+) \| (?!sluice)/gm)].map(([, title]) => title as string);
  const tests = ['comparison', 'comparison-use', 'packages'].map((aspect) =>
    readFileSync(join(ROOT, `test/resilient/resilient-websocket.${aspect}.test.ts`), 'utf8'),
  );
  const tested = [...tests.join('\n').matchAll(/^ *row\('([^']+)'/gm)].map(([, title]) => title as string);
  expect(titles.length).toBeGreaterThan(30);
  expect(tested.sort()).toEqual(titles.sort());
});
