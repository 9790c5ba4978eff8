// Statements about the heartbeat, with a clock that is moved by hand: RFC 6455 §5.5.2 and §5.5.3.
import { describe, expect, test } from 'vitest';
import { Keepalive, Pulse } from '../../src/connection/keepalive.ts';

const { Wait, Ping, Dead } = Pulse;
const START = 1000;
const OWN_STALL = 5000;

function pacemaker(heartbeatInterval: number, heartbeatTimeout: number, now: number): Keepalive {
  return new Keepalive({ heartbeatInterval, heartbeatTimeout }, now);
}

/** Calls the keepalive exactly when it wants to be called, `times` times: what it wants, and when. */
function beats(keepalive: Keepalive, times: number, heard: boolean): [Pulse, number][] {
  return Array.from({ length: times }, () => {
    const now = keepalive.deadline;
    if (heard) keepalive.heard();
    return [keepalive.at(now), now];
  });
}

describe('a heartbeat', () => {
  test('begins with a Ping one interval after the handshake, and nothing before', () => {
    const keepalive = pacemaker(30_000, 10_000, START);
    expect(keepalive.deadline).toBe(START + 30_000);
    expect(keepalive.at(START)).toBe(Wait);
    expect(keepalive.at(START + 29_999)).toBe(Wait);
    expect(keepalive.at(START + 30_000)).toBe(Ping);
  });

  test('beats every interval while the peer shows life, with an interval longer than the patience', () => {
    const pings = beats(pacemaker(30_000, 10_000, 0), 8, true).filter(([pulse]) => pulse === Ping);
    expect(pings.map(([, now]) => now)).toEqual([30_000, 60_000, 90_000, 120_000]);
  });

  test('beats every interval while the peer shows life, with an interval shorter than the patience', () => {
    const pings = beats(pacemaker(10_000, 30_000, 0), 4, true);
    expect(pings).toEqual([10_000, 20_000, 30_000, 40_000].map((now) => [Ping, now]));
  });

  test('beats every interval while the peer shows life, with both the same', () => {
    const pings = beats(pacemaker(30_000, 30_000, 0), 3, true);
    expect(pings).toEqual([30_000, 60_000, 90_000].map((now) => [Ping, now]));
  });

  test('ends when the peer has been silent for the patience after a Ping', () => {
    expect(beats(pacemaker(30_000, 10_000, 0), 2, false)).toEqual([
      [Ping, 30_000],
      [Dead, 40_000],
    ]);
    expect(beats(pacemaker(30_000, 30_000, 0), 2, false)).toEqual([
      [Ping, 30_000],
      [Dead, 60_000],
    ]);
    // Meanwhile no further Pings to somebody who does not answer the first.
    expect(beats(pacemaker(10_000, 25_000, 0), 3, false)).toEqual([
      [Ping, 10_000],
      [Wait, 20_000],
      [Dead, 35_000],
    ]);
  });

  test('takes any byte as a sign of life, but only one after the Ping', () => {
    const keepalive = pacemaker(30_000, 10_000, 0);
    keepalive.heard();
    expect(keepalive.at(30_000)).toBe(Ping);
    expect(keepalive.at(40_000)).toBe(Dead);

    const alive = pacemaker(30_000, 10_000, 0);
    expect(alive.at(30_000)).toBe(Ping);
    alive.heard();
    expect(alive.at(40_000)).toBe(Wait);
    expect(alive.deadline).toBe(60_000);
    expect(alive.at(60_000)).toBe(Ping);
    // That life does not count for the next Ping.
    expect(alive.at(70_000)).toBe(Dead);
  });

  test('does not take its own sleep for the silence of the peer', () => {
    const keepalive = pacemaker(30_000, 10_000, 0);
    expect(keepalive.at(30_000)).toBe(Ping);
    // The process was stopped: what came meanwhile lies unread in the kernel.
    const late = 40_000 + OWN_STALL;
    expect(keepalive.at(late)).toBe(Wait);
    expect(keepalive.deadline).toBe(late + 10_000);
    expect(keepalive.at(late + 10_000)).toBe(Dead);
  });

  test('goes on when a sign of life turns up after its own sleep', () => {
    const keepalive = pacemaker(30_000, 10_000, 0);
    expect(keepalive.at(30_000)).toBe(Ping);
    expect(keepalive.at(100_000)).toBe(Wait);
    keepalive.heard();
    expect(keepalive.at(110_000)).toBe(Ping);
  });

  test('measures its own sleep by the deadline it missed, also when that was a Ping', () => {
    const keepalive = pacemaker(1000, 3000, 0);
    expect(keepalive.at(1000)).toBe(Ping);
    expect(keepalive.deadline).toBe(2000);
    // Two seconds past the end of the patience, but five past the time it wanted to be called.
    expect(keepalive.at(7000)).toBe(Wait);
    expect(keepalive.at(10_000)).toBe(Dead);
  });

  test('is a little late without excuse', () => {
    const keepalive = pacemaker(30_000, 10_000, 0);
    expect(keepalive.at(30_000)).toBe(Ping);
    expect(keepalive.at(40_000 + OWN_STALL - 1)).toBe(Dead);
  });

  test('beats late after a sleep, and keeps the interval from there', () => {
    const keepalive = pacemaker(30_000, 10_000, 0);
    expect(keepalive.at(95_000)).toBe(Ping);
    keepalive.heard();
    expect(keepalive.at(105_000)).toBe(Wait);
    expect(keepalive.deadline).toBe(125_000);
  });
});

test('what a heartbeat may want are three different things', () => {
  expect(new Set(Object.values(Pulse)).size).toBe(3);
});

describe('the round trip', () => {
  test('is unknown before the first Pong', () => {
    const keepalive = pacemaker(30_000, 10_000, 0);
    keepalive.at(30_000);
    expect(keepalive.rtt).toBeUndefined();
  });

  test('is the time from our last Ping to the Pong with its payload', () => {
    const keepalive = pacemaker(30_000, 10_000, 0);
    keepalive.at(30_000);
    keepalive.heardPong(Buffer.from(keepalive.payload), 30_042);
    expect(keepalive.rtt).toBe(42);
  });

  test('is measured by nothing else: a Pong nobody asked for, of another length, of another Ping, a second one', () => {
    const keepalive = pacemaker(30_000, 10_000, 0);
    keepalive.heardPong(keepalive.payload, 7);
    expect(keepalive.rtt).toBeUndefined();
    keepalive.at(30_000);
    const first = keepalive.payload;
    for (const other of ['', '00', '00000000', '0000000100', '00000002'])
      keepalive.heardPong(Buffer.from(other, 'hex'), 30_001);
    expect(keepalive.rtt).toBeUndefined();
    keepalive.heard();
    keepalive.at(40_000);
    keepalive.at(60_000);
    keepalive.heardPong(first, 60_001);
    expect(keepalive.rtt).toBeUndefined();
    keepalive.heardPong(keepalive.payload, 60_010);
    keepalive.heardPong(keepalive.payload, 60_999);
    expect(keepalive.rtt).toBe(10);
  });

  test('keeps its last value while the next Pong is awaited', () => {
    const keepalive = pacemaker(30_000, 10_000, 0);
    keepalive.at(30_000);
    keepalive.heardPong(keepalive.payload, 30_005);
    keepalive.heard();
    keepalive.at(40_000);
    keepalive.at(60_000);
    expect(keepalive.rtt).toBe(5);
  });

  test('is measured with a payload that is new for each Ping', () => {
    const keepalive = pacemaker(1000, 500, 0);
    const payloads = new Set<string>();
    for (let count = 0; count < 10; count++) {
      // A Ping, and the end of its patience.
      beats(keepalive, 2, true);
      payloads.add(keepalive.payload.toString('hex'));
    }
    expect(payloads.size).toBe(10);
  });
});
