// Holds SECURITY.md against the tree: every test that its table names is there, and every file that it links.
import { expect, test } from 'vitest';
import { readFile, titlesIn } from '../../scripts/advisories.mjs';

const PAGE = readFile('SECURITY.md') as string;
const ROWS = PAGE.split('\n').filter((line) => /^\| (?!component).*\|$/.test(line));
const PROOF = /\| \[([^\]]+)\]\(test\/([^)]+)\): (.+) \|$/;

test('the threat model has a test in every row', () => {
  expect(ROWS.length).toBeGreaterThan(20);
  expect(ROWS.filter((row) => !PROOF.test(row))).toEqual([]);
});

test.each(ROWS.map((row) => PROOF.exec(row)?.slice(1) as [string, string, string]))(
  '%s is what is linked (%s), and has "%s"',
  (shown, linked, name) => {
    expect(shown).toBe(linked);
    expect([...titlesIn(readFile(`test/${linked}`) ?? '')]).toContain(name);
  },
);

test('everything that it links is there', () => {
  const links = [...PAGE.matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path as string);
  expect(links.length).toBeGreaterThan(ROWS.length);
  expect(links.filter((path) => readFile(path) === undefined)).toEqual([]);
});
