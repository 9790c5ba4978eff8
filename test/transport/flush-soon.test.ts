// Everything said by one piece of code leaves in one microtask, whoever throws meanwhile.
import { expect, test } from 'vitest';
import { type Flushable, flushSoon } from '../../src/transport/flush-soon.ts';
import { uncaughtExceptions } from './uncaught.ts';

function flushable(name: string, log: string[], then: () => void = () => {}): Flushable {
  return {
    flush() {
      log.push(name);
      then();
    },
  };
}

test('nothing is flushed while the code runs, and everything in one microtask behind it', async () => {
  const log: string[] = [];
  flushSoon(flushable('a', log));
  flushSoon(flushable('b', log));
  queueMicrotask(() => log.push('behind'));
  expect(log).toEqual([]);
  await Promise.resolve();
  expect(log).toEqual(['a', 'b', 'behind']);
});

test('what is said while flushing leaves in the next microtask', async () => {
  const log: string[] = [];
  const again = flushable('again', log);
  flushSoon(flushable('a', log, () => flushSoon(again)));
  flushSoon(flushable('b', log));
  await Promise.resolve();
  expect(log).toEqual(['a', 'b']);
  await Promise.resolve();
  expect(log).toEqual(['a', 'b', 'again']);
});

test('one that throws keeps nobody from leaving', async () => {
  const log: string[] = [];
  const errors = await uncaughtExceptions(2, () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      flushSoon(
        flushable(name, log, () => {
          if (name === 'b' || name === 'd') throw new Error(name);
        }),
      );
    }
  });
  expect(errors.map(({ message }) => message)).toEqual(['b', 'd']);
  await Promise.resolve();
  expect(log).toEqual(['a', 'b', 'c', 'd', 'e']);
});
