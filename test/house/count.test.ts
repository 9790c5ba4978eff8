// Proves that the last line of CI is what vitest reported, with what failed above it, and that it cannot look green when
// something is wrong.
// The reports here have the shape of vitest's JSON reporter, reduced to what is read.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from './source-files.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-count-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A report of one file for each verdict: how many of its tests passed, how many failed, and whether the file itself did. */
function report(...files: { passed: number; failed?: number; broken?: boolean; notRun?: number }[]) {
  const sum = (key: 'passed' | 'failed' | 'notRun'): number => files.reduce((all, file) => all + (file[key] ?? 0), 0);
  const success = files.every((file) => (file.failed ?? 0) === 0 && file.broken !== true);
  return {
    numPassedTests: sum('passed'),
    numFailedTests: sum('failed'),
    numPendingTests: sum('notRun'),
    numTodoTests: 0,
    success,
    testResults: files.map((file, index) => ({
      name: join(ROOT, `test/${index}.test.ts`),
      message: 'it could not be loaded',
      status: file.broken || file.failed ? 'failed' : 'passed',
      assertionResults: [
        ...Array.from({ length: file.passed }, () => ({ status: 'passed', failureMessages: [] })),
        ...Array.from({ length: file.failed ?? 0 }, () => ({
          status: 'failed',
          fullName: 'holds water',
          failureMessages: ['it leaks\n    at the bottom'],
        })),
      ],
    })),
  };
}

function count(...reports: object[]): { lines: string[]; code: number | null } {
  const paths = reports.map((content, index) => {
    const path = join(folder, `${index}.json`);
    writeFileSync(path, JSON.stringify(content));
    return path;
  });
  const script = join(ROOT, '.ci/count.mjs');
  const run = spawnSync(process.execPath, [script, ...paths, join(folder, 'missing.json')], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { lines: run.stdout.trimEnd().split('\n'), code: run.status };
}

test('all runs are added up', () => {
  expect(count(report({ passed: 2 }, { passed: 1 }), report({ passed: 4 }))).toEqual({
    lines: ['7 passed, 0 failed'],
    code: 0,
  });
});

test('one failed test is enough for an exit code, and is named', () => {
  expect(count(report({ passed: 2, failed: 1 }), report({ passed: 4 }))).toEqual({
    lines: [
      'failed: test/0.test.ts: holds water',
      '        it leaks',
      '            at the bottom',
      '6 passed, 1 failed',
    ],
    code: 1,
  });
});

test('a file that failed although all its tests passed is a failure, and is named', () => {
  expect(count(report({ passed: 2, broken: true }))).toEqual({
    lines: ['failed: test/0.test.ts', '        it could not be loaded', '2 passed, 1 failed'],
    code: 1,
  });
});

test('no test at all is no success', () => {
  expect(count()).toEqual({ lines: ['0 passed, 0 failed'], code: 1 });
  expect(count(report())).toEqual({ lines: ['0 passed, 0 failed'], code: 1 });
});

test('a report that says no success is believed', () => {
  expect(count({ ...report({ passed: 1 }), success: false })).toMatchObject({ code: 1 });
});

test('tests that did not run are mentioned before the last line', () => {
  const { lines, code } = count(report({ passed: 1, notRun: 3 }));
  expect(lines).toEqual([expect.stringContaining('3 tests did not run'), '1 passed, 0 failed']);
  expect(code).toBe(0);
});
