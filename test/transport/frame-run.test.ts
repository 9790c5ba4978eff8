// Frames that were made before, said in a row to many.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameRun } from '../../src/transport/frame-run.ts';

function runOf(frames: readonly Buffer[]): FrameRun {
  const run = new FrameRun(frames[0] as Buffer);
  for (const frame of frames.slice(1)) expect(run.add(frame)).toBe(true);
  return run;
}

test('one frame alone is never copied', () => {
  const frame = Buffer.from('alone');
  const run = new FrameRun(frame);
  expect(run.bytes).toBe(5);
  expect(run.join()).toBe(frame);
});

test('the same frames said to many are joined once', () => {
  const frames = ['a', 'b', 'c'].map((text) => Buffer.from(text));
  const first = runOf(frames).join();
  expect(first.toString()).toBe('abc');
  expect(runOf(frames).join()).toBe(first);
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

test.each([
  [16_384, true],
  [16_385, false],
])('%i bytes go into one run: %s', (bytes, fits) => {
  const run = new FrameRun(Buffer.alloc(bytes - 1));
  expect(run.add(Buffer.alloc(1))).toBe(fits);
  expect(run.bytes).toBe(fits ? bytes : bytes - 1);
});

test('at most 256 frames go into one run', () => {
  const frame = Buffer.from('x');
  const run = runOf(Array.from({ length: 256 }, () => frame));
  expect(run.add(frame)).toBe(false);
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
