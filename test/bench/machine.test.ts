// Lists of cores as the kernel writes them.
import { expect, test } from 'vitest';
import { coresOf, describeMachine, openFilesLimit } from '../../bench/machine.mjs';

test.each([
  ['0-1', [0, 1]],
  ['3', [3]],
  ['0-2,5,8-9\n', [0, 1, 2, 5, 8, 9]],
  ['', []],
  ['all of them', []],
])('"%s" is %j', (list, cores) => {
  expect(coresOf(list)).toEqual(cores);
});

test('a machine is described by what a reader compares', () => {
  const machine = describeMachine(['Node v1.2.3']);
  expect(machine).toMatchObject({
    runtimes: ['Node v1.2.3'],
    date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/),
  });
  expect(machine.cores).toBeGreaterThan(0);
  expect(openFilesLimit()).toBeGreaterThan(0);
});
