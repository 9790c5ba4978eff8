// Reads docs/advisories.md, and says what is wrong with it: a test that is not where the page says, an id that stands twice, a
// count that does not agree. The page is written by hand; test/house checks it, and CI counts which of its tests have passed.
// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const PAGE = 'docs/advisories.md';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Which section means what; every other one is prose. */
const KINDS = new Map([
  ['Covered by tests', 'covered'],
  ['Comes with rooms', 'open'],
  ['Open', 'open'],
  ['Does not concern us', 'not ours'],
]);

/**
 * @typedef {object} Proof
 * @property {string} file from the root
 * @property {string} name the title of a test or of a group, or the number of a row of the attack table
 * @typedef {object} Advisory
 * @property {string} id
 * @property {readonly string[]} aliases
 * @property {'covered' | 'open' | 'not ours'} kind
 * @property {readonly Proof[]} proofs
 * @property {number} line counted from 1
 * @typedef {{ all: number, covered: number, open: number, 'not ours': number }} Counts
 */

/**
 * @param {string} text of the page
 * @returns {{ advisories: Advisory[], written: (number | undefined)[], problems: string[] }} `written` is the row of counts
 */
export function parseAdvisories(text) {
  /** @type {Advisory[]} */
  const advisories = [];
  /** @type {string[]} */
  const problems = [];
  /** @type {(number | undefined)[]} */
  let written = [];
  /** @type {Advisory['kind'] | undefined} */
  let kind;
  for (const [index, row] of text.split('\n').entries()) {
    const complain = (/** @type {string} */ what) => problems.push(`${PAGE}:${index + 1}: ${what}`);
    const heading = /^## (.+)$/.exec(row)?.[1];
    if (heading !== undefined) {
      kind = /** @type {Advisory['kind'] | undefined} */ (KINDS.get(heading));
      if (kind === undefined) complain(`"${heading}" is none of ${[...KINDS.keys()].join(', ')}`);
    }
    if (!row.startsWith('| ') || row.startsWith('| id |')) continue;
    const cells = row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (kind === undefined) {
      if (cells.every((cell) => /^\d+$/.test(cell))) written = cells.map(Number);
      continue;
    }
    const expected = kind === 'covered' ? 5 : 4;
    if (cells.length !== expected || cells.includes('')) complain(`expected ${expected} cells with something in each`);
    const proofs = kind === 'covered' ? proofsIn(cells[4] ?? '', complain) : [];
    for (const entry of (cells[0] ?? '').split(/, (?![^(]*\))/)) {
      const [, id = entry, inBrackets = ''] = /^(.+?)(?: \(([^)]+)\))?$/.exec(entry) ?? [];
      advisories.push({ id, aliases: inBrackets.split(', ').filter(Boolean), kind, proofs, line: index + 1 });
    }
  }
  return { advisories, written, problems };
}

/**
 * @param {string} cell
 * @param {(what: string) => void} complain
 * @returns {Proof[]}
 */
function proofsIn(cell, complain) {
  const proofs = [];
  for (const part of cell.split('<br>')) {
    const [, shown, linked, name] = /^\[([^\]]+)\]\(\.\.\/test\/([^)]+)\): (.+)$/.exec(part) ?? [];
    if (shown === undefined || shown !== linked) complain(`"${part}" is no link to a test file and the name of a test`);
    else proofs.push({ file: `test/${linked}`, name: /** @type {string} */ (name).replaceAll(/\\(\W|_)/g, '$1') });
  }
  return proofs;
}

/**
 * @param {readonly Advisory[]} advisories
 * @returns {Counts}
 */
export function countAdvisories(advisories) {
  const of = (/** @type {Advisory['kind']} */ kind) => advisories.filter((advisory) => advisory.kind === kind).length;
  return { all: advisories.length, covered: of('covered'), open: of('open'), 'not ours': of('not ours') };
}

/**
 * @param {string} text of the page
 * @param {(path: string) => string | undefined} read the text of a file, if there is one
 * @returns {string[]} one line for each thing that is wrong
 */
export function complaintsAboutAdvisories(text, read = readFile) {
  const { advisories, written, problems } = parseAdvisories(text);
  const seen = new Set();
  for (const { id, aliases, line, proofs } of advisories) {
    for (const name of [id, ...aliases]) {
      if (seen.has(name)) problems.push(`${PAGE}:${line}: ${name} stands twice`);
      seen.add(name);
    }
    for (const { file, name } of proofs) {
      const source = read(file);
      if (source === undefined) problems.push(`${PAGE}:${line}: ${file} is not there`);
      else if (!titlesIn(source).has(name)) problems.push(`${PAGE}:${line}: ${file} has no test "${name}"`);
    }
  }
  const { all, covered, open, 'not ours': notOurs } = countAdvisories(advisories);
  const counts = [all, covered, open, notOurs];
  if (String(written) !== String(counts))
    problems.push(`${PAGE}: counts ${written.join(', ')}, and has ${counts.join(', ')}`);
  return [...new Set(problems)];
}

const TITLE =
  /(?:\b(?:test|it|describe)(?:\.\w+)?|[)\]])\(\s*(?:'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\])*)`)/g;

/**
 * The titles of all tests and groups of a file, and the numbers of the rows of the attack table that it attacks.
 *
 * @param {string} source in the one form that Biome gives it
 * @returns {Set<string>}
 */
export function titlesIn(source) {
  const titles = new Set();
  for (const [, single, double, template] of source.matchAll(TITLE)) {
    titles.add((single ?? double ?? template ?? '').replaceAll(/\\(['"`])/g, '$1'));
  }
  for (const [, row] of source.matchAll(/^\s*(?:attack|fault)\('(\w+)',/gm)) titles.add(row);
  return titles;
}

/**
 * @param {string} path from the root
 * @returns {string | undefined}
 */
export function readFile(path) {
  const full = `${ROOT}${path}`;
  return existsSync(full) ? readFileSync(full, 'utf8') : undefined;
}
