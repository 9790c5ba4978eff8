// What the pages say of speed is what the records say: figures are put there by a program, and are found out when they are old.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { drawCharts } from '../../bench/charts.mjs';
import type { Result } from '../../bench/measure.mjs';
import { fill, keptRecords, publish } from '../../bench/publish.mjs';
import { findingsOf, recordOf } from '../../bench/record.mjs';
import { ROWS } from '../../bench/rows.mjs';
import type { Findings } from '../../bench/table.mjs';
import { ROOT } from '../house/source-files.ts';

const MACHINE = { cpu: 'A & B', cores: 2, memory: 1, system: 'S', runtimes: ['Node v1'], date: 'D', load: 0 };

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function cpu(microseconds: number): Result[] {
  return [
    { runtime: 'Node v1', checked: 1, rate: 1, cpu: microseconds, serverBusy: 1, loadBusy: 1, p50: 1, p99: 1, rss: 1 },
  ];
}

function memory(bytes: number): Result[] {
  return [{ runtime: 'Node v1', checked: 1, bytes, heap: 1, rss: 1 }];
}

/** The row of this name, with what each peer was found to be. */
function findings(name: string, results: Record<string, Result[]>): Findings {
  return {
    row: ROWS.find((row) => row.name === name)!,
    results: new Map(Object.entries(results)),
    failures: new Map(),
  };
}

const ALL = [
  findings('echo-64', { sluice: cpu(2), ws: cpu(8), bun: cpu(1), raw: cpu(1.5) }),
  findings('fanout-1', { sluice: cpu(9), ws: cpu(8) }),
  findings('idle-10k', { sluice: memory(2048), ws: memory(4096), raw: memory(1024) }),
];
const ROWS_RECORD = recordOf(ALL, MACHINE, ['about this run']);

test('the pages hold what the records in docs/performance/ say, and nothing else', () => {
  for (const [path, content] of publish(keptRecords(ROOT), read)) {
    expect(read(path) === content, `${path} is old: node bench/publish.mjs`).toBe(true);
  }
});

test('a record is read back as it was written', () => {
  expect(findingsOf(JSON.parse(JSON.stringify(ROWS_RECORD)))).toEqual(ALL);
});

test('rows, and rows of HTTP or of rooms alone, are records of different kinds', () => {
  expect(ROWS_RECORD.kind).toBe('rows');
  expect(recordOf([findings('http-426', { ws: cpu(1) })], MACHINE, []).kind).toBe('http');
  expect(recordOf([findings('room-ws-1', { sluice: cpu(1) })], MACHINE, []).kind).toBe('rooms');
});

test('the figures of a record come into the pages, with the worst row as well as the best', () => {
  const files = publish({ rows: ROWS_RECORD as never }, read);
  expect(files.get('docs/performance.md')).toContain('| echo-64 | message | sluice | 1 |');
  expect(files.get('docs/performance.md')).toContain('- about this run\n');
  const readme = files.get('README.md')!;
  expect(readme).toContain(
    'From `fanout-1`, where `ws` takes 0.89 times the CPU of sluice, to `echo-64`, where it takes 4.0 times.',
  );
  expect(readme).toContain('<img alt="CPU time');
  for (const [, path] of readme.matchAll(/(?:src|srcset)="(docs\/performance\/[^"]+)"/g)) {
    expect([...files.keys()]).toContain(path);
  }
  expect([...files.keys()].filter((path) => path.endsWith('.svg'))).toHaveLength(4);
});

test('without records the places say that there are none', () => {
  for (const content of publish({}, read).values())
    expect(content).toContain('No figures have been published here yet.');
});

test('only what is between the marks of a place is replaced', () => {
  const page = 'a\n<!-- figures: one -->\nold\n<!-- /figures -->\nb\n<!-- figures: two -->\n<!-- /figures -->\n';
  const filled = fill(page, 'one', 'new');
  expect(filled).toBe(page.replace('old', 'new'));
  expect(fill(filled, 'one', 'new')).toBe(filled);
  expect(() => fill(page, 'three', 'new')).toThrow('there is no place "<!-- figures: three --> … <!-- /figures -->"');
});

test('charts are drawn in light and dark, say in words what they show, and name no peer that was not measured', () => {
  const charts = drawCharts(ALL);
  expect([...charts.keys()].sort()).toEqual(['cpu-dark.svg', 'cpu-light.svg', 'memory-dark.svg', 'memory-light.svg']);
  const chart = charts.get('cpu-light.svg')!;
  expect(chart).toContain(
    'echo-64: sluice 25.0 %, ws 100 %, Bun 12.5 %, raw TCP (node:net) 18.8 %; fanout-1: sluice 113 %',
  );
  expect(charts.get('memory-dark.svg')).toContain(
    'idle-10k: sluice 2.00 KiB, ws 4.00 KiB, raw TCP (node:net) 1.00 KiB',
  );
  expect(charts.get('memory-dark.svg')).not.toContain('Bun');
});

test('a chart is well-formed, and the same figures make the same chart', () => {
  for (const [name, svg] of drawCharts(ALL)) {
    expect(svg).toBe(drawCharts(ALL).get(name));
    // Every attribute has its two quotation marks and nothing between it and the next.
    for (const [tag] of svg.matchAll(/<[a-z][^<>]*>/gi)) {
      expect(tag).toMatch(/^<[a-zA-Z]+(?:\s+[\w:-]+="[^"<]*")*\s*\/?>$/);
    }
  }
});

test('there is no chart of nothing', () => {
  expect(drawCharts([findings('echo-64', { sluice: cpu(1) })]).size).toBe(0);
});
