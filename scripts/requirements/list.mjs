// Reads docs/requirements/rfcNNNN.txt, the list of what an RFC demands. A line `§5.1 Overview` begins a section, a line
// `(a) MUST client: …` a requirement, a line that begins with blanks goes on with the one before, and may say
// `not done:`, `does not arise:` or `in part:` and why. A line with # at its beginning is a remark.
// @ts-check

/** The words of RFC 2119, the same in small letters where the RFC has them so, `rule` where it has none, `ours` for us. */
export const LEVELS = [
  'MUST',
  'MUST NOT',
  'SHOULD',
  'SHOULD NOT',
  'RECOMMENDED',
  'must',
  'must not',
  'should',
  'should not',
  'recommended',
  'rule',
  'ours',
];

/** Those that leave no choice. */
const BINDING = new Set(['MUST', 'MUST NOT', 'must', 'must not', 'rule', 'ours']);

/** Whom a requirement can concern. */
export const CONCERNS = ['both', 'client', 'server', 'proxy', 'application', 'author', 'browser'];

/** Those that we are. */
const ENDPOINTS = new Set(['both', 'client', 'server']);

/** What can be said of a requirement that is not simply kept; of one that is kept in part, what is left. */
const REASONS = ['not done', 'does not arise', 'in part'];

/**
 * @typedef {object} Requirement
 * @property {string} rfc
 * @property {string} section `5.1`
 * @property {string} letter `a`; a capital one for a rule of our own
 * @property {string} id as it is cited: `RFC 6455 §5.1(a)`
 * @property {string} level one of {@link LEVELS}
 * @property {string[]} concerns some of {@link CONCERNS}
 * @property {string} text
 * @property {{ kind: string, text: string } | undefined} reason why there is nothing, or not everything, in the code
 * @property {boolean} binding whether there is no choice
 * @property {boolean} ourBusiness whether it concerns an endpoint
 *
 * @typedef {object} Section
 * @property {string} number
 * @property {string} title
 */

/**
 * @param {string} rfc its number
 * @param {string} text
 * @returns {{ sections: Section[], requirements: Requirement[], problems: string[] }}
 */
export function parseList(rfc, text) {
  const path = `docs/requirements/rfc${rfc}.txt`;
  /** @type {Section[]} */
  const sections = [];
  /** @type {Requirement[]} */
  const requirements = [];
  /** @type {string[]} */
  const problems = [];
  const seen = new Set();

  for (const [index, line] of text.split('\n').entries()) {
    const complain = (/** @type {string} */ what) => problems.push(`${path}:${index + 1}: ${what}`);
    if (line.trim() === '' || line.startsWith('#')) continue;
    const last = requirements.at(-1);
    const current = sections.at(-1);
    const section = /^§(\d+(?:\.\d+)*) (.+)$/.exec(line);
    const item = /^\(([a-z]+|[A-Z]+)\) (.+)$/.exec(line);
    if (section !== null) {
      const number = /** @type {string} */ (section[1]);
      if (current !== undefined && compareSections(current.number, number) >= 0)
        complain(`§${number} is not in its place`);
      sections.push({ number, title: /** @type {string} */ (section[2]) });
    } else if (item !== null && current !== undefined) {
      const letter = /** @type {string} */ (item[1]);
      const id = `RFC ${rfc} §${current.number}(${letter})`;
      if (seen.has(id)) complain(`${id} is there twice`);
      seen.add(id);
      const requirement = parseItem(rfc, current.number, letter, id, /** @type {string} */ (item[2]));
      if (typeof requirement === 'string') complain(requirement);
      else requirements.push(requirement);
    } else if (line.startsWith('    ') && last !== undefined) {
      goOn(last, line.trim());
    } else {
      complain('neither a section, nor a requirement, nor more of one');
    }
  }
  return { sections, requirements, problems };
}

/**
 * @param {string} rfc
 * @param {string} section
 * @param {string} letter
 * @param {string} id
 * @param {string} rest
 * @returns {Requirement | string} or what is wrong
 */
function parseItem(rfc, section, letter, id, rest) {
  const level = [...LEVELS].sort((a, b) => b.length - a.length).find((word) => rest.startsWith(`${word} `));
  if (level === undefined) return `${id}: there is no level; it is one of ${LEVELS.join(', ')}`;
  const colon = rest.indexOf(': ');
  if (colon === -1) return `${id}: whom it concerns ends with a colon`;
  const concerns = rest.slice(level.length + 1, colon).split(', ');
  const stranger = concerns.find((word) => !CONCERNS.includes(word));
  if (stranger !== undefined) return `${id}: "${stranger}" is none of ${CONCERNS.join(', ')}`;
  if ((level === 'ours') !== /^[A-Z]/.test(letter))
    return `${id}: what is ours, and nothing else, has a capital letter`;
  return {
    rfc,
    section,
    letter,
    id,
    level,
    concerns,
    text: rest.slice(colon + 2),
    reason: undefined,
    binding: BINDING.has(level),
    ourBusiness: concerns.some((word) => ENDPOINTS.has(word)),
  };
}

/**
 * @param {Requirement} requirement
 * @param {string} line
 */
function goOn(requirement, line) {
  const kind = REASONS.find((word) => line.startsWith(`${word}: `));
  if (kind !== undefined) requirement.reason = { kind, text: line.slice(kind.length + 2) };
  else if (requirement.reason !== undefined) requirement.reason.text += ` ${line}`;
  else requirement.text += ` ${line}`;
}

/**
 * @param {string} a
 * @param {string} b
 * @returns {number} less than 0 when `a` stands before `b`
 */
export function compareSections(a, b) {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? -1) - (right[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
