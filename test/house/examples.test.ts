// Holds examples/: each can be started by who has only read its README, is told apart from the package, and is started by a test of
// its own name.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesBelow, ROOT } from './source-files.ts';

const EXAMPLES = readdirSync(join(ROOT, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const TESTS = filesBelow('test/examples');

test('there is one for each framework and proxy that the README names', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const named = [...readme.matchAll(/\(examples\/([a-z]+)\)/g)].map(([, name]) => name);
  expect(EXAMPLES.toSorted()).toEqual(named.toSorted());
});

describe.each(EXAMPLES)('examples/%s', (name) => {
  const read = (file: string): string => readFileSync(join(ROOT, 'examples', name, file), 'utf8');

  test('is a program of its own, which nobody publishes, with sluice from the folder around it', () => {
    expect(JSON.parse(read('package.json'))).toMatchObject({
      name: `sluice-example-${name}`,
      private: true,
      scripts: { start: expect.any(String) },
      dependencies: { sluice: 'file:../..' },
    });
    // A link to the folder would bring its development dependencies, and twice what both of them have.
    expect(read('.npmrc')).toBe('install-links=true\n');
  });

  test('says how it is started', () => {
    const readme = read('README.md');
    expect(readme).toContain('npm ci && npm run build');
    expect(readme).toContain('npm install');
    expect(readme).toContain('npm start');
  });

  test('is started by a test', () => {
    expect(TESTS).toContain(`${name}.test.ts`);
  });
});
