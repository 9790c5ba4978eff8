import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mayComeBack } from '../../src/resilient/close-codes.ts';

test.each([1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003, 4001, 4003, 4013])(
  '%i forbids to come back',
  (code) => {
    expect(mayComeBack(code)).toBe(false);
  },
);

test.each([1001, 1005, 1006, 1011, 1012, 1013, 1014, 1015, 3001, 3008, 4000, 4029, 4999])('%i allows it', (code) => {
  expect(mayComeBack(code)).toBe(true);
});

test('the document says the same of every code that it names', () => {
  const table = readFileSync(new URL('../../docs/resilience.md', import.meta.url), 'utf8');
  const rows = [...table.matchAll(/^\| ([\d, ]+) \| (final|comes back)/gm)];
  expect(rows.length).toBeGreaterThan(5);
  for (const [, codes = '', verdict] of rows) {
    for (const code of codes.split(', ')) expect(mayComeBack(Number(code)), code).toBe(verdict === 'comes back');
  }
});
