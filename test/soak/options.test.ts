// The command line of the soak: what is wrong is refused by name before anything is started, and every soak has an end.
import { describe, expect, test } from 'vitest';
import { planOf, readOptions } from './options.ts';

test('nothing said is ten minutes of 5,000 guests without a fault', () => {
  expect(readOptions([])).toMatchObject({
    connections: 5_000,
    minutes: 10,
    seed: 1,
    fault: undefined,
    report: undefined,
  });
});

test('--leak is a fault by its short name', () => {
  expect(readOptions(['--leak']).fault).toBe('keep-websockets');
});

describe('what makes no sense is refused by name', () => {
  test.each([
    ['--connections', '0'],
    ['--connections', '100.5'],
    ['--connections', ''],
    ['--minutes', '0'],
    ['--minutes', '121'],
    ['--minutes', 'ten'],
    ['--life', '0'],
    ['--seed', '-1'],
    ['--fault', 'keep-calm'],
  ])('%s "%s"', (name, value) => {
    expect(() => readOptions([`${name}=${value}`])).toThrow(RangeError);
    expect(() => readOptions([`${name}=${value}`])).toThrow(name);
  });
});

test.each([0.1, 0.4, 1, 10, 120])('%d minutes leave time for samples when the guests have come', (minutes) => {
  const { soak, arrival, settlingIn, settling } = planOf(minutes);
  expect(soak).toBe(minutes * 60_000);
  expect((soak - arrival - settlingIn) / settling).toBeGreaterThanOrEqual(minutes < 0.2 ? 6 : 20);
});
