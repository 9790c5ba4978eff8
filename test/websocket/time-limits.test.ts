// When the times of a connection come, and what puts them off. The time is the test's.
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { clock } from '../../src/transport/index.ts';
import { type EndpointOptions, readSettings } from '../../src/websocket/settings.ts';
import { TimeLimit, TimeLimits } from '../../src/websocket/time-limits.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const NAMES = Object.entries(TimeLimit);

function times(options: EndpointOptions): { times: TimeLimits; log: string[] } {
  const role = { isServer: true, threshold: 0, heartbeat: false, nextMaskingKey: undefined };
  const log: string[] = [];
  const started = performance.now();
  class Subject extends TimeLimits {
    protected onTimeLimit(limit: TimeLimit): void {
      log.push(`${NAMES.find(([, value]) => value === limit)?.[0]}@${performance.now() - started}`);
    }
  }
  const subject = new Subject(readSettings(options, role));
  onTestFinished(() => subject.endTimes());
  return { times: subject, log };
}

/** Lets so much time pass. */
function pass(milliseconds: number): void {
  vi.advanceTimersByTime(milliseconds);
}

test('a connection without limits waits for nothing', () => {
  const before = clock.size;
  const { times: subject, log } = times({ messageTimeout: 0, writeTimeout: 0 });
  subject.chunkRead(true);
  subject.kernelBlocked();
  expect(clock.size).toBe(before);
  pass(1_000_000);
  expect(log).toEqual([]);
});

test('an idle connection with all the defaults of a server without heartbeat waits for nothing either', () => {
  const before = clock.size;
  times({});
  expect(clock.size).toBe(before);
});

describe('messageTimeout', () => {
  test('counts from the first byte of a message, whatever comes of it meanwhile', () => {
    const { times: subject, log } = times({ messageTimeout: 100 });
    subject.chunkRead(true);
    pass(60);
    subject.chunkRead(true);
    pass(39);
    expect(log).toEqual([]);
    pass(1);
    expect(log).toEqual(['Message@100']);
  });

  test('does not count between messages', () => {
    const { times: subject, log } = times({ messageTimeout: 100 });
    subject.chunkRead(true);
    pass(60);
    subject.messageEnded();
    subject.chunkRead(false);
    pass(1_000);
    expect(log).toEqual([]);
  });

  test('begins anew with each message, though no chunk ends where a message does', () => {
    const { times: subject, log } = times({ messageTimeout: 100 });
    for (let count = 0; count < 50; count++) {
      // The end of one message and the beginning of the next.
      subject.messageEnded();
      subject.chunkRead(true);
      pass(60);
    }
    expect(log).toEqual([]);
    pass(40);
    expect(log).toEqual(['Message@3040']);
  });

  test('does not count while we do not read: the rest of the message may be there', () => {
    const { times: subject, log } = times({ messageTimeout: 100 });
    subject.chunkRead(true);
    pass(50);
    subject.isReading = false;
    pass(1_000);
    subject.isReading = true;
    pass(99);
    expect(log).toEqual([]);
    pass(1);
    expect(log).toEqual(['Message@1150']);
  });

  test('is over with the closing handshake', () => {
    const { times: subject, log } = times({ messageTimeout: 100, closeTimeout: 1_000 });
    subject.chunkRead(true);
    subject.startClosing();
    subject.chunkRead(true);
    pass(999);
    expect(log).toEqual([]);
  });
});

describe('closeTimeout', () => {
  test('counts from the beginning of the closing handshake', () => {
    const { times: subject, log } = times({ closeTimeout: 100 });
    pass(500);
    subject.startClosing();
    pass(99);
    expect(log).toEqual([]);
    pass(1);
    expect(log).toEqual(['Closing@600']);
  });

  test('may be nothing at all', () => {
    const { times: subject, log } = times({ closeTimeout: 0 });
    subject.startClosing();
    pass(1);
    expect(log).toEqual(['Closing@1']);
  });
});

describe('writeTimeout', () => {
  test('counts while the kernel takes nothing', () => {
    const { times: subject, log } = times({ writeTimeout: 100 });
    subject.kernelBlocked();
    pass(100);
    expect(log).toEqual(['Write@100']);
  });

  test('begins anew when the kernel has taken something: a slow reader is not a dead one', () => {
    const { times: subject, log } = times({ writeTimeout: 100 });
    for (let count = 0; count < 20; count++) {
      subject.kernelBlocked();
      pass(90);
      subject.kernelUnblocked();
    }
    pass(1_000);
    expect(log).toEqual([]);
  });
});

describe('writeTimeout, where the kernel says nothing', () => {
  test('ends what waits and is not taken in time', () => {
    const { times: subject, log } = times({ writeTimeout: 100 });
    expect(subject.watchWrite()).toBe(true);
    pass(50);
    // The first are being watched: one look for all.
    expect(subject.watchWrite()).toBe(false);
    pass(50);
    expect(log).toEqual(['Write@100']);
  });

  test('has the rest looked at when the first were taken', () => {
    const { times: subject, log } = times({ writeTimeout: 100 });
    subject.watchWrite();
    subject.writeTaken();
    pass(100);
    expect(log).toEqual(['Rest@100']);
    expect(subject.watchWrite()).toBe(true);
    pass(100);
    expect(log).toEqual(['Rest@100', 'Write@200']);
  });

  test('may be turned off, and is over with the connection', () => {
    expect(times({ writeTimeout: 0 }).times.watchWrite()).toBe(false);
    const { times: subject } = times({});
    subject.endTimes();
    expect(subject.watchWrite()).toBe(false);
  });
});

describe('maxLifetime', () => {
  test('is spread by a tenth, so that a crowd does not leave together', () => {
    const ends = Array.from({ length: 200 }, () => times({ maxLifetime: 1_000 }));
    pass(999);
    expect(ends.some(({ log }) => log.length > 0)).toBe(false);
    pass(102);
    const moments = ends.map(({ log }) => Number(log[0]?.slice('Lifetime@'.length)));
    expect(Math.min(...moments)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...moments)).toBeLessThanOrEqual(1_101);
    expect(new Set(moments).size).toBeGreaterThan(20);
  });

  test('comes once', () => {
    const { log } = times({ maxLifetime: 1_000 });
    pass(10_000);
    expect(log).toHaveLength(1);
  });
});

describe('heartbeat', () => {
  const heartbeat = { interval: 100, timeout: 50 };

  test('pings, and finds a silent peer', () => {
    const { log } = times({ heartbeat });
    pass(150);
    expect(log).toEqual(['Ping@100', 'Silence@150']);
  });

  test('takes any byte for a sign of life', () => {
    const { times: subject, log } = times({ heartbeat });
    for (let count = 0; count < 5; count++) {
      pass(100);
      subject.heard();
    }
    expect(log).toEqual(['Ping@100', 'Ping@200', 'Ping@300', 'Ping@400', 'Ping@500']);
  });

  test('takes bytes of ours that the kernel takes for one, too: who downloads has nothing to say', () => {
    const { times: subject, log } = times({ heartbeat, writeTimeout: 0 });
    for (let count = 0; count < 30; count++) {
      subject.kernelBlocked();
      pass(20);
      subject.kernelUnblocked();
    }
    expect(log.every((entry) => entry.startsWith('Ping'))).toBe(true);
  });

  test('does not call silent whom we do not listen to', () => {
    const { times: subject, log } = times({ heartbeat });
    subject.isReading = false;
    pass(10_000);
    expect(log.length).toBeGreaterThan(50);
    expect(log.every((entry) => entry.startsWith('Ping'))).toBe(true);
    subject.isReading = true;
    pass(250);
    expect(log.at(-1)).toMatch(/^Silence/);
  });

  test('measures the round trip of its own Ping, and of no other', () => {
    const { times: subject } = times({ heartbeat });
    expect(subject.rtt).toBeUndefined();
    pass(100);
    const payload = subject.payload;
    pass(30);
    subject.heard();
    subject.heardPong(Buffer.from('else'), clock.now());
    expect(subject.rtt).toBeUndefined();
    subject.heardPong(payload, clock.now());
    expect(subject.rtt).toBe(30);
    expect(times({}).times.rtt).toBeUndefined();
  });

  test('is over with the closing handshake', () => {
    const { times: subject, log } = times({ heartbeat, closeTimeout: 10_000 });
    pass(100);
    subject.startClosing();
    pass(9_999);
    expect(log).toEqual(['Ping@100']);
  });
});

describe('maxMessageRate', () => {
  test('says when a peer that was slowed down may go on', () => {
    const { times: subject, log } = times({});
    subject.slowDown(70);
    pass(69);
    expect(log).toEqual([]);
    pass(1);
    expect(log).toEqual(['Rate@70']);
    subject.endSlowDown();
    subject.slowDown(30);
    subject.endSlowDown();
    pass(1_000);
    expect(log).toEqual(['Rate@70']);
  });

  test('goes on in the closing handshake, and is over with the connection', () => {
    const { times: subject, log } = times({ closeTimeout: 100 });
    subject.startClosing();
    subject.slowDown(70);
    pass(70);
    subject.slowDown(10);
    subject.endTimes();
    pass(1_000);
    expect(log).toEqual(['Rate@70']);
  });

  test('does not count the silence of a peer that is not heard, nor before what it said has been read', () => {
    const { times: subject, log } = times({ heartbeat: { interval: 100, timeout: 50 } });
    subject.slowDown(249);
    pass(249);
    expect(log).toEqual(['Ping@100', 'Ping@200', 'Rate@249']);
    subject.endSlowDown();
    pass(1);
    expect(log).toHaveLength(3);
    pass(100);
    expect(log.slice(3)).toEqual(['Ping@300', 'Silence@350']);
  });

  test('counts the time of an unfinished message', () => {
    const { times: subject, log } = times({ messageTimeout: 100 });
    subject.chunkRead(true);
    subject.slowDown(1_000);
    pass(100);
    expect(log).toEqual(['Message@100']);
  });
});

test('several times at once come one after the other, each once', () => {
  const { times: subject, log } = times({ messageTimeout: 100, maxLifetime: 100, writeTimeout: 100 });
  subject.chunkRead(true);
  subject.kernelBlocked();
  pass(115);
  const names = log.map((entry) => entry.slice(0, entry.indexOf('@')));
  expect(names.slice(0, 2)).toEqual(['Message', 'Write']);
  expect(names.slice(2)).toEqual(['Lifetime']);
});

test('nothing comes after the end', () => {
  const { times: subject, log } = times({ heartbeat: { interval: 10, timeout: 10 }, messageTimeout: 10 });
  subject.chunkRead(true);
  subject.endTimes();
  const size = clock.size;
  pass(1_000);
  expect(log).toEqual([]);
  subject.endTimes();
  expect(clock.size).toBe(size);
});
