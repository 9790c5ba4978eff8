import { expect, test } from 'vitest';
import { Recording } from '../../src/inspect/recording.ts';
import { frameOf } from './frames.ts';

function piece(payload: string) {
  const bytes = frameOf({ payload });
  return { isHead: false, bytes, length: bytes.length };
}

test('entries have rising indexes, authors and times', () => {
  const recording = new Recording(10);
  expect([recording.first, recording.next]).toEqual([0, 0]);
  recording.add(piece('a'), 'client', 1_000);
  recording.add(piece('b'), 'server', 1_001);
  expect([recording.first, recording.next]).toEqual([0, 2]);
  expect(recording.at(1)).toEqual({ ...piece('b'), index: 1, author: 'server', time: 1_001 });
  expect(recording.at(2)).toBeUndefined();
});

test('the oldest entry goes when there are as many as may be', () => {
  const recording = new Recording(2);
  for (const payload of ['a', 'b', 'c']) recording.add(piece(payload), 'client', 0);
  expect([recording.first, recording.next]).toEqual([1, 3]);
  expect(recording.at(0)).toBeUndefined();
  expect(recording.at(1)?.bytes).toEqual(piece('b').bytes);
  expect(recording.at(2)?.bytes).toEqual(piece('c').bytes);
});

test('who listens is told of each entry until he stops', () => {
  const recording = new Recording(2);
  let count = 0;
  const stop = recording.listen(() => count++);
  recording.add(piece('a'), 'client', 0);
  recording.add(piece('b'), 'client', 0);
  stop();
  recording.add(piece('c'), 'client', 0);
  expect(count).toBe(2);
});
