// A connection is made, watched and replaced; nobody hears of one that has gone.
import { describe, expect, test } from 'vitest';
import { LONGEST_DELAY } from '../../src/redis/link.ts';
import { fakeLink, TestTime, turns } from './fake-connection.ts';

describe('a link', () => {
  test('is up when its connection is there, and what was said on it is heard', async () => {
    const { link, events, up } = fakeLink(new TestTime());
    link.open();
    expect(link.connection).toBeUndefined();
    const connection = await up();
    expect(link.connection).toBe(connection);
    connection.listener.onMessage('a', 'hello');
    expect(events).toEqual(['up', 'a: hello']);
    link.close();
  });

  test('that is lost is made again, a little later, once', async () => {
    const time = new TestTime();
    const { link, events, up, made } = fakeLink(time);
    link.open();
    const first = await up();
    first.listener.onLost(new Error('gone'));
    first.listener.onLost(new Error('gone'));
    link.complain(first);
    expect([events, first.isDestroyed, link.connection]).toEqual([['up', 'down'], true, undefined]);
    time.pass(100);
    expect(made).toHaveLength(2);
    const second = await up();
    // Nobody hears of the first any more.
    first.listener.onMessage('a', 'late');
    first.listener.onLost(new Error('late'));
    link.complain(first);
    expect(events).toEqual(['up', 'down', 'up']);
    expect(link.connection).toBe(second);
    link.close();
  });

  test('waits longer each time that nothing comes of it, and no longer than its limit', async () => {
    const time = new TestTime();
    const { link, made, current } = fakeLink(time);
    link.open();
    const waits: number[] = [];
    for (let count = 1; count <= 12; count++) {
      current().opening.fail('connect ECONNREFUSED');
      await turns();
      const start = time.now;
      while (made.length === count) time.pass(1);
      waits.push(time.now - start);
    }
    expect(waits[1]).toBeGreaterThan(waits[0] as number);
    expect(Math.max(...waits)).toBeLessThanOrEqual(LONGEST_DELAY * 1.1 + 1);
    // What has worked once begins anew.
    current().opening.answer();
    await turns();
    link.praise();
    link.complain(current());
    const start = time.now;
    while (made.length === 13) time.pass(1);
    expect(time.now - start).toBeLessThan(100);
    link.close();
    time.expectNothing();
  });

  test('that does not open in time is given up', () => {
    const time = new TestTime();
    const { link, made } = fakeLink(time);
    link.open();
    time.pass(1_000);
    expect(made[0]?.isDestroyed).toBe(true);
    time.pass(100);
    expect(made).toHaveLength(2);
    link.close();
  });

  test('is not up before it has been prepared, and not at all when that fails', async () => {
    const time = new TestTime();
    const { link, events, made, up, current } = fakeLink(time, {
      prepare: async (connection) => {
        await connection.send('', ['PREPARE']);
      },
    });
    link.open();
    await up();
    expect(events).toEqual([]);
    current().last.fail('gone');
    await turns();
    time.pass(100);
    await up();
    current().last.answer();
    await turns();
    expect([events, made.length]).toEqual([['up'], 2]);
    link.close();
  });

  test('that was closed is silent, and leaves nothing', async () => {
    const time = new TestTime();
    const { link, events, made, up, current } = fakeLink(time);
    link.open();
    const connection = await up();
    link.close();
    connection.listener.onLost(new Error('gone'));
    time.pass(10_000);
    expect([events, connection.isDestroyed, made.length]).toEqual([['up'], true, 1]);
    const other = fakeLink(time);
    other.link.open();
    other.link.close();
    other.current().opening.answer();
    await turns();
    expect([other.events, other.link.connection, current().isDestroyed]).toEqual([[], undefined, true]);
    time.expectNothing();
  });
});
