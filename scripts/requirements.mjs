// The RFCs as a checklist: `node scripts/requirements.mjs` writes docs/rfc6455.md and docs/rfc7692.md, `--check` says what is
// wrong with them and exits with 1. A document is made of three things: the list of what its RFC demands, in
// docs/requirements/, the comments in src/ that cite a requirement, such as `RFC 6455 §5.1(b)`, and those in test/.
// @ts-check
import { readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { citationsIn } from './requirements/citations.mjs';
import { documentOf } from './requirements/document.mjs';
import { complaintsAbout } from './requirements/judge.mjs';
import { parseList } from './requirements/list.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The RFCs that there is a list for. */
export const RFCS = ['6455', '7692'];

/**
 * @typedef {import('./requirements/list.mjs').Requirement} Requirement
 * @typedef {import('./requirements/citations.mjs').Citation} Citation
 * @typedef {object} Checklist
 * @property {string[]} problems one line for each thing that is wrong
 * @property {Map<string, string>} documents their paths and their texts
 */

/**
 * Makes the documents, and says what is wrong with what they are made of.
 *
 * @param {ReadonlyMap<string, string>} lists the text of the list of each RFC, by its number
 * @param {ReadonlyMap<string, string>} files path from the root → text, of everything that may cite
 * @returns {Checklist}
 */
export function checklist(lists, files) {
  const problems = [];
  /** @type {Map<string, ReturnType<typeof parseList>>} */
  const parsed = new Map();
  for (const [rfc, text] of lists) {
    const list = parseList(rfc, text);
    parsed.set(rfc, list);
    problems.push(...list.problems);
  }
  /** @type {Citation[]} */
  const citations = [];
  for (const [path, text] of files) {
    const found = citationsIn(path, text, RFCS);
    citations.push(...found.citations);
    problems.push(...found.problems);
  }
  const requirements = [...parsed.values()].flatMap((list) => list.requirements);
  problems.push(...complaintsAbout(requirements, citations));
  const documents = new Map(
    [...parsed].map(([rfc, list]) => [
      `docs/rfc${rfc}.md`,
      documentOf(rfc, list.sections, list.requirements, citations),
    ]),
  );
  return { problems, documents };
}

/**
 * Every document that is not what it would be if it were written now.
 *
 * @param {ReadonlyMap<string, string>} documents
 * @param {(path: string) => string | undefined} read the text that stands there, if there is one
 * @returns {string[]}
 */
export function staleDocuments(documents, read) {
  return [...documents]
    .filter(([path, text]) => read(path) !== text)
    .map(([path]) => `${path}: stale, run \`npm run requirements\``);
}

/**
 * Reads everything that a checklist is made of.
 *
 * @param {string} [root]
 * @returns {{ lists: Map<string, string>, files: Map<string, string> }}
 */
export function readTree(root = ROOT) {
  const lists = new Map(RFCS.map((rfc) => [rfc, readFileSync(join(root, `docs/requirements/rfc${rfc}.txt`), 'utf8')]));
  const files = new Map();
  for (const folder of ['src', 'test']) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name).slice(root.length).split(sep).join('/').replace(/^\//, '');
      // The tests of this very script are full of citations that mean nothing.
      if (!entry.isFile() || !path.endsWith('.ts') || path.startsWith('test/house/')) continue;
      files.set(path, readFileSync(join(root, path), 'utf8'));
    }
  }
  return { lists, files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/**
 * @param {string} path
 * @param {string} [root]
 * @returns {string | undefined}
 */
export function readDocument(path, root = ROOT) {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * @param {string[]} argv
 * @returns {number} the exit code
 */
function main(argv) {
  const { lists, files } = readTree();
  const { problems, documents } = checklist(lists, files);
  if (argv.includes('--check')) problems.push(...staleDocuments(documents, readDocument));
  else for (const [path, text] of documents) writeFileSync(join(ROOT, path), text);
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  process.exitCode = main(process.argv.slice(2));
}
