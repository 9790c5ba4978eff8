// Looks round, and keeps nothing alive when it has stopped.
import { expect, test } from 'vitest';
import { Watch } from '../../src/redis/watch.ts';
import { TestTime } from './fake-connection.ts';

test('looks several times in an interval, and once of these for what is done once', () => {
  const time = new TestTime();
  const looks: [number, boolean][] = [];
  const watch = new Watch(1_000, (elapsed) => looks.push([elapsed, watch.isRound]), time.clock);
  watch.start();
  time.pass(2_000);
  expect(looks.map(([elapsed]) => elapsed)).toEqual(Array(10).fill(200));
  expect(looks.filter(([, isRound]) => isRound)).toHaveLength(2);
  expect(watch.now).toBe(2_000);
  watch.stop();
  time.expectNothing();
});
