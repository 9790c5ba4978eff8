import { describe, expect, test } from 'vitest';
import { SendQueue, type SendQueueSettings } from '../../src/resilient/send-queue.ts';
import type { Link } from '../../src/resilient/transport.ts';
import { World } from './world.ts';

/** A link whose buffer empties at so many bytes in a millisecond. */
function slowLink(world: World, speed: number) {
  const sent: unknown[] = [];
  let buffered = 0;
  let at = 0;
  const looks: number[] = [];
  const settle = (): number => {
    buffered = Math.max(0, buffered - (world.time - at) * speed);
    at = world.time;
    return buffered;
  };
  const link = {
    get bufferedAmount() {
      if (looks.at(-1) !== world.time) looks.push(world.time);
      return settle();
    },
    send(data: string) {
      settle();
      buffered += data.length;
      sent.push(data);
    },
  } as unknown as Link;
  return { link, sent, looks };
}

function make(more: Partial<SendQueueSettings> = {}) {
  const world = new World();
  const told: unknown[] = [];
  const queue = new SendQueue({
    highWaterMark: 100,
    maxQueueLength: 1_000,
    maxQueueSize: 10_000,
    overflow: 'drop-newest',
    platform: world,
    onDropped: (data) => told.push(['dropped', data]),
    onDrain: () => told.push('drain'),
    ...more,
  });
  return { world, queue, told };
}

const KILO = 'x'.repeat(1_000);

test('with a link and room, a message goes at once', () => {
  const { world, queue, told } = make();
  const { link, sent } = slowLink(world, 1);
  queue.onOpen(link);
  expect([queue.send('a', undefined), sent, told]).toEqual([true, ['a'], []]);
});

test('while away it waits, in order, and drain follows', async () => {
  const { world, queue, told } = make();
  expect(queue.send('a', undefined)).toBe(false);
  void queue.sendWhenRoom('b');
  queue.send('c', undefined);
  expect(queue.bufferedAmount).toBe(2);
  const { link, sent } = slowLink(world, 1);
  queue.onOpen(link);
  await world.pass(10);
  expect([sent, told]).toEqual([['a', 'b', 'c'], ['drain']]);
});

describe('a slow link', () => {
  test('is given more only when there is room', async () => {
    const { world, queue, told } = make();
    const { link, sent } = slowLink(world, 1);
    queue.onOpen(link);
    expect([queue.send(KILO, undefined), queue.send('b', undefined)]).toEqual([false, false]);
    expect(sent).toHaveLength(1);
    await world.pass(800);
    expect(sent).toHaveLength(1);
    await world.pass(300);
    expect([sent.length, told]).toEqual([2, ['drain']]);
  });

  test('is looked at when it should have room, not all the time', async () => {
    const { world, queue } = make();
    const { link, looks } = slowLink(world, 1);
    queue.onOpen(link);
    const done = queue.sendWhenRoom(KILO).then(() => queue.sendWhenRoom('b'));
    await world.pass(2_000);
    await done;
    expect(looks.length).toBeLessThan(15);
    expect(world.timers).toBe(0);
  });

  test('that never has room is looked at four times a second at most', async () => {
    const { world, queue } = make();
    const { link, looks } = slowLink(world, 0);
    queue.onOpen(link);
    queue.send(KILO, undefined);
    await world.pass(1_000);
    looks.length = 0;
    await world.pass(10_000);
    expect(looks.length).toBeLessThanOrEqual(41);
  });
});

test('what waits when all is over is dropped aloud, and leaves no timer', async () => {
  const { world, queue, told } = make();
  queue.send('a', undefined);
  const waiter = queue.sendWhenRoom('b');
  queue.onClosed(new Error('over'));
  await expect(waiter).rejects.toThrow('over');
  expect([told, world.timers]).toEqual([
    [
      ['dropped', 'a'],
      ['dropped', 'b'],
    ],
    0,
  ]);
});

test('what the link cannot send is told to whoever waits', async () => {
  const { queue } = make();
  queue.onOpen({ bufferedAmount: 0, send: () => expect.fail('no') } as unknown as Link);
  await expect(queue.sendWhenRoom('a')).rejects.toThrow('no');
});
