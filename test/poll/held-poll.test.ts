// A poll is answered once; what it held of the clock is given back on every way out.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HeldPoll } from '../../src/poll/held-poll.ts';
import { encodeBatch } from '../../src/poll/index.ts';
import { clock } from '../../src/transport/index.ts';
import { held } from './fake-reply.ts';

const HOUR = 3_600_000;
const batch = { messages: [{ json: '1', cursor: 'a' }], cursor: 'b' };

let timers = 0;
beforeEach(() => {
  timers = clock.size;
});
afterEach(() => expect(clock.size).toBe(timers));

describe('a poll that is held', () => {
  const ways: readonly [string, (poll: HeldPoll) => unknown, string, number][] = [
    ['answered', (poll) => poll.answer(batch), 'answered', 200],
    ['answered with what was encoded before', (poll) => poll.answerEncoded(encodeBatch(batch)), 'answered', 200],
    ['released', (poll) => poll.release(), 'released', 200],
    ['dismissed', (poll) => poll.dismiss(), 'dismissed', 204],
    ['refused', (poll) => poll.refuse(403), 'refused', 403],
  ];
  it.each(ways)('is %s once, and nothing comes behind it', (_how, end, name, status) => {
    const { poll, reply, ends } = held();
    end(poll);
    expect(poll.isHeld).toBe(false);
    for (const [, another] of ways) another(poll);
    expect([reply.statuses, ends]).toEqual([[status], [name]]);
    expect(poll.answer(batch)).toBe(0);
    reply.onGone();
    expect(ends).toEqual([name]);
    poll.whenEnded((late) => ends.push(`late: ${late}`));
    expect(ends.at(-1)).toBe(`late: ${name}`);
  });

  it('is answered with the messages that fit, and says how many', () => {
    const { poll, reply } = held({ maxMessages: 1 });
    const messages = ['1', '2'].map((json) => ({ json, cursor: json }));
    expect(poll.answer({ messages, cursor: '2', gap: true, timestamp: 5 })).toBe(1);
    expect(reply.json).toEqual({ messages: [1], cursor: '1', gap: true, timestamp: 5 });
    reply.onGone();
  });

  it('is released when its time is over, with the cursor that it has by then', () => {
    const { poll, reply, ends } = held({ holdTimeout: HOUR, cursor: 'a' });
    expect(poll.clockDeadline).toBeGreaterThan(clock.now() + HOUR - 60_000);
    poll.cursor = 'b';
    poll.onTime();
    expect(reply.json).toMatchObject({ messages: [], cursor: 'b', gap: false });
    expect(ends).toEqual(['released']);
    reply.onGone();
  });

  it('knows of no cursor where its client has none', () => {
    const { poll, reply } = held();
    poll.release();
    expect(reply.json).toMatchObject({ cursor: null });
    reply.onGone();
  });

  it('ends a client that does not take the answer', () => {
    const { poll, reply } = held({ writeTimeout: HOUR });
    poll.release();
    expect(poll.clockDeadline).toBeGreaterThan(clock.now() + HOUR - 60_000);
    clock.cancel(poll);
    poll.onTime();
    expect(reply.isDestroyed).toBe(true);
  });

  it('waits for it for ever when there is no such limit', () => {
    held({ writeTimeout: 0 }).poll.release();
  });

  it('ends with its client', () => {
    const { poll, reply, ends } = held();
    reply.onGone();
    expect([poll.isHeld, poll.answer(batch), reply.answers, ends]).toEqual([false, 0, [], ['gone']]);
  });

  it('says when a client may come again, in whole seconds', () => {
    const { poll, reply } = held();
    poll.refuse(503, 1.2);
    expect(reply.answers[0]?.fields['Retry-After']).toBe('2');
    reply.onGone();
  });

  it("stays as it was when its caller's batch or status is wrong", () => {
    const { poll, reply } = held();
    expect(() => poll.answer({ messages: [{ json: '', cursor: '1' }], cursor: '1' })).toThrow(TypeError);
    for (const status of [200, 399, 600, 404.5]) expect(() => poll.refuse(status)).toThrow(RangeError);
    for (const after of [-1, Number.NaN]) expect(() => poll.refuse(503, after)).toThrow(RangeError);
    expect([poll.isHeld, reply.answers]).toEqual([true, []]);
    poll.release();
    reply.onGone();
  });

  it('is not made with options that are not what they must be', () => {
    expect(() => held({ holdTimeout: -1 })).toThrow(RangeError);
    expect(() => held({ maxMessages: 0 })).toThrow(RangeError);
  });
});
