import { describe, expect, it } from 'vitest';
import { Backlog } from '../../src/transport/backlog.ts';

const MANY = Number.POSITIVE_INFINITY;

const waiting = (message: string, key?: string) => ({ message, key, size: message.length });
const all = (backlog: Backlog<string>): string[] => {
  const messages: string[] = [];
  for (let next = backlog.shift(); next !== undefined; next = backlog.shift()) messages.push(next.message);
  return messages;
};

describe('Backlog', () => {
  it('gives messages back in the order they came, and counts their bytes', () => {
    const backlog = new Backlog<string>();
    for (const message of ['one', 'two', 'three']) backlog.push(waiting(message), false, 100, MANY);
    expect(backlog.size).toBe(11);
    expect(all(backlog)).toEqual(['one', 'two', 'three']);
    expect(backlog.size).toBe(0);
    expect(backlog.isEmpty).toBe(true);
  });

  it('drops the oldest above its limit, and tells which', () => {
    const backlog = new Backlog<string>();
    backlog.push(waiting('aaaa'), false, 10, MANY);
    backlog.push(waiting('bbbb'), false, 10, MANY);
    const dropped = backlog.push(waiting('cccccc'), false, 10, MANY);
    expect(dropped.map(({ message }) => message)).toEqual(['aaaa']);
    expect(all(backlog)).toEqual(['bbbb', 'cccccc']);
  });

  it('drops the oldest also when there are too many of them, though they hold no byte', () => {
    const backlog = new Backlog<string>();
    const dropped = ['a', 'b', 'c', 'd'].map((message) => backlog.push({ ...waiting(message), size: 0 }, false, 10, 3));
    expect(dropped.flat().map(({ message }) => message)).toEqual(['a']);
    expect(all(backlog)).toEqual(['b', 'c', 'd']);
  });

  it('always keeps the newest, however long it is', () => {
    const backlog = new Backlog<string>();
    backlog.push(waiting('a'), false, 4, MANY);
    expect(backlog.push(waiting('longer than that'), false, 4, MANY)).toHaveLength(1);
    expect(all(backlog)).toEqual(['longer than that']);
  });

  it('keeps of each key the newest, at the end, when conflating', () => {
    const backlog = new Backlog<string>();
    backlog.push(waiting('price 1', 'price'), true, 100, MANY);
    backlog.push(waiting('other', 'other'), true, 100, MANY);
    backlog.push(waiting('without key'), true, 100, MANY);
    const dropped = backlog.push(waiting('price 2', 'price'), true, 100, MANY);
    expect(dropped.map(({ message }) => message)).toEqual(['price 1']);
    expect(all(backlog)).toEqual(['other', 'without key', 'price 2']);
  });

  it('keeps all of a key when it does not conflate', () => {
    const backlog = new Backlog<string>();
    backlog.push(waiting('price 1', 'price'), false, 100, MANY);
    backlog.push(waiting('price 2', 'price'), false, 100, MANY);
    expect(all(backlog)).toEqual(['price 1', 'price 2']);
  });

  it('takes any string as a key', () => {
    const backlog = new Backlog<string>();
    for (const key of ['__proto__', 'constructor', '']) {
      backlog.push(waiting(`${key} 1`, key), true, 100, MANY);
      expect(backlog.push(waiting(`${key} 2`, key), true, 100, MANY)).toHaveLength(1);
    }
  });

  it('forgets a key with its message', () => {
    const backlog = new Backlog<string>();
    backlog.push(waiting('old', 'key'), true, 100, MANY);
    backlog.shift();
    expect(backlog.push(waiting('new', 'key'), true, 100, MANY)).toEqual([]);
  });
});
