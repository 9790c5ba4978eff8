// Statements about the memory behind a head that is still arriving.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HeadBuffer } from '../../src/http/head-buffer.ts';
import { cutAt } from './cuttings.ts';

const LIMIT = 5000;

describe('a head in one chunk', () => {
  test('is read where it lies: nothing is copied', () => {
    const chunk = Buffer.from('GET / HTTP/1.1\r\n\r\nrest');
    const buffer = new HeadBuffer(LIMIT);
    buffer.offer(chunk);
    expect(buffer.bytes).toBe(chunk);
    expect(buffer.end).toBe(chunk.length);
  });

  test('leaves the rest as a view of the chunk', () => {
    const chunk = Buffer.from('headrest');
    const buffer = new HeadBuffer(LIMIT);
    buffer.offer(chunk);
    const rest = buffer.rest(chunk, 4);
    expect(rest.toString()).toBe('rest');
    expect(rest.buffer).toBe(chunk.buffer);
    expect(rest.byteOffset).toBe(chunk.byteOffset + 4);
  });

  test('holds no memory of the chunk when nothing is left', () => {
    const chunk = Buffer.from('head');
    const buffer = new HeadBuffer(LIMIT);
    buffer.offer(chunk);
    expect(buffer.rest(chunk, 4)).toHaveLength(0);
    expect(buffer.rest(chunk, 4).buffer).not.toBe(chunk.buffer);
  });
});

describe('a head in several chunks', () => {
  test('outlives the chunks it came in', () => {
    const buffer = new HeadBuffer(LIMIT);
    for (const text of ['GET ', '', '/ HT', 'TP/1.1']) {
      const chunk = Buffer.from(text);
      buffer.offer(chunk);
      buffer.keep();
      chunk.fill(0);
    }
    expect(buffer.bytes.toString('latin1', 0, buffer.end)).toBe('GET / HTTP/1.1');
  });

  test('is whole in whatever pieces it comes, and the rest with it', () => {
    const head = fc.uint8Array({ minLength: 1, maxLength: 3000 });
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 20 }), fc.array(fc.nat(3020), { maxLength: 40 }), (h, r, places) => {
        const buffer = new HeadBuffer(LIMIT);
        const chunks = cutAt(Buffer.concat([h, r]), places);
        let rest: Buffer[] | undefined;
        for (const chunk of chunks) {
          if (rest !== undefined) {
            rest.push(chunk);
            continue;
          }
          buffer.offer(chunk);
          if (buffer.end >= h.length) {
            rest = [buffer.rest(chunk, h.length)];
          } else {
            buffer.keep();
            chunk.fill(0);
          }
        }
        expect(buffer.bytes.subarray(0, h.length).equals(h)).toBe(true);
        expect(Buffer.concat(rest ?? []).equals(r)).toBe(true);
      }),
    );
  });
});

describe('the limit', () => {
  test('is kept in one chunk: what lies beyond it does not count', () => {
    const buffer = new HeadBuffer(4);
    buffer.offer(Buffer.from('head and more'));
    expect(buffer.end).toBe(4);
    expect(buffer.isFull).toBe(true);
  });

  test('is kept over many chunks, and no memory is taken above it', () => {
    const buffer = new HeadBuffer(LIMIT);
    for (let i = 0; i < 2 * LIMIT; i++) {
      buffer.offer(Buffer.of(0x61));
      buffer.keep();
    }
    expect(buffer.end).toBe(LIMIT);
    expect(buffer.bytes.length).toBe(LIMIT);
    expect(buffer.isFull).toBe(true);
  });

  test('is not reached before its last octet', () => {
    const buffer = new HeadBuffer(4);
    buffer.offer(Buffer.from('hea'));
    buffer.keep();
    expect(buffer.isFull).toBe(false);
    buffer.offer(Buffer.from('d'));
    expect(buffer.isFull).toBe(true);
  });
});

test('the copying is linear: one octet at a time moves the memory a logarithmic number of times', () => {
  const buffer = new HeadBuffer(1 << 20);
  const places = new Set<ArrayBufferLike>();
  for (let i = 0; i < 1 << 16; i++) {
    buffer.offer(Buffer.of(0x61));
    buffer.keep();
    places.add(buffer.bytes.buffer);
  }
  expect(places.size).toBeLessThan(10);
});

test('cleared, it holds nothing', () => {
  const buffer = new HeadBuffer(LIMIT);
  buffer.offer(Buffer.from('head'));
  buffer.clear();
  expect(buffer.end).toBe(0);
  expect(buffer.bytes).toHaveLength(0);
});
