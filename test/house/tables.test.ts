// Proves that the tables of CI say what was reported, and that nothing which has failed or was skipped looks well in them.
// The reports here have the shape of vitest's JSON reporter, reduced to what is read.
import { expect, test } from 'vitest';
import { type Sources, tablesOf } from '../../.ci/tables.mjs';

type Outcome = [groups: string[], title: string, status?: string];

function file(name: string, outcomes: readonly Outcome[], status = 'passed') {
  return {
    name: `/home/of/the/tree/test/${name}`,
    status,
    assertionResults: outcomes.map(([ancestorTitles, title, verdict = 'passed']) => ({
      ancestorTitles,
      title,
      status: verdict,
    })),
  };
}

const MASK: Outcome[] = [
  [['a key'], 'is %'],
  [['a key'], 'of 4 bytes (all)'],
  [['a key'], 'of 5 bytes (all)'],
];
const F1: Outcome[] = [
  [['F1: much'], 'is withstood'],
  [['F1: much'], 'control: others fall'],
];

const ADVISORIES = `
## Covered by tests

| CVE-1, CVE-2 | ws | it | not | [frame/mask.test.ts](../test/frame/mask.test.ts): of %d bytes (all)<br>[attacks/f.test.ts](../test/attacks/f.test.ts): F1 |
| CVE-3 | ws | it | not | [frame/mask.test.ts](../test/frame/mask.test.ts): a key |

## Open

| CVE-4 | ws | it | later |
`;

const REQUIREMENTS = `
| | all | not ours | ours |
| --- | ---: | ---: | ---: |
| MUST | 1 | 1 | 0 |
| **together** | 30 | 10 | 20 |
`;

function tables(mask = MASK, f1 = F1, other: Partial<Sources> = {}): { lines: string[]; problems: string[] } {
  return tablesOf({
    report: { testResults: [file('frame/mask.test.ts', mask), file('attacks/f.test.ts', f1), file('a.test.ts', [])] },
    conformance: new Map([
      ['sluice-server', { counts: { OK: 500, 'NON-STRICT': 0, INFORMATIONAL: 17, UNIMPLEMENTED: 0, FAILED: 0 } }],
      ['ws-server', { counts: { OK: 1, FAILED: 3 } }],
    ]),
    attacks: new Map([['F1', { growth: 1_572_864, bound: 8_388_608 }]]),
    attackTable: "export const ROWS = {\n  F1: 'much',\n} as const;\n",
    advisories: ADVISORIES,
    requirements: new Map([['6455', REQUIREMENTS]]),
    ...other,
  });
}

test('the tables have the counts of the reports', () => {
  const { lines, problems } = tables();
  expect(problems).toEqual([]);
  expect(lines.map((line) => line.trim().replaceAll(/ {2,}/g, ' | '))).toEqual([
    ...['', 'Tests', ''],
    ...['folder | passed | failed | not run', expect.stringMatching(/^-+/)],
    ...['test/. | 0 | 0 | 0', 'test/attacks | 2 | 0 | 0', 'test/frame | 3 | 0 | 0', 'together | 5 | 0 | 0'],
    ...['', 'Conformance (Autobahn’s cases)', ''],
    ...['who | cases | OK | NON-STRICT | INFORMATIONAL | UNIMPLEMENTED | FAILED', expect.stringMatching(/^-+/)],
    ...['sluice-server | 517 | 500 | 0 | 17 | 0 | 0', 'ws-server | 4 | 1 | 0 | 0 | 0 | 3'],
    ...['', 'Attacks', ''],
    ...['row | what | withstood | control | MiB grown | MiB allowed', expect.stringMatching(/^-+/)],
    'F1 | much | yes | yes | 1.5 | 8.0',
    ...['', 'Advisories (docs/advisories.md)', ''],
    ...['all | covered by tests | which have passed | open | do not concern us', expect.stringMatching(/^-+/)],
    '4 | 3 | 3 | 1 | 0',
    ...['', 'Requirements of the RFCs', ''],
    ...['RFC | all | not ours | ours', expect.stringMatching(/^-+/)],
    'RFC 6455 | 30 | 10 | 20',
  ]);
});

const lineOf = (lines: readonly string[], start: string): string[] =>
  (lines.find((line) => line.trimStart().startsWith(start)) ?? '').trim().split(/ {2,}/);

test.each(['pending', 'skipped', 'todo', 'disabled'])('a test that is %s has not passed', (status) => {
  const { lines, problems } = tables([...MASK.slice(0, 2), [['a key'], 'of 5 bytes (all)', status]]);
  expect(lineOf(lines, 'test/frame')).toEqual(['test/frame', '2', '0', '1']);
  // CVE-3 names the group, and with it every test in it.
  expect(lineOf(lines, '4  ').slice(0, 3)).toEqual(['4', '3', '0']);
  expect(problems).toEqual([
    'advisories: CVE-1: test/frame/mask.test.ts: "of %d bytes (all)" has not passed',
    'advisories: CVE-2: test/frame/mask.test.ts: "of %d bytes (all)" has not passed',
    'advisories: CVE-3: test/frame/mask.test.ts: "a key" has not passed',
  ]);
});

test('an advisory whose test has another title is not shown to be covered', () => {
  const { problems } = tables([[['a key'], 'of 4 bytes (some)']]);
  expect(problems).toHaveLength(2);
});

test.each([
  ['that has failed', [[['F1: much'], 'is withstood', 'failed'], F1[1]], ['NO', 'yes']],
  ['that was skipped', [[['F1: much'], 'is withstood', 'skipped'], F1[1]], ['not run', 'yes']],
  ['without its control', [F1[0]], ['yes', 'not run']],
  ['whose control has failed', [F1[0], [['F1: much'], 'control: others fall', 'failed']], ['yes', 'NO']],
  ['that is not in the report', [], ['not run', 'not run']],
  ['whose number only begins alike', [[['F11: much'], 'is withstood'], F1[1]], ['not run', 'yes']],
])('an attack %s is a problem', (_, outcomes, words) => {
  const { lines, problems } = tables(MASK, outcomes as Outcome[]);
  expect(lineOf(lines, 'F1  ').slice(2, 4)).toEqual(words);
  expect(problems).toContain(`attacks: F1: withstood: ${words[0]}, control: ${words[1]}`);
});

test('a row of npm run test:long is named, and neither passed nor a problem until that has run', () => {
  const attackTable = "export const ROWS = {\n  F1: 'much',\n  I1: 'killed',\n} as const;\n";
  const { lines, problems } = tables(MASK, F1, { attackTable });
  expect(lineOf(lines, 'I1  ').slice(2)).toEqual(['npm run test:long', '-', '-', '-']);
  expect(problems).toEqual([]);
});

test('an attack of which nothing was measured has no figures', () => {
  expect(lineOf(tables(MASK, F1, { attacks: new Map() }).lines, 'F1  ').slice(4)).toEqual(['-', '-']);
});

test('a file that failed as a whole is a failure', () => {
  const report = { testResults: [file('frame/mask.test.ts', MASK, 'failed'), file('attacks/f.test.ts', F1)] };
  expect(lineOf(tables(MASK, F1, { report }).lines, 'test/frame')).toEqual(['test/frame', '3', '1', '0']);
});

test.each<[string, Partial<Sources>, string]>([
  [
    'a failed case of ours',
    { conformance: new Map([['sluice-client', { counts: { FAILED: 1 } }]]) },
    'has failed cases',
  ],
  ['no report of the suite', { conformance: new Map() }, 'there is no report about us'],
  ['an attack table that is not read', { attackTable: '' }, 'the table has no row'],
  ['a checklist without counts', { requirements: new Map([['6455', '']]) }, 'docs/rfc6455.md has no counts'],
])('%s is a problem', (_, other, problem) => {
  expect(tables(MASK, F1, other).problems).toContainEqual(expect.stringContaining(problem));
});
