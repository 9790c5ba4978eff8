// Statements about the order in which messages leave: RFC 6455 §5.4, RFC 7692 §7.2.1.
import { describe, expect, test } from 'vitest';
import { abandonAll, type QueuedSend, SendQueue } from '../../src/connection/send-queue.ts';

/** What happened to the items, in order. */
type Log = string[];

/** An item that leaves at once, or takes its time. */
class Item implements QueuedSend {
  readonly size: number;
  readonly #log: Log;
  readonly #name: string;
  readonly #start: () => boolean;

  constructor(log: Log, name: string, size: number, start: () => boolean) {
    this.size = size;
    this.#log = log;
    this.#name = name;
    this.#start = start;
  }

  start(): boolean {
    this.#log.push(this.#name);
    return this.#start();
  }

  abandon(error: Error): void {
    this.#log.push(`${this.#name}: ${error.message}`);
  }
}

const atOnce = () => true;
const later = () => false;

describe('a queue', () => {
  test('is idle when made, and again when everything has left', () => {
    const queue = new SendQueue();
    expect(queue.idle).toBe(true);
    queue.push(new Item([], 'a', 1, atOnce));
    expect(queue.idle).toBe(true);
    expect(queue.size).toBe(0);
  });

  test('moves nothing behind an item that takes its time', () => {
    const log: Log = [];
    const queue = new SendQueue();
    queue.push(new Item(log, 'a', 1, later));
    queue.push(new Item(log, 'b', 10, atOnce));
    queue.push(new Item(log, 'c', 100, later));
    queue.push(new Item(log, 'd', 1000, atOnce));
    expect(log).toEqual(['a']);
    expect(queue.size).toBe(1111);
    queue.advance();
    expect(log).toEqual(['a', 'b', 'c']);
    expect(queue.size).toBe(1100);
    expect(queue.idle).toBe(false);
    queue.advance();
    expect(log).toEqual(['a', 'b', 'c', 'd']);
    expect(queue.size).toBe(0);
    expect(queue.idle).toBe(true);
  });

  test('goes on in the same order for thousands, and through several rounds', () => {
    const queue = new SendQueue();
    for (let round = 0; round < 3; round++) {
      const log: Log = [];
      queue.push(new Item(log, 'first', 1, later));
      const names = Array.from({ length: 5000 }, (_, index) => `${index}`);
      for (const name of names) queue.push(new Item(log, name, 1, atOnce));
      expect(queue.size).toBe(5001);
      queue.advance();
      expect(log).toEqual(['first', ...names]);
      expect(queue.idle).toBe(true);
    }
  });

  test('keeps its order when an item sends another from inside', () => {
    const log: Log = [];
    const queue = new SendQueue();
    queue.push(new Item(log, 'a', 1, later));
    queue.push(
      new Item(log, 'b', 1, () => {
        queue.push(new Item(log, 'from b', 1, atOnce));
        return true;
      }),
    );
    queue.push(new Item(log, 'c', 1, atOnce));
    queue.advance();
    expect(log).toEqual(['a', 'b', 'c', 'from b']);
    expect(queue.size).toBe(0);
  });

  test('moves on when an item answers before it has said that it takes its time', () => {
    const log: Log = [];
    const queue = new SendQueue();
    queue.push(
      new Item(log, 'a', 1, () => {
        queue.advance();
        return false;
      }),
    );
    queue.push(new Item(log, 'b', 1, atOnce));
    expect(log).toEqual(['a', 'b']);
    expect(queue.size).toBe(0);
    expect(queue.idle).toBe(true);
  });

  test('is not disturbed by an answer that nobody waits for', () => {
    const queue = new SendQueue();
    queue.advance();
    expect(queue.idle).toBe(true);
    expect(queue.size).toBe(0);
  });
});

describe('a queue that is given up', () => {
  test('hands out what has not left, in order, the item under way first', () => {
    const log: Log = [];
    const queue = new SendQueue();
    const items = ['a', 'b', 'c'].map((name) => new Item(log, name, 5, later));
    for (const item of items) queue.push(item);
    queue.advance();
    expect(queue.clear()).toEqual(items.slice(1));
    expect(queue.size).toBe(0);
    expect(queue.idle).toBe(true);
    expect(queue.clear()).toEqual([]);
    queue.advance();
    expect(log).toEqual(['a', 'b']);
  });

  test('begins anew with the next item', () => {
    const log: Log = [];
    const queue = new SendQueue();
    queue.push(new Item(log, 'a', 5, later));
    queue.push(new Item(log, 'b', 5, later));
    queue.clear();
    queue.push(new Item(log, 'c', 1, atOnce));
    expect(log).toEqual(['a', 'c']);
    expect(queue.idle).toBe(true);
  });

  test('by an item that is leaving does not count that item twice', () => {
    const log: Log = [];
    const queue = new SendQueue();
    queue.push(new Item(log, 'a', 1, later));
    queue.push(
      new Item(log, 'b', 5, () => {
        queue.clear();
        return true;
      }),
    );
    queue.push(new Item(log, 'c', 5, atOnce));
    queue.advance();
    expect(log).toEqual(['a', 'b']);
    expect(queue.size).toBe(0);
  });
});

describe('those who wait', () => {
  test('are all told, in order', () => {
    const log: Log = [];
    abandonAll([new Item(log, 'a', 1, later), new Item(log, 'b', 1, later)], new Error('gone'));
    expect(log).toEqual(['a: gone', 'b: gone']);
  });

  test('are all told even when some throw; the first error is thrown in the end', () => {
    const log: Log = [];
    const throwing = (name: string): QueuedSend => ({
      size: 1,
      start: later,
      abandon: () => {
        log.push(name);
        throw new Error(`from ${name}`);
      },
    });
    const items = [new Item(log, 'a', 1, later), throwing('b'), throwing('c'), new Item(log, 'd', 1, later)];
    expect(() => abandonAll(items, new Error('gone'))).toThrow('from b');
    expect(log).toEqual(['a: gone', 'b', 'c', 'd: gone']);
  });
});
