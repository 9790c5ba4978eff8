import { once } from 'node:events';
import { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { NO_LEASE } from '../../src/server/address-limits.ts';
import { Opening } from '../../src/server/opening.ts';
import { Openings } from '../../src/server/openings.ts';
import { clock } from '../../src/transport/index.ts';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  expect(clock.size).toBe(0);
});

function opening(handshakeTimeout: number): Opening {
  const host = { onRequest() {}, onRefusal() {}, onGone() {}, parser: undefined };
  const socket = new Socket();
  sockets.push(socket);
  return new Opening(socket, host, { handshakeTimeout }, NO_LEASE);
}

/** A line in which whoever is late is taken out and noted. */
function line(onLate: (late: Opening) => void = () => {}): { openings: Openings; late: Opening[] } {
  const late: Opening[] = [];
  const openings = new Openings((one) => {
    openings.remove(one);
    late.push(one);
    onLate(one);
  });
  return { openings, late };
}

describe('the openings of a listener', () => {
  it('are late in the order in which they came, but for those that have left, from any place', () => {
    for (const left of [[], [0], [1], [2], [0, 1], [1, 2], [2, 0], [1, 0], [0, 1, 2]]) {
      const { openings, late } = line();
      const three = [opening(1_000), opening(1_000), opening(1_000)];
      for (const each of three) openings.add(each);
      for (const index of left) openings.remove(three[index] as Opening);
      clock.cancel(openings);
      openings.onTime((three[2] as Opening).deadline);
      expect(late).toEqual(three.filter((_, index) => !left.includes(index)));
      for (const { earlier, later } of three) expect([earlier, later]).toEqual([undefined, undefined]);
    }
  });

  it('take one place in the clock, which waits for the next when it has come for nobody', () => {
    const { openings, late } = line();
    const [first, second] = [opening(1_000), opening(2_000)];
    openings.add(first);
    openings.add(second);
    expect([clock.size, openings.clockDeadline]).toEqual([1, first.deadline]);
    openings.remove(first);
    clock.cancel(openings);
    openings.onTime(first.deadline);
    expect([late, clock.size, openings.clockDeadline]).toEqual([[], 1, second.deadline]);
    openings.remove(second);
    expect([late, clock.size]).toEqual([[], 0]);
  });

  it('are late all the same when somebody throws because of one', () => {
    const { openings, late } = line((one) => {
      if (one === first) throw new Error('of the application');
    });
    const [first, second] = [opening(1_000), opening(1_000)];
    openings.add(first);
    openings.add(second);
    clock.cancel(openings);
    expect(() => openings.onTime(second.deadline)).toThrow('of the application');
    expect(clock.size).toBe(1);
    clock.cancel(openings);
    openings.onTime(second.deadline);
    expect(late).toEqual([first, second]);
  });

  it('have all the time they want where there is no limit', () => {
    const { openings } = line();
    const one = opening(0);
    openings.add(one);
    expect([one.deadline, clock.size]).toEqual([0, 0]);
  });

  it('leave nothing in the clock when the last has gone', () => {
    const { openings } = line();
    const two = [opening(1_000), opening(1_000)];
    for (const each of two) openings.add(each);
    for (const each of two) {
      expect(clock.size).toBe(1);
      openings.remove(each);
    }
    expect(clock.size).toBe(0);
  });

  it('are ended with their listener, and are there until their sockets say so', async () => {
    const { openings } = line();
    const two = [opening(1_000), opening(1_000)];
    for (const each of two) openings.add(each);
    const gone = two.map(({ socket }) => once(socket, 'close'));
    openings.end();
    await Promise.all(gone);
    expect(clock.size).toBe(1);
    for (const each of two) openings.remove(each);
  });
});
