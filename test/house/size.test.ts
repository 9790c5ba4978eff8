// Keeps things small: a file small enough to be read at one sitting, a package with nothing in it that nobody asked for.
// The package is built and packed in a folder of its own, as a publisher would, so that a stale dist/ cannot lie.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstLineThatIsNotAReExport } from './import-scanner.ts';
import { ROOT, readSources } from './source-files.ts';

const MAX_LINES_OF_A_FILE = 350;

/** Sources, JavaScript, declarations and the maps of both. Those of the bundles, which lead a debugger to the sources, are 450 KiB. */
const MAX_UNPACKED_BYTES = 3.5 * 1024 * 1024;

/** Each costs every process that imports it, and more than its bytes do: see scripts/bundle.mjs. */
const MOST_MODULES = 30;

const WANTED =
  /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|src\/(?:.*\/)?[a-z0-9-]+\.(?:ts|html|css|js|svg)|dist\/shared\/[A-Z0-9]+\.js(?:\.map)?|dist\/(?:.*\/)?[a-z0-9-]+\.(?:js|js\.map|d\.ts|d\.ts\.map|html|css|svg))$/;

const sources = readSources();

function linesOf(source: string): number {
  return source.split('\n').length - (source.endsWith('\n') ? 1 : 0);
}

test(`no source file is longer than ${MAX_LINES_OF_A_FILE} lines`, () => {
  const tooLong = [...sources].filter(([, source]) => linesOf(source) > MAX_LINES_OF_A_FILE);
  expect(tooLong.map(([path, source]) => `src/${path}: ${linesOf(source)} lines`)).toEqual([]);
});

test('the index of a folder only re-exports', () => {
  const complaints = [...sources]
    .filter(([path]) => path.endsWith('/index.ts'))
    .map(([path, source]) => [path, firstLineThatIsNotAReExport(source)] as const)
    .filter(([, line]) => line !== undefined);
  expect(complaints.map(([path, line]) => `src/${path}:${line}`)).toEqual([]);
});

test('lines are counted as an editor counts them', () => {
  expect(linesOf('a\nb\n')).toBe(2);
  expect(linesOf('a\nb')).toBe(2);
});

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>;
  readonly bin: Record<string, string>;
  readonly exports: Record<string, string | Record<string, string>>;
}

describe('the package', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  let folder = '';
  let packed: { files: { path: string; size: number }[]; unpackedSize: number };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-pack-'));
    const parts = [
      'package.json',
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'src',
      'scripts',
      'tsconfig.json',
      'tsconfig.build.json',
    ];
    for (const part of parts.filter((name) => existsSync(join(ROOT, name)))) {
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const report = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    packed = JSON.parse(report)[0];
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('has no dependency, and no peer that is not optional', () => {
    expect(Object.keys(manifest.dependencies ?? {})).toEqual([]);
    const peers = Object.keys(manifest.peerDependencies ?? {});
    expect(peers.filter((peer) => manifest.peerDependenciesMeta?.[peer]?.optional !== true)).toEqual([]);
  });

  test('holds nothing but sources, what is built from them, and four files about them', () => {
    expect(packed.files.map((file) => file.path).filter((path) => !WANTED.test(path))).toEqual([]);
  });

  test('holds everything it promises in "exports" and "bin"', () => {
    const promised = [...Object.values(manifest.exports), manifest.bin].flatMap((value) =>
      typeof value === 'string' ? [value] : Object.values(value),
    );
    const held = packed.files.map((file) => `./${file.path}`);
    expect(held).toEqual(expect.arrayContaining(promised));
  });

  test('holds the readme, the licence and the changelog', () => {
    const held = packed.files.map((file) => file.path);
    expect(held).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']));
  });

  test(`is imported as ${MOST_MODULES} modules at most`, () => {
    const seen = new Set<string>();
    const load = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const [, name] of readFileSync(path, 'utf8').matchAll(/^(?:import|\} from) ?.*"(\.[^"]+)";$/gm)) {
        load(join(path, '..', name as string));
      }
    };
    load(join(folder, 'dist/index.js'));
    expect(seen.size).toBeGreaterThan(1);
    expect(seen.size).toBeLessThanOrEqual(MOST_MODULES);
  });

  test('asks Node for names, and never imports a module of it, which would read them all', () => {
    const bundles = packed.files.map(({ path }) => path).filter((path) => /^dist\/(?:shared\/)?[^/]+\.js$/.test(path));
    expect(bundles.length).toBeGreaterThan(1);
    const importing = bundles.filter((path) => /\bfrom "node:/.test(readFileSync(join(folder, path), 'utf8')));
    expect(importing).toEqual([]);
  });

  test('loads of Node what every server needs, and leaves what few need until they call it', () => {
    const entry = JSON.stringify(join(folder, 'dist/index.js'));
    const program = `const before = process.moduleLoadList.length; await import(${entry});
      console.log(process.moduleLoadList.slice(before).join('\\n'));`;
    const loaded = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
    const names = loaded.split('\n').map((line) => line.replace(/^NativeModule /, ''));
    expect(names).toEqual(expect.arrayContaining(['net', 'http']));
    const seldomNeeded = ['tls', 'perf_hooks', 'fs/promises', 'stream/web', 'internal/deps/undici/undici'];
    expect(names.filter((name) => seldomNeeded.includes(name))).toEqual([]);
  });

  test.each(['index', 'ws', 'handshake/index', 'rooms/index'])(
    'calls things in %s as the sources do',
    async (entry) => {
      const names = (module: object): object =>
        Object.fromEntries(
          Object.entries(module).map(([name, value]) => [
            name,
            typeof value === 'function' ? value.name : typeof value,
          ]),
        );
      const built: object = await import(join(folder, 'dist', `${entry}.js`));
      const source: object = await import(join(ROOT, 'src', `${entry}.ts`));
      expect(names(built)).toEqual(names(source));
    },
  );

  test(`weighs less than ${MAX_UNPACKED_BYTES} bytes unpacked`, () => {
    expect(packed.unpackedSize).toBeLessThan(MAX_UNPACKED_BYTES);
  });
});
