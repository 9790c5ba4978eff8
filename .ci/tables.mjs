// After the tests: what they were about, in tables. Read from vitest's own JSON report, from what the conformance suite and the
// attack table left in artefacts/, and from docs/. Usage: node .ci/tables.mjs. Exit code 1 when a row of the attack table, a case
// of the conformance suite or a test that docs/advisories.md names has failed or has not run. What was skipped has not passed.
// @ts-check
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { countAdvisories, PAGE, parseAdvisories } from '../scripts/advisories.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MIB = 1_048_576;
/** Rows of `npm run test:long`: named here, and neither passed nor failed until that has run. */
const LONG_ROWS = new Set(['I1', 'I2', 'I3', 'I6']);

/**
 * @typedef {object} Outcome one test, as vitest reports it
 * @property {string} title
 * @property {readonly string[]} ancestorTitles
 * @property {string} status `'passed'`, `'failed'`, or a word for not having run
 * @typedef {object} Report
 * @property {readonly { name: string, status: string, assertionResults: readonly Outcome[] }[]} testResults
 * @typedef {object} Sources
 * @property {Report} report
 * @property {ReadonlyMap<string, { counts: Readonly<Record<string, number>> }>} conformance by who was tested
 * @property {ReadonlyMap<string, { growth: number, bound: number }>} attacks what was measured, by the number of the row
 * @property {string} attackTable the text of test/attacks/table.ts
 * @property {string} advisories the text of docs/advisories.md
 * @property {ReadonlyMap<string, string>} requirements the text of each checklist, by the number of its RFC
 */

/**
 * @param {Sources} sources
 * @returns {{ lines: string[], problems: string[] }}
 */
export function tablesOf({ report, conformance, attacks, attackTable, advisories, requirements }) {
  /** @type {string[]} */
  const problems = [];
  const tables = [
    testTable(report),
    conformanceTable(conformance, problems),
    attackRows(report, attacks, attackTable, problems),
    advisoryTable(report, advisories, problems),
    requirementTable(requirements, problems),
  ];
  return { lines: tables.flat(), problems };
}

/**
 * @param {Report} report
 * @returns {string[]}
 */
function testTable({ testResults }) {
  /** @type {Map<string, { passed: number, failed: number, notRun: number }>} */
  const folders = new Map();
  for (const file of testResults) {
    const folder = /\/test\/([^/]+)\//.exec(file.name)?.[1] ?? '.';
    const counts = folders.get(folder) ?? { passed: 0, failed: 0, notRun: 0 };
    folders.set(folder, counts);
    for (const { status } of file.assertionResults) counts[verdictOf(status)]++;
    // It could not be loaded, or left something open: one failure, as .ci/count.mjs has it.
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) counts.failed++;
  }
  const rows = [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
  const cells = rows.map(([folder, { passed, failed, notRun }]) => [`test/${folder}`, passed, failed, notRun]);
  const sum = (/** @type {number} */ column) => cells.reduce((all, row) => all + Number(row[column]), 0);
  return table('Tests', ['folder', 'passed', 'failed', 'not run'], [...cells, ['together', sum(1), sum(2), sum(3)]]);
}

/**
 * @param {string} status
 * @returns {'passed' | 'failed' | 'notRun'}
 */
function verdictOf(status) {
  return status === 'passed' || status === 'failed' ? status : 'notRun';
}

/**
 * @param {Sources['conformance']} conformance
 * @param {string[]} problems
 * @returns {string[]}
 */
function conformanceTable(conformance, problems) {
  const verdicts = ['OK', 'NON-STRICT', 'INFORMATIONAL', 'UNIMPLEMENTED', 'FAILED'];
  const rows = [...conformance].map(([name, { counts }]) => {
    const each = verdicts.map((verdict) => counts[verdict] ?? 0);
    // Whoever is tested beside us is a control, which is to fail.
    if (name.startsWith('sluice-') && counts['FAILED'] !== 0) problems.push(`conformance: ${name} has failed cases`);
    return [name, Object.values(counts).reduce((all, count) => all + count, 0), ...each];
  });
  if (!rows.some(([name]) => String(name).startsWith('sluice-')))
    problems.push('conformance: there is no report about us');
  return table('Conformance (Autobahn’s cases)', ['who', 'cases', ...verdicts], rows);
}

/**
 * @param {Report} report
 * @param {Sources['attacks']} attacks
 * @param {string} attackTable
 * @param {string[]} problems
 * @returns {string[]}
 */
function attackRows(report, attacks, attackTable, problems) {
  const files = report.testResults.filter(({ name }) => name.includes('/test/attacks/'));
  const outcomes = files.flatMap(({ assertionResults }) => assertionResults);
  const names = [...attackTable.matchAll(/^ {2}(\w+): '(.+)',$/gm)].map(([, id, title]) => [String(id), String(title)]);
  if (names.length === 0) problems.push('attacks: the table has no row');
  const rows = names.map(([id = '', title = '']) => {
    const own = outcomes.filter(({ ancestorTitles }) => ancestorTitles.some((group) => group.startsWith(`${id}: `)));
    if (own.length === 0 && LONG_ROWS.has(id)) return [id, title, 'npm run test:long', '-', '-', '-'];
    const withstood = wordFor(own.filter(({ title: name }) => name === 'is withstood'));
    const control = wordFor(own.filter(({ title: name }) => name.startsWith('control: ')));
    if (withstood !== 'yes' || control !== 'yes')
      problems.push(`attacks: ${id}: withstood: ${withstood}, control: ${control}`);
    const measured = attacks.get(id);
    const mebibytes = (/** @type {number | undefined} */ bytes) =>
      bytes === undefined ? '-' : (bytes / MIB).toFixed(1);
    return [id, title, withstood, control, mebibytes(measured?.growth), mebibytes(measured?.bound)];
  });
  return table('Attacks', ['row', 'what', 'withstood', 'control', 'MiB grown', 'MiB allowed'], rows);
}

/**
 * @param {readonly Outcome[]} outcomes
 * @returns {string}
 */
function wordFor(outcomes) {
  if (outcomes.some(({ status }) => status === 'failed')) return 'NO';
  return outcomes.length > 0 && outcomes.every(({ status }) => status === 'passed') ? 'yes' : 'not run';
}

/**
 * @param {Report} report
 * @param {string} text
 * @param {string[]} problems
 * @returns {string[]}
 */
function advisoryTable(report, text, problems) {
  const { advisories } = parseAdvisories(text);
  const { all, covered, open, 'not ours': notOurs } = countAdvisories(advisories);
  const shown = advisories.filter(({ id, kind, proofs }) => {
    if (kind !== 'covered') return false;
    const missing = proofs.filter(({ file, name }) => wordFor(outcomesOf(report, file, name)) !== 'yes');
    for (const { file, name } of missing) problems.push(`advisories: ${id}: ${file}: "${name}" has not passed`);
    return missing.length === 0 && proofs.length > 0;
  });
  const head = ['all', 'covered by tests', 'which have passed', 'open', 'do not concern us'];
  return table(`Advisories (${PAGE})`, head, [[all, covered, shown.length, open, notOurs]]);
}

/**
 * What became of the tests that have this title, or stand in a group that has it.
 *
 * @param {Report} report
 * @param {string} file
 * @param {string} name as it stands in the source, or the number of a row of the attack table
 * @returns {Outcome[]}
 */
function outcomesOf(report, file, name) {
  const pattern = /^test\/attacks\//.test(file)
    ? new RegExp(`^${name}: `)
    : // What a table of tests puts into its titles can be anything.
      new RegExp(
        `^${name
          .split(/%[sdifjoO#%]|\$\{[^}]*\}|\$[\w.]+/)
          .map(escaped)
          .join('[^]*')}$`,
      );
  return report.testResults
    .filter((result) => result.name.endsWith(`/${file}`))
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ title, ancestorTitles }) => [title, ...ancestorTitles].some((part) => pattern.test(part)));
}

/**
 * @param {string} text
 * @returns {string}
 */
function escaped(text) {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/**
 * @param {ReadonlyMap<string, string>} requirements
 * @param {string[]} problems
 * @returns {string[]}
 */
function requirementTable(requirements, problems) {
  /** @type {string[]} */
  let head = [];
  const rows = [];
  for (const [rfc, text] of requirements) {
    const lines = text.split('\n');
    const cells = (/** @type {string} */ start) =>
      lines
        .find((line) => line.startsWith(start))
        ?.split('|')
        .slice(2, -1);
    const counts = cells('| **together** |')?.map((cell) => Number(cell));
    if (counts === undefined || counts.some(Number.isNaN))
      problems.push(`requirements: docs/rfc${rfc}.md has no counts`);
    else rows.push([`RFC ${rfc}`, ...counts]);
    head = cells('| | all |')?.map((cell) => cell.trim()) ?? head;
  }
  return table('Requirements of the RFCs', ['RFC', ...head], rows);
}

/**
 * @param {string} title
 * @param {readonly string[]} head
 * @param {readonly (readonly (string | number)[])[]} rows
 * @returns {string[]}
 */
function table(title, head, rows) {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  // Numbers stand to the right, under each other.
  const right = head.map((_, column) => all.slice(1).every((row) => /^[\d.-]+$/.test(row[column] ?? '')));
  const lines = all.map((row) =>
    row
      .map((cell, column) => (right[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return ['', title, '', lines[0] ?? '', rule, ...lines.slice(1)];
}

/**
 * @param {string} folder
 * @returns {Map<string, any>} every JSON file in it by its name, in natural order
 */
function readJson(folder) {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const text = (/** @type {string} */ name) => readFileSync(join(folder, name), 'utf8');
  return new Map(names.sort().map((name) => [basename(name, '.json'), JSON.parse(text(name))]));
}

function main() {
  const path = join(ROOT, 'artefacts/vitest.json');
  if (!existsSync(path)) {
    console.error('artefacts/vitest.json is not there: no test has run');
    return 1;
  }
  const doc = (/** @type {string} */ name) => readFileSync(join(ROOT, name), 'utf8');
  const { lines, problems } = tablesOf({
    report: JSON.parse(doc('artefacts/vitest.json')),
    conformance: readJson(join(ROOT, 'artefacts/conformance')),
    attacks: readJson(join(ROOT, 'artefacts/attacks')),
    attackTable: doc('test/attacks/table.ts'),
    advisories: doc(PAGE),
    requirements: new Map(['6455', '7692'].map((rfc) => [rfc, doc(`docs/rfc${rfc}.md`)])),
  });
  for (const line of lines) console.log(line);
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  process.exitCode = main();
}
