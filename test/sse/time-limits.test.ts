// When a heartbeat, a write timeout and the end of a lifetime are due; nothing here waits for time to pass.
import { afterEach, describe, expect, it } from 'vitest';
import { readSettings } from '../../src/sse/options.ts';
import { TimeLimits } from '../../src/sse/time-limits.ts';
import { clock } from '../../src/transport/index.ts';

const made: TimeLimits[] = [];
afterEach(() => {
  for (const times of made.splice(0)) times.end();
});

function limits(options: Parameters<typeof readSettings>[0]) {
  const told: string[] = [];
  const host = {
    heartbeatIsDue: () => told.push('heartbeat'),
    writeTimeoutIsOver: () => told.push('write'),
    lifetimeIsOver: () => told.push('lifetime'),
  };
  const times = new TimeLimits(host, readSettings(options));
  made.push(times);
  return { times, told };
}

const HOUR = 3_600_000;

describe('the times of a stream', () => {
  it('are one entry in the clock, and none when all are off or the stream is over', () => {
    const before = clock.size;
    limits({ heartbeat: 0 });
    expect(clock.size).toBe(before);
    const { times } = limits({ heartbeat: HOUR, maxLifetime: HOUR });
    times.blocked();
    expect(clock.size).toBe(before + 1);
    times.end();
    times.written();
    times.waiting();
    expect(clock.size).toBe(before);
  });

  it('let a heartbeat come an interval after the last write, and no sooner', () => {
    const { times, told } = limits({ heartbeat: HOUR });
    const start = clock.now();
    times.onTime(start + HOUR - 1_000);
    expect(told).toEqual([]);
    times.onTime(start + HOUR + 1_000);
    expect(told).toEqual(['heartbeat']);
    times.onTime(start + HOUR + 2_000);
    expect(told).toEqual(['heartbeat']);
    times.onTime(start + 2 * HOUR + 2_000);
    expect(told).toEqual(['heartbeat', 'heartbeat']);
  });

  it('keep the time of what waits, and give all of it to what is known to wait', () => {
    const { times, told } = limits({ heartbeat: 0, writeTimeout: HOUR });
    const start = clock.now();
    times.waiting();
    const first = times.clockDeadline;
    times.waiting();
    expect(times.clockDeadline).toBe(first);
    times.taken();
    times.onTime(start + 2 * HOUR);
    expect(told).toEqual([]);
    times.blocked();
    times.onTime(clock.now() + HOUR);
    expect(told).toEqual(['write']);
  });

  it('know no write timeout when it is off', () => {
    const { times } = limits({ heartbeat: 0, writeTimeout: 0 });
    times.blocked();
    expect(times.clockIndex).toBe(-1);
  });

  it('spread a lifetime by a tenth', () => {
    const start = clock.now();
    const deadlines = Array.from(
      { length: 100 },
      () => limits({ heartbeat: 0, maxLifetime: HOUR }).times.clockDeadline,
    );
    expect(Math.min(...deadlines) - start).toBeGreaterThanOrEqual(HOUR);
    expect(Math.max(...deadlines) - clock.now()).toBeLessThanOrEqual(1.1 * HOUR + 1);
    expect(Math.max(...deadlines) - Math.min(...deadlines)).toBeGreaterThan(HOUR / 100);
  });

  it('leave only what waits to a stream that closes', () => {
    const { times, told } = limits({ heartbeat: HOUR, maxLifetime: HOUR, writeTimeout: HOUR });
    times.blocked();
    times.startClosing();
    times.onTime(clock.now() + 3 * HOUR);
    times.onTime(clock.now() + 6 * HOUR);
    expect(told).toEqual(['write']);
  });
});
