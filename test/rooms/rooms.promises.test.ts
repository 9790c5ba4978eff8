// The promises of docs/rooms.md name the tests that show them.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const PAGE = readFileSync(new URL('../../docs/rooms.md', import.meta.url), 'utf8');
const PROMISES = [...PAGE.matchAll(/\| `(test\/[^`]+)`: (.+) \|$/gm)].map(([, file, name]) => [file, name] as const);

test('docs/rooms.md makes promises', () => {
  expect(PROMISES.length).toBeGreaterThan(15);
});

test.each(PROMISES)('%s has the test "%s"', (file, name) => {
  expect(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')).toContain(name);
});
