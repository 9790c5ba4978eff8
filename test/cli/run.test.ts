import { expect, test } from 'vitest';
import { helpText, version } from '../../src/cli/help.ts';
import { run } from '../../src/cli/run.ts';
import { Person } from './person.ts';

test('--help prints the help', async () => {
  const person = new Person();
  expect(await run(['--help'], person)).toBe(0);
  expect(person.seen).toBe(helpText());
});

test('--version prints the version', async () => {
  const person = new Person();
  expect(await run(['--version'], person)).toBe(0);
  expect(person.seen).toBe(`${version()}\n`);
});

test('inspect inspects', async () => {
  const person = new Person();
  expect(await run(['inspect', '8100'], person)).toBe(0);
  expect(person.seen).toContain('Text frame');
});

test('serve serves until it is told to stop', async () => {
  const person = new Person();
  const ended = run(['serve', '--port', '0'], person);
  await person.sees(/http:\/\/127\.0\.0\.1:\d+\//);
  person.signals.emit('SIGTERM');
  expect(await ended).toBe(0);
});

test('the environment is listened to', async () => {
  const person = new Person({ PORT: 'nonsense' });
  expect(await run(['serve'], person)).toBe(1);
  expect(person.heard).toBe('sluice: PORT must be a whole number from 0 to 65535, got "nonsense"\n');
});

test('a fault is one line and exit code 1', async () => {
  const person = new Person();
  expect(await run(['dance'], person)).toBe(1);
  expect(person.heard).toBe('sluice: expected a command: serve or inspect, got "dance" (see sluice --help)\n');
  expect(person.seen).toBe('');
});
