// Statements about the closing handshake as a table: RFC 6455 §7.1, all states and all transitions.
import { describe, expect, test } from 'vitest';
import { mayClose, mayReceive, maySend, State, after as stateAfter, Transition } from '../../src/connection/state.ts';

const { Open, CloseSent, CloseReceived, Complete, Failed } = State;
const { SendClose, ReceiveClose, Fail } = Transition;

const TABLE: readonly [State, Transition, State | undefined][] = [
  [Open, SendClose, CloseSent],
  [Open, ReceiveClose, CloseReceived],
  [Open, Fail, Failed],
  [CloseSent, SendClose, undefined],
  [CloseSent, ReceiveClose, Complete],
  [CloseSent, Fail, Failed],
  [CloseReceived, SendClose, Complete],
  [CloseReceived, ReceiveClose, undefined],
  [CloseReceived, Fail, Failed],
  [Complete, SendClose, undefined],
  [Complete, ReceiveClose, undefined],
  [Complete, Fail, undefined],
  [Failed, SendClose, undefined],
  [Failed, ReceiveClose, undefined],
  [Failed, Fail, undefined],
];

const nameOf = (values: Readonly<Record<string, number>>, value: number | undefined) =>
  Object.keys(values).find((name) => values[name] === value) ?? 'never';

describe('the table', () => {
  test.each(
    TABLE.map((row) => [nameOf(State, row[0]), nameOf(Transition, row[1]), nameOf(State, row[2]), ...row] as const),
  )('%s + %s: %s', (_, __, ___, from, transition, to) => {
    expect(stateAfter(from, transition)).toBe(to);
  });

  test('has a row for every state and every transition', () => {
    const pairs = new Set(TABLE.map(([from, transition]) => `${from} ${transition}`));
    expect(pairs.size).toBe(Object.keys(State).length * Object.keys(Transition).length);
  });

  test('has five different states and three different transitions', () => {
    expect(new Set(Object.values(State)).size).toBe(5);
    expect(new Set(Object.values(Transition)).size).toBe(3);
  });

  test('has no way back: no path is longer than two steps, and each ends in Complete or Failed', () => {
    const walk = (state: State, steps: number): void => {
      expect(steps).toBeLessThanOrEqual(2);
      const next = Object.values(Transition).flatMap((transition) => stateAfter(state, transition) ?? []);
      if (next.length === 0) expect([Complete, Failed]).toContain(state);
      for (const following of next) walk(following, steps + 1);
    };
    walk(Open, 0);
  });
});

describe('what follows from a state', () => {
  // RFC 6455 §5.5.1(d), §6.1(b)
  test('data is sent only while neither side has said Close (§5.5.1)', () => {
    expect(Object.values(State).filter(maySend)).toEqual([Open]);
  });

  // RFC 6455 §5.5.1(e)(j)
  test('our Close is sent once, before or after the peer’s (§5.5.1)', () => {
    expect(Object.values(State).filter(mayClose)).toEqual([Open, CloseReceived]);
  });

  test('the peer’s frames mean something until its Close, also after ours (§7.1.3)', () => {
    expect(Object.values(State).filter(mayReceive)).toEqual([Open, CloseSent]);
  });
});
