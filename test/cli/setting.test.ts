import { expect, test } from 'vitest';
import { SETTINGS, type Setting } from '../../src/cli/setting.ts';

test('no flag and no variable is there twice', () => {
  expect(new Set(SETTINGS.map(({ flag }) => flag)).size).toBe(SETTINGS.length);
  expect(new Set(SETTINGS.map(({ variable }) => variable)).size).toBe(SETTINGS.length);
});

test.each(SETTINGS)(
  'the variable of --$flag is the flag in capitals, with a prefix unless it is PORT',
  ({ flag, variable }) => {
    const name = flag.toUpperCase().replaceAll('-', '_');
    expect(variable).toBe(name === 'PORT' ? name : `SLUICE_${name}`);
  },
);

test('another variable is known only where other programs have made it so', () => {
  const aliases = (SETTINGS as readonly Setting[]).flatMap(({ alias }) => alias ?? []);
  expect(aliases).toEqual(['JWT_SECRET', 'REDIS_URL']);
});
