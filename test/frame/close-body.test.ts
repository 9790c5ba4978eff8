// Statements about the body of a Close frame: RFC 6455 §5.5.1, §7.1.5, §7.1.6 and §7.4.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  closeBody,
  closeCodeOf,
  closeReasonOf,
  indexOfViolation,
  MAX_CLOSE_REASON,
  MAX_CONTROL_PAYLOAD,
  violationOfCloseBody,
} from '../../src/frame/close-body.ts';
import { mayTravel } from '../../src/frame/status.ts';
import { type Violation, Violations } from '../../src/frame/violation.ts';
import { hex } from './slow-frames.ts';

describe('a body that a peer sent', () => {
  // RFC 6455 §7.1.5(a), §7.1.6(a)
  test('may be empty: the code is then 1005 and the reason empty', () => {
    const body = hex('');
    expect(violationOfCloseBody(body)).toBeUndefined();
    expect(closeCodeOf(body)).toBe(1005);
    expect(closeReasonOf(body)).toHaveLength(0);
  });

  // RFC 6455 §5.5.1(a), §7.1.5(a), §7.1.6(a)
  test('is a code in network byte order, and a reason in UTF-8', () => {
    const body = hex('03e9 67 c3b6 6e 65');
    expect(violationOfCloseBody(body)).toBeUndefined();
    expect(closeCodeOf(body)).toBe(1001);
    expect(closeReasonOf(body).toString()).toBe('göne');
  });

  // RFC 6455 §5.5.1(A)
  test('of one byte is refused with 1002', () => {
    for (const byte of [0x00, 0x03, 0xff]) {
      expect(violationOfCloseBody(Buffer.of(byte))).toBe(Violations.CloseBodyTooShort);
    }
    expect(Violations.CloseBodyTooShort.status).toBe(1002);
    expect(indexOfViolation(hex('03'), Violations.CloseBodyTooShort)).toBe(0);
  });

  // RFC 6455 §5.5.1(A), §7.4.2(A)
  test('is refused with 1002 for each of the 65,536 codes that may not travel, and for no other', () => {
    const wrong: number[] = [];
    for (let code = 0; code <= 0xffff; code++) {
      const expected = mayTravel(code) ? undefined : Violations.InvalidCloseCode;
      if (violationOfCloseBody(Buffer.of(code >> 8, code & 0xff)) !== expected) wrong.push(code);
    }
    expect(wrong).toEqual([]);
    expect(Violations.InvalidCloseCode.status).toBe(1002);
    expect(indexOfViolation(hex('03ed 6869'), Violations.InvalidCloseCode)).toBe(0);
  });

  // RFC 6455 §5.5.1(A), §8.1(a)
  test('with a reason that is not UTF-8 is refused with 1007, at the byte that is wrong', () => {
    const cases: [body: string, index: number][] = [
      ['03e8 ff', 2],
      ['03e8 6f6b 80', 4],
      ['03e8 6f6b c3', 4], // ends inside a character: its last byte
      ['03e8 e282', 3],
      ['03e8 eda080', 3],
      [`03e8 ${'61'.repeat(122)} c0`, 124],
    ];
    for (const [digits, index] of cases) {
      const body = hex(digits);
      const violation = violationOfCloseBody(body) as Violation;
      expect(violation).toBe(Violations.InvalidCloseReason);
      expect(indexOfViolation(body, violation)).toBe(index);
    }
    expect(Violations.InvalidCloseReason.status).toBe(1007);
  });

  test('is judged by its code before its reason', () => {
    expect(violationOfCloseBody(hex('0000 ff'))).toBe(Violations.InvalidCloseCode);
  });
});

describe('a body of ours', () => {
  test('is empty without a code', () => {
    expect(closeBody()).toHaveLength(0);
    expect(closeBody(undefined, '')).toHaveLength(0);
  });

  // RFC 6455 §5.5.1(a)
  test('is read back as it was written', () => {
    const codes = fc.oneof(fc.integer({ min: 3000, max: 4999 }), fc.constantFrom(1000, 1001, 1002, 1003, 1007, 1014));
    fc.assert(
      fc.property(codes, fc.string({ unit: 'grapheme', maxLength: 20 }), (code, reason) => {
        fc.pre(Buffer.byteLength(reason) <= MAX_CLOSE_REASON);
        const body = closeBody(code, reason);
        expect(violationOfCloseBody(body)).toBeUndefined();
        expect(closeCodeOf(body)).toBe(code);
        expect(closeReasonOf(body).toString()).toBe(reason);
      }),
    );
  });

  // RFC 6455 §5.5(a)
  test('takes 123 bytes of reason and not 124, counted in UTF-8', () => {
    expect(MAX_CLOSE_REASON).toBe(123);
    expect(closeBody(1000, 'x'.repeat(123))).toHaveLength(MAX_CONTROL_PAYLOAD);
    expect(closeBody(1000, 'é'.repeat(61))).toHaveLength(124);
    expect(() => closeBody(1000, 'x'.repeat(124))).toThrow(RangeError);
    expect(() => closeBody(1000, 'é'.repeat(62))).toThrow('the close reason has 124 bytes: at most 123 fit');
  });

  // RFC 6455 §7.4.1(a)(b)(d), §7.4.2(A)
  test('is refused to the caller for every code that may not travel', () => {
    for (const code of [
      0,
      999,
      1004,
      1005,
      1006,
      1015,
      1016,
      2999,
      5000,
      65_535,
      65_536 + 1000,
      -1,
      1000.5,
      Number.NaN,
    ]) {
      expect(() => closeBody(code)).toThrow(
        expect.objectContaining({ name: 'TypeError', code: 'WS_ERR_INVALID_CLOSE_CODE' }),
      );
    }
    for (const notANumber of ['1000', null, {}, true]) {
      expect(() => closeBody(notANumber as unknown as number)).toThrow(TypeError);
    }
  });

  test('is refused to the caller with a reason and no code', () => {
    expect(() => closeBody(undefined, 'because')).toThrow(RangeError);
  });

  test('takes the bytes of any kind of buffer, and bytes, never elements', () => {
    const floats = new Float32Array(Uint8Array.from({ length: 80 }, (_, index) => 0x20 + index).buffer);
    const bytes = Buffer.from(floats.buffer);
    expect(closeReasonOf(closeBody(1000, floats))).toEqual(bytes);
    const words = new Uint16Array([0x6161, 0x6262, 0x6363]).subarray(1);
    expect(closeReasonOf(closeBody(1000, words)).toString()).toBe('bbcc');
    expect(closeReasonOf(closeBody(1000, new DataView(words.buffer, 1, 2))).toString()).toBe('ab');
    expect(closeReasonOf(closeBody(1000, words.buffer)).toString()).toBe('aabbcc');
    expect(closeReasonOf(closeBody(1000, Buffer.from('plain'))).toString()).toBe('plain');
  });

  // RFC 6455 §5.5.1(A), §8.1(a): what we would refuse we do not send.
  test('is refused to the caller with a reason that is not UTF-8', () => {
    for (const reason of [[0xff], [0x61, 0xe2, 0x82], [0xed, 0xa0, 0x80]]) {
      expect(() => closeBody(1000, Buffer.from(reason))).toThrow(TypeError);
    }
    expect(closeReasonOf(closeBody(1000, Buffer.from('€'))).toString()).toBe('€');
  });

  test('never holds memory that nobody wrote: a number is no reason', () => {
    for (const reason of [7, null, {}, [104, 105], true]) {
      expect(() => closeBody(1000, reason as unknown as string)).toThrow(TypeError);
    }
  });
});
