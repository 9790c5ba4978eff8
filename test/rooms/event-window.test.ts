import { expect, test } from 'vitest';
import { EventWindow, WINDOW_EVENTS, WINDOW_SIZE } from '../../src/rooms/event-window.ts';
import { RoomEvent } from '../../src/rooms/room-event.ts';

const event = (offset: number, size = 2): RoomEvent =>
  new RoomEvent('"lobby"', 'e', { offset, data: `{${' '.repeat(size - 2)}}`, time: 0, except: undefined });

test('a window holds the newest events, each at its offset, and knows from where on', () => {
  const window = new EventWindow('e', 40);
  for (let offset = 41; offset <= 1_000; offset++) {
    window.push(event(offset));
    expect(window.last).toBe(offset);
    expect(window.start).toBe(Math.max(40, offset - (WINDOW_EVENTS - 1)));
    for (const held of [window.start + 1, offset]) expect(window.at(held)?.offset).toBe(held);
    expect([window.at(window.start), window.at(offset + 1)]).toEqual([undefined, undefined]);
  }
});

test('it holds no more than its size, but the newest always', () => {
  const window = new EventWindow('e', 0);
  window.push(event(1, WINDOW_SIZE / 2));
  window.push(event(2, WINDOW_SIZE / 2));
  expect(window.start).toBe(0);
  window.push(event(3, 2));
  expect([window.start, window.at(1)]).toEqual([1, undefined]);
  window.push(event(4, WINDOW_SIZE * 2));
  expect([window.start, window.at(4)?.offset]).toEqual([3, 4]);
  window.push(event(5, 2));
  expect([window.start, window.at(5)?.offset]).toEqual([4, 5]);
});
