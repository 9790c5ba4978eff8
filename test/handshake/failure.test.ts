// Statements about the table of failures, whatever stands in it.
import { expect, test } from 'vitest';
import { HandshakeFailures } from '../../src/handshake/failure.ts';

const ROWS = Object.entries(HandshakeFailures);

test.each(ROWS)('%s is a whole row under its own name', (key, row) => {
  expect(row.name).toBe(key);
  expect(row.section).toMatch(/^(RFC \d{4}|WHATWG WebSockets) §\d+(\.\d+)*$/);
  expect(row.text).toMatch(/^[A-Z].*\.$/);
  expect(row.expected).toMatch(/^\S.*[^\s.]$/);
  expect(Object.isFrozen(row)).toBe(true);
});

test('no two rows say the same, and the table cannot be changed', () => {
  expect(new Set(ROWS.map(([, row]) => row.text)).size).toBe(ROWS.length);
  expect(Object.isFrozen(HandshakeFailures)).toBe(true);
});
