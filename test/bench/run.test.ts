// `npm run bench` as a whole, on tiny rows: it measures, prints, and finds out a server that returns something else. What
// it says about speed is nobody's business here.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ROOT } from '../house/source-files.ts';

const TINY = [
  '--seconds',
  '0.2',
  '--warmup',
  '0.05',
  '--repeats',
  '1',
  '--connections',
  '4',
  '--subscribers',
  '5',
  '--idle',
  '20',
];

// A busy machine takes its time; what hangs is stopped in any case.
vi.setConfig({ testTimeout: 90_000 });

let folder: string;
const children: ChildProcess[] = [];
/** A build of its own: that in dist/ may be old. */
let dist: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  dist = join(folder, 'built');
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const built = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', dist], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(built.stdout).toBe('');
});

afterAll(async () => {
  for (const child of children) {
    // SIGTERM, so that it ends its own children.
    if (child.exitCode === null && child.signalCode === null && child.kill()) await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

async function bench(...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const child = spawn(process.execPath, ['bench/run.mjs', ...TINY, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, output, errors };
}

test('a row is measured with sluice and with ws, printed, and written down for pages and programs', async () => {
  const json = join(folder, 'results.json');
  const markdown = join(folder, 'results.md');
  const { code, output, errors } = await bench(
    ...['--rows', 'echo-64', '--peers', `sluice@${dist},ws`, '--json', json, '--markdown', markdown],
  );
  expect(errors).toBe('');
  expect(output).toMatch(/^ {2}sluice@built +[\d,]+ +\d+\.\d\d× /m);
  expect(output).toMatch(/^ {2}ws +[\d,]+ +1\.00× /m);
  expect(output).toMatch(/; Node v\d+\./);
  expect(code).toBe(0);

  const { findings } = JSON.parse(readFileSync(json, 'utf8'));
  const [ours] = findings[0].results['sluice@built'];
  expect(ours.checked).toBeGreaterThan(0);
  expect(ours.cpu).toBeGreaterThan(0);
  expect(readFileSync(markdown, 'utf8')).toMatch(/^\| echo-64 \| message \| sluice@built \|/m);
});

test('every kind of row runs, and every byte of it is checked', async () => {
  const rows = 'echo-64-text,fanout-16,deflate-1k,handshake,idle-10k';
  const { code, output } = await bench('--rows', rows, '--peers', `sluice@${dist},ws,raw`);
  expect(output).not.toContain('FAILED');
  expect(code).toBe(0);
});

test('a single wrong bit among what comes back fails the peer, and the others are measured all the same', async () => {
  const { code, output } = await bench('--rows', 'echo-64', '--peers', 'test/bench/flips-a-bit.mjs,ws');
  expect(output).toMatch(/^ {2}flips-a-bit +FAILED: the returned content is wrong: among the bytes \d+ to \d+/m);
  expect(output).toMatch(/^ {2}ws +[\d,]+ /m);
  expect(code).toBe(1);
});

test('a server that counts more than was checked fails', async () => {
  const { code, output } = await bench('--rows', 'echo-64', '--peers', 'test/bench/counts-too-much.mjs');
  expect(output).toMatch(/FAILED: the server counts \d+, and \d+ were checked/);
  expect(code).toBe(1);
});

test('a peer that is not there is named in one line', async () => {
  const { code, errors } = await bench('--peers', 'nobody');
  expect(errors).toMatch(/^bench: there is no peer "nobody": expected .*\n$/);
  expect(code).toBe(1);
});
