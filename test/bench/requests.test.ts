// Frames of a round over and over: any run of them is one piece of memory.
import { expect, test } from 'vitest';
import { Requests } from '../../bench/load/requests.mjs';

const frames = ['a', 'bb', 'ccc'].map((text) => Buffer.from(text));

test('any number of frames from any place of the round is one slice, also past its end', () => {
  const requests = new Requests(frames, 7);
  expect(requests.length).toBe(3);
  for (let index = 0; index < frames.length; index++) {
    for (let count = 1; count <= 7; count++) {
      const wanted = Array.from({ length: count }, (_, ahead) => frames[(index + ahead) % frames.length]!.toString());
      expect(requests.slice(index, count).toString()).toBe(wanted.join(''));
    }
  }
});

test('the same slice is not made twice', () => {
  const requests = new Requests(frames, 2);
  expect(requests.slice(2, 2)).toBe(requests.slice(2, 2));
  expect(requests.slice(0, 1)).not.toBe(requests.slice(0, 2));
});
