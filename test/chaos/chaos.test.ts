// The short form of `npm run chaos`, the same program: everything real, every fault once but the longest one.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile } from '../../scripts/compile.mjs';
import { nginx } from '../examples/nginx-process.ts';
import { describeWith, openssl, redis } from '../interop/programs.ts';
import { FAULT_NAMES } from './nemesis.ts';
import type { Report } from './report.ts';

const MINUTE = 60_000;
/** It takes longer than all others. */
const SHORT = FAULT_NAMES.filter((name) => name !== 'redis-away');
/** Minutes in which things go wrong. */
const DURATION = '1';

describeWith(redis, 'with Redis', (redisPath) => {
  describeWith(openssl, 'with a certificate', () => {
    describeWith(nginx, 'behind nginx', () => {
      let child: ChildProcess | undefined;
      let folder = '';
      let program = '';

      beforeAll(() => {
        folder = mkdtempSync(join(tmpdir(), 'sluice-chaos-'));
        const compiled = compile('chaos', undefined, ['src/app/page', 'examples/nginx/nginx.conf']) as string;
        program = join(compiled, 'test', 'chaos', 'main.js');
      }, MINUTE);

      afterAll(async () => {
        // It ends what it has started, and then itself.
        if (child?.kill()) await once(child, 'exit');
        rmSync(folder, { recursive: true, force: true });
      }, MINUTE);

      async function run(...options: readonly string[]): Promise<{ code: number; output: string }> {
        const started = spawn(process.execPath, [program, '--out', folder, ...options], {
          stdio: ['ignore', 'pipe', 'inherit'],
          env: { ...process.env, REDIS_SERVER: redisPath },
        });
        child = started;
        let output = '';
        started.stdout.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
        const [code] = (await once(started, 'close')) as [number];
        child = undefined;
        return { code, output };
      }

      test('three instances, Redis and nginx fail in every way, and nothing is lost without a word', {
        timeout: 6 * MINUTE,
      }, async () => {
        const { code, output } = await run(
          '--minutes',
          DURATION,
          '--rooms',
          '3',
          '--seed',
          '5',
          '--faults',
          SHORT.join(','),
        );
        expect(output).toContain('KEPT: everything that was promised');
        expect(code).toBe(0);
        const { verdict } = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;
        expect(verdict.findings).toEqual([]);
        const { counts } = verdict;
        expect(counts.acknowledged).toBeGreaterThan(100);
        expect(Object.keys(counts.deliveredBy).toSorted()).toEqual(['poll', 'sse', 'websocket']);
        expect(counts.gapsAnnounced).toBeGreaterThan(0);
        expect(Object.keys(counts.faults).length).toBeGreaterThan(SHORT.length / 2);
      });

      test('whoever stops it in the middle finds nothing left of it', { timeout: MINUTE }, async () => {
        const running = run('--minutes', '1', '--rooms', '1');
        const started = child as ChildProcess;
        // Something goes wrong: everything has been started.
        for await (const text of started.stdout as AsyncIterable<string>) if (text.includes(' s  ')) break;
        const children = descendantsOf(started.pid as number);
        expect(children.length).toBeGreaterThan(4);
        started.kill('SIGINT');
        expect((await running).code).toBe(1);
        expect(children.filter(isAlive)).toEqual([]);
      });
    });
  });
});

/** Processes that `pid` has started, and those that they have. */
function descendantsOf(pid: number): number[] {
  const lines = spawnSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' }).stdout.trim().split('\n');
  const parents = lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const found = [pid];
  for (const parent of found) found.push(...parents.filter(([, its]) => its === parent).map(([its]) => its));
  return found.slice(1);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
