// Statements about the table of refusals, whatever stands in it.
import { expect, test } from 'vitest';
import { HandshakeRefusals } from '../../src/handshake/refusal.ts';
import { refusalResponse } from '../../src/handshake/server-response.ts';
import { HttpRefusals, reasonPhrase } from '../../src/http/index.ts';

const ROWS = Object.entries(HandshakeRefusals);

test.each(ROWS)('%s is a whole row under its own name', (key, row) => {
  expect(row.name).toBe(key);
  expect(row.section).toMatch(/^RFC \d{4} §\d+(\.\d+)*$/);
  expect(row.text).toMatch(/^[A-Z].*\.$/);
  expect(row.expected).toMatch(/^\S.*[^\s.]$/);
  expect(reasonPhrase(row.status)).not.toBe('');
  expect(row.status).toBeGreaterThanOrEqual(400);
  expect(Object.isFrozen(row)).toBe(true);
});

// RFC 6455 §4.2.1(a), §10.7(c)
test.each(ROWS)('%s can be answered as it stands', (_key, row) => {
  expect(refusalResponse({ ...row, body: row.text })).toMatch(new RegExp(`^HTTP/1\\.1 ${row.status} `));
});

test('no two rows say the same, and the table cannot be changed', () => {
  expect(new Set(ROWS.map(([, row]) => row.text)).size).toBe(ROWS.length);
  expect(Object.isFrozen(HandshakeRefusals)).toBe(true);
});

// RFC 6455 §4.2.2(d), §4.4(a)
test('a 405 names the methods allowed (RFC 9110 §15.5.6), a 426 what to upgrade to (§15.5.22, RFC 6455 §4.4)', () => {
  for (const [, row] of ROWS) {
    if (row.status === 405) expect(row.headers).toEqual({ Allow: 'GET' });
    if (row.status === 426) expect(row.headers).toEqual({ Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' });
  }
});

test('a name stands for one row, here or in http/: a log that has it says enough', () => {
  const names = [...ROWS, ...Object.entries(HttpRefusals)].map(([name]) => name);
  expect(new Set(names).size).toBe(names.length);
});
