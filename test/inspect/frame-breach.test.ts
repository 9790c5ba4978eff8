import { describe, expect, test } from 'vitest';
import { Violations } from '../../src/frame/index.ts';
import { findBreach } from '../../src/inspect/frame-breach.ts';
import { frameOf, hex } from './frames.ts';

function expectBreach(bytes: Buffer, offset: number, name: keyof typeof Violations, compression = false): void {
  const { text, expected, section } = Violations[name];
  expect(findBreach(bytes, 'server', compression)).toEqual({ offset, text, expected, section });
}

describe('a frame that may be sent has no breach', () => {
  test.each([
    ['text', '81 05 48656c6c6f'],
    ['the first fragment of text, cut inside a character', '01 02 48 c3'],
    ['a Close without a body', '88 00'],
    ['a Close with code and reason', '88 05 03e8 627965'],
    ['a Ping', '89 00'],
    ['binary that is not UTF-8', '82 01 ff'],
    ['a frame of which only the header is there', '81 05'],
    ['nothing at all', ''],
  ])('%s', (_, bytes) => {
    expect(findBreach(hex(bytes), 'server', false)).toBeUndefined();
  });

  test('nor has compressed text, which is not UTF-8 before it is inflated', () => {
    expect(findBreach(hex('c1 01 ff'), 'server', true)).toBeUndefined();
  });
});

describe('a breach names the rule and the byte', () => {
  test.each([
    ['RSV2', 'a1 00', 0, 'ReservedBits2And3'],
    ['RSV1 without an extension', 'c1 00', 0, 'ReservedBit1'],
    ['a reserved opcode', '83 00', 0, 'ReservedOpcode'],
    ['a server that masks', '81 80 00000000', 1, 'MaskedServerFrame'],
    ['a fragmented Ping', '09 00', 0, 'FragmentedControl'],
    ['a long Ping', '89 7e 007e', 1, 'ControlTooLong'],
    ['a length in too many bytes', '81 7e 0001', 2, 'NonMinimalLength'],
    ['a length with the top bit set', '81 7f 8000000000000000', 2, 'LengthTopBit'],
    ['a Close of one byte', '88 01 03', 2, 'CloseBodyTooShort'],
    ['a close code that may not travel', '88 02 03ed', 2, 'InvalidCloseCode'],
    ['a close reason that is not UTF-8', '88 03 03e8 ff', 4, 'InvalidCloseReason'],
    ['a close reason with a bad byte in its midst', '88 05 03e8 61 ff 62', 5, 'InvalidCloseReason'],
    ['text that is not UTF-8', '81 03 61 ff 62', 3, 'InvalidText'],
    ['text that ends inside a character', '81 02 61 c3', 3, 'InvalidText'],
  ] as const)('%s', (_, bytes, offset, name) => {
    expectBreach(hex(bytes), offset, name);
  });

  test('a client that does not mask', () => {
    expect(findBreach(frameOf({ payload: 'a' }), 'client', false)).toMatchObject({
      offset: 1,
      section: 'RFC 6455 §5.1',
    });
  });

  test('RSV1 on a Ping, though compression was agreed (RFC 7692 §6.1)', () => {
    expectBreach(hex('c9 00'), 0, 'ReservedBit1OnControl', true);
  });
});

test('the bytes are not changed by being judged', () => {
  const frame = frameOf({ key: 0x12345678, payload: 'Hello' });
  const before = Buffer.from(frame);
  findBreach(frame, 'client', false);
  expect(frame).toEqual(before);
});
