// Statements about compressed messages that come in: RFC 7692 §6 and §7.2.2, with a stand-in for zlib and with zlib.
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { InflateFailures, Inflater, JobQueue } from '../../src/deflate/index.ts';
import { Opcode, Violations } from '../../src/frame/index.ts';
import { encodeFrame, encodeFrames, hex, type SlowFrame } from '../frame/slow-frames.ts';
import { FakeInflater, inflatedForm } from './fake-inflater.ts';
import {
  controlEvent,
  expectMessages,
  MessageRecorder,
  messageEvent,
  readMessages,
  SERVER,
  violationEvent,
} from './record.ts';

const { Continuation, Text, Binary, Ping } = Opcode;
const KEY = hex('37fa213d');

function from(opcode: number, payload: Uint8Array | string = '', fin = true, rsv1 = false): SlowFrame {
  return { opcode, payload, fin, rsv1, key: KEY };
}

const fake = () => new FakeInflater().asInflater;

describe('a compressed message', () => {
  // RFC 7692 §6(a), §6.2(a)(b)
  test('says so by RSV1 of its first frame alone, and is inflated as a whole', () => {
    const wire = encodeFrames([
      from(Text, 'one', true, true),
      from(Text, 'plain'),
      from(Binary, 'tw', false, true),
      from(Ping, 'still plain'),
      from(Continuation, 'o'),
      from(Binary, 'pl', false),
      from(Continuation, 'ain'),
    ]);
    expectMessages(
      wire,
      SERVER,
      [
        messageEvent(Text, '<one>'),
        messageEvent(Text, 'plain'),
        controlEvent(Ping, 'still plain', 9 + 11 + 8 + 6),
        messageEvent(Binary, '<two>'),
        messageEvent(Binary, 'plain'),
      ],
      fake,
    );
  });

  // RFC 7692 §6.1(d)
  test('is refused with 1002 when RSV1 is on a continuation frame (RFC 7692 §6.1)', () => {
    for (const rsv1 of [false, true]) {
      const wire = encodeFrames([from(Text, 'one', false, rsv1), from(Continuation, 'two', true, true)]);
      expectMessages(wire, SERVER, [violationEvent(Violations.ReservedBit1OnContinuation, 9)], fake);
    }
    expectMessages(
      encodeFrame(from(Continuation, 'x', true, true)),
      SERVER,
      [violationEvent(Violations.ContinuationOfNothing, 0)],
      fake,
    );
  });

  test('may be a little longer before inflation, as what does not compress is, and no more', () => {
    const options = { ...SERVER, maxPayload: 1_024 };
    const inflater = new FakeInflater();
    const longest = 'x'.repeat(1_130);
    const wire = encodeFrames([from(Text, longest, true, true), from(Text, `${longest}x`, true, true)]);
    const { events } = readMessages([wire], options, inflater.asInflater);
    expect(inflater.asked).toEqual([{ payload: Buffer.from(longest), maxLength: 1_024 }]);
    expect(events.at(-1)).toEqual(violationEvent(Violations.MessageTooBig, 1_139));
  });

  // RFC 6455 §8.1(a)
  // RFC 7692 §6.1(f)
  test('is text when it is UTF-8 after inflation, and refused with 1007 otherwise, at its last byte', () => {
    const inflater = () => {
      const bad = new FakeInflater();
      bad.answer = hex('61 ff');
      return bad.asInflater;
    };
    const fragments = [from(Text, 'abc', false, true), from(Continuation, 'de')];
    expectMessages(
      encodeFrame(from(Text, 'abcde', true, true)),
      SERVER,
      [violationEvent(Violations.InvalidText, 10)],
      inflater,
    );
    expectMessages(encodeFrames(fragments), SERVER, [violationEvent(Violations.InvalidText, 16)], inflater);
    expectMessages(
      encodeFrame(from(Binary, 'abcde', true, true)),
      SERVER,
      [messageEvent(Binary, hex('61ff'))],
      inflater,
    );
  });

  test('is judged by what comes out, whatever its bytes on the wire look like', () => {
    const inflater = () => {
      const good = new FakeInflater();
      good.answer = Buffer.from('é');
      return good.asInflater;
    };
    for (const payload of ['c3', 'ff 80']) {
      const fragments = [from(Text, hex(payload), false, true), from(Continuation, hex('ff'))];
      expectMessages(encodeFrames(fragments), SERVER, [messageEvent(Text, 'é')], inflater);
    }
  });

  test('is refused with the status that fits when there is no inflating it, at its last byte', () => {
    const rows = [
      [InflateFailures.TooBig, Violations.InflatedTooBig, 1009],
      [InflateFailures.Corrupt, Violations.CorruptDeflate, 1007],
      [InflateFailures.TooManyFinalBlocks, Violations.TooManyFinalBlocks, 1008],
      [InflateFailures.OutOfMemory, Violations.OutOfMemory, 1011],
    ] as const;
    for (const [failure, violation, status] of rows) {
      expect([violation.status, failure.status]).toEqual([status, status]);
      const inflater = () => {
        const failing = new FakeInflater();
        failing.answer = failure as unknown as Buffer;
        return failing.asInflater;
      };
      expectMessages(encodeFrame(from(Text, 'abc', true, true)), SERVER, [violationEvent(violation, 8)], inflater);
      const fragments = [from(Binary, 'abc', false, true), from(Continuation, '')];
      expectMessages(encodeFrames(fragments), SERVER, [violationEvent(violation, 9 + 5)], inflater);
    }
    expect(rows).toHaveLength(Object.keys(InflateFailures).length);
  });
});

describe('a compressed message that takes its time', () => {
  const wire = encodeFrames([from(Text, 'slow', true, true), from(Ping, 'behind'), from(Text, 'too', true, true)]);

  function start(): { inflater: FakeInflater; recorder: MessageRecorder; chunk: Buffer } {
    const inflater = new FakeInflater();
    inflater.slow = true;
    const recorder = new MessageRecorder(SERVER, inflater.asInflater);
    const chunk = Buffer.from(wire);
    expect(recorder.parser.push(chunk)).toBe(10);
    return { inflater, recorder, chunk };
  }

  test('stops the reading, and what is behind it waits', () => {
    const { inflater, recorder, chunk } = start();
    expect(recorder.assembler.inflating).toBe(true);
    expect(recorder.assembler.underWay).toBe(false);
    expect(recorder.events).toEqual([]);
    inflater.finish();
    expect(recorder.assembler.inflating).toBe(false);
    expect(recorder.events).toEqual([messageEvent(Text, '<slow>'), 'inflation ended']);
    inflater.slow = false;
    expect(recorder.parser.push(chunk, 10)).toBe(wire.length);
    expect(recorder.events.slice(2)).toEqual([controlEvent(Ping, 'behind', 16), messageEvent(Text, '<too>')]);
  });

  test('tells of its end also when the sink wants to stop, for somebody waits for that', () => {
    const { inflater, recorder } = start();
    recorder.answer = () => false;
    inflater.finish();
    expect(recorder.events).toEqual([messageEvent(Text, '<slow>'), 'inflation ended']);
  });

  test('tells of its end also when the sink throws', () => {
    const { inflater, recorder } = start();
    recorder.answer = () => {
      throw new Error('from the sink');
    };
    expect(() => inflater.finish()).toThrow('from the sink');
    expect(recorder.events).toEqual([messageEvent(Text, '<slow>'), 'inflation ended']);
  });

  test('is refused later at its last byte, and then nothing follows', () => {
    const { inflater, recorder } = start();
    inflater.answer = InflateFailures.Corrupt as unknown as Buffer;
    inflater.finish();
    expect(recorder.events).toEqual([violationEvent(Violations.CorruptDeflate, 9)]);
    expect(recorder.assembler.inflating).toBe(false);
  });

  test('is refused later when it is no text', () => {
    const { inflater, recorder } = start();
    inflater.answer = hex('ff');
    inflater.finish();
    expect(recorder.events).toEqual([violationEvent(Violations.InvalidText, 9)]);
  });

  test('is given up by close, which closes the inflater', () => {
    const { inflater, recorder } = start();
    recorder.assembler.close();
    expect(inflater.closed).toBe(1);
    expect(recorder.assembler.inflating).toBe(false);
    expect(recorder.events).toEqual([]);
  });
});

describe('with zlib itself', () => {
  const inflaterOf = (contextTakeover = true) =>
    new Inflater({ windowBits: 15, contextTakeover, jobs: new JobQueue(10) });

  /** RFC 7692 §7.2.1 by hand. */
  function compressed(data: string | Buffer): Buffer {
    const bytes = deflateRawSync(data, { finishFlush: 2 });
    return bytes.subarray(0, bytes.length - 4);
  }

  test('the examples of RFC 7692 §7.2.3 are "Hello" each time', () => {
    const wire = encodeFrames([
      from(Text, hex('f2 48 cd c9 c9 07 00'), true, true), // §7.2.3.1, one block
      from(Text, hex('f2 48 cd'), false, true), // the same in two frames
      from(Continuation, hex('c9 c9 07 00')),
      from(Text, hex('f2 00 11 00 00'), true, true), // §7.2.3.2, sharing the window
      from(Text, hex('00 05 00 fa ff 48 65 6c 6c 6f 00'), true, true), // §7.2.3.3, no compression
      from(Text, hex('f3 48 cd c9 c9 07 00 00'), true, true), // §7.2.3.4, BFINAL
      from(Text, hex('f2 48 05 00 00 00 ff ff ca c9 c9 07 00'), true, true), // §7.2.3.5, two blocks
      from(Text, hex('00'), true, true), // §7.2.3.6, an empty message
    ]);
    const hello = messageEvent(Text, 'Hello');
    expectMessages(wire, SERVER, [hello, hello, hello, hello, hello, hello, messageEvent(Text, '')], inflaterOf);
  });

  // RFC 6455 §5.4(e)
  test('control frames between its fragments, and messages that are not compressed, leave it whole', () => {
    const wire = encodeFrames([
      from(Text, hex('f2 48 cd'), false, true),
      from(Ping, 'between'),
      from(Continuation, hex('c9 c9 07 00')),
      from(Text, 'plain', false),
      from(Ping, 'between'),
      from(Continuation),
      from(Text, hex('f2 00 11 00 00'), true, true),
    ]);
    const hello = messageEvent(Text, 'Hello');
    const events = [controlEvent(Ping, 'between', 9 + 6), hello, controlEvent(Ping, 'between', 9 + 13 + 10 + 11 + 6)];
    expectMessages(wire, SERVER, [...events, messageEvent(Text, 'plain'), hello], inflaterOf);
  });

  // RFC 6455 §10.4(a); RFC 7692 §7.2.2(B)
  test('a bomb is refused with 1009, whole and in a hundred fragments', () => {
    const bomb = compressed(Buffer.alloc(120_000));
    const options = { ...SERVER, maxPayload: 100_000 };
    const whole = encodeFrame(from(Binary, bomb, true, true));
    expect(readMessages([Buffer.from(whole)], options, inflaterOf()).events).toEqual([
      violationEvent(Violations.InflatedTooBig, whole.length - 1),
    ]);
    const frames = Array.from(bomb, (byte, index) =>
      from(index === 0 ? Binary : Continuation, Buffer.of(byte), index === bomb.length - 1, index === 0),
    );
    expect(frames.length).toBeGreaterThan(100);
    const wire = encodeFrames(frames);
    expect(readMessages([wire], options, inflaterOf()).events).toEqual([
      violationEvent(Violations.InflatedTooBig, wire.length - 1),
    ]);
  });

  test('what is no DEFLATE, or ends too early, is refused with 1007', () => {
    for (const payload of ['ff ff ff', 'f2 48 cd c9', '00 00 00 ff']) {
      const wire = encodeFrame(from(Binary, hex(payload), true, true));
      expectMessages(wire, SERVER, [violationEvent(Violations.CorruptDeflate, wire.length - 1)], inflaterOf);
    }
  });

  test('an empty payload is an empty message', () => {
    expectMessages(encodeFrame(from(Text, '', true, true)), SERVER, [messageEvent(Text, '')], inflaterOf);
  });
});

test('the stand-in is no identity', () => {
  expect(inflatedForm(Buffer.from('x')).toString()).toBe('<x>');
});
