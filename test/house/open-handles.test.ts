// Proves that the check for forgotten handles can fail: for each kind of thing that can be forgotten, and as a whole.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Inventory, leftovers, settle, takeInventory } from './leftovers.ts';
import { ROOT } from './source-files.ts';

const PATIENCE = 5_000;

/**
 * What is there now, timers left out: vitest has a short one of its own now and then, and one that is counted here and
 * gone later would excuse a forgotten one.
 */
function baseline(): Inventory {
  const { resources, sockets } = takeInventory();
  return { resources: new Map([...resources].filter(([kind]) => kind !== 'Timeout')), sockets };
}

/** For the same reason there may be more than the one a test has made. */
const A_TIMER = expect.stringMatching(/^\d × Timeout$/);

test('what is counted is the difference, kind by kind', () => {
  const before = { resources: new Map([['Timeout', 1]]), sockets: new Set(['socket:[1]']) };
  const now = {
    resources: new Map([
      ['Timeout', 3],
      ['PipeWrap', 1],
    ]),
    sockets: new Set(['socket:[1]', 'socket:[2]']),
  };
  expect(leftovers(before, now)).toEqual(['2 × Timeout', '1 × PipeWrap', '1 × open socket descriptor']);
  expect(leftovers(now, before)).toEqual([]);
});

describe('what is forgotten is found, and gone once it is closed:', () => {
  test('a listening server', async () => {
    const before = baseline();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(leftovers(before, takeInventory())).toContain('1 × TCPServerWrap');
    server.close();
    expect(await settle(before, PATIENCE)).toEqual([]);
  });

  test('both ends of a connection', async () => {
    const before = baseline();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [[accepted]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
    server.close();
    expect(leftovers(before, takeInventory())).toContain('2 × TCPSocketWrap');
    client.destroy();
    accepted.destroy();
    expect(await settle(before, PATIENCE)).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('a socket that does not keep the process alive', async () => {
    const before = baseline();
    const server = createServer().listen(0, '127.0.0.1').unref();
    await once(server, 'listening');
    const left = leftovers(before, takeInventory());
    expect(left).toContain('1 × open socket descriptor');
    expect(left).not.toContain('1 × TCPServerWrap');
    server.close();
    expect(await settle(before, PATIENCE)).toEqual([]);
  });

  test('a timer', async () => {
    const before = baseline();
    const timer = setInterval(() => {}, 1_000_000);
    expect(leftovers(before, takeInventory())).toContainEqual(A_TIMER);
    clearInterval(timer);
    expect(await settle(before, PATIENCE)).toEqual([]);
  });

  test('a child process', async () => {
    const before = baseline();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
    await once(child, 'spawn');
    expect(leftovers(before, takeInventory())).toContain('1 × ProcessWrap');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await settle(before, PATIENCE)).toEqual([]);
  });
});

test('waiting ends at the deadline and tells what is left', async () => {
  const before = baseline();
  const timer = setInterval(() => {}, 1_000_000);
  expect(await settle(before, 20)).toContainEqual(A_TIMER);
  clearInterval(timer);
});

test('a test file that forgets something fails, although each of its tests passed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-forgetful-'));
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    mkdirSync(join(folder, 'test'));
    writeFileSync(join(folder, 'test/tidy.test.ts'), `import { test } from 'vitest'; test('passes', () => {});`);
    writeFileSync(
      join(folder, 'test/forgetful.test.ts'),
      `import { test } from 'vitest'; test('passes', () => { setInterval(() => {}, 1_000_000); });`,
    );
    const setupFile = JSON.stringify(join(ROOT, 'test/house/open-handles.ts'));
    writeFileSync(join(folder, 'vitest.config.mjs'), `export default { test: { setupFiles: [${setupFile}] } };`);
    const run = spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=json'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, OPEN_HANDLES_PATIENCE: '300' },
    });
    const report = JSON.parse(run.stdout);
    const verdicts = report.testResults.map((file: { name: string; status: string }) => [
      basename(file.name),
      file.status,
    ]);
    expect(Object.fromEntries(verdicts)).toEqual({ 'tidy.test.ts': 'passed', 'forgetful.test.ts': 'failed' });
    expect(report.numPassedTests).toBe(2);
    expect(run.stdout).toContain('1 × Timeout');
    expect(run.status).not.toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
