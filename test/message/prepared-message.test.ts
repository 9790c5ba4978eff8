// Statements about a message that is framed once for many: RFC 6455 §5.1, RFC 7692 §7.2.1.
import { describe, expect, test } from 'vitest';
import { Opcode } from '../../src/frame/index.ts';
import { PreparedMessage, writePrepared } from '../../src/message/prepared-message.ts';
import { RecordingSink } from '../bytes/recording-sink.ts';
import { encodeFrame, hex } from '../frame/slow-frames.ts';

describe('a prepared message', () => {
  test('is the unmasked frame of its payload, text or binary', () => {
    expect(new PreparedMessage(Buffer.from('Hello'), false).frame).toEqual(hex('81 05 48 65 6c 6c 6f'));
    expect(new PreparedMessage(Buffer.from('Hello'), true).frame).toEqual(hex('82 05 48 65 6c 6c 6f'));
    for (const length of [0, 125, 126, 65_535, 65_536]) {
      const payload = Buffer.alloc(length, 'payload');
      const { frame } = new PreparedMessage(payload, true);
      expect(frame.equals(encodeFrame({ opcode: Opcode.Binary, payload }))).toBe(true);
    }
  });

  test('is framed once, and takes no memory of anybody else', () => {
    const message = new PreparedMessage(Buffer.from('Hello'), false);
    const { frame } = message;
    expect(message.frame).toBe(frame);
    expect(frame.buffer.byteLength).toBe(frame.length);
  });

  // RFC 6455 §5.6(a)
  test('is refused to the caller when its text is not UTF-8 (§8.1)', () => {
    expect(() => new PreparedMessage(hex('61 ff'), false)).toThrow(TypeError);
    expect(new PreparedMessage(hex('61 ff'), true).payload).toEqual(hex('61ff'));
    expect(new PreparedMessage(Buffer.from('é'), false).opcode).toBe(Opcode.Text);
  });

  test('keeps one compressed frame for each set of parameters, with RSV1 set (RFC 7692 §6.1)', () => {
    const message = new PreparedMessage(Buffer.from('Hello'), false);
    expect(message.deflatedFrame('15')).toBeUndefined();
    const made = message.keepDeflated('15', hex('f2 48 cd c9 c9 07 00'));
    expect(made).toEqual(hex('c1 07 f2 48 cd c9 c9 07 00'));
    expect(message.deflatedFrame('15')).toBe(made);
    expect(message.deflatedFrame('9')).toBeUndefined();
    const other = message.keepDeflated('9', hex('00'));
    expect(message.deflatedFrame('9')).toBe(other);
    expect(message.deflatedFrame('15')).toBe(made);
  });

  test('has keys that are names of nothing else', () => {
    const message = new PreparedMessage(Buffer.from('x'), true);
    for (const key of ['__proto__', 'constructor', 'toString']) expect(message.deflatedFrame(key)).toBeUndefined();
  });
});

describe('a prepared frame', () => {
  test('is copied below a size, and shared from there on', () => {
    const { frame } = new PreparedMessage(Buffer.from('Hello'), false);
    const copied = new RecordingSink();
    writePrepared(copied, frame, 8);
    expect(copied.pieces).toEqual([{ bytes: frame, attached: false }]);
    const shared = new RecordingSink();
    writePrepared(shared, frame, 7);
    expect(shared.pieces).toEqual([{ bytes: frame, attached: true }]);
    expect(shared.pieces[0]?.bytes.buffer).toBe(frame.buffer);
  });
});
