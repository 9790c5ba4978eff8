// Finds the comments that cite a requirement, `RFC 6455 §5.1(b)`, and what they stand beside: in src/ the member or
// function, in test/ the test. In a file whose opening comment names one of the RFCs and not the other, `§5.1(b)` is enough.
// It knows of TypeScript what the one form that Biome gives it shows: indentation, and where a declaration begins.
// @ts-check

/**
 * @typedef {object} Citation
 * @property {string} id as in the list: `RFC 6455 §5.1(b)`
 * @property {string} path
 * @property {number} line counted from 1
 * @property {boolean} isTest
 * @property {string} name of what it stands beside: `FrameParser.#header`, or the test with the groups it is in
 */

/** `RFC 6455`, or a section with the letters of one or more requirements. */
const MENTION = /RFC (\d+)|§(\d+(?:\.\d+)*)((?:\([a-z]{1,2}(?:, ?[a-z]{1,2})*\)|\([A-Z](?:, ?[A-Z])*\))+)/g;

/**
 * @param {string} path from the root, `src/…` or `test/…`
 * @param {string} text
 * @param {readonly string[]} rfcs the numbers of those that have a list
 * @returns {{ citations: Citation[], problems: string[] }}
 */
export function citationsIn(path, text, rfcs) {
  /** @type {Citation[]} */
  const citations = [];
  /** @type {string[]} */
  const problems = [];
  const lines = text.split('\n');
  const isTest = path.startsWith('test/');
  const opening = rfcOfOpening(lines, rfcs);

  for (const [index, line] of lines.entries()) {
    /** @type {string | undefined} */
    let rfc = opening;
    const commentStart = startOfComment(line);
    for (const mention of line.matchAll(MENTION)) {
      if (mention[1] !== undefined) {
        rfc = mention[1];
        continue;
      }
      const where = `${path}:${index + 1}`;
      if (rfc === undefined) problems.push(`${where}: ${mention[0]} of which RFC?`);
      // Some other RFC's section, with a letter of its own.
      if (rfc === undefined || !rfcs.includes(rfc)) continue;
      if (mention.index < commentStart) {
        problems.push(`${where}: ${mention[0]} is cited outside of a comment`);
        continue;
      }
      const name = isTest ? testAt(lines, index) : memberAt(lines, index);
      if (name === undefined) {
        problems.push(`${where}: ${mention[0]} is cited beside no ${isTest ? 'test' : 'declaration'}`);
        continue;
      }
      for (const letter of /** @type {string} */ (mention[3]).match(/[a-z]+|[A-Z]/g) ?? []) {
        citations.push({ id: `RFC ${rfc} §${mention[2]}(${letter})`, path, line: index + 1, isTest, name });
      }
    }
  }
  return { citations, problems };
}

/**
 * The RFC that a plain `§` means in this file, if there can be only one.
 *
 * @param {readonly string[]} lines
 * @param {readonly string[]} rfcs
 * @returns {string | undefined}
 */
function rfcOfOpening(lines, rfcs) {
  const end = lines.findIndex((line) => !line.startsWith('//'));
  const opening = lines.slice(0, end).join('\n');
  const named = rfcs.filter((rfc) => opening.includes(`RFC ${rfc}`));
  return named.length === 1 ? named[0] : undefined;
}

/**
 * @param {string} line
 * @returns {number} where its comment begins; `Infinity` where there is none
 */
function startOfComment(line) {
  if (/^\s*(?:\/\*|\*)/.test(line)) return 0;
  const start = line.search(/(?:^|\s)\/\/ /);
  return start === -1 ? Number.POSITIVE_INFINITY : start;
}

/**
 * @param {string} line
 * @returns {number}
 */
function indentOf(line) {
  return line.length - line.trimStart().length;
}

/**
 * The line of code that a comment is about: its own, or the next.
 *
 * @param {readonly string[]} lines
 * @param {number} index
 * @returns {number}
 */
function codeAt(lines, index) {
  let at = index;
  while (at < lines.length && /^\s*(?:$|\/\/|\/\*|\*)/.test(/** @type {string} */ (lines[at]))) at++;
  return at;
}

/**
 * The lines that open what a line stands in, the outermost first, and the line itself last.
 *
 * @param {readonly string[]} lines
 * @param {number} index
 * @returns {number[]}
 */
function openersOf(lines, index) {
  const openers = [index];
  // The first of these columns that does not stand inside the present one.
  let limit = indentOf(/** @type {string} */ (lines[index] ?? ''));
  for (let at = index - 1; at >= 0 && limit > 0; at--) {
    const line = /** @type {string} */ (lines[at]);
    if (line.trim() === '' || /^\s*(?:\/\/|\/\*|\*)/.test(line)) continue;
    const indent = indentOf(line);
    if (indent >= limit) continue;
    // `): number {` and `} else {` go on with what was opened further up, at the same column.
    const goesOn = /^[)}\]]/.test(line.trim());
    limit = goesOn ? indent + 1 : indent;
    if (!goesOn) openers.unshift(at);
  }
  return openers;
}

const OUTER =
  /^(?:export )?(?:default )?(?:abstract )?(?:async )?(?:class|function\*?|const|let|interface|type) ([\w$]+)/;
const INNER =
  /^(?:(?:static|private|protected|override|abstract|readonly|declare|async|get|set|\*)\s+)*(#?[\w$]+|\[[\w.]+\])\s*(?:[?!]?:|=|<|\(|,$)/;
const NO_NAME = new Set(['if', 'for', 'while', 'switch', 'return', 'await', 'new', 'throw', 'case', 'super', 'this']);

/**
 * `Class.member`, `function`, `Table.Row`; `undefined` outside of every declaration.
 *
 * @param {readonly string[]} lines
 * @param {number} index
 * @returns {string | undefined}
 */
function memberAt(lines, index) {
  const openers = openersOf(lines, codeAt(lines, index)).map((at) => /** @type {string} */ (lines[at]).trim());
  const [first = '', second = ''] = openers;
  const outer = OUTER.exec(first)?.[1];
  if (outer === undefined || !/^(?:export )?(?:abstract )?(?:class|interface|const)\b/.test(first)) return outer;
  const inner = INNER.exec(second)?.[1];
  return inner === undefined || NO_NAME.has(inner) ? outer : `${outer}.${inner}`;
}

/**
 * The test that a comment stands above or in, behind the titles of its groups; `undefined` where there is none.
 *
 * @param {readonly string[]} lines
 * @param {number} index
 * @returns {string | undefined}
 */
function testAt(lines, index) {
  const openers = openersOf(lines, codeAt(lines, index)).filter((at) =>
    /^(?:test|it|describe)\b/.test(/** @type {string} */ (lines[at]).trim()),
  );
  const innermost = openers.at(-1);
  if (innermost === undefined || /^describe\b/.test(/** @type {string} */ (lines[innermost]).trim())) return undefined;
  const titles = openers.map((at) => titleAt(lines.slice(at).join('\n')));
  return titles.includes(undefined) ? undefined : titles.join(' > ');
}

/**
 * The title of the test or group that `text` begins with: of `test.each(…)('title', …)` that of the second call.
 *
 * @param {string} text
 * @returns {string | undefined}
 */
function titleAt(text) {
  let at = text.search(/[(`]/);
  const called = text.slice(0, at);
  if (/\.(?:each|for|runIf|skipIf)\b/.test(called)) at = text.indexOf('(', endOfCall(text, at));
  const title = /^\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)/.exec(text.slice(at));
  return (title?.[1] ?? title?.[2] ?? title?.[3])?.replaceAll(/\\(['"`])/g, '$1');
}

/**
 * @param {string} text
 * @param {number} start of an opening bracket
 * @returns {number} the index behind the one that closes it
 */
function endOfCall(text, start) {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const sign = /** @type {string} */ (text[at]);
    if (sign === "'" || sign === '"' || sign === '`') {
      for (at++; at < text.length && text[at] !== sign; at++) if (text[at] === '\\') at++;
    } else if (text.startsWith('//', at)) {
      at = text.indexOf('\n', at);
      if (at === -1) return text.length;
    } else if ('([{'.includes(sign)) {
      depth++;
    } else if (')]}'.includes(sign) && --depth === 0) {
      return at + 1;
    }
  }
  return text.length;
}
