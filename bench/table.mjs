// The table: of measurements of one row the line of each peer, as text for a terminal and as Markdown for a page.
// @ts-check
import { isHttp, isRoom } from './rows.mjs';
import { pairedRatio, spread } from './statistics.mjs';

/** Whom all others are compared with, and the ceiling. */
export const REFERENCE = 'ws';
const CEILING = 'raw';
/** The same for requests that are no upgrades. */
const CEILING_OF_HTTP = 'http';
/** Whom the peers of rooms are compared with. */
const OURS = 'sluice';
/** Who is not written in JavaScript. */
const IN_C = 'bun';

const MIB = 1024 * 1024;

/** @typedef {import('./measure.mjs').Result} Result */

/**
 * All that was found out about a row.
 *
 * @typedef {object} Findings
 * @property {import('./rows.mjs').Row} row
 * @property {Map<string, Result[]>} results by the name of the peer, one of each repeat
 * @property {Map<string, string>} failures by the name of the peer: why there is no result
 */

/**
 * @typedef {object} Column
 * @property {string} head
 * @property {number} width
 * @property {(results: readonly Result[], others: Map<string, Result[]>) => string} cell
 */

/** @type {readonly Column[]} */
const COLUMNS_OF_TIME = [
  { head: 'per second', width: 11, cell: (results) => whole(spread(values(results, 'rate')).median) },
  { head: 'vs ws', width: 7, cell: (results, others) => times(ratio(results, others.get(REFERENCE), 'rate')) },
  { head: 'CPU µs', width: 9, cell: (results) => significant(spread(values(results, 'cpu')).median) },
  { head: 'min–max', width: 13, cell: (results) => range(values(results, 'cpu')) },
  { head: 'ws/it', width: 7, cell: (results, others) => times(ratio(others.get(REFERENCE), results, 'cpu')) },
  { head: 'it/raw', width: 7, cell: (results, others) => times(ratio(results, others.get(CEILING), 'cpu')) },
  { head: 'it/bun', width: 7, cell: (results, others) => times(ratio(results, others.get(IN_C), 'cpu')) },
  { head: 'p50 ms', width: 8, cell: (results) => significant(spread(values(results, 'p50')).median) },
  { head: 'p99 ms', width: 8, cell: (results) => significant(spread(values(results, 'p99')).median) },
  { head: 'RSS MiB', width: 8, cell: (results) => whole(spread(values(results, 'rss')).median / MIB) },
  { head: 'busy', width: 6, cell: (results) => percent(spread(values(results, 'serverBusy')).median) },
  { head: 'load', width: 6, cell: (results) => percent(spread(values(results, 'loadBusy')).median) },
];

/** @type {readonly Column[]} */
const COLUMNS_OF_HTTP = COLUMNS_OF_TIME.map((column) =>
  column.head === `it/${CEILING}`
    ? {
        head: `it/${CEILING_OF_HTTP}`,
        width: 8,
        cell: (results, others) => times(ratio(results, others.get(CEILING_OF_HTTP), 'cpu')),
      }
    : column,
);

/** @type {readonly Column[]} */
const COLUMNS_OF_MEMORY = [
  { head: 'bytes each', width: 11, cell: (results) => whole(spread(values(results, 'bytes')).median) },
  { head: 'min–max', width: 17, cell: (results) => range(values(results, 'bytes'), whole) },
  { head: 'ws/it', width: 9, cell: (results, others) => times(ratio(others.get(REFERENCE), results, 'bytes')) },
  { head: 'it/raw', width: 9, cell: (results, others) => times(ratio(results, others.get(CEILING), 'bytes')) },
  { head: 'it/bun', width: 9, cell: (results, others) => times(ratio(results, others.get(IN_C), 'bytes')) },
  { head: 'of JavaScript', width: 14, cell: (results) => whole(spread(values(results, 'heap')).median) },
  { head: 'RSS MiB', width: 8, cell: (results) => whole(spread(values(results, 'rss')).median / MIB) },
];

/** @type {readonly Column[]} */
const COLUMNS_OF_ROOMS = [
  ...COLUMNS_OF_TIME.filter(({ head }) => ['per second', 'CPU µs', 'min–max'].includes(head)),
  { head: 'it/sluice', width: 10, cell: (results, others) => times(ratio(results, others.get(OURS), 'cpu')) },
  ...COLUMNS_OF_TIME.filter(({ head }) => ['p50 ms', 'p99 ms'].includes(head)),
  { head: 'bytes each', width: 11, cell: (results) => whole(spread(values(results, 'heap')).median) },
  ...COLUMNS_OF_TIME.filter(({ head }) => ['RSS MiB', 'busy', 'load'].includes(head)),
];

export const LEGEND = `per second, CPU µs   of the unit that stands behind the row; CPU is that of the server's process, all threads
vs ws                its rate divided by that of ws
ws/it                how many times its CPU (or memory) ws takes; above 1 it is the better one
it/raw               how many times the CPU (or memory) of a server that only hands bytes back; 1 is the ceiling
it/http              the same against node:http alone
it/sluice            how many times the CPU of sluice it takes; above 1 sluice is the better one
it/bun               how many times the CPU (or memory) of Bun, whose server is written in C++
bytes each           what JavaScript and its buffers hold for each member of a room that has heard something
p50, p99             from sending to receiving, as the load generator sees it (closed loop)
busy, load           part of a core that the server, and the load generator, used: below 95 % the rate is not the server's
All are medians of the repeats; ratios are those of each repeat, and then the median.`;

/**
 * @param {import('./rows.mjs').Row} row
 * @returns {readonly Column[]}
 */
function columnsOf(row) {
  if (row.load === 'idle') return COLUMNS_OF_MEMORY;
  if (isRoom(row)) return COLUMNS_OF_ROOMS;
  return isHttp(row) ? COLUMNS_OF_HTTP : COLUMNS_OF_TIME;
}

/**
 * @param {Findings} findings
 * @returns {{ name: string, cells: string[] | undefined, failure: string | undefined }[]}
 */
function linesOf({ row, results, failures }) {
  const names = [...new Set([...results.keys(), ...failures.keys()])];
  return names.map((name) => {
    const failure = failures.get(name);
    const own = results.get(name) ?? [];
    if (failure !== undefined || own.length === 0)
      return { name, cells: undefined, failure: failure ?? 'not measured' };
    return { name, cells: columnsOf(row).map(({ cell }) => cell(own, results)), failure: undefined };
  });
}

/**
 * @param {Findings} findings
 * @returns {string}
 */
export function textTable(findings) {
  const { row } = findings;
  const lines = linesOf(findings);
  const margin = Math.max(8, ...lines.map(({ name }) => name.length)) + 2;
  const heads = columnsOf(row).map(({ head, width }) => head.padStart(width));
  const text = [`${row.name} (${row.unit}): ${row.title}`, `  ${''.padEnd(margin)}${heads.join('')}`];
  for (const { name, cells, failure } of lines) {
    const cellsText = cells?.map((cell, index) => cell.padStart(columnsOf(row)[index]?.width ?? 0)).join('');
    text.push(`  ${name.padEnd(margin)}${cellsText ?? `FAILED: ${failure}`}`);
  }
  return text.join('\n');
}

/**
 * @param {readonly Findings[]} all
 * @returns {string}
 */
export function markdownTables(all) {
  const parts = [];
  for (const columns of [COLUMNS_OF_TIME, COLUMNS_OF_MEMORY, COLUMNS_OF_HTTP, COLUMNS_OF_ROOMS]) {
    const rows = all.filter(({ row }) => columnsOf(row) === columns);
    if (rows.length === 0) continue;
    const table = [
      `| row | unit | peer | ${columns.map(({ head }) => head).join(' | ')} |`,
      `| --- | --- | --- | ${columns.map(() => '---:').join(' | ')} |`,
    ];
    for (const findings of rows) {
      for (const { name, cells, failure } of linesOf(findings)) {
        const rest = cells ?? [`failed: ${failure}`, ...columns.slice(1).map(() => '')];
        table.push(`| ${findings.row.name} | ${findings.row.unit} | ${name} | ${rest.join(' | ')} |`);
      }
    }
    parts.push(table.join('\n'));
  }
  return parts.join('\n\n');
}

/**
 * @param {readonly Findings[]} all
 * @param {readonly string[]} about lines about the run
 * @returns {string} Markdown
 */
export function markdownReport(all, about) {
  const growth = growthLines(all);
  const parts = [markdownTables(all), growth.join('\n'), about.map((line) => `- ${line}`).join('\n')];
  return parts.filter((part) => part !== '').join('\n\n');
}

/**
 * What a message costs in a row, against the same in the row it is compared with: the cost of what there is more of.
 *
 * @param {readonly Findings[]} all
 * @returns {string[]} one line for each row that is compared with another one that was measured
 */
export function growthLines(all) {
  return all.flatMap(({ row, results }) => {
    const baseline = all.find((each) => each.row.name === row.baseline)?.results;
    const growths = [...results].flatMap(([name, own]) => {
      const before = baseline?.get(name);
      if (before === undefined) return [];
      return `${name} ${times(spread(values(own, 'cpu')).median / spread(values(before, 'cpu')).median)}`;
    });
    return growths.length === 0
      ? []
      : [`CPU for each ${row.unit}, ${row.name} / ${row.baseline}: ${growths.join(', ')}`];
  });
}

/** @typedef {{ [K in keyof Result]-?: Result[K] extends number | undefined ? K : never }[keyof Result]} Figure */

/**
 * @param {readonly Result[]} results
 * @param {Figure} figure
 * @returns {number[]}
 */
function values(results, figure) {
  return results.map((result) => result[figure] ?? Number.NaN);
}

/**
 * @param {readonly Result[] | undefined} numerators
 * @param {readonly Result[] | undefined} denominators
 * @param {Figure} figure
 * @returns {number | undefined}
 */
function ratio(numerators, denominators, figure) {
  if (numerators === undefined || denominators === undefined) return undefined;
  return pairedRatio(values(numerators, figure), values(denominators, figure))?.median;
}

/**
 * How many times the CPU of `denominator` the peer `numerator` takes, in the median of the repeats.
 *
 * @param {Findings} findings
 * @param {string} numerator
 * @param {string} denominator
 * @returns {number | undefined} `undefined` where one of them was not measured, or not its CPU
 */
export function ratioOfCpu({ row, results }, numerator, denominator) {
  if (row.load === 'idle') return undefined;
  return ratio(results.get(numerator), results.get(denominator), 'cpu');
}

/** @param {number | undefined} value */
function times(value) {
  return value === undefined ? '–' : `${value.toFixed(2)}×`;
}

/** @param {number} value */
function whole(value) {
  return Math.round(value).toLocaleString('en-GB');
}

/** @param {number} value */
function percent(value) {
  return `${Math.round(value * 100)} %`;
}

/**
 * Three digits that mean something, and never fewer than all in front of the point.
 *
 * @param {number} value
 * @returns {string}
 */
export function significant(value) {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/**
 * @param {readonly number[]} all
 * @param {(value: number) => string} [format]
 * @returns {string}
 */
function range(all, format = significant) {
  const { min, max } = spread(all);
  return `${format(min)}–${format(max)}`;
}
