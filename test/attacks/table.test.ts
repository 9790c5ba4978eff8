// Every row of the attack table has a test and a control, in one place.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROWS } from './table.ts';

const declared = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.test.ts') && name !== 'table.test.ts')
  .flatMap((name) => {
    const source = readFileSync(`${import.meta.dirname}/${name}`, 'utf8');
    return [...source.matchAll(/^\s*(?:attack|fault)\('(\w+)',/gm)].map(([, id]) => id as string);
  });

test('every row of the table is attacked, once', () => {
  expect(declared.toSorted()).toEqual(Object.keys(ROWS).toSorted());
});
