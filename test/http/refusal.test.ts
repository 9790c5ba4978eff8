// Statements about the table of refusals, whatever stands in it.
import { expect, test } from 'vitest';
import { HttpRefusals } from '../../src/http/refusal.ts';
import { reasonPhrase } from '../../src/http/status-text.ts';

const ROWS = Object.entries(HttpRefusals);

test.each(ROWS)('%s is a whole row under its own name', (key, row) => {
  expect(row.name).toBe(key);
  expect(row.section).toMatch(/^RFC \d{4} §\d+(\.\d+)*$/);
  expect(row.text).toMatch(/^[A-Z].*\.$/);
  expect(row.expected).toMatch(/^\S.*[^\s.]$/);
  expect(reasonPhrase(row.status)).not.toBe('');
  expect(row.status).toBeGreaterThanOrEqual(400);
  expect(Object.isFrozen(row)).toBe(true);
});

test('no two rows say the same', () => {
  expect(new Set(ROWS.map(([, row]) => row.text)).size).toBe(ROWS.length);
});

test('the table cannot be changed', () => {
  expect(Object.isFrozen(HttpRefusals)).toBe(true);
});
