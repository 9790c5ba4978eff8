import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { LoopDelay } from '../../src/app/loop-delay.ts';

test('is nothing at first, and then how late the event loop was since it was last asked', async () => {
  const delay = new LoopDelay();
  onTestFinished(() => delay.stop());
  expect(delay.take()).toEqual(
    new Map([
      ['0.5', 0],
      ['0.99', 0],
      ['1', 0],
    ]),
  );
  // Nothing else can happen meanwhile; what the loop is late by is measured when it turns again.
  let worst = 0;
  while (worst === 0) {
    for (let turn = 0; turn < 5; turn++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
      await setImmediate();
    }
    worst = delay.take().get('1') ?? 0;
  }
  expect(worst).toBeGreaterThan(0.01);
});

test('is not measured before anybody asks, and may be stopped all the same', () => {
  new LoopDelay().stop();
});
