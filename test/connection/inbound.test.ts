// Statements about reading: how far, when it stops, when it goes on, and that nothing is lost on any of these ways.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Inbound } from '../../src/connection/inbound.ts';
import { Opcode, type Violation, Violations } from '../../src/frame/index.ts';
import type { MessageSink } from '../../src/message/index.ts';
import { encodeFrame, encodeFrames, hex, type SlowFrame } from '../frame/slow-frames.ts';
import { cutAt } from '../http/cuttings.ts';
import { FakeInflater } from '../message/fake-inflater.ts';
import { CLIENT } from '../message/record.ts';

const { Text, Ping, Continuation } = Opcode;

function from(opcode: number, payload = '', fin = true, rsv1 = false): SlowFrame {
  return { opcode, payload, fin, rsv1 };
}

/** A sink that remembers what it was told, in words, and may do something then. */
class Recorder implements MessageSink {
  readonly told: string[] = [];
  readonly inflater = new FakeInflater();
  readonly inbound = new Inbound(this, CLIENT, this.inflater.asInflater);
  on: (event: string) => void = () => {};

  onMessage(_: number, data: Buffer): boolean {
    return this.#record(data.toString());
  }

  onControl(_: number, data: Buffer, index: number): boolean {
    return this.#record(`(${data}) at ${this.inbound.offsetOf(index)}`);
  }

  onViolation(violation: Violation, index: number): void {
    this.#record(`${violation.name} at ${this.inbound.offsetOf(index)}`);
    this.inbound.discard();
  }

  onInflationEnd(): void {
    this.#record('inflation end');
    this.inbound.read();
  }

  #record(event: string): boolean {
    this.told.push(event);
    this.on(event);
    return !this.inbound.paused;
  }
}

const THREE = encodeFrames([from(Text, 'one'), from(Text, 'two'), from(Text, 'three')]);

describe('a pause', () => {
  test('in the middle of a chunk keeps the rest until resume', () => {
    const recorder = new Recorder();
    recorder.on = (event) => event === 'one' && recorder.inbound.pause();
    recorder.inbound.receive(Buffer.from(THREE));
    expect(recorder.told).toEqual(['one']);
    expect(recorder.inbound.holding).toBe(true);
    expect(recorder.inbound.waiting).toBe(true);
    expect(recorder.inbound.position).toBe(5);
    recorder.inbound.resume();
    expect(recorder.told).toEqual(['one', 'two', 'three']);
    expect(recorder.inbound.holding).toBe(false);
    expect(recorder.inbound.waiting).toBe(false);
    expect(recorder.inbound.position).toBe(THREE.length);
  });

  test('keeps what comes meanwhile behind what was left', () => {
    const recorder = new Recorder();
    recorder.inbound.pause();
    for (const chunk of cutAt(THREE, [3, 4, 9])) recorder.inbound.receive(chunk);
    expect(recorder.told).toEqual([]);
    expect(recorder.inbound.holding).toBe(true);
    recorder.inbound.resume();
    expect(recorder.told).toEqual(['one', 'two', 'three']);
  });

  test('does not stop in the middle of a message: its parts are taken in', () => {
    const recorder = new Recorder();
    recorder.inbound.receive(encodeFrame(from(Text, 'whole')).subarray(0, 4));
    expect(recorder.inbound.unfinished).toBe(true);
    expect(recorder.inbound.holding).toBe(false);
  });

  test('ended inside the same upcall is no pause', () => {
    const recorder = new Recorder();
    recorder.on = () => {
      recorder.inbound.pause();
      recorder.inbound.resume();
    };
    recorder.inbound.receive(Buffer.from(THREE));
    expect(recorder.told).toEqual(['one', 'two', 'three']);
  });

  test('of one upcall and a resume later, again and again, gives one message at a time', () => {
    const recorder = new Recorder();
    recorder.on = () => recorder.inbound.pause();
    recorder.inbound.receive(Buffer.from(THREE));
    for (const expected of [1, 2, 3, 3]) {
      expect(recorder.told).toHaveLength(expected);
      recorder.inbound.resume();
    }
    expect(recorder.told).toEqual(['one', 'two', 'three']);
  });

  test('at any place changes neither order nor offsets, however the bytes are cut', () => {
    const frames = [
      from(Text, 'one'),
      from(Text, 'tw', false),
      from(Ping, '!'),
      from(Continuation, 'o'),
      from(Ping),
      from(11),
    ];
    const wire = encodeFrames(frames);
    const expected = ['one', '(!) at 11', 'two', '() at 17', 'ReservedOpcode at 17'];
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 5 }), fc.array(fc.boolean(), { minLength: 1 }), (cuts, pauses) => {
        const recorder = new Recorder();
        let upcall = 0;
        recorder.on = () => pauses[upcall++ % pauses.length] && recorder.inbound.pause();
        for (const chunk of cutAt(wire, cuts)) {
          recorder.inbound.receive(chunk);
          recorder.inbound.resume();
        }
        for (let rest = 0; rest < frames.length; rest++) recorder.inbound.resume();
        expect(recorder.told).toEqual(expected);
      }),
    );
  });
});

describe('a sink that throws', () => {
  test('in the middle of a chunk loses nothing behind it', () => {
    const recorder = new Recorder();
    recorder.on = (event) => {
      if (event !== 'three') throw new Error(`from ${event}`);
    };
    expect(() => recorder.inbound.receive(Buffer.from(THREE))).toThrow('from one');
    expect(recorder.inbound.waiting).toBe(true);
    expect(() => recorder.inbound.resume()).toThrow('from two');
    expect(recorder.inbound.waiting).toBe(true);
    recorder.inbound.resume();
    expect(recorder.told).toEqual(['one', 'two', 'three']);
    expect(recorder.inbound.waiting).toBe(false);
  });

  test('is told of the rest with the next chunk, when nobody resumes', () => {
    const recorder = new Recorder();
    recorder.on = (event) => {
      if (event === 'one') throw new Error('once');
    };
    expect(() => recorder.inbound.receive(Buffer.from(THREE.subarray(0, 12)))).toThrow('once');
    recorder.inbound.receive(Buffer.from(THREE.subarray(12)));
    expect(recorder.told).toEqual(['one', 'two', 'three']);
  });

  test('at the end of a chunk leaves nothing waiting', () => {
    const recorder = new Recorder();
    recorder.on = () => {
      throw new Error('at the end');
    };
    expect(() => recorder.inbound.receive(encodeFrame(from(Text, 'one')))).toThrow('at the end');
    expect(recorder.inbound.holding).toBe(false);
  });

  test('between the fragments of a message does not spoil the message', () => {
    const recorder = new Recorder();
    recorder.on = (event) => {
      if (event.startsWith('(')) throw new Error('from a Ping');
    };
    const wire = encodeFrames([from(Text, 'tw', false), from(Ping), from(Continuation, 'o')]);
    expect(() => recorder.inbound.receive(wire)).toThrow('from a Ping');
    recorder.inbound.resume();
    expect(recorder.told).toEqual(['() at 6', 'two']);
  });
});

describe('an upcall', () => {
  test('may receive more, which comes behind what is being read', () => {
    const recorder = new Recorder();
    recorder.on = (event) => {
      if (event === 'one') recorder.inbound.receive(encodeFrame(from(Text, 'four')));
    };
    recorder.inbound.receive(Buffer.from(THREE));
    expect(recorder.told).toEqual(['one', 'two', 'three', 'four']);
  });

  test('may receive more and pause', () => {
    const recorder = new Recorder();
    recorder.on = (event) => {
      if (event !== 'one') return;
      recorder.inbound.pause();
      recorder.inbound.receive(encodeFrame(from(Text, 'four')));
      recorder.inbound.receive(encodeFrame(from(Text, 'five')));
    };
    recorder.inbound.receive(Buffer.from(THREE));
    expect(recorder.told).toEqual(['one']);
    recorder.inbound.resume();
    expect(recorder.told).toEqual(['one', 'two', 'three', 'four', 'five']);
  });

  test('may receive more at the end of a chunk', () => {
    const recorder = new Recorder();
    recorder.on = (event) => {
      if (event === 'three') recorder.inbound.receive(encodeFrame(from(Text, 'four')));
    };
    recorder.inbound.receive(Buffer.from(THREE));
    expect(recorder.told).toEqual(['one', 'two', 'three', 'four']);
  });

  test('may pause and then discard everything: nothing is left waiting', () => {
    const recorder = new Recorder();
    recorder.on = () => {
      recorder.inbound.pause();
      recorder.inbound.discard();
    };
    recorder.inbound.receive(Buffer.from(THREE));
    recorder.inbound.receive(Buffer.from(THREE));
    expect(recorder.told).toEqual(['one']);
    expect(recorder.inbound.holding).toBe(false);
    expect(recorder.inbound.waiting).toBe(false);
  });

  test('may discard everything, and nothing follows', () => {
    const recorder = new Recorder();
    recorder.on = () => recorder.inbound.discard();
    recorder.inbound.receive(Buffer.from(THREE));
    recorder.inbound.receive(Buffer.from(THREE));
    recorder.inbound.resume();
    expect(recorder.told).toEqual(['one']);
    expect(recorder.inbound.holding).toBe(false);
    expect(recorder.inbound.unfinished).toBe(false);
    expect(recorder.inflater.closed).toBeGreaterThan(0);
  });
});

describe('an inflation that takes its time', () => {
  const wire = encodeFrames([from(Text, 'slow', true, true), from(Text, 'behind'), from(Text, 'last', true, true)]);

  function start(): Recorder {
    const recorder = new Recorder();
    recorder.inflater.slow = true;
    recorder.inbound.receive(Buffer.from(wire));
    return recorder;
  }

  test('holds the rest of the chunk, for which no resume is needed', () => {
    const recorder = start();
    expect(recorder.inbound.holding).toBe(true);
    expect(recorder.inbound.waiting).toBe(false);
    recorder.inbound.resume();
    recorder.inbound.receive(encodeFrame(from(Text, 'after')));
    expect(recorder.told).toEqual([]);
    recorder.inflater.finish();
    expect(recorder.told).toEqual(['<slow>', 'inflation end', 'behind']);
    expect(recorder.inbound.holding).toBe(true);
    recorder.inflater.finish();
    expect(recorder.told).toEqual(['<slow>', 'inflation end', 'behind', '<last>', 'inflation end', 'after']);
    expect(recorder.inbound.holding).toBe(false);
  });

  test('keeps offsets right behind it', () => {
    const recorder = start();
    recorder.inbound.receive(encodeFrame(from(11)));
    recorder.inflater.finish();
    recorder.inflater.finish();
    expect(recorder.told.at(-1)).toBe(`ReservedOpcode at ${wire.length}`);
  });

  test('holds also when nothing is behind it in the chunk', () => {
    const recorder = new Recorder();
    recorder.inflater.slow = true;
    recorder.inbound.receive(encodeFrame(from(Text, 'slow', true, true)));
    expect(recorder.inbound.holding).toBe(true);
    expect(recorder.inbound.waiting).toBe(false);
    recorder.inflater.finish();
    expect(recorder.inbound.holding).toBe(false);
  });

  test('and a pause in its message wait for resume', () => {
    const recorder = start();
    recorder.on = (event) => event === '<slow>' && recorder.inbound.pause();
    recorder.inflater.finish();
    expect(recorder.told).toEqual(['<slow>', 'inflation end']);
    expect(recorder.inbound.waiting).toBe(true);
    recorder.inbound.resume();
    expect(recorder.told.at(-1)).toBe('behind');
  });

  test('is given up by discard', () => {
    const recorder = start();
    recorder.inbound.discard();
    expect(recorder.inbound.holding).toBe(false);
    expect(recorder.told).toEqual([]);
  });
});

describe('RSV1', () => {
  test('is allowed exactly where an inflater was given', () => {
    const told: string[] = [];
    const sink: MessageSink = {
      onMessage: () => true,
      onControl: () => true,
      onViolation: (violation) => told.push(violation.name),
      onInflationEnd: () => {},
    };
    new Inbound(sink, CLIENT, undefined).receive(encodeFrame(from(Text, 'x', true, true)));
    new Inbound(sink, CLIENT, new FakeInflater().asInflater).receive(encodeFrame(from(Text, 'x', true, true)));
    expect(told).toEqual([Violations.ReservedBit1.name]);
  });
});

test('a mask is expected exactly from a client', () => {
  const masked = { ...from(Text, 'x'), key: hex('00000000') };
  const told: string[] = [];
  for (const isServer of [true, false]) {
    const sink: MessageSink = {
      onMessage: (_, data) => told.push(data.toString()) > 0,
      onControl: () => true,
      onViolation: (violation) => told.push(violation.name),
      onInflationEnd: () => {},
    };
    new Inbound(sink, { ...CLIENT, isServer }, undefined).receive(encodeFrame(masked));
  }
  expect(told).toEqual(['x', Violations.MaskedServerFrame.name]);
});
