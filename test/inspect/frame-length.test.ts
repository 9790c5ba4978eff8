import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFrameLength } from '../../src/inspect/frame-length.ts';
import { frameOf, hex } from './frames.ts';

describe('the measures of a frame (RFC 6455 §5.2)', () => {
  test.each([
    ['an empty frame of a server', '81 00', { header: 2, extended: 0, masked: false, payload: 0 }],
    ['125 bytes, masked', '81 fd', { header: 6, extended: 0, masked: true, payload: 125 }],
    ['16 bits of length', '82 7e 0100', { header: 4, extended: 2, masked: false, payload: 256 }],
    ['64 bits of length, masked', '82 ff 0000000000010000', { header: 14, extended: 8, masked: true, payload: 65_536 }],
    ['a length in more bytes than it needs', '82 7e 0001', { header: 4, extended: 2, masked: false, payload: 1 }],
    [
      'a length with its top bit set',
      '82 7f ffffffffffffffff',
      { header: 10, extended: 8, masked: false, payload: 2 ** 64 },
    ],
  ])('%s', (_, bytes, measures) => {
    expect(readFrameLength(hex(bytes))).toEqual(measures);
  });

  test.each(['', '81', '81 7e', '81 7e 00', '81 7f', '81 7f 00000000000000'])(
    'are not known yet from "%s"',
    (bytes) => {
      expect(readFrameLength(hex(bytes))).toBeUndefined();
    },
  );

  test('are those of any frame that is written', () => {
    fc.assert(
      fc.property(fc.nat(70_000), fc.option(fc.integer(), { nil: undefined }), (length, key) => {
        const frame = frameOf({ payload: Buffer.alloc(length), ...(key === undefined ? {} : { key }) });
        const measures = readFrameLength(frame);
        expect(measures?.payload).toBe(length);
        expect(measures?.header).toBe(frame.length - length);
        expect(measures?.masked).toBe(key !== undefined);
      }),
      { numRuns: 50 },
    );
  });
});
