import { describe, expect, test } from 'vitest';
import { complain, processTerminal, wantsColours } from '../../src/cli/terminal.ts';
import { Person } from './person.ts';

describe('colours', () => {
  function person(isTTY: boolean, environment: Record<string, string>): Person {
    const someone = new Person(environment);
    someone.output.isTTY = isTTY;
    return someone;
  }

  test.each([
    ['are for terminals', true, {}, true],
    ['are not for files', false, {}, false],
    ['can be refused', true, { NO_COLOR: '1' }, false],
    ['are not refused by nothing', true, { NO_COLOR: '' }, true],
    ['can be forced', false, { FORCE_COLOR: '1' }, true],
    ['can be forced away', true, { FORCE_COLOR: '0' }, false],
    ['are not forced by nothing', false, { FORCE_COLOR: '' }, false],
    ['are refused even when forced', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ])('%s', (_, isTTY, environment, answer) => {
    expect(wantsColours(person(isTTY, environment))).toBe(answer);
  });
});

test('a complaint is one line, whatever it is about, and exit code 1', () => {
  const person = new Person();
  expect(complain(person, 'first\r\n  second\nthird')).toBe(1);
  expect(person.heard).toBe('sluice: first second third\n');
  expect(person.seen).toBe('');
});

test('the process is a terminal', () => {
  expect(processTerminal()).toEqual({
    input: process.stdin,
    output: process.stdout,
    errors: process.stderr,
    environment: process.env,
    signals: process,
  });
});
