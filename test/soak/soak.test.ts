// The soak itself in its short form, the same program as `npm run soak`; and the controls: a server that leaks, loses or
// spoils is found, whatever else is well.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../scripts/compile.mjs';
import type { SoakRecord } from './run.ts';
import type { Check } from './verdict.ts';

const MINUTES = 60_000;
/** What is open is counted from outside, in /proc. */
const ON_LINUX = process.platform === 'linux';

const running = new Set<ChildProcess>();
let folder = '';
let program = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-soak-'));
  program = join(compile('soak') as string, 'test', 'soak', 'main.js');
}, MINUTES);

afterAll(async () => {
  for (const child of running) if (child.kill()) await once(child, 'exit');
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number;
  readonly record: SoakRecord;
  readonly failed: Check[];
}

async function soak(name: string, ...options: string[]): Promise<Outcome> {
  const out = join(folder, name);
  const child = spawn(process.execPath, [program, '--out', out, ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  running.add(child);
  const [code] = await once(child, 'exit');
  running.delete(child);
  const { record, checks } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as {
    record: SoakRecord;
    checks: Check[];
  };
  return { code, record, failed: checks.filter(({ passed }) => !passed) };
}

test('300 guests come and go, every message comes back, and afterwards everything is as before', {
  timeout: 4 * MINUTES,
}, async () => {
  const { code, record, failed } = await soak('short', '--connections', '300', '--minutes', '0.4');
  expect(failed).toEqual([]);
  expect(code).toBe(0);
  const { before, after, guests } = record;
  expect(after).toMatchObject({ clients: 0, sockets: 0, rooms: 0, closed: after.opened });
  if (ON_LINUX) expect(after.descriptors).toBe(before.descriptors);
  expect(guests).toMatchObject({ failures: 0, present: 0 });
  expect(guests.heard).toBe(guests.said - guests.abandoned);
  expect(guests.heard).toBeGreaterThan(0);
});

describe.concurrent('a server that', () => {
  test.each([
    ['keeps every WebSocket', 'keep-websockets', 'afterwards: WebSockets in memory'],
    ['keeps a buffer of every connection', 'keep-buffers', 'afterwards: array buffers'],
    ['loses a message now and then', 'lose-messages', 'every message came back, byte for byte'],
    ['spoils a message now and then', 'spoil-messages', 'no guest had reason to complain'],
    ...(ON_LINUX ? [['forgets a descriptor now and then', 'keep-descriptors', 'afterwards: descriptors']] : []),
  ])('%s is found', { timeout: 4 * MINUTES }, async (_, fault = '', check = '') => {
    const { code, failed } = await soak(
      fault,
      '--fault',
      fault,
      '--connections',
      '60',
      '--minutes',
      '0.2',
      '--life',
      '1',
    );
    expect(failed.map(({ name }) => name)).toContain(check);
    expect(code).toBe(1);
  });
});
