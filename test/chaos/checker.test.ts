// The judge of a run, judged: what must not be is found and called by its name, and what may be is not.
import { describe, expect, test } from 'vitest';
import { check, type Verdict } from './checker.ts';
import type { Entry, Happening } from './history.ts';

const room = 'lobby';

const say = (op: number): Happening => ({ kind: 'invoke', op, room, content: `m${op}` });
const ack = (op: number, id: string): Happening => ({ kind: 'ack', op, id, tries: 1 });
const said = (op: number, id: string): Happening[] => [say(op), ack(op, id)];
const come = (who: string, since?: string): Happening => ({ kind: 'connect', who, room, transport: 'sse', since });
const cursor = (who: string, id: string): Happening => ({ kind: 'cursor', who, room, id });
const joined = (who: string, id: string): Happening[] => [come(who), cursor(who, id)];
const hear = (who: string, id: string, op: number): Happening => {
  return { kind: 'event', who, room, id, content: `m${op}`, transport: 'sse' };
};
const gap = (who: string, id?: string): Happening => ({ kind: 'gap', who, room, id });
const end = (id: string): Happening => ({ kind: 'end', room, id, instance: 0 });
const lose = (loss: 'all' | 'newest'): Happening[] => [
  { kind: 'fault', fault: 1, name: 'redis-lose', loss },
  { kind: 'heal', fault: 1, name: 'redis-lose' },
];

function judge(...happenings: readonly (Happening | readonly Happening[])[]): Verdict {
  return check(happenings.flat().map((happening, at): Entry => ({ at, ...happening })));
}

const breachesOf = (...happenings: readonly (Happening | readonly Happening[])[]): object =>
  judge(...happenings).breaches;

/** Three events, which `ann` has heard. */
const THREE = [...said(1, 'E-1'), ...said(2, 'E-2'), ...said(3, 'E-3')];
const ANN = [...joined('ann', 'E-0'), ...THREE, hear('ann', 'E-1', 1), hear('ann', 'E-2', 2), hear('ann', 'E-3', 3)];

describe('it is well', () => {
  test('when everybody has everything, once and in order', () => {
    const { breaches, counts } = judge(ANN, end('E-3'));
    expect(breaches).toEqual({});
    expect(counts).toMatchObject({ published: 3, acknowledged: 3, delivered: 3, connections: 1 });
  });

  test('when somebody comes back and goes on behind its last id', () => {
    const back = [come('ann', 'E-3'), cursor('ann', 'E-3'), ...said(4, 'E-4'), hear('ann', 'E-4', 4)];
    expect(breachesOf(ANN, back, end('E-4'))).toEqual({});
  });

  test('when what is missing is announced', () => {
    const late = [come('ann', 'E-3'), gap('ann', 'E-5'), hear('ann', 'E-6', 6)];
    expect(breachesOf(ANN, said(4, 'E-4'), said(5, 'E-5'), said(6, 'E-6'), late, end('E-6'))).toEqual({});
  });

  test('when a log is lost and everybody is told', () => {
    const told = [gap('ann', 'F-0'), ...said(4, 'F-1'), hear('ann', 'F-1', 4)];
    const { breaches, counts } = judge(ANN, said(9, 'E-4'), lose('all'), told, end('F-1'));
    expect(breaches).toEqual({});
    expect(counts).toMatchObject({ gapsAnnounced: 1, lostWithTheLog: 1 });
  });

  test('when a poll is told of a gap and the first event says where it ends', () => {
    const late = [gap('ann'), hear('ann', 'E-6', 6), cursor('ann', 'E-6')];
    expect(breachesOf(ANN, said(4, 'E-4'), said(5, 'E-5'), said(6, 'E-6'), late, end('E-6'))).toEqual({});
  });

  test('when somebody begins anew, at another place, also on an instance that knows less', () => {
    expect(breachesOf(ANN, said(4, 'E-4'), joined('ann', 'E-4'), end('E-4'))).toEqual({});
    expect(breachesOf(ANN, joined('ann', 'E-2'), hear('ann', 'E-3', 3), end('E-3'))).toEqual({});
  });
});

describe('it is found', () => {
  const complete = [...ANN, end('E-3')];
  test.each<[name: string, breach: string, happenings: readonly Happening[]]>([
    ['an event comes twice', 'duplicate', [...ANN, hear('ann', 'E-3', 3), end('E-3')]],
    [
      'two events are swapped',
      'out of order',
      [
        ...joined('ann', 'E-0'),
        ...THREE,
        hear('ann', 'E-1', 1),
        hear('ann', 'E-3', 3),
        hear('ann', 'E-2', 2),
        end('E-3'),
      ],
    ],
    ['an event is left out', 'lost silently', [...joined('ann', 'E-0'), ...THREE, hear('ann', 'E-3', 3), end('E-3')]],
    [
      'a cursor skips what was not given',
      'lost silently',
      [...ANN, ...said(4, 'E-4'), cursor('ann', 'E-4'), end('E-4')],
    ],
    ['a cursor goes back', 'out of order', [...ANN, come('ann', 'E-3'), cursor('ann', 'E-2'), hear('ann', 'E-3', 3)]],
    [
      'a log is another one without a gap',
      'lost silently',
      [...ANN, ...lose('all'), ...said(4, 'F-1'), hear('ann', 'F-1', 4)],
    ],
    [
      'somebody goes back to a log it has left',
      'out of order',
      [...ANN, gap('ann', 'F-0'), gap('ann'), hear('ann', 'E-4', 3)],
    ],
    ['nobody said it', 'phantom', [...ANN, hear('ann', 'E-4', 4), end('E-4')]],
    ['it was said later', 'phantom', [...ANN, hear('ann', 'E-4', 4), say(4), end('E-4')]],
    [
      'an id means two events',
      'another content',
      [...complete, ...joined('eve', 'E-2'), say(4), hear('eve', 'E-3', 4)],
    ],
    ['an answer has the id of another event', 'another content', [...complete, ...said(4, 'E-3')]],
    ['an event has two ids', 'said twice', [...ANN, hear('ann', 'E-4', 3), end('E-4')]],
    [
      'what was refused is heard',
      'appeared though refused',
      [...ANN, say(4), { kind: 'fail', op: 4, tries: 1 }, hear('ann', 'E-4', 4), end('E-4')],
    ],
    ['who spoke later stands before', 'overtaken', [...joined('ann', 'E-0'), ...said(1, 'E-2'), ...said(2, 'E-1')]],
    ['a gap in which nothing is missing', 'needless gap', [...ANN, gap('ann', 'E-3'), end('E-3')]],
    [
      'a log is another one, and nothing was done to it',
      'log lost without a cause',
      [...ANN, gap('ann', 'F-0'), end('F-0')],
    ],
    ['somebody does not have the last', 'left behind', [...ANN, ...said(4, 'E-4'), end('E-4')]],
    ['somebody stays in a log that is over', 'left behind', [...ANN, ...lose('all'), end('F-0')]],
    ['instances do not agree on the end', 'left behind', [...ANN, end('E-3'), end('E-2')]],
    ['an answered event is not in the log', 'lost silently', [...ANN, ...said(4, 'E-4'), end('E-3')]],
    ['something else went wrong', 'went wrong', [...complete, { kind: 'wrong', text: 'an instance has ended' }]],
    ['nothing happened', 'went wrong', []],
  ])('%s: %s', (_, breach, happenings) => {
    expect(Object.keys(judge(happenings).breaches)).toContain(breach);
  });

  test('with how many events were lost, and with the entries that show it', () => {
    const { counts, findings } = judge(joined('ann', 'E-0'), THREE, hear('ann', 'E-3', 3), end('E-3'));
    expect(counts.lostSilently).toBe(2);
    expect(findings[0]?.text).toBe('ann was never given E-1 to E-2');
    expect(findings[0]?.evidence.map(({ kind }) => kind)).toEqual(['connect', 'cursor', 'event']);
  });
});

describe('a log that went back', () => {
  // Two answers and two deliveries of E-3 are forgotten; an instance that knows less gives the id once more.
  const other = [...ANN, ...joined('eve', 'E-2'), ...lose('newest'), ...said(4, 'E-3'), hear('eve', 'E-3', 4)];
  const told = (who: string): Happening => gap(who, 'F-4');
  const after = [...said(5, 'E-4'), ...said(6, 'F-5')];

  test('may give an id twice, if it ends and everybody is told', () => {
    const { breaches, counts } = judge(
      other,
      after,
      hear('eve', 'E-4', 5),
      ['ann', 'eve'].flatMap((who) => [told(who), hear(who, 'F-5', 6)]),
      end('F-5'),
    );
    expect(breaches).toEqual({});
    expect(counts.reusedIds).toBe(1);
  });

  test('may not lead anybody from the events that were lost to those in their place', () => {
    expect(breachesOf(other, after, hear('ann', 'E-4', 5))).toMatchObject({ 'lost silently': 1 });
  });

  test('may not go on', () => {
    expect(breachesOf(other, said(5, 'E-4'), end('E-4'))).toMatchObject({ 'another content': 1 });
  });

  test('is no excuse for a log that was emptied', () => {
    expect(breachesOf(ANN, lose('all'), said(4, 'E-3'))).toMatchObject({ 'another content': 1 });
  });
});
