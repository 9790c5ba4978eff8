// What a newcomer meets first: `npm start`, `npm test`, `npm run bench` on a fresh clone with Node and nothing else.
// The commands run in a small stand-in for the repository, so that nothing is installed and nothing real is built.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildIsStale } from '../../scripts/build.mjs';
import { installIsStale, nodeIsNewEnough } from '../../scripts/newcomer.mjs';
import { ROOT } from './source-files.ts';

let clone: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'sluice-newcomer-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  }
  rmSync(clone, { recursive: true, force: true });
});

/** Writes a file of the stand-in, `age` seconds old. */
function put(path: string, content: string, age = 0): void {
  mkdirSync(dirname(join(clone, path)), { recursive: true });
  writeFileSync(join(clone, path), content);
  setAge(path, age);
}

function setAge(path: string, age: number): void {
  const time = new Date(Date.now() - age * 1000);
  utimesSync(join(clone, path), time, time);
}

function lock(versions: Record<string, object>): string {
  return JSON.stringify({ packages: versions });
}

describe('the version of Node', () => {
  test.each([
    ['v20.19.0', true],
    ['v20.19.1', true],
    ['v20.20.0', true],
    ['v22.0.0', true],
    ['v20.18.9', false],
    ['v18.99.99', false],
    ['v9.99.99', false],
  ])('%s satisfies >=20.19.0: %s', (version, expected) => {
    expect(nodeIsNewEnough(version, '>=20.19.0')).toBe(expected);
  });

  test('is never compared with a range of another form', () => {
    expect(() => nodeIsNewEnough('v20.19.0', '20')).toThrow(RangeError);
  });
});

describe('node_modules', () => {
  test('is stale when it is missing', () => {
    put('package-lock.json', lock({}));
    expect(installIsStale(clone)).toBe(true);
  });

  test('is stale when the lock is newer and names another version', () => {
    put('node_modules/.package-lock.json', lock({ 'node_modules/a': { version: '1.0.0' } }), 60);
    put('package-lock.json', lock({ '': {}, 'node_modules/a': { version: '1.0.1' } }));
    expect(installIsStale(clone)).toBe(true);
  });

  test('is stale when the lock is newer and names one package more', () => {
    put('node_modules/.package-lock.json', lock({}), 60);
    put('package-lock.json', lock({ 'node_modules/a': { version: '1.0.1' } }));
    expect(installIsStale(clone)).toBe(true);
  });

  test('is fresh when it is younger than the lock', () => {
    put('node_modules/.package-lock.json', lock({}));
    put('package-lock.json', lock({}), 60);
    expect(installIsStale(clone)).toBe(false);
  });

  test('is fresh when the lock only got a newer date, whatever other machines would install besides', () => {
    put('node_modules/.package-lock.json', lock({ 'node_modules/a': { version: '1.0.0' } }), 60);
    const forAnotherMachine = { version: '2.0.0', optional: true };
    put('package-lock.json', lock({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': forAnotherMachine }));
    expect(installIsStale(clone)).toBe(false);
  });
});

describe('dist/', () => {
  test('is stale when it is missing', () => {
    expect(buildIsStale(clone)).toBe(true);
  });

  test('is fresh when nothing changed since', () => {
    put('src/frame/mask.ts', '', 60);
    setAge('src/frame', 60);
    setAge('src', 60);
    put('dist/index.js', '');
    expect(buildIsStale(clone)).toBe(false);
  });

  test('is stale when a file changed, however deep', () => {
    put('dist/index.js', '');
    setAge('dist', 30);
    put('src/frame/deep/mask.ts', '');
    setAge('src/frame/deep', 60);
    setAge('src/frame', 60);
    setAge('src', 60);
    expect(buildIsStale(clone)).toBe(true);
  });

  test('is stale when a file was deleted: the folder knows', () => {
    put('dist/index.js', '');
    setAge('dist', 30);
    mkdirSync(join(clone, 'src'));
    expect(buildIsStale(clone)).toBe(true);
  });

  test('is stale when the compiler options changed', () => {
    put('dist/index.js', '');
    setAge('dist', 30);
    put('tsconfig.build.json', '');
    expect(buildIsStale(clone)).toBe(true);
  });
});

describe('a command', () => {
  /** Starts `newcomer.mjs` in the stand-in, in which everything is installed and built. */
  function run(...args: string[]): ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream } {
    const child = spawn(process.execPath, ['scripts/newcomer.mjs', ...args], {
      cwd: clone,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return child as never;
  }

  async function outcome(child: ReturnType<typeof run>) {
    const [output, errors, [code, signal]] = await Promise.all([
      text(child.stdout as never),
      text(child.stderr as never),
      once(child, 'exit'),
    ]);
    return { output: output.trim(), errors: errors.trim(), code, signal };
  }

  const SAYS_ITS_ARGUMENTS = 'console.log(process.argv.slice(2).join(" "));';

  beforeEach(() => {
    cpSync(join(ROOT, 'scripts'), join(clone, 'scripts'), { recursive: true });
    put('package.json', JSON.stringify({ type: 'module', engines: { node: '>=20.19.0' } }));
    put('package-lock.json', lock({}), 60);
    put('node_modules/.package-lock.json', lock({}));
    put('dist/cli/main.js', SAYS_ITS_ARGUMENTS);
    put('node_modules/vitest/vitest.mjs', SAYS_ITS_ARGUMENTS);
    put('bench/run.mjs', SAYS_ITS_ARGUMENTS);
  });

  test.each([
    ['start', 'serve --port 0'],
    ['test', 'run --port 0'],
    ['bench', '--port 0'],
  ])('%s hands its arguments on', async (command, output) => {
    expect(await outcome(run(command, '--port', '0'))).toEqual({ output, errors: '', code: 0, signal: null });
  });

  test('ends with the exit code of what it started', async () => {
    put('dist/cli/main.js', 'process.exitCode = 7;');
    expect(await outcome(run('start'))).toMatchObject({ code: 7, signal: null });
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('hands %s on and waits for a graceful end', async (signal) => {
    put(
      'dist/cli/main.js',
      `const open = setInterval(() => {}, 1e6);
       process.on('${signal}', () => { clearInterval(open); console.log('closed'); });
       console.log('listening');`,
    );
    const child = run('start');
    await once(child.stdout as never, 'data');
    child.kill(signal);
    expect(await outcome(child)).toMatchObject({ output: 'closed', code: 0, signal: null });
  });

  test.runIf(process.platform !== 'win32')(
    'ends gracefully when npm, and with it the shell around it, is stopped',
    async () => {
      put(
        'dist/cli/main.js',
        `const open = setInterval(() => {}, 1e6);
       process.on('SIGTERM', () => { clearInterval(open); console.log('closed'); });
       console.log('listening');`,
      );
      // The second command keeps the shell from replacing itself by the first.
      const shell = spawn('sh', ['-c', `"${process.execPath}" scripts/newcomer.mjs start; exit 0`], {
        cwd: clone,
        env: { ...process.env, npm_lifecycle_event: 'start' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(shell);
      await once(shell.stdout, 'data');
      shell.kill('SIGTERM');
      expect(await text(shell.stdout)).toBe('closed\n');
    },
  );

  test('dies of the signal its child died of', async () => {
    put('dist/cli/main.js', 'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1e6);');
    expect(await outcome(run('start'))).toMatchObject({ signal: 'SIGKILL' });
  });

  test.each([[], ['dance']])('that is unknown ends in one clear line', async (...args) => {
    const { errors, code } = await outcome(run(...args));
    expect(errors).toBe(`sluice: expected start, test, bench as the first argument, got "${args[0] ?? ''}".`);
    expect(code).toBe(1);
  });

  test('under a Node that is too old ends in one clear line', async () => {
    put('package.json', JSON.stringify({ type: 'module', engines: { node: '>=99.0.0' } }));
    const { errors, code } = await outcome(run('start'));
    expect(errors).toBe(`sluice: needs Node >=99.0.0, this is ${process.version}.`);
    expect(code).toBe(1);
  });

  test('stops when the build fails, and leaves the old build standing', async () => {
    put('src/index.ts', '');
    setAge('dist', 60);
    put('node_modules/typescript/bin/tsc', 'console.log("src/index.ts: a mistake"); process.exitCode = 2;');
    const failed = await outcome(run('start'));
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.output).toContain('a mistake');
    rmSync(join(clone, 'src'), { recursive: true });
    expect(await outcome(run('start'))).toMatchObject({ output: 'serve', code: 0 });
  });

  test('builds once, copies what is not TypeScript, and drops what is gone', async () => {
    put('src/app/page.html', '<title>sluice</title>');
    put('src/index.ts', '');
    put('dist/gone.js', '');
    setAge('dist', 60);
    put(
      'node_modules/typescript/bin/tsc',
      `const fs = require('node:fs');
       const out = process.argv[process.argv.indexOf('--outDir') + 1];
       fs.mkdirSync(out + '/cli', { recursive: true });
       fs.writeFileSync(out + '/cli/main.js', 'import fs from "node:fs"; console.log(fs.readdirSync("dist", { recursive: true }).sort().join());');`,
    );
    put('node_modules/typescript/package.json', '{}');
    symlinkSync(join(ROOT, 'node_modules', 'esbuild'), join(clone, 'node_modules', 'esbuild'));
    const first = await outcome(run('start'));
    expect(first.output.split('\n')).toEqual([
      'sluice: building dist/ from src/.',
      'app,app/page.html,cli,cli/main.js,cli/main.js.map',
    ]);
    const second = await outcome(run('start'));
    expect(second.output).toBe('app,app/page.html,cli,cli/main.js,cli/main.js.map');
  });
});
