// Statements about messages that take more than framing: RFC 7692 §6.1 and §7.2.1, and bytes that are read only when
// their turn comes.
import { describe, expect, test } from 'vitest';
import {
  DeferredSend,
  DeflatedSend,
  DirectSend,
  PreparedSend,
  type ReadLater,
  type SendPath,
} from '../../src/connection/queued-sends.ts';
import { Opcode } from '../../src/frame/index.ts';
import { PreparedMessage } from '../../src/message/index.ts';
import { encodeFrame } from '../frame/slow-frames.ts';
import { deflatedForm, FakeDeflater } from './fake-deflater.ts';
import { Callbacks } from './record.ts';

type Callback = ((error?: Error | null) => void) | undefined;

/** A way out that remembers, in words. Callbacks are called at once. */
class Path implements SendPath {
  readonly log: string[] = [];

  writeMessage(opcode: number, data: string | Buffer, fin: boolean, callback: Callback): void {
    this.log.push(`message ${opcode} ${data} ${fin}`);
    callback?.();
  }

  writeDeflated(opcode: number, payload: Buffer, callback: Callback): void {
    this.log.push(`deflated ${opcode} ${payload}`);
    callback?.();
  }

  writeWhole(frame: Buffer, callback: Callback): void {
    this.log.push(`whole ${frame.toString('latin1')}`);
    callback?.();
  }

  sendBroken(): void {
    this.log.push('broken');
  }

  sendDone(): void {
    this.log.push('done');
  }
}

const GONE = new Error('gone');

describe('a message that only waits', () => {
  test('leaves at once when its turn comes', () => {
    const path = new Path();
    const callbacks = new Callbacks();
    expect(new DirectSend(path, Opcode.Text, 'text', false, callbacks.named('a')).start()).toBe(true);
    expect(new DirectSend(path, Opcode.Binary, Buffer.from('bytes'), true, undefined).start()).toBe(true);
    expect(path.log).toEqual(['message 1 text false', 'message 2 bytes true']);
    expect(callbacks.calls).toEqual(['a']);
  });

  test('counts for its bytes, not for its characters', () => {
    expect(new DirectSend(new Path(), Opcode.Text, 'é€😀', true, undefined).size).toBe(9);
    expect(new DirectSend(new Path(), Opcode.Binary, Buffer.alloc(7), true, undefined).size).toBe(7);
  });

  test('tells its callback when it is given up', () => {
    const callbacks = new Callbacks();
    new DirectSend(new Path(), Opcode.Text, 'x', true, callbacks.named('a')).abandon(GONE);
    new DirectSend(new Path(), Opcode.Text, 'x', true, undefined).abandon(GONE);
    expect(callbacks.calls).toEqual(['a: gone']);
  });
});

describe('a message to be compressed', () => {
  function make(deflater: FakeDeflater): { path: Path; callbacks: Callbacks; item: DeflatedSend } {
    const path = new Path();
    const callbacks = new Callbacks();
    const payload = Buffer.from('payload');
    return {
      path,
      callbacks,
      item: new DeflatedSend(path, deflater.asDeflater, Opcode.Text, payload, callbacks.named('a')),
    };
  }

  test('leaves compressed, at once', () => {
    const { path, callbacks, item } = make(new FakeDeflater());
    expect(item.size).toBe(7);
    expect(item.start()).toBe(true);
    expect(path.log).toEqual(['deflated 1 <payload>']);
    expect(callbacks.calls).toEqual(['a']);
  });

  test('leaves compressed, later, and then says so', () => {
    const deflater = new FakeDeflater();
    deflater.slow = true;
    const { path, callbacks, item } = make(deflater);
    expect(item.start()).toBe(false);
    expect(path.log).toEqual([]);
    deflater.finish();
    expect(path.log).toEqual(['deflated 1 <payload>', 'done']);
    expect(callbacks.calls).toEqual(['a']);
  });

  test('leaves as it is when there is no memory to compress it, found at once or later', () => {
    const slow = new FakeDeflater();
    slow.slow = true;
    const later = make(slow);
    expect(later.item.start()).toBe(false);
    slow.fail();
    expect(later.path.log).toEqual(['message 1 payload true', 'done']);
    expect(later.callbacks.calls).toEqual(['a']);

    const throwing = new FakeDeflater();
    throwing.failure = new Error('no memory');
    const atOnce = make(throwing);
    expect(atOnce.item.start()).toBe(true);
    expect(atOnce.path.log).toEqual(['message 1 payload true']);
    expect(atOnce.callbacks.calls).toEqual(['a']);
  });

  test('tells its callback when it is given up', () => {
    const { callbacks, item } = make(new FakeDeflater());
    item.abandon(GONE);
    expect(callbacks.calls).toEqual(['a: gone']);
    new DeflatedSend(new Path(), new FakeDeflater().asDeflater, 1, Buffer.alloc(0), undefined).abandon(GONE);
  });
});

describe('a prepared message to be compressed', () => {
  const FRAME = `whole ${encodeFrame({ opcode: Opcode.Text, rsv1: true, payload: deflatedForm('payload') }).toString('latin1')}`;
  const PLAIN = `whole ${encodeFrame({ opcode: Opcode.Text, payload: 'payload' }).toString('latin1')}`;

  function make(deflater: FakeDeflater, message = new PreparedMessage(Buffer.from('payload'), false)) {
    const path = new Path();
    const callbacks = new Callbacks();
    const item = new PreparedSend(path, deflater.asDeflater, message, callbacks.named('a'));
    return { path, callbacks, item, message };
  }

  test('is compressed by the first that needs it, and by nobody else with the same parameters', () => {
    const deflater = new FakeDeflater();
    const first = make(deflater);
    expect(first.item.size).toBe(7);
    expect(first.item.start()).toBe(true);
    const second = make(deflater, first.message);
    expect(second.item.start()).toBe(true);
    expect([first.path.log, second.path.log]).toEqual([[FRAME], [FRAME]]);
    expect(deflater.asked).toEqual(['payload']);
    const other = new FakeDeflater();
    other.key = 'other parameters';
    expect(make(other, first.message).item.start()).toBe(true);
    expect(other.asked).toEqual(['payload']);
  });

  test('is compressed later, and of two that did so at the same time both send the same frame', () => {
    const one = new FakeDeflater();
    const two = new FakeDeflater();
    one.slow = true;
    two.slow = true;
    const first = make(one);
    const second = make(two, first.message);
    expect([first.item.start(), second.item.start()]).toEqual([false, false]);
    two.finish();
    const frame = first.message.deflatedFrame('fake');
    one.finish();
    expect([first.path.log, second.path.log]).toEqual([
      [FRAME, 'done'],
      [FRAME, 'done'],
    ]);
    expect(first.message.deflatedFrame('fake')).toBe(frame);
    expect(first.callbacks.calls).toEqual(['a']);
  });

  test('leaves as it is when there is no memory to compress it, found at once or later', () => {
    const slow = new FakeDeflater();
    slow.slow = true;
    const later = make(slow);
    expect(later.item.start()).toBe(false);
    slow.fail();
    expect(later.path.log).toEqual([PLAIN, 'done']);

    const throwing = new FakeDeflater();
    throwing.failure = new Error('no memory');
    const atOnce = make(throwing);
    expect(atOnce.item.start()).toBe(true);
    expect(atOnce.path.log).toEqual([PLAIN]);
    expect(atOnce.callbacks.calls).toEqual(['a']);
  });

  test('tells its callback when it is given up', () => {
    const { callbacks, item, message } = make(new FakeDeflater());
    item.abandon(GONE);
    expect(callbacks.calls).toEqual(['a: gone']);
    new PreparedSend(new Path(), new FakeDeflater().asDeflater, message, undefined).abandon(GONE);
  });
});

describe('a message whose bytes are read when its turn comes', () => {
  function make(read: ReadLater) {
    const path = new Path();
    const callbacks = new Callbacks();
    return { path, callbacks, item: new DeferredSend(path, Opcode.Binary, 7, read, true, callbacks.named('a')) };
  }

  test('leaves when they have been read', () => {
    let done: Parameters<ReadLater>[0] | undefined;
    const { path, callbacks, item } = make((callback) => {
      done = callback;
    });
    expect(item.size).toBe(7);
    expect(item.start()).toBe(false);
    expect(path.log).toEqual([]);
    done?.(null, Buffer.from('payload'));
    expect(path.log).toEqual(['message 2 payload true', 'done']);
    expect(callbacks.calls).toEqual(['a']);
    // A second answer is nobody's.
    done?.(null, Buffer.from('payload'));
    expect(path.log).toHaveLength(2);
  });

  test('may have been read at once', () => {
    const { path, item } = make((done) => done(null, Buffer.from('payload')));
    expect(item.start()).toBe(false);
    expect(path.log).toEqual(['message 2 payload true', 'done']);
  });

  test('is left out when they cannot be read, and the next may go', () => {
    const { path, callbacks, item } = make((done) => done(new Error('unreadable'), Buffer.alloc(0)));
    item.start();
    expect(path.log).toEqual(['done']);
    expect(callbacks.calls).toEqual(['a: unreadable']);
    const throwing = make(() => {
      throw new Error('unreadable too');
    });
    expect(throwing.item.start()).toBe(false);
    expect(throwing.path.log).toEqual(['done']);
    expect(throwing.callbacks.calls).toEqual(['a: unreadable too']);
    const silent = new Path();
    new DeferredSend(silent, Opcode.Text, 0, (done) => done(new Error('x'), Buffer.alloc(0)), true, undefined).start();
    expect(silent.log).toEqual(['done']);
  });

  // RFC 6455 §5.4(d)
  test.each([
    ['the first', Opcode.Binary, false],
    ['one in the middle', Opcode.Continuation, false],
    ['the last', Opcode.Continuation, true],
  ])('says that a message is broken when it is %s of its parts and cannot be read', (_, opcode, fin) => {
    const path = new Path();
    const callbacks = new Callbacks();
    let done: Parameters<ReadLater>[0] | undefined;
    const read: ReadLater = (callback) => {
      done = callback;
    };
    const item = new DeferredSend(path, opcode, 1, read, fin, (error) => {
      callbacks.named('a')(error);
      throw new Error('from a callback');
    });
    item.start();
    expect(() => done?.(new Error('unreadable'), Buffer.alloc(0))).toThrow('from a callback');
    expect(callbacks.calls).toEqual(['a: unreadable']);
    expect(path.log).toEqual(['broken', 'done']);
  });

  test('lets the next go also when its callback throws', () => {
    const path = new Path();
    let done: Parameters<ReadLater>[0] | undefined;
    const read: ReadLater = (callback) => {
      done = callback;
    };
    const item = new DeferredSend(path, Opcode.Text, 0, read, true, (error) => {
      throw new Error(`told: ${error?.message}`);
    });
    item.start();
    expect(() => done?.(new Error('unreadable'), Buffer.alloc(0))).toThrow('told: unreadable');
    expect(path.log).toEqual(['done']);
  });

  test('that was given up is not sent when its bytes turn up', () => {
    let done: Parameters<ReadLater>[0] | undefined;
    const { path, callbacks, item } = make((callback) => {
      done = callback;
    });
    item.start();
    item.abandon(GONE);
    done?.(null, Buffer.from('payload'));
    expect(path.log).toEqual([]);
    expect(callbacks.calls).toEqual(['a: gone']);
    new DeferredSend(new Path(), Opcode.Text, 0, () => {}, true, undefined).abandon(GONE);
  });
});
