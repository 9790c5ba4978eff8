// The rows in which a compressed message can fail, and which errors of zlib end in which.
import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { failureOf, InflateFailures } from '../../src/deflate/inflate-failure.ts';
import { hex, json } from './messages.ts';

test.each([
  ['TooBig', 1009],
  ['Corrupt', 1007],
  ['TooManyFinalBlocks', 1008],
  ['OutOfMemory', 1011],
] as const)('%s closes with %d', (name, status) => {
  expect(InflateFailures[name]).toMatchObject({ status, section: expect.stringMatching(/^RFC (7692|6455) §\d/) });
});

describe('an error of zlib', () => {
  function errorOf(call: () => unknown): unknown {
    try {
      call();
    } catch (error) {
      return error;
    }
    throw new Error('zlib did not fail');
  }

  test('"invalid block type" is corrupt', () => {
    expect(failureOf(errorOf(() => inflateRawSync(Buffer.from([0xff]))))).toBe(InflateFailures.Corrupt);
  });

  test('"invalid distance too far back" is corrupt', () => {
    // §7.2.3.2: the second "Hello" refers to a first one, which is missing here.
    const error = errorOf(() => inflateRawSync(hex('f2 00 11 00 00')));
    expect(error).toMatchObject({ message: 'invalid distance too far back' });
    expect(failureOf(error)).toBe(InflateFailures.Corrupt);
  });

  test('"unexpected end of file" is corrupt', () => {
    expect(failureOf(errorOf(() => inflateRawSync(Buffer.alloc(0))))).toBe(InflateFailures.Corrupt);
  });

  test('its output limit is "too big"', () => {
    // 03 00 is an empty last block; in front of it a stored block of 100 bytes.
    const stored = Buffer.concat([Buffer.from([0x00, 100, 0, 155, 255]), json(100), Buffer.from([0x03, 0x00])]);
    expect(failureOf(errorOf(() => inflateRawSync(stored, { maxOutputLength: 99 })))).toBe(InflateFailures.TooBig);
    expect(inflateRawSync(stored, { maxOutputLength: 100 })).toHaveLength(100);
  });

  test.each([
    Object.assign(new Error('insufficient memory'), { code: 'Z_MEM_ERROR' }),
    new RangeError('Array buffer allocation failed'),
  ])('%s is not the peer’s fault', (error) => {
    expect(failureOf(error)).toBe(InflateFailures.OutOfMemory);
  });
});
