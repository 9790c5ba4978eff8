// One timer for all: whoever is due is called, in order, once, and nobody else; checked against a sorted list, with a time
// that stands still until the test moves it.
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Clock, clock, type Timed, type TimeSource } from '../../src/transport/clock.ts';

/** A time that only the test moves. */
class TestTime implements TimeSource {
  at = 0;
  timer: { callback: () => void; due: number } | undefined = undefined;
  started = 0;

  now(): number {
    return this.at;
  }

  start(callback: () => void, delay: number): unknown {
    expect(this.timer).toBeUndefined();
    expect(delay).toBeGreaterThanOrEqual(1);
    expect(delay).toBeLessThan(2 ** 31);
    this.started++;
    this.timer = { callback, due: this.at + delay };
    return this.timer;
  }

  stop(timer: unknown): void {
    expect(timer).toBe(this.timer);
    this.timer = undefined;
  }

  /** Lets time pass, ringing on the way, each ring `late` milliseconds after it is due. */
  pass(until: number, late = 0): void {
    for (let timer = this.timer; timer !== undefined && timer.due + late <= until; timer = this.timer) {
      this.at = Math.max(this.at, timer.due + late);
      this.timer = undefined;
      timer.callback();
    }
    this.at = Math.max(this.at, until);
  }
}

class Entry implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly calls: number[] = [];
  readonly name: string;
  readonly #then: (now: number) => void;

  constructor(name: string, then: (now: number) => void = () => {}) {
    this.name = name;
    this.#then = then;
  }

  onTime(now: number): void {
    this.calls.push(now);
    this.#then(now);
  }
}

describe('a clock', () => {
  test('calls each entry once, at its deadline or soon after', () => {
    const time = new TestTime();
    const subject = new Clock(time);
    const entry = new Entry('a');
    subject.schedule(entry, 10);
    time.pass(9);
    expect(entry.calls).toEqual([]);
    time.pass(10);
    expect(entry.calls).toEqual([10]);
    time.pass(1_000);
    expect(entry.calls).toEqual([10]);
    expect(entry.clockIndex).toBe(-1);
  });

  test('rounds a fraction up: nobody is called early', () => {
    const time = new TestTime();
    const subject = new Clock(time);
    const entry = new Entry('a');
    subject.schedule(entry, 10.25);
    time.pass(10.25);
    expect(entry.calls).toEqual([]);
    time.pass(11);
    expect(entry.calls).toEqual([11]);
  });

  test('runs no timer while nothing waits, and one while anything does', () => {
    const time = new TestTime();
    const subject = new Clock(time);
    const entries = [new Entry('a'), new Entry('b'), new Entry('c')];
    expect(time.timer).toBeUndefined();
    for (const [index, entry] of entries.entries()) subject.schedule(entry, 100 - index);
    expect(time.timer?.due).toBe(98);
    expect(subject.size).toBe(3);
    for (const entry of entries) subject.cancel(entry);
    expect(time.timer).toBeUndefined();
    expect(subject.size).toBe(0);
    subject.schedule(entries[0] as Entry, 100);
    time.pass(100);
    expect(time.timer).toBeUndefined();
  });

  test('sets no timer anew for an entry that is due later than another', () => {
    const time = new TestTime();
    const subject = new Clock(time);
    subject.schedule(new Entry('first'), 10);
    for (let index = 0; index < 100; index++) subject.schedule(new Entry('later'), 20 + index);
    expect(time.started).toBe(1);
  });

  test('moves an entry that is scheduled again, both ways', () => {
    const time = new TestTime();
    const subject = new Clock(time);
    const entry = new Entry('a');
    subject.schedule(entry, 10);
    subject.schedule(entry, 50);
    time.pass(49);
    expect(entry.calls).toEqual([]);
    subject.schedule(entry, 100);
    subject.schedule(entry, 60);
    time.pass(60);
    expect(entry.calls).toEqual([60]);
    expect(subject.size).toBe(0);
  });

  test('forgets what is cancelled, and does not mind what is not there', () => {
    const time = new TestTime();
    const subject = new Clock(time);
    const entry = new Entry('a');
    subject.cancel(entry);
    subject.schedule(entry, 10);
    subject.cancel(entry);
    subject.cancel(entry);
    time.pass(100);
    expect(entry.calls).toEqual([]);
  });

  test('calls all that are due at the same moment', () => {
    const time = new TestTime();
    const subject = new Clock(time);
    const entries = Array.from({ length: 1_000 }, (_, index) => new Entry(`${index}`));
    for (const entry of entries) subject.schedule(entry, 5);
    time.pass(5);
    expect(entries.every((entry) => entry.calls.length === 1)).toBe(true);
    expect(time.started).toBe(1);
  });

  test('lets an entry schedule itself again while it is called, for now too, without standing still', () => {
    const time = new TestTime();
    const subject = new Clock(time);
    const greedy: Entry = new Entry('greedy', (now) => subject.schedule(greedy, now - 5));
    const other = new Entry('other');
    subject.schedule(greedy, 10);
    subject.schedule(other, 11);
    time.pass(10);
    expect(greedy.calls).toEqual([10]);
    time.pass(12);
    // Node's timers take a millisecond at least: that is what "again at once" means.
    expect(greedy.calls).toEqual([10, 11, 12]);
    expect(other.calls).toEqual([11]);
  });

  test('lets an entry cancel and schedule others while it is called', () => {
    const time = new TestTime();
    const subject = new Clock(time);
    const victim = new Entry('victim');
    const late = new Entry('late');
    const actor = new Entry('actor', (now) => {
      subject.cancel(victim);
      subject.schedule(late, now + 3);
    });
    subject.schedule(actor, 10);
    subject.schedule(victim, 10);
    time.pass(10);
    expect(victim.calls).toEqual([]);
    expect(time.timer?.due).toBe(13);
    time.pass(13);
    expect(late.calls).toEqual([13]);
  });

  test('loses nobody when one throws', () => {
    const time = new TestTime();
    const subject = new Clock(time);
    const bad = new Entry('bad', () => {
      throw new Error('mine');
    });
    const same = new Entry('same moment');
    const later = new Entry('later');
    subject.schedule(bad, 10);
    subject.schedule(same, 10);
    subject.schedule(later, 20);
    expect(() => time.pass(10)).toThrow('mine');
    expect(bad.clockIndex).toBe(-1);
    time.pass(30);
    expect(same.calls).toHaveLength(1);
    expect(later.calls).toEqual([20]);
    expect(bad.calls).toEqual([10]);
    expect(time.timer).toBeUndefined();
  });

  test('takes deadlines that are further away than a timer of Node can be, and "never"', () => {
    const time = new TestTime();
    const subject = new Clock(time);
    const far = new Entry('far');
    const never = new Entry('never');
    subject.schedule(far, 2 ** 33);
    subject.schedule(never, Number.POSITIVE_INFINITY);
    time.pass(2 ** 33 - 1);
    expect(far.calls).toEqual([]);
    time.pass(2 ** 33);
    expect(far.calls).toEqual([2 ** 33]);
    subject.cancel(never);
    expect(time.timer).toBeUndefined();
  });

  test('lets the loop run once before it judges anybody after a stall of our own', () => {
    const time = new TestTime();
    const subject = new Clock(time);
    const entry = new Entry('a');
    const other = new Entry('b');
    subject.schedule(entry, 10);
    subject.schedule(other, 10);
    time.at = 30_000;
    const ring = time.timer?.callback;
    time.timer = undefined;
    ring?.();
    expect(entry.calls).toEqual([]);
    // What came meanwhile is read now, and puts one of them off.
    subject.schedule(other, 40_000);
    time.pass(30_001);
    expect(entry.calls).toEqual([30_001]);
    expect(other.calls).toEqual([]);
    time.pass(40_000);
    expect(other.calls).toEqual([40_000]);
  });

  test('is only a little late when the loop is', () => {
    const time = new TestTime();
    const subject = new Clock(time);
    const entry = new Entry('a');
    subject.schedule(entry, 10);
    time.pass(500, 400);
    expect(entry.calls).toEqual([410]);
  });

  test('agrees with a sorted list, whatever is scheduled, moved and cancelled', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('schedule' as const), who: fc.nat(19), in: fc.integer({ min: -5, max: 60 }) }),
      fc.record({ kind: fc.constant('cancel' as const), who: fc.nat(19) }),
      fc.record({ kind: fc.constant('pass' as const), time: fc.nat(30) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const time = new TestTime();
        const subject = new Clock(time);
        const entries = Array.from({ length: 20 }, (_, index) => new Entry(`${index}`));
        const called: string[] = [];
        for (const entry of entries) {
          const { onTime } = entry;
          entry.onTime = (now) => {
            called.push(`${entry.name}@${entry.clockDeadline}`);
            expect(now).toBeGreaterThanOrEqual(entry.clockDeadline);
            onTime.call(entry, now);
          };
        }
        const model = new Map<string, number>();
        for (const action of steps) {
          if (action.kind === 'schedule') {
            const entry = entries[action.who] as Entry;
            subject.schedule(entry, time.at + action.in);
            model.set(entry.name, time.at + action.in);
          } else if (action.kind === 'cancel') {
            subject.cancel(entries[action.who] as Entry);
            model.delete(`${action.who}`);
          } else {
            called.length = 0;
            const until = time.at + action.time;
            time.pass(until);
            // What is overdue when it is scheduled has a millisecond to go.
            const due = [...model].filter(([, deadline]) => deadline <= until);
            const certain = due.filter(([, deadline]) => deadline <= until - 1).map(([name, at]) => `${name}@${at}`);
            const possible = due.map(([name, at]) => `${name}@${at}`);
            expect(called).toEqual(expect.arrayContaining(action.time > 0 ? certain : []));
            expect(possible).toEqual(expect.arrayContaining([...called]));
            expect(new Set(called).size).toBe(called.length);
            for (const name of called) model.delete(name.slice(0, name.indexOf('@')));
          }
          expect(subject.size).toBe(model.size);
          expect(time.timer === undefined).toBe(model.size === 0);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('calls those that ring together in the order of their deadlines', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 200 }), (deadlines) => {
        const time = new TestTime();
        const subject = new Clock(time);
        const order: number[] = [];
        for (const deadline of deadlines) subject.schedule(new Entry('', () => order.push(deadline)), deadline);
        time.pass(200, 60);
        expect(order).toEqual([...deadlines].sort((a, b) => a - b));
      }),
    );
  });
});

describe('the clock of the process', () => {
  test('is steady and real', async () => {
    const before = clock.now();
    const now = await new Promise<number>((resolve) => clock.schedule(new Entry('real', resolve), before + 2));
    expect(now).toBeGreaterThanOrEqual(before + 2);
  });

  test('keeps no process alive', () => {
    const entry = new Entry('far');
    const count = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = count();
    const timers = vi.spyOn(globalThis, 'setTimeout');
    clock.schedule(entry, clock.now() + 1_000_000);
    expect(timers).toHaveBeenCalledOnce();
    expect(timers.mock.results[0]).toMatchObject({
      value: expect.toSatisfy((timer: NodeJS.Timeout) => !timer.hasRef()),
    });
    // Node lists what keeps the process alive.
    expect(count()).toBe(before);
    timers.mockRestore();
    clock.cancel(entry);
  });
});
