// The fault loop: every operation of every scenario fails once, in every way, until a run gets through without meeting its
// fault. Whatever fails: one 'close', every callback and promise once, nothing uncaught, everything given back.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FAULTS, type Fault } from './faulty-socket.ts';
import { playWithFaults, playWithMisdeeds } from './loops.ts';
import { SCENARIOS } from './scenarios.ts';
import { MISDEEDS } from './stage.ts';

vi.mock('../../src/transport/listener.ts', async () => {
  const { FakeListener } = await import('./fake-listener.ts');
  return { createListener: (_tls: unknown, _timeout: number, onSocket: never) => new FakeListener(onSocket) };
});

/** TLS differs in when bytes are taken; how a connection ends is the same below. */
const FAULTS_OF_TLS: readonly Fault[] = ['reset', 'destroyed', 'silence', 'slow'];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe.each(Object.entries(SCENARIOS))('%s', (_name, scenario) => {
  test.each(FAULTS)('over TCP, where an operation meets: %s', async (fault: Fault) => {
    const { runs, complaints } = await playWithFaults(scenario, fault, false);
    expect(complaints.join('\n')).toBe('');
    expect(runs).toBeGreaterThan(4);
  });

  test.each(FAULTS_OF_TLS)('over TLS, where an operation meets: %s', async (fault: Fault) => {
    const { complaints } = await playWithFaults(scenario, fault, true);
    expect(complaints.join('\n')).toBe('');
  });

  test.each(MISDEEDS)('where the application %s in the middle of an upcall', async (misdeed) => {
    const { complaints } = await playWithMisdeeds(scenario, misdeed);
    expect(complaints.join('\n')).toBe('');
  });
});
