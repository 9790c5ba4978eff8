// `npm run bench` as a whole, on tiny rows: it measures, prints, and finds out a server that returns something else. What
// it says about speed is nobody's business here.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
vi.setConfig({ testTimeout: 150_000 });

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

  const record = readFileSync(json, 'utf8');
  // It is to be committed: it says nothing of the folders of this machine.
  expect(record).not.toContain(ROOT.replace(/\/$/, ''));
  expect(record).not.toContain(folder);
  const { findings, machine } = JSON.parse(record);
  expect(machine.runtimes).toEqual([`Node ${process.version}`]);
  const [ours] = findings[0].results['sluice@built'];
  expect(ours.checked).toBeGreaterThan(0);
  expect(ours.cpu).toBeGreaterThan(0);
  expect(readFileSync(markdown, 'utf8')).toMatch(/^\| echo-64 \| message \| sluice@built \|/m);
});

test('every kind of row runs, and every byte of it is checked', async () => {
  const rows =
    'echo-64-text,echo-64-string,fanout-16,deflate-1k,handshake,idle-10k,deflated-1k-conns,deflated-2k-conns';
  const { code, output } = await bench('--rows', rows, '--peers', `sluice@${dist},ws,raw`);
  expect(output).not.toContain('FAILED');
  expect(code).toBe(0);
});

test('a row with a baseline says how much more a message costs there', async () => {
  const { code, output } = await bench('--rows', 'echo-64,echo-64-10k', '--peers', `sluice@${dist}`);
  expect(output).toMatch(/^CPU for each message, echo-64-10k \/ echo-64: sluice@built \d+\.\d\d×$/m);
  expect(code).toBe(0);
});

test('requests that are no upgrades are refused with 426, or answered by the listener beside the server', async () => {
  const { code, output } = await bench('--http', '--peers', `sluice@${dist},ws,http`);
  expect(output).toMatch(/^http-426 .*[\s\S]*^ {2}http +[\d,]+ [\s\S]*^http-fallback /m);
  expect(output).not.toContain('FAILED');
  expect(code).toBe(0);
});

test('an HTTP server that answers something else fails', async () => {
  const { code, output } = await bench('--http', '--peers', 'test/bench/answers-200.mjs');
  expect(output).toContain('FAILED: a response had the status 200, expected 426');
  expect(output).toContain('FAILED: a response had the body "{"status":"OK"}", expected "{"status":"ok"}"');
  expect(code).toBe(1);
});

test('a server that remembers what it promised to forget fails', async () => {
  const { code, output } = await bench('--rows', 'deflated-1k-conns', '--peers', 'test/bench/takes-no-context.mjs');
  expect(output).toMatch(/FAILED: .*too far back/);
  expect(code).toBe(1);
});

test('when the time is up, rows are still measured, but only once', async () => {
  const args = ['--rows', 'echo-64,echo-1k-pipelined', '--peers', 'ws', '--repeats', '9', '--minutes', '0.0001'];
  const { code, output } = await bench(...args);
  expect(output).toMatch(/^echo-1k-pipelined .*\n.*\n {2}ws +[\d,]+ /m);
  expect(output).toMatch(/^1 × 0\.2 s after /m);
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

// Bun is no development dependency: 100 MB that `npm run bench` fetches on first use. In CI this test is that first use.
const BUN = 'bench/peers/node_modules/bun/package.json';
const hasBun = process.env['CI'] === 'true' || existsSync(join(ROOT, BUN));
if (!hasBun) console.warn(`skipped: Bun as a peer: ${BUN} is missing, npm run bench fetches it`);

test.runIf(hasBun)('Bun takes part, and what it does is checked like the others', async () => {
  const json = join(folder, 'bun.json');
  const rows =
    'echo-64,echo-64-text,echo-64-string,fanout-16,deflate-1k,handshake,idle-10k,deflated-1k-conns,deflated-2k-conns,http-426,http-fallback';
  const { code, output } = await bench('--rows', rows, '--peers', 'bun', '--json', json);
  expect(output).not.toContain('FAILED');
  expect(code).toBe(0);
  const { findings, machine } = JSON.parse(readFileSync(json, 'utf8'));
  expect(machine.runtimes).toEqual([expect.stringMatching(/^Bun \d/)]);
  expect(findings[0].results.bun[0].cpu).toBeGreaterThan(0);
});
