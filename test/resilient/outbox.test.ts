import { describe, expect, test } from 'vitest';
import { Outbox, type OverflowPolicy, RefusedError, sizeOf, type Waiting } from '../../src/resilient/outbox.ts';

function make(overflow: OverflowPolicy, maxQueueLength = 3, maxQueueSize = 100) {
  const dropped: unknown[] = [];
  const outbox = new Outbox<Waiting>({
    maxQueueLength,
    maxQueueSize,
    overflow,
    onDropped: (data) => dropped.push(data),
  });
  const add = (data: string, more: Partial<Waiting> = {}) => outbox.add({ data, size: data.length, ...more });
  return { outbox, dropped, add, waiting: () => outbox.items.map(({ data }) => data) };
}

describe('without room', () => {
  test.each(['drop-newest', 'close'] as const)('%s drops what comes', (overflow) => {
    const { add, dropped, waiting } = make(overflow);
    expect(['a', 'b', 'c', 'd'].map((data) => add(data))).toEqual([true, true, true, false]);
    expect([waiting(), dropped]).toEqual([['a', 'b', 'c'], ['d']]);
  });

  test('drop-oldest drops what has waited longest', () => {
    const { add, dropped, waiting } = make('drop-oldest');
    for (const data of ['a', 'b', 'c', 'd']) expect(add(data)).toBe(true);
    expect([waiting(), dropped]).toEqual([['b', 'c', 'd'], ['a']]);
  });

  test('drop-oldest drops nothing for what would never fit', () => {
    const { add, dropped, waiting } = make('drop-oldest', 3, 5);
    add('ab');
    expect(add('abcdef')).toBe(false);
    expect([waiting(), dropped]).toEqual([['ab'], ['abcdef']]);
  });

  test('bytes count as messages do', () => {
    const { add, outbox, dropped } = make('drop-newest', 10, 5);
    expect([add('abc'), add('de'), add('f')]).toEqual([true, true, false]);
    expect([outbox.size, dropped]).toEqual([5, ['f']]);
  });
});

test('conflate keeps the newest of a key, also where there is room', () => {
  const { add, dropped, waiting } = make('conflate');
  add('x1', { key: 'x' });
  add('y1', { key: 'y' });
  add('x2', { key: 'x' });
  add('none');
  expect(add('more')).toBe(false);
  expect([waiting(), dropped]).toEqual([
    ['y1', 'x2', 'none'],
    ['x1', 'more'],
  ]);
});

test.each(['drop-oldest', 'conflate'] as const)('what is under way is dropped for nobody: %s', (overflow) => {
  const { add, waiting } = make(overflow, 2);
  add('a', { isSent: true, key: 'k' });
  add('b', { isSent: true });
  expect(add('c', { key: 'k' })).toBe(false);
  expect(waiting()).toEqual(['a', 'b']);
});

test('whoever wants to know is told why', () => {
  const { add, outbox, dropped } = make('drop-newest', 1);
  const errors: Error[] = [];
  const reject = (error: Error): void => void errors.push(error);
  add('a', { reject });
  add('b', { reject });
  outbox.clear(new RefusedError('CLOSED', 'closed'));
  expect(errors).toMatchObject([{ code: 'DROPPED' }, { code: 'CLOSED' }]);
  expect([dropped, outbox.size, outbox.items.length]).toEqual([['b', 'a'], 0, 0]);
});

test('removing twice takes away once', () => {
  const { outbox } = make('drop-newest');
  const item = { data: 'a', size: 1 };
  outbox.add(item);
  outbox.remove(item);
  outbox.remove(item);
  expect(outbox.size).toBe(0);
});

test.each([
  ['text', 'aß世💧', 1 + 2 + 3 + 4],
  ['an ArrayBuffer', new ArrayBuffer(5), 5],
  ['a view', new Uint16Array(3), 6],
  ['a Blob', new Blob(['abc']), 3],
])('the size of %s is its bytes', (_, data, size) => expect(sizeOf(data)).toBe(size));
