// What an instance knows of a log, what it has heard of it, and what follows from that.
import { describe, expect, test } from 'vitest';
import { keysOf } from '../../src/redis/keys.ts';
import { Room } from '../../src/redis/room.ts';
import type { LogEvent } from '../../src/rooms/broker.ts';

const event = (offset: number): LogEvent => ({ offset, time: offset * 10, data: '{}', except: undefined });

/** A room whose log was asked for at `offset`, when it was listened to already. */
function roomAt(offset: number): Room {
  const room = new Room('lobby', keysOf('sluice', 'lobby'));
  room.checked('ab', offset, offset * 10, true, 0);
  return room;
}

describe('a room', () => {
  test('knows the end that Redis named, and what was announced behind it', () => {
    const room = roomAt(5);
    expect(room.known).toEqual(['ab', '5', '50']);
    expect(room.hear('ab', event(6), 1)).toBe(true);
    expect(room.known).toEqual(['ab', '6', '60']);
    // Announced late: what is known is the newest.
    room.appended('ab', 8, 80, 2);
    expect(room.hear('ab', event(7), 3)).toBe(true);
    expect(room.known).toEqual(['ab', '8', '80']);
  });

  test('is not deaf to what was appended before anybody listened', () => {
    expect(roomAt(5).isDeaf(1_000)).toBe(false);
  });

  test('is deaf when what was appended is not announced, whoever appended it', () => {
    const own = roomAt(5);
    own.appended('ab', 6, 60, 100);
    expect([own.isDeaf(99), own.isDeaf(100)]).toEqual([false, true]);
    const other = roomAt(5);
    other.checked('ab', 7, 70, false, 100);
    expect(other.isDeaf(100)).toBe(true);
    // More that is missing makes it no less late.
    other.checked('ab', 9, 90, false, 200);
    expect(other.isDeaf(100)).toBe(true);
    other.hear('ab', event(6), 201);
    expect([other.isDeaf(200), other.isDeaf(201)]).toEqual([false, true]);
    other.hear('ab', event(7), 202);
    expect(other.isDeaf(1_000)).toBe(false);
  });

  test('is not deaf to what was missed before it was listened to anew, nor once everybody reads on', () => {
    const room = roomAt(5);
    room.checked('ab', 9, 90, true, 100);
    expect(room.isDeaf(1_000)).toBe(false);
    room.appended('ab', 10, 100, 200);
    room.forgive();
    expect(room.isDeaf(1_000)).toBe(false);
  });

  test('finds a log that has gone backwards by an offset that does not rise, and keeps what it knew until Redis was asked', () => {
    const room = roomAt(5);
    room.hear('ab', event(6), 1);
    expect(room.hear('ab', event(6), 2)).toBe(false);
    room.hear('ab', event(7), 3);
    room.appended('ab', 8, 80, 3);
    expect([room.known, room.isQuiet(0)]).toEqual([['ab', '6', '60'], true]);
    expect(room.checked('cd', 7, 71, false, 4)).toBe(true);
    expect(room.known).toEqual(['cd', '7', '71']);
    expect(room.isQuiet(3)).toBe(false);
  });

  test('takes another epoch as it is announced, unless it is under suspicion', () => {
    const room = roomAt(5);
    expect(room.hear('cd', event(1), 1)).toBe(true);
    expect(room.known).toEqual(['cd', '1', '10']);
    room.suspect();
    expect(room.hear('ef', event(1), 2)).toBe(true);
    expect(room.known).toEqual(['cd', '1', '10']);
    // An event of ours in an epoch that was not announced yet says nothing.
    room.checked('ef', 1, 10, false, 3);
    room.appended('gh', 2, 20, 4);
    expect(room.known).toEqual(['ef', '1', '10']);
  });

  test('is quiet when nothing was heard of it for a while', () => {
    const room = roomAt(5);
    room.hear('ab', event(6), 100);
    expect([room.isQuiet(99), room.isQuiet(100)]).toEqual([false, true]);
  });
});
