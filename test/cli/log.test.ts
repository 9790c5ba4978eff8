import { describe, expect, test } from 'vitest';
import type { LogFormat, LogLevel } from '../../src/cli/command-line.ts';
import { Log } from '../../src/cli/log.ts';
import { Person } from './person.ts';

function sayAll(level: LogLevel, format: LogFormat): Person {
  const person = new Person();
  const log = new Log(level, format, person);
  log.error('an error', { code: 7 });
  log.info('an information', { url: 'http://127.0.0.1/' });
  log.debug('a detail');
  return person;
}

describe('for people', () => {
  test.each([
    ['silent', '', ''],
    ['error', '', 'an error\n'],
    ['info', 'an information\n', 'an error\n'],
    ['debug', 'an information\na detail\n', 'an error\n'],
  ] as const)('%s says as much as it should', (level, seen, heard) => {
    const person = sayAll(level, 'text');
    expect([person.seen, person.heard]).toEqual([seen, heard]);
  });
});

test('for programs every line is an object', () => {
  const person = sayAll('debug', 'json');
  const lines = `${person.heard}${person.seen}`
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
  expect(lines).toEqual([
    { time, level: 'error', message: 'an error', code: 7 },
    { time, level: 'info', message: 'an information', url: 'http://127.0.0.1/' },
    { time, level: 'debug', message: 'a detail' },
  ]);
});
