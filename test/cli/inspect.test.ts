import { expect, test } from 'vitest';
import { inspect } from '../../src/cli/inspect.ts';
import { Person } from './person.ts';

const NOBODY = { from: undefined };

test('bytes in the arguments are named', async () => {
  const person = new Person();
  expect(await inspect({ ...NOBODY, hex: ['81', '05', '48656c6c6f'] }, person)).toBe(0);
  expect(person.seen).toContain('Text frame from the server, 7 bytes');
  expect(person.seen).toContain('“Hello”');
});

test.each([[[]], [['-']]])('bytes at the standard input are named: %j', async (hex) => {
  const person = new Person({}, '8900\n8a00');
  expect(await inspect({ ...NOBODY, hex }, person)).toBe(0);
  expect(person.seen).toMatch(/^Ping frame[\s\S]*\n\nPong frame/);
});

test('bytes that break the protocol are worth looking at, and no failure', async () => {
  const person = new Person();
  expect(await inspect({ hex: ['8100'], from: 'client' }, person)).toBe(0);
  expect(person.seen).toContain('Refused: a client sent an unmasked frame');
});

test('compressed text is inflated', async () => {
  const person = new Person();
  expect(await inspect({ ...NOBODY, hex: ['c107f248cdc9c90700'] }, person)).toBe(0);
  expect(person.seen).toContain('“Hello”');
});

test('colours are for terminals', async () => {
  const person = new Person();
  person.output.isTTY = true;
  await inspect({ ...NOBODY, hex: ['8100'] }, person);
  expect(person.seen).toContain('\x1b[');
});

test('what is no hex is one line and exit code 1', async () => {
  const person = new Person();
  expect(await inspect({ ...NOBODY, hex: ['hello'] }, person)).toBe(1);
  expect(person.heard).toBe('sluice: expected bytes in hex, got "h"\n');
  expect(person.seen).toBe('');
});

test('nobody is left waiting before an empty terminal', async () => {
  const person = new Person();
  person.input.isTTY = true;
  expect(await inspect({ ...NOBODY, hex: [] }, person)).toBe(1);
  expect(person.heard).toMatch(/^sluice: expected bytes in hex: as an argument, or through a pipe.*\n$/);
});

test('more than anybody reads is refused', async () => {
  const person = new Person({}, '00'.repeat(600_000));
  expect(await inspect({ ...NOBODY, hex: [] }, person)).toBe(1);
  expect(person.heard).toBe('sluice: expected at most 1048576 characters of hex\n');
});
