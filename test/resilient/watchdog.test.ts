import { describe, expect, test } from 'vitest';
import { Watchdog } from '../../src/resilient/watchdog.ts';
import { World } from './world.ts';

function watch(interval = 25_000) {
  const world = new World();
  const told = { asked: 0, silent: 0 };
  const watchdog = new Watchdog(
    { interval, timeout: 10_000, ask: () => told.asked++, onSilent: () => told.silent++ },
    world,
  );
  return { world, told, watchdog };
}

describe('a silent server', () => {
  test('is asked after the interval, and given up after the time for an answer', async () => {
    const { world, told } = watch();
    await world.pass(24_999);
    expect(told).toEqual({ asked: 0, silent: 0 });
    await world.pass(1);
    expect(told).toEqual({ asked: 1, silent: 0 });
    await world.pass(9_999);
    expect(told.silent).toBe(0);
    await world.pass(1);
    expect(told).toEqual({ asked: 1, silent: 1 });
    expect(world.pending).toBe(0);
  });

  test('that answers is asked again, an interval after it was heard', async () => {
    const { world, told, watchdog } = watch();
    await world.pass(25_001);
    watchdog.hear();
    await world.pass(25_000);
    expect(told).toEqual({ asked: 2, silent: 0 });
  });
});

test('a server that is heard is not asked', async () => {
  const { world, told, watchdog } = watch();
  for (let round = 0; round < 50; round++) {
    await world.pass(20_000);
    watchdog.hear();
  }
  expect(told).toEqual({ asked: 0, silent: 0 });
});

test('in doubt it is asked at once, and once', async () => {
  const { world, told, watchdog } = watch();
  await world.pass(1_000);
  watchdog.check();
  watchdog.check();
  expect(told.asked).toBe(1);
  await world.pass(10_000);
  expect(told.silent).toBe(1);
});

test('0 watches nothing, and stop() leaves no timer', async () => {
  const { world, told, watchdog } = watch(0);
  watchdog.check();
  await world.pass(1_000_000);
  expect(told).toEqual({ asked: 0, silent: 0 });
  expect(world.pending).toBe(0);
  const other = watch();
  other.watchdog.stop();
  expect(other.world.pending).toBe(0);
});
