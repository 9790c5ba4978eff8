// Callbacks by the bytes they wait for: each called once, in order, also behind one that throws.
import { describe, expect, test, vi } from 'vitest';
import { WriteCallbacks } from '../../src/transport/write-callbacks.ts';
import { uncaughtExceptions } from './uncaught.ts';

describe('write callbacks', () => {
  test('are taken up to a mark, in order, and only once', () => {
    const callbacks = new WriteCallbacks();
    const calls: number[] = [];
    for (const mark of [0, 10, 10, 25]) callbacks.add(() => calls.push(mark), mark);
    callbacks.take(10)?.callAll(undefined);
    expect(calls).toEqual([0, 10, 10]);
    expect(callbacks.take(24)).toBeUndefined();
    callbacks.callAll(undefined);
    expect(calls).toEqual([0, 10, 10, 25]);
    callbacks.callAll(undefined);
    expect(calls).toHaveLength(4);
    expect(callbacks.take(100)).toBeUndefined();
  });

  test('are all told the same error', () => {
    const callbacks = new WriteCallbacks();
    const first = vi.fn();
    const second = vi.fn();
    callbacks.add(first, 1);
    callbacks.add(second, 2);
    const error = new Error('gone');
    callbacks.callAll(error);
    expect(first.mock.calls).toEqual([[error]]);
    expect(second.mock.calls).toEqual([[error]]);
  });

  test('behind one that throws are called all the same, and the exception goes to the process', async () => {
    const callbacks = new WriteCallbacks();
    const calls: string[] = [];
    const thrown = new Error('second');
    callbacks.add(() => calls.push('first'), 1);
    callbacks.add(() => {
      throw thrown;
    }, 1);
    callbacks.add(() => calls.push('third'), 1);
    callbacks.add(() => {
      throw new Error('fourth');
    }, 1);
    callbacks.add(() => calls.push('fifth'), 1);
    const errors = await uncaughtExceptions(1, () => {
      expect(() => callbacks.callAll(undefined)).toThrow(thrown);
      expect(calls).toEqual(['first']);
    });
    expect(errors).toMatchObject([{ message: 'fourth' }]);
    await Promise.resolve();
    expect(calls).toEqual(['first', 'third', 'fifth']);
  });

  test('that add one while they are called leave it for the next time', () => {
    const callbacks = new WriteCallbacks();
    const late = vi.fn();
    callbacks.add(() => callbacks.add(late, 1), 1);
    callbacks.callAll(undefined);
    expect(late).not.toHaveBeenCalled();
    callbacks.callAll(undefined);
    expect(late).toHaveBeenCalledOnce();
  });
});
