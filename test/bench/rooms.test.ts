// The rows of rooms, on tiny rooms: every transport is measured, and whoever tells a member too little, too much or something
// else is found out. What they say about speed is nobody's business here.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ROOT } from '../house/source-files.ts';
import { describeWith, redis } from '../interop/programs.ts';

const TINY = ['--seconds', '0.2', '--warmup', '0.05', '--repeats', '1', '--members', '12'];

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

async function bench(
  environment: Record<string, string>,
  ...args: string[]
): Promise<{ code: number; output: string; errors: string }> {
  const child = spawn(process.execPath, ['bench/run.mjs', ...TINY, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, output, errors };
}

test('every transport is measured, and every member has heard every message once', async () => {
  const json = join(folder, 'rooms.json');
  const rows = ['room-ws-1', 'room-ws-16', 'room-sse-1', 'room-sse-16', 'room-poll-1'];
  const { code, output, errors } = await bench(
    {},
    ...['--rows', rows.join(), '--peers', `sluice@${dist},http,http-joined`, '--json', json],
  );
  expect(errors).toBe('');
  expect(output).not.toContain('FAILED');
  expect(output).toMatch(/^room-sse-1 .*[\s\S]*^ {2}http-joined +[\d,]+ /m);
  expect(code).toBe(0);

  const record = JSON.parse(readFileSync(json, 'utf8'));
  expect(record.kind).toBe('rooms');
  for (const [index, row] of rows.entries()) {
    expect(record.findings[index].row.name).toBe(row);
    const [ours] = record.findings[index].results['sluice@built'];
    expect(ours.cpu).toBeGreaterThan(0);
    // Whole bursts to all members, after the two bursts with which members come in: one of them for a single member.
    const burst = row.endsWith('-16') ? 16 : 1;
    expect(ours.checked % (12 * burst)).toBe(burst % (12 * burst));
  }
});

test.each([
  ['forgets-one', /FAILED: of a burst of 1, 1 of 12 deliveries have not come in 5 s/],
  ['says-twice', /FAILED: the returned content is wrong: a member heard message 5, expected 6/],
  ['changes-a-letter', /FAILED: the returned content is wrong: message 5 says .* wafer /],
])('a room that %s fails, and the others are measured all the same', async (name, failure) => {
  const peers = `test/bench/room-${name}.mjs,http`;
  const { code, output } = await bench({}, '--rows', 'room-sse-1', '--peers', peers);
  expect(output).toMatch(failure);
  expect(output).toMatch(/^ {2}http +[\d,]+ /m);
  expect(code).toBe(1);
});

test('without redis-server the rows that need it are named and left out', async () => {
  const { code, output } = await bench(
    { REDIS_SERVER: join(folder, 'nothing') },
    ...['--rows', 'room-redis-1,room-sse-1', '--peers', 'http'],
  );
  expect(output).toMatch(/^bench: room-redis-1 is left out: redis-server is not here, or does not start\.$/m);
  expect(output).toMatch(/^room-sse-1 /m);
  expect(code).toBe(0);
});

describeWith(redis, 'rooms over two instances', (path) => {
  test('that share a Redis are measured', async () => {
    const { code, output } = await bench(
      { REDIS_SERVER: path },
      ...['--rows', 'room-redis-1,room-redis-16', '--peers', `sluice@${dist}`],
    );
    expect(output).not.toContain('FAILED');
    expect(output).toMatch(/^room-redis-16 .*\n.*\n {2}sluice@built +[\d,]+ /m);
    expect(code).toBe(0);
  });
});

// They are no development dependencies: `npm run bench` fetches them on first use. In CI this test is that first use.
const OTHERS = 'bench/peers/node_modules/socket.io/package.json';
const hasOthers = process.env['CI'] === 'true' || existsSync(join(ROOT, OTHERS));
if (!hasOthers)
  console.warn(`skipped: socket.io and better-sse as peers: ${OTHERS} is missing, npm run bench fetches it`);

test.runIf(hasOthers)('socket.io and better-sse take part, and what they do is checked like the others', async () => {
  const { code, output } = await bench({}, '--rows', 'room-ws-16,room-sse-16', '--peers', 'socket.io,better-sse');
  expect(output).not.toContain('FAILED');
  expect(output).toMatch(/^ {2}socket\.io +[\d,]+ [\s\S]*^ {2}better-sse +[\d,]+ /m);
  expect(code).toBe(0);
});
