// The short form of `npm run chaos`, the same program: everything real, every fault once but the longest one.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nginx } from '../examples/nginx-process.ts';
import { describeWith, openssl, redis } from '../interop/programs.ts';
import { FAULT_NAMES } from './nemesis.ts';
import { ShortRuns } from './short-run.ts';

const MINUTE = 60_000;
/** It takes longer than all others. */
const SHORT = FAULT_NAMES.filter((name) => name !== 'redis-away');

describeWith(redis, 'with Redis', () => {
  describeWith(openssl, 'with a certificate', () => {
    describeWith(nginx, 'behind nginx', () => {
      let runs: ShortRuns;

      beforeAll(() => {
        runs = new ShortRuns();
      }, MINUTE);
      afterAll(() => runs.end(), MINUTE);

      test('three instances, Redis and nginx fail in every way, and nothing is lost without a word', {
        timeout: 6 * MINUTE,
      }, async () => {
        const { code, output, report } = await runs.run(
          ...['--minutes', '0.7', '--rooms', '3', '--seed', '5', '--faults', SHORT.join(',')],
        );
        console.log(output);
        expect(report?.verdict.findings).toEqual([]);
        expect(code).toBe(0);
        const counts = report?.verdict.counts;
        expect(counts?.acknowledged).toBeGreaterThan(100);
        expect(Object.keys(counts?.deliveredBy ?? {}).toSorted()).toEqual(['poll', 'sse', 'websocket']);
        expect(counts?.gapsAnnounced).toBeGreaterThan(0);
        expect(Object.keys(counts?.faults ?? {}).length).toBeGreaterThan(SHORT.length / 2);
      });

      test('whoever stops it in the middle finds nothing left of it', { timeout: MINUTE }, async () => {
        const { child, outcome } = runs.begin('--minutes', '1', '--rooms', '1');
        // Something goes wrong: everything has been started.
        let text = '';
        while (!text.includes(' s  ')) text += String(await once(child.stdout as NodeJS.ReadableStream, 'data'));
        const children = descendantsOf(child.pid as number);
        expect(children.length).toBeGreaterThan(4);
        child.kill('SIGINT');
        expect((await outcome).code).toBe(1);
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
