// RFC 7692 §7.1.1 and §7.1.2: exactly the last 2^n bytes, whoever sent them in whatever pieces.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlidingWindow } from '../../src/deflate/sliding-window.ts';
import { noise } from './messages.ts';

test('begins empty', () => {
  expect(new SlidingWindow(15).contents).toHaveLength(0);
});

test('keeps the end of a message that is longer than the window', () => {
  const window = new SlidingWindow(8);
  window.append(noise(1000));
  expect(window.contents).toEqual(noise(1000).subarray(744));
});

test('keeps no reference to a message', () => {
  const window = new SlidingWindow(8);
  const message = Buffer.from('secret');
  window.append(message);
  message.fill(0);
  expect(window.contents.toString()).toBe('secret');
});

test('takes no more memory than it needs, and never more than its size', () => {
  const window = new SlidingWindow(15);
  window.append(noise(100));
  expect(window.contents.buffer.byteLength).toBe(1024);
  window.append(noise(2000));
  expect(window.contents.buffer.byteLength).toBe(4096);
  for (let i = 0; i < 100; i += 1) window.append(noise(1999));
  expect(window.contents.buffer.byteLength).toBe(32_768);
});

// RFC 7692 §7.2.2(b)(c)
test('holds the last 2^n bytes of everything appended', () => {
  const pieces = fc.array(fc.oneof(fc.nat(40), fc.nat(700), fc.nat(40_000)), { maxLength: 12 });
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 15 }), pieces, (windowBits, lengths) => {
      const window = new SlidingWindow(windowBits);
      let all = Buffer.alloc(0);
      for (const [index, length] of lengths.entries()) {
        const piece = noise(length, index);
        window.append(piece);
        all = Buffer.concat([all, piece]);
        expect(window.contents.equals(all.subarray(Math.max(0, all.length - (1 << windowBits))))).toBe(true);
      }
    }),
  );
});
