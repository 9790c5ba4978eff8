// Whether the fault loops can tell: with a leak planted in the code, or an answer lost, they must complain, and say what of.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connection } from '../../src/connection/connection.ts';
import { AddressLimits, NO_LEASE } from '../../src/server/address-limits.ts';
import { Opening } from '../../src/server/opening.ts';
import { Outbox } from '../../src/transport/outbox.ts';
import { WriteCallbacks } from '../../src/transport/write-callbacks.ts';
import { SendWaiters } from '../../src/websocket/send-waiters.ts';
import { TimeLimits } from '../../src/websocket/time-limits.ts';
import type { Fault } from './faulty-socket.ts';
import { playWithFaults, playWithMisdeeds } from './loops.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

vi.mock('../../src/transport/listener.ts', async () => {
  const { FakeListener } = await import('./fake-listener.ts');
  return { createListener: (_tls: unknown, _timeout: number, onSocket: never) => new FakeListener(onSocket) };
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.restoreAllMocks();
  // What was left in the clock on purpose has its time now.
  vi.advanceTimersByTime(600_000);
  vi.useRealTimers();
});

test('an exception that nobody catches is noticed', async () => {
  vi.spyOn(Connection.prototype, 'unblock').mockImplementation(() => {
    throw new RangeError('a fault of ours');
  });
  const { complaints } = await playWithFaults(SCENARIOS['sending under pressure'] as Scenario, 'slow', false);
  expect(complaints.join('\n')).toMatch(/uncaught: RangeError: a fault of ours/);
});

test('a lost callback is noticed in the loop of upcalls too', async () => {
  vi.spyOn(WriteCallbacks.prototype, 'callAll').mockImplementation(() => {});
  const { complaints } = await playWithMisdeeds(SCENARIOS['an end begun by a server'] as Scenario, 'throws');
  expect(complaints.join('\n')).toMatch(/called back 0 times/);
});

// The last leaves memory behind that this process does not get back.
const LEAKS: readonly [what: string, complaint: RegExp, scenario: string, fault: Fault, plant: () => unknown][] = [
  [
    'the callbacks of send()',
    /called back 0 times/,
    'sending under pressure',
    'reset',
    () => vi.spyOn(WriteCallbacks.prototype, 'callAll').mockImplementation(() => {}),
  ],
  [
    'those who wait for room',
    /settled 0 times/,
    'sending under pressure',
    'reset',
    () => vi.spyOn(SendWaiters.prototype, 'abandon').mockImplementation(() => {}),
  ],
  [
    'a place of an address',
    /the address has all its connections/,
    'the opening handshake of a server',
    'reset',
    () =>
      vi.spyOn(AddressLimits.prototype, 'take').mockImplementation(function (this: AddressLimits & { taken?: number }) {
        this.taken = (this.taken ?? 0) + 1;
        return this.taken > 3 ? { status: 429 } : NO_LEASE;
      }),
  ],
  [
    'a listener',
    /listeners of 'close'/,
    'a refused opening handshake',
    'reset',
    () => {
      const { done } = Opening.prototype;
      vi.spyOn(Opening.prototype, 'done').mockImplementation(function (this: Opening) {
        this.socket.on('close', () => {});
        return done.call(this);
      });
    },
  ],
  [
    'a place in the clock',
    /wait in the clock/,
    'a violation',
    'reset',
    () => vi.spyOn(TimeLimits.prototype, 'endTimes').mockImplementation(() => {}),
  ],
  [
    'the memory of an outbox',
    /shared slab/,
    'an echo of small, large and fragmented messages',
    'silence',
    () => vi.spyOn(Outbox.prototype, 'close').mockImplementation(() => {}),
  ],
];

test.each(LEAKS)('the loss of %s is noticed', async (_what, complaint, name, fault, plant) => {
  plant();
  const { complaints } = await playWithFaults(SCENARIOS[name] as Scenario, fault, false);
  expect(complaints.join('\n')).toMatch(complaint);
});
