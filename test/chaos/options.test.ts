// What `npm run chaos` may be told, and the order in which things go wrong.
import { expect, test } from 'vitest';
import { Chance } from '../soak/chance.ts';
import { FAULT_NAMES, scheduleOf } from './nemesis.ts';
import { readOptions } from './options.ts';
import { paceOf } from './run.ts';

test('there is a default for everything', () => {
  expect(readOptions([])).toMatchObject({ minutes: 3, seed: 1, rooms: 4, faults: FAULT_NAMES, fsync: 'always' });
});

test('what cannot be meant is refused, with what was expected', () => {
  expect(() => readOptions(['--minutes', 'many'])).toThrow('--minutes must be a number from 0.1 to 120, got "many"');
  expect(() => readOptions(['--rooms', '1.5'])).toThrow('--rooms must be a whole number, got "1.5"');
  expect(() => readOptions(['--faults', 'redis-kill,rain'])).toThrow(/^--faults must be of .*, got "rain"$/);
  expect(() => readOptions(['--plant', 'weeds'])).toThrow('got "weeds"');
  expect(() => readOptions(['--hurry'])).toThrow();
});

test('every fault comes once before any comes again, in an order that follows from the seed', () => {
  const take = (seed: number): string[] => {
    const schedule = scheduleOf(FAULT_NAMES, new Chance(seed));
    return Array.from({ length: 2 * FAULT_NAMES.length }, () => schedule.next().value);
  };
  const first = take(1);
  expect(first.slice(0, FAULT_NAMES.length).toSorted()).toEqual(FAULT_NAMES.toSorted());
  expect(first.slice(FAULT_NAMES.length).toSorted()).toEqual(FAULT_NAMES.toSorted());
  expect(take(1)).toEqual(first);
  expect(take(2)).not.toEqual(first);
});

test('faults last longer than a broker waits for an answer, in the shortest run too', () => {
  expect(paceOf(0.1).hold[0]).toBeGreaterThan(2_000);
  expect(paceOf(3).hold[1]).toBeGreaterThan(paceOf(0.1).hold[1]);
});
