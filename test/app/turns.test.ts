import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Turns } from '../../src/app/turns.ts';

/** A turn that is over when it is told so. */
function later(): { turn: () => Promise<void>; end: () => void } {
  let end = (): void => {};
  const promise = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { turn: () => promise, end: () => end() };
}

describe('turns', () => {
  test('that have nothing to wait for are over when they have been taken', () => {
    const turns = new Turns(() => {});
    const order: string[] = [];
    turns.take('a', () => void order.push('one'));
    turns.take('a', () => void order.push('two'));
    turns.afterAll(() => order.push('after'));
    expect([order, turns.count]).toEqual([['one', 'two', 'after'], 0]);
  });

  test('of one room wait for each other, and for no other room', async () => {
    const turns = new Turns(() => {});
    const order: string[] = [];
    const first = later();
    turns.take('a', first.turn);
    turns.take('a', () => void order.push('a'));
    turns.take('b', () => void order.push('b'));
    expect([order, turns.count]).toEqual([['b'], 2]);
    const all = new Promise<void>((resolve) => turns.afterAll(resolve));
    first.end();
    await all;
    expect([order, turns.count]).toEqual([['b', 'a'], 0]);
  });

  test('tell of every change of their number', async () => {
    const counts: number[] = [];
    const turns: Turns = new Turns(() => counts.push(turns.count));
    turns.take('a', async () => {});
    turns.take('a', async () => {});
    await new Promise<void>((resolve) => turns.afterAll(resolve));
    expect(counts).toEqual([1, 2, 1, 0]);
  });

  test('come in their order, whatever each of them waits for', async () => {
    const rooms = fc.array(fc.record({ room: fc.constantFrom('a', 'b', 'c'), waits: fc.nat(3) }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(rooms, async (wanted) => {
        const turns = new Turns(() => {});
        const done: number[] = [];
        for (const [index, { room, waits }] of wanted.entries()) {
          turns.take(room, () => {
            if (waits === 0) return void done.push(index);
            return (async () => {
              for (let count = 0; count < waits; count++) await null;
              done.push(index);
            })();
          });
        }
        await new Promise<void>((resolve) => turns.afterAll(resolve));
        expect(turns.count).toBe(0);
        for (const name of ['a', 'b', 'c']) {
          const ofRoom = (index: number): boolean => wanted[index]?.room === name;
          expect(done.filter(ofRoom)).toEqual([...wanted.keys()].filter(ofRoom));
        }
      }),
    );
  });
});
