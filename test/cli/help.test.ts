import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { helpText, version } from '../../src/cli/help.ts';
import { SETTINGS, type Setting } from '../../src/cli/setting.ts';

test('the help names every flag and every variable', () => {
  for (const { flag, variable, alias, help } of SETTINGS as readonly Setting[]) {
    expect(helpText()).toContain(`--${flag} `);
    expect(helpText()).toContain(alias === undefined ? `(${variable})` : `(${variable} or ${alias})`);
    expect(helpText()).toContain(help);
  }
});

test('the help fits a terminal of 120 columns and ends its last line', () => {
  for (const line of helpText().split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  expect(helpText()).toMatch(/[^\n]\n$/);
});

test('the version is that of the package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(version()).toBe(manifest.version);
});
