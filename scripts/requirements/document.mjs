// Writes one document of the checklist, Markdown. Files are linked and what stands in them is named, but never by its line:
// lines move with every edit. Searching the file for the section and letter finds the place.
// @ts-check

const TITLES = new Map([
  ['6455', 'The WebSocket Protocol'],
  ['7692', 'Compression Extensions for WebSocket'],
]);

/**
 * @typedef {import('./list.mjs').Requirement} Requirement
 * @typedef {import('./citations.mjs').Citation} Citation
 */

/**
 * @param {string} rfc
 * @param {readonly import('./list.mjs').Section[]} sections
 * @param {readonly Requirement[]} requirements
 * @param {readonly Citation[]} citations
 * @returns {string}
 */
export function documentOf(rfc, sections, requirements, citations) {
  /** @type {Map<string, Citation[]>} */
  const byId = new Map();
  for (const citation of citations) byId.set(citation.id, [...(byId.get(citation.id) ?? []), citation]);
  const theirs = requirements.filter(({ level }) => level !== 'ours');
  const ours = requirements.filter(({ level }) => level === 'ours');
  const parts = [
    `# RFC ${rfc} as a checklist`,
    `Made by \`npm run requirements\` of [the list](requirements/rfc${rfc}.txt) and of the comments in \`src/\` and \`test/\` ` +
      'that cite it. To change this page, change those.',
    `[RFC ${rfc}](https://www.rfc-editor.org/rfc/rfc${rfc}), *${TITLES.get(rfc)}*: everything that it demands, in our own ` +
      'words, with the code that does it and the tests that prove it.',
    summary(theirs, byId),
    howToRead(),
    ...sections.flatMap((section) => sectionOf(section, theirs, byId)),
    ...reasons('What we do not do', 'not done', theirs),
    ...reasons('What we do in part', 'in part', theirs),
    ...reasons('What does not arise', 'does not arise', theirs),
    ...choices(ours, byId),
  ];
  return `${parts.join('\n\n')}\n`;
}

/**
 * @param {readonly Requirement[]} requirements
 * @param {ReadonlyMap<string, readonly Citation[]>} byId
 * @returns {string}
 */
function summary(requirements, byId) {
  /** @type {(list: readonly Requirement[], isTest: boolean) => number} */
  const cited = (list, isTest) =>
    list.filter(({ id }) => (byId.get(id) ?? []).some((citation) => citation.isTest === isTest)).length;
  /** @type {(list: readonly Requirement[], kind: string) => number} */
  const left = (list, kind) => list.filter(({ reason }) => reason?.kind === kind).length;
  const groups = [
    ['MUST, MUST NOT', ['MUST', 'MUST NOT']],
    ['SHOULD, SHOULD NOT, RECOMMENDED', ['SHOULD', 'SHOULD NOT', 'RECOMMENDED']],
    ['in small letters, or without a word', undefined],
  ];
  const named = groups.flatMap(([, levels]) => levels ?? []);
  const rows = groups.map(([title, levels]) => {
    const list = requirements.filter(({ level }) =>
      levels === undefined ? !named.includes(level) : levels.includes(level),
    );
    return row(String(title), list);
  });
  return [
    '| | all | not ours | ours | in the code | proven | of these in part | not done | does not arise |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    row('**together**', requirements),
  ].join('\n');

  /** @type {(title: string, list: readonly Requirement[]) => string} */
  function row(title, list) {
    const mine = list.filter(({ ourBusiness }) => ourBusiness);
    const counts = [
      list.length,
      list.length - mine.length,
      mine.length,
      cited(mine, false),
      cited(mine, true),
      left(mine, 'in part'),
      left(mine, 'not done'),
      left(mine, 'does not arise'),
    ];
    return `| ${title} | ${counts.join(' | ')} |`;
  }
}

/** @returns {string} */
function howToRead() {
  return [
    '*Not ours* is what concerns neither client nor server but proxies, browsers, applications, or the authors of extensions.',
    'A requirement is cited by its section and letter, `RFC 6455 §5.1(b)`, in a comment beside the code or above the test; in',
    'a file of one RFC `§5.1(b)` is enough. Search the file for that to find the place. CI fails when a citation means nothing,',
    'when what binds an endpoint has no code or no test, and when this page is not what it would be if it were made now.',
    'A word in small letters is in small letters in the RFC; *rule* is what it says without such a word.',
  ].join('\n');
}

/**
 * @param {import('./list.mjs').Section} section
 * @param {readonly Requirement[]} requirements
 * @param {ReadonlyMap<string, readonly Citation[]>} byId
 * @returns {string[]}
 */
function sectionOf(section, requirements, byId) {
  const list = requirements.filter((requirement) => requirement.section === section.number);
  if (list.length === 0) return [];
  const rows = list.map((requirement) => {
    const { letter, level, concerns, text, reason, ourBusiness } = requirement;
    const code = places(byId.get(requirement.id) ?? [], false);
    const tests = places(byId.get(requirement.id) ?? [], true);
    const remark = reason === undefined ? (ourBusiness ? '' : '*not ours*') : `*${reason.kind}*`;
    const where = [code, remark].filter((part) => part !== '').join('<br>');
    return `| (${letter}) | ${word(level)} | ${concerns.join(', ')} | ${cell(text)} | ${where} | ${tests} |`;
  });
  return [`## §${section.number} ${section.title}`, table(rows)];
}

/**
 * @param {readonly string[]} rows
 * @returns {string}
 */
function table(rows) {
  return ['| | | who | what | code | tests |', '| --- | --- | --- | --- | --- | --- |', ...rows].join('\n');
}

/**
 * @param {string} level
 * @returns {string}
 */
function word(level) {
  return level === 'rule' ? '*rule*' : level.replaceAll(' ', '&nbsp;');
}

/**
 * @param {string} text
 * @returns {string}
 */
function cell(text) {
  return text.replaceAll('|', '\\|');
}

/**
 * The files that cite, each with what stands beside its citations.
 *
 * @param {readonly Citation[]} citations
 * @param {boolean} isTest
 * @returns {string}
 */
function places(citations, isTest) {
  /** @type {Map<string, Set<string>>} */
  const byFile = new Map();
  for (const citation of citations.filter((found) => found.isTest === isTest)) {
    const names = byFile.get(citation.path) ?? new Set();
    byFile.set(citation.path, names.add(citation.name));
  }
  const files = [...byFile].map(([path, names]) => {
    const link = `[${path.slice(path.indexOf('/') + 1)}](../${path})`;
    if (!isTest) return `${link} ${[...names].map((name) => `\`${name}\``).join(', ')}`;
    return [link, ...[...names].map((name) => `· ${markdown(name)}`)].join('<br>');
  });
  return files.join('<br>');
}

/**
 * @param {string} text
 * @returns {string}
 */
function markdown(text) {
  return text.replaceAll(/[\\`*_[\]<>|$]/g, '\\$&').replaceAll('\n', ' ');
}

/**
 * @param {string} title
 * @param {string} kind
 * @param {readonly Requirement[]} requirements
 * @returns {string[]}
 */
function reasons(title, kind, requirements) {
  const list = requirements.filter(({ reason }) => reason?.kind === kind);
  if (list.length === 0) return [];
  const lines = list.map(
    ({ section, letter, level, text, reason }) =>
      `- **§${section}(${letter})**, ${level}: ${text} *${cell(reason?.text ?? '')}*`,
  );
  return [`## ${title}`, lines.join('\n')];
}

/**
 * @param {readonly Requirement[]} ours
 * @param {ReadonlyMap<string, readonly Citation[]>} byId
 * @returns {string[]}
 */
function choices(ours, byId) {
  if (ours.length === 0) return [];
  const rows = ours.map(({ id, section, letter, concerns, text }) => {
    const citations = byId.get(id) ?? [];
    const where = `§${section}(${letter})`;
    return `| ${where} | ${concerns.join(', ')} | ${cell(text)} | ${places(citations, false)} | ${places(citations, true)} |`;
  });
  return [
    '## Where we are stricter, or have chosen',
    'What the RFC leaves open and we have decided. These have capital letters, and are cited like the rest.',
    ['| | who | what | code | tests |', '| --- | --- | --- | --- | --- |', ...rows].join('\n'),
  ];
}
