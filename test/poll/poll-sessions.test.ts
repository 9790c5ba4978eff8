// One outstanding poll to a session, a bounded number of them, and nobody's is displaced by somebody else's.
import { afterEach, describe, expect, it } from 'vitest';
import { PollSessions } from '../../src/poll/index.ts';
import { clock } from '../../src/transport/index.ts';
import { held } from './fake-reply.ts';

const made: ReturnType<typeof held>[] = [];
const poll = (): ReturnType<typeof held> => {
  const made_ = held();
  made.push(made_);
  return made_;
};
afterEach(() => {
  for (const { reply } of made.splice(0)) reply.onGone();
});

describe('the sessions of polls', () => {
  it('answer the older poll of a session with 204 at once, and hold the newer', () => {
    const sessions = new PollSessions();
    const [older, newer] = [poll(), poll()];
    expect(sessions.hold('anna', 's', older.poll)).toBe(true);
    expect(sessions.hold('anna', 's', newer.poll)).toBe(true);
    expect([older.reply.statuses, newer.poll.isHeld, sessions.size]).toEqual([[204], true, 1]);
    expect([...sessions]).toEqual([newer.poll]);
  });

  it('hold one poll of 100,000 of one session', () => {
    const sessions = new PollSessions();
    const timers = clock.size;
    for (let count = 0; count < 100_000; count++) {
      const { poll, reply } = held({ writeTimeout: 0 });
      sessions.hold('anna', 's', poll);
      if (sessions.size !== 1 || clock.size !== timers + 1) expect.unreachable();
      if (count === 99_999) reply.onGone();
    }
    expect([sessions.size, clock.size]).toEqual([0, timers]);
  });

  it('of one identity are not displaced by those of another, whatever both are called', () => {
    const sessions = new PollSessions();
    const names = ['a', 'ab', 'b', '', '__proto__', 'constructor', 'hasOwnProperty'];
    const polls = names.flatMap((identity) =>
      names.map((session) => {
        const each = poll();
        sessions.hold(identity, session, each.poll);
        return each;
      }),
    );
    expect(polls.every(({ poll }) => poll.isHeld)).toBe(true);
    expect(sessions.size).toBe(names.length ** 2);
  });

  it('are forgotten with their poll, however it ends', () => {
    const sessions = new PollSessions();
    const [answered, gone] = [poll(), poll()];
    sessions.hold('anna', '1', answered.poll);
    sessions.hold('anna', '2', gone.poll);
    answered.poll.release();
    gone.reply.onGone();
    expect(sessions.size).toBe(0);
    expect(sessions.hold('anna', '1', answered.poll)).toBe(false);
  });

  it('refuse with 429 what is too much of one identity, and with 503 what is too much of all', () => {
    const sessions = new PollSessions({ maxSessions: 3, maxSessionsPerIdentity: 2 });
    const [first, second, third, fourth, fifth] = [poll(), poll(), poll(), poll(), poll()];
    sessions.hold('anna', '1', first.poll);
    sessions.hold('anna', '2', second.poll);
    expect(sessions.hold('anna', '3', third.poll)).toBe(false);
    expect([third.reply.statuses, third.reply.answers[0]?.fields['Retry-After']]).toEqual([[429], '5']);
    sessions.hold('ben', '1', fourth.poll);
    expect(sessions.hold('carl', '1', fifth.poll)).toBe(false);
    expect([fifth.reply.statuses, sessions.size]).toEqual([[503], 3]);
    // A newer poll of a session that is held takes nobody's place.
    const again = poll();
    expect(sessions.hold('anna', '1', again.poll)).toBe(true);
    expect(sessions.size).toBe(3);
  });

  it('stay right when whoever hears of a dismissal brings another poll', () => {
    const sessions = new PollSessions();
    const [older, between, newer] = [poll(), poll(), poll()];
    older.poll.whenEnded(() => sessions.hold('anna', 's', between.poll));
    sessions.hold('anna', 's', older.poll);
    sessions.hold('anna', 's', newer.poll);
    expect([between.reply.statuses, newer.poll.isHeld, sessions.size]).toEqual([[204], true, 1]);
    newer.poll.release();
    expect(sessions.size).toBe(0);
  });

  it('are not made with limits that let nobody in', () => {
    expect(() => new PollSessions({ maxSessions: 0 })).toThrow(RangeError);
    expect(() => new PollSessions({ maxSessionsPerIdentity: Number.NaN })).toThrow(TypeError);
  });
});
