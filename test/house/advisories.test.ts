// Holds docs/advisories.md against the tests that it names: each is there, each advisory stands once, and the counts agree.
// Planted, each mistake is caught.
import { describe, expect, test } from 'vitest';
import {
  complaintsAboutAdvisories,
  countAdvisories,
  PAGE,
  parseAdvisories,
  readFile,
  titlesIn,
} from '../../scripts/advisories.mjs';

const HEAD = `# Advisories

| advisories | covered by tests | open | do not concern us |
|---:|---:|---:|---:|
| 5 | 3 | 1 | 1 |
`;

const BODY = `
## Covered by tests

### Frames

| id | where | what went wrong | here | test |
|---|---|---|---|---|
| CVE-1 (GHSA-a, GHSA-b), ws #7 | ws | it leaked | it does not | [a/b.test.ts](../test/a/b.test.ts): says \\_no\\_ to %s<br>[attacks/c.test.ts](../test/attacks/c.test.ts): F1 |
| ws (2017, an issue) | ws | it fell | it stands | [a/b.test.ts](../test/a/b.test.ts): a \\| b |

## Comes with rooms

| id | where | what went wrong | what must come |
|---|---|---|---|
| CVE-2 | h3 | it split | one writer |

## Does not concern us

| id | where | what went wrong | why not |
|---|---|---|---|
| CVE-3 | Node | a cookie | no cookie is read |
`;

const FILES: Readonly<Record<string, string>> = {
  'test/a/b.test.ts': `describe('a | b', () => {\n  test.each([1])('says _no_ to %s', () => {});\n});\n`,
  'test/attacks/c.test.ts': `attack('F1', {\n`,
};

const complaints = (text: string): string[] => complaintsAboutAdvisories(text, (path) => FILES[path]);

test('the page names tests that are there, each advisory once, and counts them rightly', () => {
  const text = readFile(PAGE) as string;
  expect(complaintsAboutAdvisories(text)).toEqual([]);
  expect(countAdvisories(parseAdvisories(text).advisories).covered).toBeGreaterThan(150);
});

test('the page says nowhere else that something is covered', () => {
  const { advisories } = parseAdvisories(readFile(PAGE) as string);
  expect(advisories.filter(({ kind, proofs }) => (kind === 'covered') !== proofs.length > 0)).toEqual([]);
});

test('a page is read row by row', () => {
  expect(complaints(HEAD + BODY)).toEqual([]);
  const { advisories } = parseAdvisories(HEAD + BODY);
  expect(advisories.map(({ id, aliases, kind }) => [id, aliases, kind])).toEqual([
    ['CVE-1', ['GHSA-a', 'GHSA-b'], 'covered'],
    ['ws #7', [], 'covered'],
    ['ws', ['2017', 'an issue'], 'covered'],
    ['CVE-2', [], 'open'],
    ['CVE-3', [], 'not ours'],
  ]);
  expect(advisories[0]?.proofs).toEqual([
    { file: 'test/a/b.test.ts', name: 'says _no_ to %s' },
    { file: 'test/attacks/c.test.ts', name: 'F1' },
  ]);
});

test('titles are those of tests and groups, however they are declared', () => {
  const source = `test('one', () => {}); test.runIf(x)("two", f); it.each([
    ['no title'],
  ])(
    'three %s', f);
  describe.each(ROWS)(\`four\`, f); const a = 'no title'; expect('no title');
  test('it\\'s five', f);\n  attack('F2', {});`;
  expect([...titlesIn(source)]).toEqual(['one', 'two', 'three %s', 'four', "it's five", 'F2']);
});

describe('caught is', () => {
  test.each([
    ['a test that is not there', ': a \\| b', ': a \\| c', 'test/a/b.test.ts has no test "a | c"'],
    ['a part of a title', ': a \\| b', ': a', 'has no test "a"'],
    ['a row that nobody attacks', ': F1 |', ': F2 |', 'test/attacks/c.test.ts has no test "F2"'],
    [
      'a file that is not there',
      'a/b.test.ts](../test/a/b.test.ts): a',
      'a/d.test.ts](../test/a/d.test.ts): a',
      'is not',
    ],
    [
      'a link that leads elsewhere',
      '[a/b.test.ts](../test/a/b.test.ts): a',
      '[a](../test/a/b.test.ts): a',
      'is no link',
    ],
    ['no test', '[a/b.test.ts](../test/a/b.test.ts): a \\| b |', 'none |', '"none" is no link'],
    ['an empty cell', '| it stands |', '| |', 'expected 5 cells with something in each'],
    ['an id that stands twice', '| CVE-2 |', '| CVE-1 |', 'CVE-1 stands twice'],
    ['another name that stands twice', '| CVE-2 |', '| CVE-2 (GHSA-b) |', 'GHSA-b stands twice'],
    ['a wrong count', '| 5 | 3 |', '| 6 | 4 |', 'counts 6, 4, 1, 1, and has 5, 3, 1, 1'],
    ['a section of no meaning', '## Comes with rooms', '## Comes', '"Comes" is none of'],
  ])('%s', (_, part, other, complaint) => {
    expect(HEAD + BODY).toContain(part);
    expect(complaints((HEAD + BODY).replace(part, other))).toContainEqual(expect.stringContaining(complaint));
  });
});
