// Statements about everything that leaves, in its order: RFC 6455 §5.1, §5.3, §5.4 and RFC 7692 §6.
import { describe, expect, test } from 'vitest';
import { Outbound, type OutboundOptions } from '../../src/connection/outbound.ts';
import type { ReadLater } from '../../src/connection/queued-sends.ts';
import type { Deflater } from '../../src/deflate/index.ts';
import { ATTACH_FROM, Opcode, readMaskingKey } from '../../src/frame/index.ts';
import { PreparedMessage } from '../../src/message/index.ts';
import { keyBytes } from '../frame/slow-frames.ts';
import { FakeDeflater } from './fake-deflater.ts';
import { Callbacks, RecordingOutput } from './record.ts';

const THRESHOLD = 10;
const LONG = 'long enough';

class Subject extends Outbound {
  readonly #output: RecordingOutput;

  constructor(output: RecordingOutput, options: OutboundOptions, deflater: Deflater | undefined) {
    super(output, options, deflater);
    this.#output = output;
  }

  sendBroken(): void {
    this.#output.broken++;
  }
}

function make(deflater?: FakeDeflater, nextMaskingKey?: () => number) {
  const output = new RecordingOutput();
  const outbound = new Subject(output, { nextMaskingKey, threshold: THRESHOLD }, deflater?.asDeflater);
  return { output, outbound };
}

function slow(): FakeDeflater {
  const deflater = new FakeDeflater();
  deflater.slow = true;
  return deflater;
}

/** A reader whose bytes come when {@link come} is called. */
class Source {
  #done: Parameters<ReadLater>[0] | undefined;
  readonly read: ReadLater = (done) => {
    this.#done = done;
  };

  come(data: string): void {
    this.#done?.(null, Buffer.from(data));
  }
}

describe('a message', () => {
  // RFC 6455 §6.1(a)(c)(d)
  test('leaves at once, as text or binary, from a string or from bytes', () => {
    const { output, outbound } = make();
    outbound.send('text', false, true, false);
    outbound.send('binary', true, true, false);
    outbound.send(Buffer.from('text'), false, true, false);
    outbound.send(Buffer.from('binary'), true, true, false);
    expect(output.lines).toEqual(['Text "text"', 'Binary "binary"', 'Text "text"', 'Binary "binary"']);
    expect(outbound.idle).toBe(true);
    expect(outbound.queuedBytes).toBe(0);
  });

  // RFC 6455 §5.4(k), §6.1(d)(e)
  test('in parts has its opcode in the first and FIN in the last', () => {
    const { output, outbound } = make();
    outbound.send('one', false, false, true);
    outbound.send(Buffer.from('two'), true, false, true);
    outbound.control(Opcode.Ping, Buffer.from('!'));
    outbound.send('three', false, true, true);
    outbound.send('next', true, true, true);
    expect(output.lines).toEqual([
      'Text… "one"',
      'Continuation… "two"',
      'Ping "!"',
      'Continuation "three"',
      'Binary "next"',
    ]);
  });

  test('tells its callback when it has left for the kernel', () => {
    const { output, outbound } = make();
    const callbacks = new Callbacks();
    outbound.send('a', false, true, false, callbacks.named('a'));
    outbound.control(Opcode.Ping, Buffer.alloc(0), callbacks.named('ping'));
    outbound.sendPrepared(new PreparedMessage(Buffer.from('b'), true), false, callbacks.named('b'));
    expect(callbacks.calls).toEqual([]);
    output.taken();
    expect(callbacks.calls).toEqual(['a', 'ping', 'b']);
  });
});

describe('masks (§5.1, §5.3)', () => {
  // RFC 6455 §5.1(c)
  test('are on no frame of a server', () => {
    const { output, outbound } = make();
    outbound.send('text', false, true, false);
    outbound.control(Opcode.Ping, Buffer.from('x'));
    outbound.sendPrepared(new PreparedMessage(Buffer.from('prepared'), false), false);
    expect(output.frames.map((frame) => frame.masked)).toEqual([false, false, false]);
  });

  // RFC 6455 §5.1(a), §5.3(b), §6.1(f)
  test('are on every frame of a client, each with its own key', () => {
    const keys = [0x0403_0201, 0x1413_1211, 0x2423_2221, 0x3433_3231, 0x4443_4241];
    const deflater = new FakeDeflater();
    let used = 0;
    const { output, outbound } = make(deflater, () => keys[used++] as number);
    outbound.send('text', false, true, false);
    outbound.send(Buffer.from(LONG), true, true, true);
    outbound.control(Opcode.Ping, Buffer.from('x'));
    outbound.sendPrepared(new PreparedMessage(Buffer.from('short'), false), true);
    outbound.sendPrepared(new PreparedMessage(Buffer.from(LONG), false), true);
    expect(output.lines).toEqual([
      'Text "text"',
      `Binary+ "<${LONG}>"`,
      'Ping "x"',
      'Text "short"',
      `Text+ "<${LONG}>"`,
    ]);
    let at = 0;
    for (const [index, frame] of output.frames.entries()) {
      expect(frame.masked).toBe(true);
      expect(readMaskingKey(output.bytes, at + 2)).toBe(keys[index]);
      expect(output.bytes.subarray(at + 2, at + 6)).toEqual(keyBytes(keys[index] as number));
      at += frame.size;
    }
    expect(used).toBe(keys.length);
  });
});

describe('compression', () => {
  // RFC 7692 §6.1(a)(b)(e), §6(a)
  test('is for whole messages from the threshold on, where it was agreed and wanted', () => {
    const { output, outbound } = make(new FakeDeflater());
    outbound.send('123456789', false, true, true);
    outbound.send('1234567890', false, true, true);
    outbound.send(Buffer.from('1234567890'), true, true, true);
    outbound.send(Buffer.from('123456789'), true, true, true);
    outbound.send('1234567890', false, true, false);
    const agreed = output.lines;
    expect(agreed).toEqual([
      'Text "123456789"',
      'Text+ "<1234567890>"',
      'Binary+ "<1234567890>"',
      'Binary "123456789"',
      'Text "1234567890"',
    ]);
    const plain = make();
    plain.outbound.send('1234567890', false, true, true);
    expect(plain.output.lines).toEqual(['Text "1234567890"']);
  });

  test('is given the bytes of the caller themselves, not a copy', () => {
    const deflater = new FakeDeflater();
    const { outbound } = make(deflater);
    const payload = Buffer.from(LONG);
    outbound.send(payload, true, true, true);
    expect(deflater.last).toBe(payload);
    outbound.send(LONG, false, true, true);
    expect(deflater.last).toEqual(payload);
  });

  test('counts the bytes of a text against the threshold, not its characters', () => {
    const { output, outbound } = make(new FakeDeflater());
    outbound.send('ééééé', false, true, true);
    outbound.send('éééé', false, true, true);
    outbound.send('€€€', false, true, true);
    outbound.send('€€€€', false, true, true);
    expect(output.lines).toEqual(['Text+ "<ééééé>"', 'Text "éééé"', 'Text "€€€"', 'Text+ "<€€€€>"']);
    // Exactly the threshold, with characters that need the most bytes there are for a unit.
    const exact = new RecordingOutput();
    const options = { nextMaskingKey: undefined, threshold: 9 };
    new Subject(exact, options, new FakeDeflater().asDeflater).send('€€€', false, true, true);
    expect(exact.lines).toEqual(['Text+ "<€€€>"']);
  });

  test('is for every message with context takeover, for the next ones learn from it', () => {
    const deflater = new FakeDeflater();
    deflater.contextTakeover = true;
    const { output, outbound } = make(deflater);
    outbound.send('', false, true, true);
    outbound.send('x', false, true, true);
    outbound.sendPrepared(new PreparedMessage(Buffer.from('y'), false), true);
    expect(output.lines).toEqual(['Text+ "<>"', 'Text+ "<x>"', 'Text+ "<y>"']);
  });

  // RFC 7692 §6.1(b)(c)
  test('is never for a message in parts, in none of its parts', () => {
    const { output, outbound } = make(new FakeDeflater());
    outbound.send(LONG, false, false, true);
    outbound.send(LONG, false, false, true);
    outbound.send(LONG, false, true, true);
    outbound.send(LONG, false, true, true);
    expect(output.lines).toEqual([
      `Text… "${LONG}"`,
      `Continuation… "${LONG}"`,
      `Continuation "${LONG}"`,
      `Text+ "<${LONG}>"`,
    ]);
  });
});

describe('the order', () => {
  test('is that of the calls, though the first takes its time', () => {
    const deflater = slow();
    const { output, outbound } = make(deflater);
    const source = new Source();
    const callbacks = new Callbacks();
    outbound.send(`1 ${LONG}`, false, true, true, callbacks.named('1'));
    outbound.send('2', false, true, true, callbacks.named('2'));
    outbound.sendDeferred(1, source.read, true, true, callbacks.named('3'));
    outbound.send(`4 ${LONG}`, true, true, true, callbacks.named('4'));
    outbound.sendPrepared(new PreparedMessage(Buffer.from('5'), false), true, callbacks.named('5'));
    outbound.sendPrepared(new PreparedMessage(Buffer.from(`6 ${LONG}`), false), true, callbacks.named('6'));
    outbound.afterQueue(() => outbound.control(Opcode.Close, Buffer.alloc(0)));
    expect(output.lines).toEqual([]);
    expect(outbound.idle).toBe(false);
    expect(outbound.queuedBytes).toBe(13 + 1 + 1 + 13 + 1 + 13);
    deflater.finish();
    expect(output.lines).toEqual([`Text+ "<1 ${LONG}>"`, 'Text "2"']);
    source.come('3');
    expect(output.lines.slice(2)).toEqual(['Binary "3"']);
    expect(outbound.queuedBytes).toBe(13 + 1 + 13);
    deflater.finish();
    expect(output.lines.slice(3)).toEqual([`Binary+ "<4 ${LONG}>"`, 'Text "5"']);
    deflater.finish();
    expect(output.lines.slice(5)).toEqual([`Text+ "<6 ${LONG}>"`, 'Close ""']);
    expect(outbound.idle).toBe(true);
    expect(outbound.queuedBytes).toBe(0);
    output.taken();
    expect(callbacks.calls).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  test('lets control frames overtake messages that wait (§5.4)', () => {
    const deflater = slow();
    const { output, outbound } = make(deflater);
    outbound.send(LONG, false, true, true);
    outbound.control(Opcode.Ping, Buffer.from('!'));
    deflater.finish();
    expect(output.lines).toEqual(['Ping "!"', `Text+ "<${LONG}>"`]);
  });

  test('keeps the parts of a message together behind one that takes its time', () => {
    const deflater = slow();
    const { output, outbound } = make(deflater);
    outbound.send(LONG, false, true, true);
    outbound.send('part', false, false, true);
    outbound.send('s', false, true, true);
    outbound.send('next', false, true, false);
    deflater.finish();
    expect(output.lines).toEqual([`Text+ "<${LONG}>"`, 'Text… "part"', 'Continuation "s"', 'Text "next"']);
  });

  test('has a place for parts that are read when their turn comes', () => {
    const { output, outbound } = make();
    const source = new Source();
    outbound.sendDeferred(3, source.read, false, false);
    outbound.send('end', false, true, false);
    outbound.send('next', true, true, false);
    source.come('beg');
    expect(output.lines).toEqual(['Text… "beg"', 'Continuation "end"', 'Binary "next"']);
    outbound.send('beg', false, false, false);
    outbound.sendDeferred(3, source.read, true, true);
    source.come('end');
    expect(output.lines.slice(3)).toEqual(['Text… "beg"', 'Continuation "end"']);
  });

  // RFC 6455 §5.4(d)
  test('is said to be broken when one of its parts cannot be read; a whole one is left out', () => {
    const { output, outbound } = make();
    const unreadable: ReadLater = (done) => done(new Error('unreadable'), Buffer.alloc(0));
    outbound.sendDeferred(3, unreadable, false, true);
    expect(output.broken).toBe(0);
    outbound.sendDeferred(3, unreadable, false, false);
    expect(output.broken).toBe(1);
  });

  test('is kept when compressing fails for want of memory', () => {
    const deflater = slow();
    const { output, outbound } = make(deflater);
    outbound.send(LONG, false, true, true);
    outbound.send('behind', false, true, true);
    deflater.fail();
    expect(output.lines).toEqual([`Text "${LONG}"`, 'Text "behind"']);
    deflater.failure = new Error('no memory even to begin');
    outbound.send(LONG, false, true, true);
    outbound.send('behind', false, true, true);
    expect(output.lines.slice(2)).toEqual([`Text "${LONG}"`, 'Text "behind"']);
    expect(outbound.idle).toBe(true);
  });

  test('is at its end at once when nothing waits', () => {
    const { outbound } = make();
    let reached = 0;
    outbound.afterQueue(() => reached++);
    expect(reached).toBe(1);
  });
});

describe('a prepared message', () => {
  // 1,020 bytes and a header of four.
  test.each([
    [1_019, false],
    [1_020, true],
  ])('of %i bytes is shared with the others who wait for it, not copied: %s', (length, isShared) => {
    const { outbound, output } = make();
    const message = new PreparedMessage(Buffer.alloc(length), true);
    outbound.sendPrepared(message, false);
    output.blocked = true;
    outbound.sendPrepared(message, false);
    // As long as the kernel takes bytes, it is shared whatever its length is.
    expect(output.pieces.map(({ attached }) => attached)).toEqual([true, isShared]);
    expect(output.pieces[1]?.bytes).toEqual(message.frame);
  });

  test('is the very same bytes for all servers', () => {
    const message = new PreparedMessage(Buffer.alloc(ATTACH_FROM, 'x'), true);
    const outputs = [1, 2].map(() => {
      const { output, outbound } = make();
      outbound.sendPrepared(message, true);
      return output;
    });
    const [one, two] = outputs.map((output) => output.pieces);
    expect(one).toHaveLength(1);
    expect(one?.[0]?.bytes.buffer).toBe(two?.[0]?.bytes.buffer);
  });

  test('is compressed once for all that agreed to the same parameters', () => {
    const message = new PreparedMessage(Buffer.from(LONG), false);
    const deflaters = [new FakeDeflater(), new FakeDeflater()];
    for (const deflater of deflaters) {
      const { output, outbound } = make(deflater);
      outbound.sendPrepared(message, true);
      expect(output.lines).toEqual([`Text+ "<${LONG}>"`]);
    }
    expect(deflaters.map((deflater) => deflater.asked.length)).toEqual([1, 0]);
  });

  test('does not overtake what waits, compressed before or not', () => {
    const message = new PreparedMessage(Buffer.from(LONG), false);
    make(new FakeDeflater()).outbound.sendPrepared(message, true);
    const deflater = slow();
    const { output, outbound } = make(deflater);
    outbound.send(`1 ${LONG}`, false, true, true);
    outbound.sendPrepared(message, true);
    outbound.sendPrepared(message, false);
    expect(output.lines).toEqual([]);
    deflater.finish();
    expect(output.lines).toEqual([`Text+ "<1 ${LONG}>"`, `Text+ "<${LONG}>"`, `Text "${LONG}"`]);
    expect(deflater.asked).toHaveLength(1);
  });

  // RFC 6455 §5.4(d)
  test('waits while a message of ours is under way in parts, for two messages do not mix (§5.4)', () => {
    for (const takeover of [false, true]) {
      const deflater = new FakeDeflater();
      deflater.contextTakeover = takeover;
      const { output, outbound } = make(deflater);
      const callbacks = new Callbacks();
      outbound.send('one', false, false, false);
      outbound.sendPrepared(new PreparedMessage(Buffer.from('broadcast'), true), false, callbacks.named('broadcast'));
      outbound.sendPrepared(new PreparedMessage(Buffer.from(LONG), false), true);
      outbound.send('two', false, false, false);
      // The application, not the peer, is waited for: it may itself wait for 'drain'.
      expect(outbound.queuedBytes).toBe(0);
      expect(outbound.idle).toBe(true);
      outbound.send('three', false, true, false);
      outbound.send('four', false, true, false);
      expect(output.lines).toEqual([
        'Text… "one"',
        'Continuation… "two"',
        'Continuation "three"',
        'Binary "broadcast"',
        `Text+ "<${LONG}>"`,
        'Text "four"',
      ]);
      output.taken();
      expect(callbacks.calls).toEqual(['broadcast']);
    }
  });

  test('waits for the end of a message in parts also when that is read later', () => {
    const { output, outbound } = make();
    const source = new Source();
    outbound.send('one', false, false, false);
    outbound.sendPrepared(new PreparedMessage(Buffer.from('broadcast'), true), false);
    outbound.sendDeferred(3, source.read, false, true);
    outbound.send('next', false, true, false);
    source.come('two');
    expect(output.lines).toEqual(['Text… "one"', 'Continuation "two"', 'Binary "broadcast"', 'Text "next"']);
  });
});

describe('release', () => {
  test('tells everybody who waits, in order, and closes the deflater', () => {
    const deflater = slow();
    const { output, outbound } = make(deflater);
    const callbacks = new Callbacks();
    const source = new Source();
    outbound.send('left before', false, true, false, callbacks.named('left'));
    outbound.send(`1 ${LONG}`, false, true, true, callbacks.named('1'));
    outbound.send('2', false, true, true, callbacks.named('2'));
    outbound.sendDeferred(1, source.read, true, true, callbacks.named('3'));
    outbound.send('4', false, false, false, callbacks.named('4'));
    outbound.sendPrepared(new PreparedMessage(Buffer.from('5'), false), false, callbacks.named('5'));
    outbound.afterQueue(() => expect.unreachable());
    outbound.release(new Error('gone'));
    expect(callbacks.calls).toEqual(['1: gone', '2: gone', '3: gone', '4: gone', '5: gone']);
    expect(deflater.closed).toBe(1);
    expect(outbound.queuedBytes).toBe(0);
    source.come('too late');
    expect(output.lines).toEqual(['Text "left before"']);
    outbound.release(new Error('again'));
    expect(callbacks.calls).toHaveLength(5);
  });

  test('of an endpoint that never waited has nobody to tell', () => {
    const { outbound } = make();
    outbound.release(new Error('gone'));
    expect(outbound.idle).toBe(true);
    outbound.sendDone();
  });

  test('tells all of them even when one throws', () => {
    const deflater = slow();
    const { outbound } = make(deflater);
    const callbacks = new Callbacks();
    outbound.send(LONG, false, true, true, () => {
      throw new Error('from a callback');
    });
    outbound.send('2', false, true, true, callbacks.named('2'));
    expect(() => outbound.release(new Error('gone'))).toThrow('from a callback');
    expect(callbacks.calls).toEqual(['2: gone']);
    expect(deflater.closed).toBe(1);
  });
});

test('whether the kernel takes bytes is what the output says', () => {
  const { output, outbound } = make();
  expect(outbound.blocked).toBe(false);
  output.blocked = true;
  expect(outbound.blocked).toBe(true);
});
