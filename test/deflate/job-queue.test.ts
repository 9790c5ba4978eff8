// A limit on jobs, first come, first served, and a place given back exactly once.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Job, JobQueue } from '../../src/deflate/job-queue.ts';

/** Jobs that write down when they were called. */
function jobs(count: number): { list: Job[]; started: number[] } {
  const started: number[] = [];
  const list = Array.from({ length: count }, (_, index) => ({ start: () => void started.push(index) }));
  return { list, started };
}

test('as many as the limit begin at once and are not called', () => {
  const queue = new JobQueue(2);
  const { list, started } = jobs(3);
  expect(list.map((job) => queue.enter(job))).toEqual([true, true, false]);
  expect(started).toEqual([]);
  expect([queue.limit, queue.running, queue.waiting]).toEqual([2, 2, 1]);
});

test('those who wait are started in the order in which they came', () => {
  const queue = new JobQueue(1);
  const { list, started } = jobs(4);
  for (const job of list) queue.enter(job);
  for (const job of list) queue.leave(job);
  expect(started).toEqual([1, 2, 3]);
  expect([queue.running, queue.waiting]).toEqual([0, 0]);
});

test('who leaves the line is never started', () => {
  const queue = new JobQueue(1);
  const { list, started } = jobs(3);
  for (const job of list) queue.enter(job);
  queue.leave(list[1]!);
  queue.leave(list[0]!);
  expect(started).toEqual([2]);
});

test('leaving twice gives back one place', () => {
  const queue = new JobQueue(1);
  const { list, started } = jobs(3);
  for (const job of list) queue.enter(job);
  queue.leave(list[0]!);
  queue.leave(list[0]!);
  expect(started).toEqual([1]);
  expect([queue.running, queue.waiting]).toEqual([1, 1]);
});

test('a stranger may leave', () => {
  const queue = new JobQueue(1);
  queue.leave(jobs(1).list[0]!);
  expect(queue.running).toBe(0);
});

test('a job that fails on the spot makes room for the next', () => {
  const queue = new JobQueue(1);
  const order: string[] = [];
  const first = { start: () => {} };
  const failing: Job = {
    start: () => {
      order.push('failing');
      queue.leave(failing);
    },
  };
  const last = { start: () => void order.push('last') };
  for (const job of [first, failing, last]) queue.enter(job);
  queue.leave(first);
  expect(order).toEqual(['failing', 'last']);
  expect([queue.running, queue.waiting]).toEqual([1, 0]);
});

test('the same job cannot be in the queue twice, whether it runs or waits', () => {
  const queue = new JobQueue(1);
  const { list } = jobs(2);
  for (const job of list) queue.enter(job);
  expect(() => queue.enter(list[0]!)).toThrow(TypeError);
  expect(() => queue.enter(list[1]!)).toThrow(TypeError);
});

test('a job that has left may come again', () => {
  const queue = new JobQueue(1);
  const [job] = jobs(1).list as [Job];
  queue.enter(job);
  queue.leave(job);
  expect(queue.enter(job)).toBe(true);
});

test('Infinity is no limit', () => {
  const queue = new JobQueue(Number.POSITIVE_INFINITY);
  expect(jobs(1000).list.every((job) => queue.enter(job))).toBe(true);
});

describe('a limit must be a positive integer or Infinity', () => {
  test.each([0, -1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY])('not %d', (limit) => {
    expect(() => new JobQueue(limit)).toThrow(RangeError);
  });
});

test('never more than the limit run, nobody waits while there is room, nobody is started twice', () => {
  const moves = fc.array(fc.tuple(fc.boolean(), fc.nat(7)), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), moves, (limit, list) => {
      const queue = new JobQueue(limit);
      const running = new Set<number>();
      const waiting: number[] = [];
      const pool = Array.from(
        { length: 8 },
        (_, index): Job => ({
          start: () => {
            expect(waiting.shift()).toBe(index);
            running.add(index);
          },
        }),
      );
      for (const [enter, index] of list) {
        const inside = running.has(index) || waiting.includes(index);
        if (enter && !inside) {
          if (queue.enter(pool[index]!)) running.add(index);
          else waiting.push(index);
        } else if (!enter) {
          running.delete(index);
          const place = waiting.indexOf(index);
          if (place >= 0) waiting.splice(place, 1);
          queue.leave(pool[index]!);
        }
        expect(queue.running).toBe(running.size);
        expect(queue.waiting).toBe(waiting.length);
        expect(running.size).toBeLessThanOrEqual(limit);
        expect(waiting.length === 0 || running.size === limit).toBe(true);
      }
    }),
  );
});
