// Statements about messages that come in: RFC 6455 §5.4 (fragmentation), §5.6 and §8.1 (text), §10.4 (limits).
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Opcode, Violations } from '../../src/frame/index.ts';
import { encodeFrame, encodeFrames, hex, type SlowFrame } from '../frame/slow-frames.ts';
import {
  CLIENT,
  controlEvent,
  expectMessages,
  MessageRecorder,
  messageEvent,
  readMessages,
  SERVER,
  violationEvent,
} from './record.ts';

const { Continuation, Text, Binary, Close, Ping, Pong } = Opcode;
const KEY = hex('37fa213d');

/** A frame from a client; its header has six bytes up to 125 bytes of payload. */
function from(opcode: number, payload: Uint8Array | string = '', fin = true): SlowFrame {
  return { opcode, payload, fin, key: KEY };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a message', () => {
  // RFC 6455 §5.4(f)
  test('in one frame is that frame, and its payload is never copied', () => {
    const chunk = encodeFrame(from(Binary, 'Hello'));
    const recorder = readMessages([chunk], SERVER);
    expect(recorder.events).toEqual([messageEvent(Binary, 'Hello')]);
    expect(recorder.buffers[0]?.buffer).toBe(chunk.buffer);
    expect(recorder.buffers[0]?.byteOffset).toBe(chunk.byteOffset + 6);
  });

  // RFC 6455 §5.4(k), §6.2(c)
  test('is text or binary by the opcode of its first frame', () => {
    const frames = [
      from(Text, 'He', false),
      from(Continuation, 'llo'),
      from(Binary, 'He', false),
      from(Continuation, 'y'),
    ];
    expectMessages(encodeFrames(frames), SERVER, [messageEvent(Text, 'Hello'), messageEvent(Binary, 'Hey')]);
  });

  test('may be empty, in one frame and in several', () => {
    const frames = [
      from(Text),
      from(Text, '', false),
      from(Continuation),
      from(Binary, '', false),
      from(Continuation, '', false),
      from(Continuation),
    ];
    expectMessages(encodeFrames(frames), SERVER, [
      messageEvent(Text, ''),
      messageEvent(Text, ''),
      messageEvent(Binary, ''),
    ]);
  });

  // RFC 6455 §5.4(f)
  test('may begin, go on and end with empty fragments', () => {
    const frames = [
      from(Text, '', false),
      from(Continuation, 'a', false),
      from(Continuation, '', false),
      from(Continuation, 'b', false),
      from(Continuation, ''),
    ];
    expectMessages(encodeFrames(frames), SERVER, [messageEvent(Text, 'ab')]);
  });

  test('without a byte, made of fragments, is memory of its own', () => {
    const wire = encodeFrames([from(Binary, '', false), from(Continuation, '')]);
    const [one] = readMessages([wire], SERVER).buffers;
    const [two] = readMessages([Buffer.from(wire)], SERVER).buffers;
    // wire is masked with nothing to mask: the same bytes both times
    expect(one?.buffer).not.toBe(two?.buffer);
  });

  test('is read from a server as from a client', () => {
    const frames = [
      { opcode: Text, payload: 'Hel', fin: false },
      { opcode: Ping, payload: '?' },
      { opcode: Continuation, payload: 'lo' },
    ];
    expectMessages(encodeFrames(frames), CLIENT, [controlEvent(Ping, '?', 7), messageEvent(Text, 'Hello')]);
  });

  // RFC 6455 §6.2(d)
  test('is under way from its first frame to its last', () => {
    const recorder = new MessageRecorder(SERVER);
    const steps: [SlowFrame, underWay: boolean][] = [
      [from(Ping), false],
      [from(Text, 'a', false), true],
      [from(Ping, 'b'), true],
      [from(Continuation, '', false), true],
      [from(Continuation), false],
      [from(Binary, 'c'), false],
    ];
    for (const [frame, underWay] of steps) {
      recorder.push(encodeFrame(frame));
      expect(recorder.assembler.underWay).toBe(underWay);
    }
    const half = encodeFrame(from(Binary, 'half'));
    recorder.push(half.subarray(0, 8));
    expect(recorder.assembler.underWay).toBe(true);
    recorder.push(half.subarray(8));
    expect(recorder.assembler.underWay).toBe(false);
  });
});

test('a frame that is refused is answered with false: nothing behind it is to be read', () => {
  const { assembler } = new MessageRecorder({ ...SERVER, maxPayload: 3 });
  const chunk = Buffer.from('four');
  expect(assembler.onFrame(Continuation, true, false, chunk, 0, 0)).toBe(false);
  expect(assembler.onFrame(Text, true, false, chunk, 0, 4)).toBe(false);
  expect(assembler.onFrameHeader(Text, true, false, 4, 0)).toBe(false);
  expect(assembler.onFrame(Text, true, false, hex('ff'), 0, 1)).toBe(false);
  expect(assembler.onFrame(Text, false, false, hex('ff'), 0, 1)).toBe(false);
  expect(assembler.onFrame(Text, false, false, hex('c3'), 0, 1)).toBe(true);
  expect(assembler.onFrame(Continuation, true, false, chunk, 0, 0)).toBe(false);
  // And the next message begins anew.
  expect(assembler.onFrame(Text, true, false, chunk, 0, 3)).toBe(true);
});

describe('control frames (§5.4, §5.5)', () => {
  // RFC 6455 §5.4(e)
  test('are told where they stand between the fragments of a message', () => {
    const frames = [
      from(Text, 'one', false),
      from(Ping, 'ping'),
      from(Continuation, 'two', false),
      from(Pong, ''),
      from(Close, hex('03e8')),
      from(Continuation, 'three'),
    ];
    expectMessages(encodeFrames(frames), SERVER, [
      controlEvent(Ping, 'ping', 9 + 6),
      controlEvent(Pong, '', 9 + 10 + 9 + 6),
      controlEvent(Close, hex('03e8'), 9 + 10 + 9 + 6 + 6),
      messageEvent(Text, 'onetwothree'),
    ]);
  });

  test('may stop the reading in the middle of a message, whose pieces are all there when it goes on', () => {
    const wire = encodeFrames([
      from(Text, 'one', false),
      from(Ping, 'ping'),
      from(Continuation, 'two'),
      from(Binary, 'next'),
    ]);
    const recorder = new MessageRecorder(SERVER);
    recorder.answer = (call) => call !== 0;
    expect(recorder.parser.push(wire)).toBe(19);
    expect(recorder.events).toEqual([controlEvent(Ping, 'ping', 15)]);
    expect(recorder.assembler.underWay).toBe(true);
    expect(recorder.parser.push(wire, 19)).toBe(wire.length);
    expect(recorder.events.slice(1)).toEqual([messageEvent(Text, 'onetwo'), messageEvent(Binary, 'next')]);
  });

  test('of one chunk are views on it, and cut ones take exactly the memory they need', () => {
    const wire = encodeFrame(from(Ping, 'x'.repeat(125)));
    const whole = Buffer.from(wire);
    expect(readMessages([whole], SERVER).buffers[0]?.buffer).toBe(whole.buffer);
    const pieces = Array.from(wire, (byte) => Buffer.of(byte));
    expect(readMessages(pieces, SERVER).buffers[0]?.buffer.byteLength).toBe(125);
  });

  test('do not count as fragments, nor against the length', () => {
    const options = { ...SERVER, maxFragments: 2, maxPayload: 4 };
    const frames = [from(Text, 'ab', false), ...Array(10).fill(from(Ping, 'xxxxxxxx')), from(Continuation, 'cd')];
    const { events } = readMessages([encodeFrames(frames)], options);
    expect(events).toHaveLength(11);
    expect(events.at(-1)).toEqual(messageEvent(Text, 'abcd'));
  });
});

describe('refused with 1002 at the first byte of the frame (§5.4)', () => {
  test('a continuation frame with nothing to continue', () => {
    for (const fin of [true, false]) {
      expectMessages(encodeFrame(from(Continuation, 'x', fin)), SERVER, [
        violationEvent(Violations.ContinuationOfNothing, 0),
      ]);
      const frames = [from(Text, 'done'), from(Ping), from(Continuation, 'x', fin)];
      expectMessages(encodeFrames(frames), SERVER, [
        messageEvent(Text, 'done'),
        controlEvent(Ping, '', 16),
        violationEvent(Violations.ContinuationOfNothing, 16),
      ]);
    }
  });

  test('a continuation frame behind the last of a fragmented message', () => {
    const frames = [from(Text, 'a', false), from(Continuation, 'b'), from(Continuation, 'c')];
    expectMessages(encodeFrames(frames), SERVER, [
      messageEvent(Text, 'ab'),
      violationEvent(Violations.ContinuationOfNothing, 14),
    ]);
  });

  // RFC 6455 §5.4(d)(k)
  test('a new message inside a message, also behind an empty fragment', () => {
    for (const opcode of [Text, Binary]) {
      for (const payload of ['', 'abc']) {
        for (const fin of [true, false]) {
          const frames = [from(Text, payload, false), from(opcode, 'x', fin)];
          expectMessages(encodeFrames(frames), SERVER, [
            violationEvent(Violations.MessageInsideMessage, 6 + payload.length),
          ]);
        }
      }
    }
  });

  test('whatever the length of its header', () => {
    for (const length of [0, 125, 126, 65_535, 65_536]) {
      const wire = encodeFrames([from(Ping, 'x'), from(Continuation, Buffer.alloc(length))]);
      for (const chunks of [[Buffer.from(wire)], [wire.subarray(0, 10), wire.subarray(10)]]) {
        const { events } = readMessages(chunks, SERVER);
        expect(events.at(-1)).toEqual(violationEvent(Violations.ContinuationOfNothing, 7));
      }
    }
  });
});

describe('refused with 1009 at the length of the frame (§10.4)', () => {
  // RFC 6455 §10.4(a)(b)
  test('a message of maxPayload + 1 bytes, and not one of maxPayload', () => {
    const options = { ...SERVER, maxPayload: 20 };
    const just = encodeFrame(from(Binary, 'x'.repeat(20)));
    const over = encodeFrame(from(Binary, 'x'.repeat(21)));
    expectMessages(Buffer.concat([just, over]), options, [
      messageEvent(Binary, 'x'.repeat(20)),
      violationEvent(Violations.MessageTooBig, 26 + 1),
    ]);
  });

  test('a message of more bytes than one connection alone may send, until that is lifted', () => {
    const recorder = new MessageRecorder({ ...SERVER, maxPayload: 20 });
    recorder.assembler.maxPayload = 5;
    recorder.parser.push(encodeFrame(from(Text, 'Hello')));
    recorder.assembler.maxPayload = 20;
    recorder.parser.push(encodeFrame(from(Text, 'Hello again')));
    recorder.assembler.maxPayload = 5;
    recorder.parser.push(encodeFrame(from(Text, 'Hello!')).subarray(0, 6));
    expect(recorder.events).toEqual([
      messageEvent(Text, 'Hello'),
      messageEvent(Text, 'Hello again'),
      violationEvent(Violations.MessageTooBig, expect.any(Number)),
    ]);
  });

  test('a fragmented message as soon as the lengths announced together are too long', () => {
    const options = { ...SERVER, maxPayload: 100 };
    const part = 'x'.repeat(60);
    const frames = [from(Text, part, false), ...Array(9).fill(from(Continuation, part, false))];
    expectMessages(encodeFrames(frames), options, [violationEvent(Violations.MessageTooBig, 66 + 1)]);
    const just = [from(Text, part, false), from(Continuation, part.slice(20))];
    expectMessages(encodeFrames(just), options, [messageEvent(Text, 'x'.repeat(100))]);
  });

  // RFC 6455 §10.4(a)
  test('at the header, before a byte of memory is taken', () => {
    const taken = vi.spyOn(Buffer, 'allocUnsafeSlow');
    for (const announced of [1_000_001n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n]) {
      const header = encodeFrame({ opcode: Binary, announced, key: KEY });
      for (const chunks of [[header], [Buffer.concat([header, Buffer.alloc(60_000)])]]) {
        const recorder = readMessages(chunks.map(Buffer.from), SERVER);
        expect(recorder.events).toEqual([violationEvent(Violations.MessageTooBig, 1)]);
        expect(recorder.assembler.underWay).toBe(false);
      }
    }
    expect(taken).not.toHaveBeenCalled();
  });

  test('a message whose fragments together pass 2^53', () => {
    const options = { ...SERVER, maxPayload: 2 ** 53 };
    const first = encodeFrame({ opcode: Binary, announced: 1, payload: 'x', fin: false, key: KEY });
    const second = encodeFrame({ opcode: Continuation, announced: 2n ** 63n - 1n, key: KEY });
    expectMessages(Buffer.concat([first, second]), options, [violationEvent(Violations.MessageTooBig, 8)]);
  });
});

describe('refused with 1008 (§10.4)', () => {
  test('the fragment after maxFragments, and not the last that is allowed', () => {
    const options = { ...SERVER, maxFragments: 3 };
    const three = [from(Text, 'a', false), from(Continuation, 'b', false), from(Continuation, 'c')];
    const four = [
      from(Text, 'a', false),
      from(Continuation, 'b', false),
      from(Continuation, 'c', false),
      from(Continuation),
    ];
    expectMessages(encodeFrames([...three, ...three]), options, [messageEvent(Text, 'abc'), messageEvent(Text, 'abc')]);
    expectMessages(encodeFrames(four), options, [violationEvent(Violations.TooManyFragments, 21)]);
  });

  // RFC 6455 §10.4(a)
  test('empty fragments too: the 65,537th, without any memory having been taken for the others', () => {
    const taken = vi.spyOn(Buffer, 'allocUnsafeSlow');
    const options = { ...SERVER, maxFragments: 65_536 };
    const first = encodeFrame(from(Text, '', false));
    const empty = encodeFrame(from(Continuation, '', false));
    const recorder = new MessageRecorder(options);
    recorder.push(Buffer.concat([first, Buffer.alloc(65_535 * empty.length, empty)]));
    expect(recorder.events).toEqual([]);
    recorder.push(Buffer.concat([empty, empty]));
    expect(recorder.events).toEqual([violationEvent(Violations.TooManyFragments, 65_536 * 6)]);
    expect(taken).not.toHaveBeenCalled();
  });

  test('and the count begins anew with each message: 100,000 whole messages are no fragments', () => {
    const options = { ...SERVER, maxFragments: 2 };
    const one = encodeFrame(from(Binary, 'x'));
    const recorder = new MessageRecorder(options);
    recorder.push(Buffer.alloc(100_000 * one.length, one));
    expect(recorder.calls).toBe(100_000);
    expect(recorder.events.every((event) => event !== 'inflation ended' && 'message' in event)).toBe(true);
  });
});

describe('the memory of a message under way', () => {
  test('is one buffer of the right size when a frame of a megabyte comes in reads of 64 KiB', () => {
    const taken = vi.spyOn(Buffer, 'allocUnsafeSlow');
    const payload = Buffer.alloc(1_000_000, 'payload');
    const wire = encodeFrame(from(Binary, payload));
    const recorder = new MessageRecorder(SERVER);
    for (let at = 0; at < wire.length; at += 65_536) recorder.push(wire.subarray(at, at + 65_536));
    expect(recorder.buffers[0]?.equals(payload)).toBe(true);
    expect(recorder.buffers[0]?.buffer.byteLength).toBe(payload.length);
    expect(taken.mock.calls.length).toBeLessThanOrEqual(3);
  });

  test('follows the bytes and not the pieces: 200,000 bytes, one at a time, as fragments and as reads', () => {
    const count = 200_000;
    const one = encodeFrame(from(Continuation, 'x', false));
    const fragments = Buffer.concat([
      encodeFrame(from(Binary, 'x', false)),
      Buffer.alloc((count - 2) * one.length, one),
      encodeFrame(from(Continuation, 'x')),
    ]);
    const options = { ...SERVER, maxFragments: count };
    for (const wire of [fragments, encodeFrame(from(Binary, Buffer.alloc(count, 'x')))]) {
      const taken = vi.spyOn(Buffer, 'allocUnsafeSlow');
      const recorder = new MessageRecorder(options);
      for (let at = 0; at < wire.length; at++) recorder.push(wire.subarray(at, at + 1));
      expect(recorder.buffers[0]).toHaveLength(count);
      // 256, 512, … 262,144 at most: in the end no more than twice the message.
      expect(taken.mock.calls.length).toBeLessThanOrEqual(12);
      expect(Math.max(...taken.mock.calls.map(([size]) => size))).toBeLessThanOrEqual(2 * count);
      vi.restoreAllMocks();
    }
  });

  test('is not taken for what is only announced', () => {
    const taken = vi.spyOn(Buffer, 'allocUnsafeSlow');
    const options = { ...SERVER, maxPayload: Number.POSITIVE_INFINITY };
    const header = encodeFrame({ opcode: Binary, announced: 2 ** 31, key: KEY });
    const recorder = readMessages([header], options);
    expect(recorder.assembler.underWay).toBe(true);
    expect(taken).not.toHaveBeenCalled();
    recorder.push(Buffer.alloc(1000));
    expect(taken.mock.calls).toEqual([[4000]]);
  });

  test('is given back by close, and nothing comes afterwards', () => {
    const recorder = readMessages(
      [encodeFrames([from(Text, 'abc', false), from(Continuation, 'def')]).subarray(0, 17)],
      SERVER,
    );
    expect(recorder.assembler.underWay).toBe(true);
    recorder.assembler.close();
    recorder.assembler.close();
    expect(recorder.assembler.underWay).toBe(false);
    expect(recorder.events).toEqual([]);
  });

  test('of a control frame under way is given back by close too', () => {
    const recorder = readMessages([encodeFrame(from(Ping, 'abc')).subarray(0, 8)], SERVER);
    recorder.assembler.close();
    expect(recorder.assembler.underWay).toBe(false);
    expect(recorder.events).toEqual([]);
  });
});

describe('text is UTF-8 (§8.1)', () => {
  const text = 'Hello-µ@ßöäüàá-UTF-8!! 😀';

  test('in one frame', () => {
    expectMessages(encodeFrame(from(Text, text)), SERVER, [messageEvent(Text, text)]);
  });

  // RFC 6455 §5.6(a)
  test('in fragments cut at every byte, also inside a character, also with a Ping there', () => {
    const bytes = Buffer.from(text);
    for (let at = 0; at <= bytes.length; at++) {
      const frames = [from(Text, bytes.subarray(0, at), false), from(Ping), from(Continuation, bytes.subarray(at))];
      const { events } = readMessages([encodeFrames(frames)], SERVER);
      expect(events).toEqual([controlEvent(Ping, '', 6 + at + 6), messageEvent(Text, text)]);
    }
  });

  // RFC 6455 §8.1(a)
  test('or refused with 1007 at the very byte, in one frame', () => {
    const cases: [payload: string, index: number][] = [
      ['ff', 0],
      ['61 62 80', 2],
      ['61 c0 af', 1],
      ['61 ed a0 80', 2],
      ['f4 90 80 80', 1],
      ['61 62 c3', 2], // ends inside a character: at its last byte
      ['e2 82', 1],
      [`${'61'.repeat(100)} ff ${'61'.repeat(20)}`, 100],
    ];
    for (const [payload, index] of cases) {
      const wire = encodeFrames([from(Binary, 'before'), from(Text, hex(payload)), from(Binary, 'after')]);
      expectMessages(wire, SERVER, [
        messageEvent(Binary, 'before'),
        violationEvent(Violations.InvalidText, 12 + 6 + index),
      ]);
    }
  });

  // RFC 6455 §5.6(a), §8.1(a)(A)
  test('or refused with 1007 at the very byte, in fragments', () => {
    const cases: [first: string, second: string, offset: number][] = [
      ['61 e2 82', '61', 6 + 3 + 6],
      ['61 e2', '82 ac ff', 6 + 2 + 6 + 2],
      ['f0', '80 80 80', 6 + 1 + 6],
      ['61', 'e2 82', 6 + 1 + 6 + 1],
      // ends inside a character with an empty frame: its last byte is one of the header
      ['61 e2 82', '', 6 + 3 + 6 - 1],
    ];
    for (const [first, second, offset] of cases) {
      const wire = encodeFrames([
        from(Text, hex(first), false),
        from(Continuation, hex(second)),
        from(Binary, 'after'),
      ]);
      expectMessages(wire, SERVER, [violationEvent(Violations.InvalidText, offset)]);
    }
  });

  // RFC 6455 §8.1(A)
  test('or refused before the frame, let alone the message, is all there', () => {
    const wire = encodeFrame({ opcode: Text, payload: hex('61 61 ff'), announced: 500_000, fin: false, key: KEY });
    expectMessages(wire, SERVER, [violationEvent(Violations.InvalidText, 14 + 2)]);
  });

  test('and a text after a text that was cut inside a character begins anew', () => {
    const wire = encodeFrames([
      from(Text, 'é', false),
      from(Continuation, 'é'),
      from(Text, 'a', false),
      from(Continuation),
    ]);
    expectMessages(wire, SERVER, [messageEvent(Text, 'éé'), messageEvent(Text, 'a')]);
  });

  test('unless nobody wants to know', () => {
    const options = { ...SERVER, validateText: false };
    const wire = encodeFrames([from(Text, hex('ff')), from(Text, hex('ff'), false), from(Continuation, hex('fe'))]);
    expectMessages(wire, options, [messageEvent(Text, hex('ff')), messageEvent(Text, hex('fffe'))]);
  });

  test('and binary data is not looked at', () => {
    const wire = encodeFrames([from(Binary, hex('ff')), from(Binary, hex('ff'), false), from(Continuation, hex('fe'))]);
    expectMessages(wire, SERVER, [messageEvent(Binary, hex('ff')), messageEvent(Binary, hex('fffe'))]);
  });
});
