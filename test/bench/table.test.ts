// The table: medians, ratios of pairs, and a line also for who failed.
import { expect, test } from 'vitest';
import { ROWS } from '../../bench/rows.mjs';
import { type Findings, growthLines, markdownTables, significant, textTable } from '../../bench/table.mjs';

const MIB = 1024 * 1024;

function result(rate: number, cpu: number) {
  return {
    runtime: 'Node v20.0.0',
    checked: 1,
    rate,
    cpu,
    serverBusy: 0.987,
    loadBusy: 0.5,
    p50: 1.234,
    p99: 20.06,
    rss: 60 * MIB,
  };
}

const row = ROWS[0]!;

function findings(): Findings {
  return {
    row,
    results: new Map([
      ['sluice', [result(400_000, 2), result(420_000, 1.9), result(200_000, 4)]],
      ['ws', [result(100_000, 8), result(100_000, 8.5), result(50_000, 16)]],
      ['bun', [result(600_000, 1), result(600_000, 1), result(300_000, 2)]],
      ['raw', [result(800_000, 1), result(800_000, 1), result(400_000, 2)]],
    ]),
    failures: new Map([['odd', 'the returned content is wrong']]),
  };
}

/** The cells of the line that begins with `name`. */
function cellsOf(table: string, name: string): string[] {
  const line = table.split('\n').find((each) => each.trim().startsWith(name));
  return line!.trim().split(/\s{2,}/);
}

test('each peer has a line of medians, and its ratios to ws and to raw', () => {
  const table = textTable(findings());
  expect(table.split('\n')[0]).toBe(`${row.name} (message): ${row.title}`);
  expect(cellsOf(table, 'sluice').slice(1, 8)).toEqual([
    ...['400,000', '4.00×', '2.00', '1.90–4.00', '4.00×', '2.00×', '2.00×'],
  ]);
  expect(cellsOf(table, 'ws').slice(1, 8)).toEqual([
    ...['100,000', '1.00×', '8.50', '8.00–16.0', '1.00×', '8.00×', '8.00×'],
  ]);
  expect(cellsOf(table, 'sluice').slice(8)).toEqual(['1.23', '20.1', '60', '99 %', '50 %']);
});

test('without ws, raw and bun there is no ratio', () => {
  const alone = findings();
  alone.results.delete('ws');
  alone.results.delete('raw');
  alone.results.delete('bun');
  expect(cellsOf(textTable(alone), 'sluice').slice(1, 8)).toEqual([
    ...['400,000', '–', '2.00', '1.90–4.00', '–', '–', '–'],
  ]);
});

test('who failed is not left out', () => {
  expect(textTable(findings())).toContain('FAILED: the returned content is wrong');
  expect(markdownTables([findings()])).toMatch(
    /^\| echo-64 \| message \| odd \| failed: the returned content is wrong \|/m,
  );
});

test('columns are under their heads', () => {
  const [, heads, line] = textTable(findings()).split('\n');
  expect(line?.length).toBe(heads?.length);
});

test('as Markdown, time and memory are tables of their own, each with as many cells as heads', () => {
  const idle = ROWS.find(({ load }) => load === 'idle')!;
  const memory = { runtime: 'Node v20.0.0', checked: 1, bytes: 5_400, heap: 2_600, rss: 100 * MIB };
  const markdown = markdownTables([
    findings(),
    { row: idle, results: new Map([['sluice', [memory]]]), failures: new Map() },
  ]);
  const tables = markdown.split('\n\n').map((table) => table.split('\n'));
  expect(tables).toHaveLength(2);
  for (const table of tables) {
    expect(new Set(table.map((line) => line.split('|').length)).size).toBe(1);
  }
  expect(tables[1]?.at(-1)).toBe('| idle-10k | connection | sluice | 5,400 | 5,400–5,400 | – | – | – | 2,600 | 100 |');
});

test('requests that are no upgrades are compared with node:http, not with raw TCP', () => {
  const http = {
    row: ROWS.find(({ load }) => load === 'http')!,
    results: new Map([
      ['sluice', [result(10_000, 60)]],
      ['http', [result(20_000, 30)]],
    ]),
    failures: new Map(),
  };
  const table = textTable(http);
  expect(table).toContain(' it/http ');
  expect(table).not.toContain('it/raw');
  expect(cellsOf(table, 'sluice')[6]).toBe('2.00×');
  expect(markdownTables([findings(), http]).split('\n\n')).toHaveLength(2);
});

test('a row that has a baseline is compared with it, peer by peer', () => {
  const many = {
    row: ROWS.find(({ baseline }) => baseline === row.name)!,
    results: new Map([
      ['sluice', [result(1, 3)]],
      ['ws', [result(1, 34)]],
      ['odd', [result(1, 1)]],
    ]),
    failures: new Map(),
  };
  expect(growthLines([findings(), many])).toEqual([
    `CPU for each message, ${many.row.name} / echo-64: sluice 1.50×, ws 4.00×`,
  ]);
  expect(growthLines([many])).toEqual([]);
});

test.each([
  [0, '0'],
  [0.01234, '0.0123'],
  [1.5, '1.50'],
  [12.34, '12.3'],
  [999.6, '1,000'],
  [1234.5, '1,235'],
])('%d is printed as %s', (value, text) => {
  expect(significant(value)).toBe(text);
});
