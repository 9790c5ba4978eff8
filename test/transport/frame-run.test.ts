// Frames that were made before, said in a row to many.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ByteSink } from '../../src/bytes/index.ts';
import { FrameRun } from '../../src/transport/frame-run.ts';

function runOf(frames: readonly Buffer[]): FrameRun {
  return frames.slice(1).reduce((run, frame) => run.with(frame) as FrameRun, FrameRun.of(frames[0] as Buffer));
}

test('one frame alone is never copied', () => {
  const frame = Buffer.from('alone');
  const run = FrameRun.of(frame);
  expect(run.bytes).toBe(5);
  expect(run.join()).toBe(frame);
});

test('the same frames said to many are one run at each step, and joined once', () => {
  const frames = ['a', 'b', 'c'].map((text) => Buffer.from(text));
  const first = runOf(frames);
  const second = runOf(frames);
  expect(second).toBe(first);
  expect(first.join().toString()).toBe('abc');
  expect(second.join()).toBe(first.join());
});

test('of two halves of a room that are told different things, each finds its own run again', () => {
  const [all, left, right, end] = ['all ', 'left ', 'right ', 'end'].map((text) => Buffer.from(text));
  const started = FrameRun.of(all as Buffer);
  const lefts = [started.with(left as Buffer), started.with(left as Buffer)];
  const rights = [started.with(right as Buffer), started.with(right as Buffer)];
  expect(lefts[0]).toBe(lefts[1]);
  expect(rights[0]).toBe(rights[1]);
  const ends = [lefts[0], rights[0], lefts[1], rights[1]].map((run) => run?.with(end as Buffer) as FrameRun);
  expect(ends.map((run) => run.join().toString())).toEqual(Array(2).fill(['all left end', 'all right end']).flat());
  expect(ends[2]).toBe(ends[0]);
  expect(ends[3]).toBe(ends[1]);
});

test('a run that others went on from is as it was', () => {
  const run = FrameRun.of(Buffer.from('a'));
  run.with(Buffer.from('b'))?.join();
  expect(run.bytes).toBe(1);
  expect(run.join().toString()).toBe('a');
});

test('frames that are equal and not the same are joined anew, for they may have changed', () => {
  const frame = Buffer.from('x');
  const changing = Buffer.from('1');
  expect(runOf([frame, changing]).join().toString()).toBe('x1');
  changing.write('2');
  expect(
    runOf([frame, Buffer.from(changing)])
      .join()
      .toString(),
  ).toBe('x2');
});

test.each([
  ['the first', 0],
  ['one in the middle', 1],
  ['the last', 2],
])('frames of which %s is another are joined anew', (_which, index) => {
  const frames = ['a', 'b', 'c'].map((text) => Buffer.from(text));
  runOf(frames).join();
  frames[index] = Buffer.from('X');
  expect(runOf(frames).join()).toEqual(Buffer.concat(frames));
});

test('what begins like the last join, and is shorter or longer, is joined anew', () => {
  const frames = ['a', 'b', 'c'].map((text) => Buffer.from(text));
  expect(runOf(frames).join().toString()).toBe('abc');
  expect(runOf(frames.slice(0, 2)).join().toString()).toBe('ab');
  expect(
    runOf([...frames, Buffer.from('d')])
      .join()
      .toString(),
  ).toBe('abcd');
});

test('shares its frames one by one, in their order', () => {
  const frames = ['a', 'b', 'c'].map((text) => Buffer.from(text));
  const shared: Buffer[] = [];
  runOf(frames).shareWith({ share: (frame: Buffer) => void shared.push(frame) } as ByteSink);
  expect(shared).toHaveLength(3);
  for (const [index, frame] of frames.entries()) expect(shared[index]).toBe(frame);
});

test.each([
  [16_384, true],
  [16_385, false],
])('%i bytes go into one run: %s', (bytes, fits) => {
  const run = FrameRun.of(Buffer.alloc(bytes - 1)).with(Buffer.alloc(1));
  expect(run?.bytes).toBe(fits ? bytes : undefined);
});

test('a frame that can have no other beside it is not kept when it has left', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const left = [16_384, 16_385].map((bytes) => new WeakRef(FrameRun.of(Buffer.alloc(bytes))));
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(left.map((run) => run.deref())).toEqual([undefined, undefined]);
});

test('at most 256 frames go into one run', () => {
  const frame = Buffer.from('x');
  const run = runOf(Array.from({ length: 256 }, () => frame));
  expect(run.with(frame)).toBeUndefined();
  expect(run.bytes).toBe(256);
  expect(run.join()).toEqual(Buffer.alloc(256, 'x'));
});

test('property: a join is its frames in their order, whatever was joined before', () => {
  const known = Array.from({ length: 4 }, (_, index) => Buffer.alloc(index + 1, String(index)));
  const sequences = fc.array(fc.array(fc.constantFrom(...known), { minLength: 1, maxLength: 5 }), { maxLength: 20 });
  fc.assert(
    fc.property(sequences, (bursts) => {
      for (const frames of bursts) expect(runOf(frames).join()).toEqual(Buffer.concat(frames));
    }),
  );
});
