// `node bench/publish.mjs FILE…`: puts the figures of a run where people read them: tables and charts of docs/performance.md,
// the chart of the README. The files are kept in docs/performance/, and everything is made of them: no figure is typed in.
// @ts-check
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { drawCharts } from './charts.mjs';
import { codecTables } from './codec/table.mjs';
import { findingsOf, Kind } from './record.mjs';
import { markdownReport, ratioOfCpu } from './table.mjs';
import { wireTables } from './wire/table.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = 'docs/performance';

/** @typedef {import('./record.mjs').AnyRecord} AnyRecord */
/** @typedef {Partial<{ [K in AnyRecord['kind']]: Extract<AnyRecord, { kind: K }> }>} Records */

/**
 * What is written between `<!-- figures: NAME -->` and `<!-- /figures -->` of a page.
 *
 * @type {readonly { page: string, name: string, text: (records: Records) => string | undefined }[]}
 */
const PLACES = [
  {
    page: 'README.md',
    name: 'chart',
    text: ({ rows }) => (rows === undefined ? undefined : `${picture('cpu', 'docs/performance')}\n\n${caption(rows)}`),
  },
  {
    page: 'docs/performance.md',
    name: 'rows',
    text: ({ rows }) => (rows === undefined ? undefined : [...pictures(rows), reportOf(rows)].join('\n\n')),
  },
  { page: 'docs/performance.md', name: 'http', text: ({ http }) => http && reportOf(http) },
  { page: 'docs/performance.md', name: 'rooms', text: ({ rooms }) => rooms && reportOf(rooms) },
  { page: 'docs/performance.md', name: 'wire', text: ({ wire }) => wire && wireTables(wire) },
  { page: 'docs/performance.md', name: 'codec', text: ({ codec }) => codec && codecTables(codec) },
];

/** What stands there before anybody has measured. */
const NOTHING = 'No figures have been published here yet.';

/** @param {import('./record.mjs').RowsRecord | import('./record.mjs').HttpRecord | import('./record.mjs').RoomsRecord} record */
function reportOf(record) {
  return markdownReport(findingsOf(record), record.about);
}

/**
 * @param {string} name
 * @param {string} folder as seen from the page
 */
function picture(name, folder) {
  const alt = name === 'cpu' ? 'CPU time of the server for each message' : 'Memory of the server for each connection';
  return [
    '<picture>',
    `  <source media="(prefers-color-scheme: dark)" srcset="${folder}/${name}-dark.svg">`,
    `  <img alt="${alt}, sluice beside ws, Bun and raw TCP" src="${folder}/${name}-light.svg">`,
    '</picture>',
  ].join('\n');
}

/** @param {import('./record.mjs').RowsRecord} rows */
function pictures(rows) {
  const drawn = [...drawCharts(findingsOf(rows)).keys()];
  return ['cpu', 'memory']
    .filter((name) => drawn.includes(`${name}-light.svg`))
    .map((name) => picture(name, 'performance'));
}

/**
 * The range from the best row to the worst one, whatever it is.
 *
 * @param {import('./record.mjs').RowsRecord} rows
 */
function caption(rows) {
  const ratios = findingsOf(rows).flatMap((findings) => {
    const ratio = ratioOfCpu(findings, 'ws', 'sluice');
    return ratio === undefined ? [] : [{ name: findings.row.name, ratio }];
  });
  ratios.sort((a, b) => a.ratio - b.ratio);
  const [worst, best] = [ratios[0], ratios.at(-1)];
  const { cpu, cores, runtimes } = rows.machine;
  const range =
    worst === undefined || best === undefined
      ? ''
      : `From \`${worst.name}\`, where \`ws\` takes ${worst.ratio.toFixed(2)} times the CPU of sluice, to \`${best.name}\`, where it takes ${best.ratio.toFixed(1)} times. `;
  return `${range}Measured by \`npm run bench\` on ${cpu}, ${cores} cores, ${runtimes.join(', ')}; every figure, and how it was\nmeasured, is in [docs/performance.md](docs/performance.md).`;
}

/**
 * @param {string} page
 * @param {string} name
 * @param {string} text
 * @returns {string} the page with the text in its place
 * @throws Error when the page has no such place
 */
export function fill(page, name, text) {
  const begin = `<!-- figures: ${name} -->`;
  const end = '<!-- /figures -->';
  const start = page.indexOf(begin);
  const stop = page.indexOf(end, start);
  if (start === -1 || stop === -1) throw new Error(`there is no place "${begin} … ${end}" in the page`);
  return `${page.slice(0, start)}${begin}\n${text}\n${page.slice(stop)}`;
}

/**
 * Everything that is made of records.
 *
 * @param {Records} records
 * @param {(path: string) => string} read a page as it is
 * @returns {Map<string, string>} what the files must hold, by their paths
 */
export function publish(records, read) {
  /** @type {Map<string, string>} */
  const files = new Map();
  for (const { page, name, text } of PLACES) {
    files.set(page, fill(files.get(page) ?? read(page), name, text(records) ?? NOTHING));
  }
  if (records.rows !== undefined) {
    for (const [name, svg] of drawCharts(findingsOf(records.rows))) files.set(`${FOLDER}/${name}`, svg);
  }
  return files;
}

/**
 * The records that are kept.
 *
 * @param {string} root of the repository
 * @returns {Records}
 */
export function keptRecords(root) {
  const kept = Object.values(Kind).map((kind) => [kind, join(root, FOLDER, `${kind}.json`)]);
  return Object.fromEntries(
    kept.filter(([, path]) => existsSync(path ?? '')).map(([kind, path]) => [kind, readRecord(path ?? '')]),
  );
}

/**
 * @param {string} path
 * @returns {AnyRecord}
 * @throws Error when the file holds something else
 */
function readRecord(path) {
  const record = JSON.parse(readFileSync(path, 'utf8'));
  if (!Object.values(Kind).includes(record?.kind)) {
    throw new Error(
      `${path} is no record of a run: expected the file of --json of bench/run.mjs, wire.mjs or codec.mjs`,
    );
  }
  return record;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    mkdirSync(join(ROOT, FOLDER), { recursive: true });
    for (const record of process.argv.slice(2).map(readRecord))
      writeFileSync(join(ROOT, FOLDER, `${record.kind}.json`), `${JSON.stringify(record, null, 1)}\n`);
    const files = publish(keptRecords(ROOT), (path) => readFileSync(join(ROOT, path), 'utf8'));
    for (const [path, content] of files) {
      writeFileSync(join(ROOT, path), content);
      console.log(path);
    }
  } catch (error) {
    console.error(`bench: ${/** @type {Error} */ (error).message}`);
    process.exitCode = 1;
  }
}
