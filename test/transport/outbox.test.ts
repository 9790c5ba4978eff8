// One outbox over a socket that takes bytes when told to: what leaves when, in how many writes, and who is told.
import { once } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Outbox } from '../../src/transport/outbox.ts';
import type { OutboxOwner } from '../../src/transport/outbox-owner.ts';
import { SLAB_SIZE } from '../../src/transport/slab.ts';
import { type Appetite, FakeSocket, SOCKET_MARK } from './fake-socket.ts';
import { uncaughtExceptions } from './uncaught.ts';

const opened: Pair[] = [];

class Pair implements OutboxOwner {
  readonly socket: FakeSocket;
  readonly outbox: Outbox;
  readonly log: string[] = [];
  waits = 0;
  onDrained: () => void = () => {};

  constructor(appetite: Appetite = 'now', deferred = false) {
    this.socket = new FakeSocket(appetite);
    this.outbox = new Outbox(this.socket, this, deferred);
    this.socket.on('drain', () => this.outbox.onSocketDrain());
    this.socket.on('error', () => {});
    opened.push(this);
  }

  onWaiting(): void {
    this.waits++;
  }

  onBlocked(): void {
    this.log.push('blocked');
  }

  onUnblocked(): void {
    this.log.push('unblocked');
  }

  onDrain(): void {
    this.log.push('drain');
    this.onDrained();
  }

  say(bytes: Buffer | string, room = 0): this {
    const buffer = Buffer.from(bytes);
    const offset = this.outbox.reserve(buffer.length + room);
    this.outbox.target.set(buffer, offset);
    this.outbox.commit(buffer.length);
    return this;
  }

  get said(): string {
    return this.socket.taken.toString('latin1');
  }
}

/** The kernel takes what it holds, and Node tells. */
async function take(pair: Pair): Promise<void> {
  const told = new Promise<void>((resolve) => pair.socket.write(Buffer.alloc(0), () => resolve()));
  pair.socket.swallow();
  pair.socket.swallow();
  await told;
}

/** All microtasks and callbacks of streams that are due. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

afterEach(() => {
  for (const { outbox, socket } of opened.splice(0)) {
    outbox.close(new Error('the test is over'));
    socket.destroy();
  }
});

describe('turns', () => {
  // RFC 6455 §6.1(g)
  test('everything said within a turn leaves in one write, at its end', () => {
    const pair = new Pair();
    pair.outbox.cork();
    for (let index = 0; index < 100; index++) pair.say(`${index},`);
    expect(pair.socket.writes).toBe(0);
    pair.outbox.uncork();
    expect(pair.socket.writes).toBe(1);
    expect(pair.said).toBe(Array.from({ length: 100 }, (_, index) => `${index},`).join(''));
  });

  test('everything said outside a turn by one piece of code leaves in one write, in a microtask', async () => {
    const pair = new Pair();
    pair.say('a').say('b').say('c');
    expect(pair.socket.writes).toBe(0);
    await Promise.resolve();
    expect(pair.socket.writes).toBe(1);
    expect(pair.said).toBe('abc');
  });

  test('a turn begun before the microtask holds everything back until its end', async () => {
    const pair = new Pair();
    pair.say('a');
    pair.outbox.cork();
    await Promise.resolve();
    pair.say('b');
    expect(pair.socket.writes).toBe(0);
    pair.outbox.uncork();
    expect(pair.said).toBe('ab');
    expect(pair.socket.writes).toBe(1);
  });

  test('a turn in which nothing is said writes nothing', async () => {
    const pair = new Pair();
    pair.outbox.cork();
    pair.outbox.reserve(10);
    pair.outbox.uncork();
    await settled();
    expect(pair.socket.writes).toBe(0);
  });

  test('relieve() lets everything go in the middle of a turn, and the turn goes on', () => {
    const pair = new Pair();
    pair.outbox.cork();
    pair.say('a');
    pair.outbox.relieve();
    expect(pair.said).toBe('a');
    pair.say('b');
    expect(pair.said).toBe('a');
    pair.outbox.uncork();
    expect(pair.said).toBe('ab');
  });

  test('two outboxes that speak by turns keep their bytes apart', async () => {
    const [a, b] = [new Pair(), new Pair()];
    for (let index = 0; index < 50; index++) {
      a.say(`a${index}`);
      b.say(`b${index}`);
    }
    await Promise.resolve();
    expect(a.said).toBe(Array.from({ length: 50 }, (_, index) => `a${index}`).join(''));
    expect(b.said).toBe(Array.from({ length: 50 }, (_, index) => `b${index}`).join(''));
    // Small pieces are joined before they leave.
    expect([a.socket.writes, b.socket.writes]).toEqual([1, 1]);
  });
});

describe('memory', () => {
  /** Where the next bytes of a new outbox go. */
  function placeOfNext(): { buffer: ArrayBufferLike; offset: number } {
    const probe = new Pair();
    const offset = probe.outbox.reserve(1);
    const { buffer } = probe.outbox.target;
    probe.outbox.close(new Error('enough'));
    return { buffer, offset };
  }

  test('when the kernel takes everything at once, the same bytes of memory serve every turn', () => {
    const pair = new Pair();
    const before = placeOfNext();
    for (let index = 0; index < 1_000; index++) {
      pair.outbox.cork();
      pair.say(Buffer.alloc(1_000, index));
      pair.outbox.uncork();
    }
    expect(placeOfNext()).toEqual(before);
  });

  test('what waits for the kernel is not overwritten, whoever speaks meanwhile', async () => {
    const slow = new Pair('later');
    slow.say('a'.repeat(100));
    await Promise.resolve();
    const fast = new Pair();
    for (let index = 0; index < 2_000; index++) {
      fast.outbox.cork();
      fast.say('x'.repeat(100));
      fast.outbox.uncork();
    }
    await take(slow);
    expect(slow.said).toBe('a'.repeat(100));
  });

  test('a connection that waits gives the shared memory back when it has been served', async () => {
    const before = placeOfNext();
    const slow = new Pair('later');
    slow.say('a');
    await Promise.resolve();
    slow.say('b');
    await Promise.resolve();
    await take(slow);
    await take(slow);
    expect(slow.said).toBe('ab');
    expect(placeOfNext()).toEqual(before);
  });

  test('what waits behind a large payload is not overwritten either, though the kernel takes the first piece', async () => {
    const slow = new Pair('once');
    slow.outbox.cork();
    slow.outbox.attach(Buffer.alloc(300_000, 'p'));
    slow.say('behind');
    slow.outbox.uncork();
    expect(slow.outbox.blocked).toBe(true);
    const fast = new Pair();
    fast.outbox.cork();
    fast.say(Buffer.alloc(60_000, 'X'));
    fast.outbox.uncork();
    slow.socket.appetite = 'now';
    await take(slow);
    expect(slow.said.endsWith('pbehind')).toBe(true);
  });

  test('a connection that waits speaks into memory of its own, and holds nobody up', async () => {
    const slow = new Pair('later');
    slow.say('a');
    await Promise.resolve();
    slow.say('b');
    expect(slow.outbox.target.buffer).not.toBe(placeOfNext().buffer);
  });

  test('a connection that ends gives the shared memory back', async () => {
    const before = placeOfNext();
    const ends = new Pair('never');
    ends.say('a');
    await Promise.resolve();
    ends.say('b');
    ends.outbox.close(new Error('gone'));
    expect(placeOfNext()).toEqual(before);
  });

  test('a frame larger than the slab gets memory of its own, and takes nobody else along', () => {
    const before = placeOfNext();
    const pair = new Pair();
    pair.outbox.cork();
    pair.say('a');
    pair.say(Buffer.alloc(SLAB_SIZE * 3, 'b'));
    pair.say('c');
    pair.outbox.uncork();
    expect(pair.said).toBe(`a${'b'.repeat(SLAB_SIZE * 3)}c`);
    expect(placeOfNext()).toEqual(before);
  });

  test('a deferred socket never gets the shared memory: its bytes are read later', async () => {
    const pair = new Pair('now', true);
    pair.say('a');
    expect(pair.outbox.target.buffer).not.toBe(placeOfNext().buffer);
    await Promise.resolve();
    pair.say('b');
    const own = pair.outbox.target.buffer;
    await Promise.resolve();
    pair.say('c');
    // Nor does it get new memory for each turn.
    expect(pair.outbox.target.buffer).toBe(own);
  });

  test('an attached payload is not copied', () => {
    const pair = new Pair();
    const payload = Buffer.alloc(20_000, 'p');
    const write = vi.spyOn(pair.socket, 'write');
    pair.outbox.cork();
    pair.say('header');
    pair.outbox.attach(payload);
    pair.outbox.uncork();
    expect(pair.said).toBe(`header${'p'.repeat(20_000)}`);
    expect(write.mock.calls.map(([chunk]) => chunk)).toContain(payload);
    expect(pair.socket.writes).toBe(1);
  });

  test('a Uint8Array is attached with its own bytes, not those of its whole memory', () => {
    const pair = new Pair();
    pair.outbox.cork();
    pair.outbox.attach(new Uint8Array(Buffer.from('0123456789')).subarray(2, 5));
    pair.outbox.uncork();
    expect(pair.said).toBe('234');
  });
});

describe('frames that were made before', () => {
  const frames = ['one,', 'two,', 'three'].map((text) => Buffer.from(text));

  test('leave as they are when nothing else is said', async () => {
    const pair = new Pair();
    const write = vi.spyOn(pair.socket, 'write');
    pair.outbox.share(frames[0] as Buffer);
    expect(pair.outbox.bufferedAmount).toBe(4);
    await Promise.resolve();
    expect(write.mock.calls.map(([chunk]) => chunk)).toEqual([frames[0]]);
    expect(write.mock.calls[0]?.[0]).toBe(frames[0]);
    expect(pair.outbox.bufferedAmount).toBe(0);
  });

  test('said to many by one piece of code leave in one write for each, of the same memory', async () => {
    const pairs = [new Pair(), new Pair('later'), new Pair()];
    const writes = pairs.map(({ socket }) => vi.spyOn(socket, 'write'));
    for (const frame of frames) for (const { outbox } of pairs) outbox.share(frame);
    expect(pairs.map(({ outbox }) => outbox.bufferedAmount)).toEqual([13, 13, 13]);
    await Promise.resolve();
    const chunks = writes.map((write) => write.mock.calls[0]?.[0] as Buffer);
    expect(chunks.map(String)).toEqual(Array.from(pairs, () => 'one,two,three'));
    expect(new Set(chunks).size).toBe(1);
    expect(pairs[0]?.socket.writes).toBe(1);
  });

  test('keep their place among what else is said', () => {
    const pair = new Pair();
    pair.outbox.cork();
    pair.say('a,');
    for (const frame of frames) pair.outbox.share(frame);
    pair.say(',b,').outbox.attach(Buffer.from('c,'));
    pair.outbox.share(frames[0] as Buffer);
    pair.outbox.uncork();
    expect(pair.said).toBe('a,one,two,three,b,c,one,');
    expect(pair.socket.writes).toBe(1);
  });

  test('are forgotten with their connection', async () => {
    const pair = new Pair();
    pair.outbox.share(frames[0] as Buffer);
    pair.outbox.close(new Error('gone'));
    await Promise.resolve();
    expect(pair.outbox.bufferedAmount).toBe(0);
    expect(pair.said).toBe('');
  });
});

describe('a socket that does not take everything', () => {
  test('blocks the outbox until the kernel has taken it, also far below the mark of the socket', async () => {
    const pair = new Pair('later');
    pair.say('a');
    await Promise.resolve();
    expect(pair.outbox.blocked).toBe(true);
    expect(pair.log).toEqual(['blocked']);
    pair.say('b');
    await Promise.resolve();
    expect(pair.socket.writes).toBe(1);
    expect(pair.outbox.bufferedAmount).toBe(2);
    pair.socket.appetite = 'now';
    await take(pair);
    expect(pair.log).toEqual(['blocked', 'unblocked']);
    expect(pair.said).toBe('ab');
    expect(pair.outbox.blocked).toBe(false);
    expect(pair.outbox.bufferedAmount).toBe(0);
  });

  const ways: [string, (pair: Pair, payload: Buffer) => void][] = [
    ['attached', (pair, payload) => pair.outbox.attach(payload)],
    ['written', (pair, payload) => pair.say(payload)],
  ];

  // RFC 6455 §6.1(g)
  test.each(ways)('gets what was %s piece by piece, so that a slow reader shows that it reads', async (_how, say) => {
    const pair = new Pair('later');
    const payload = Buffer.from(Array.from({ length: 500_000 }, (_, index) => index % 251));
    pair.outbox.cork();
    say(pair, payload);
    pair.outbox.uncork();
    const amounts: number[] = [pair.outbox.bufferedAmount];
    while (pair.outbox.bufferedAmount > 0) {
      await take(pair);
      amounts.push(pair.outbox.bufferedAmount);
    }
    expect(amounts).toEqual([500_000, 368_928, 237_856, 106_784, 0]);
    expect(pair.log).toEqual([...Array(4).fill(['blocked', 'unblocked']).flat()]);
    expect(pair.socket.taken.equals(payload)).toBe(true);
  });

  test('that is deferred is blocked only when it is full', async () => {
    const pair = new Pair('later', true);
    pair.say('a'.repeat(SOCKET_MARK - 1));
    await Promise.resolve();
    expect(pair.outbox.blocked).toBe(false);
    // What it has been handed may wait all the same.
    expect(pair.waits).toBe(1);
    pair.say('b');
    await Promise.resolve();
    expect(pair.outbox.blocked).toBe(true);
    expect(pair.waits).toBe(1);
    pair.socket.appetite = 'now';
    await take(pair);
    expect(pair.outbox.blocked).toBe(false);
    expect(pair.said).toHaveLength(SOCKET_MARK);
  });

  test("is not believed when its 'drain' is about something else", async () => {
    const pair = new Pair('later');
    pair.say('a');
    await Promise.resolve();
    pair.outbox.onSocketDrain();
    expect(pair.outbox.blocked).toBe(true);
    expect(pair.log).toEqual(['blocked']);
  });
});

describe('bufferedAmount', () => {
  test('counts what is open, what waits, and what the socket holds', async () => {
    const pair = new Pair('later');
    pair.outbox.cork();
    pair.say('12345', 100);
    expect(pair.outbox.bufferedAmount).toBe(5);
    pair.outbox.attach(Buffer.alloc(1_000));
    expect(pair.outbox.bufferedAmount).toBe(1_005);
    pair.outbox.uncork();
    expect(pair.outbox.bufferedAmount).toBe(1_005);
    pair.say('67');
    expect(pair.outbox.bufferedAmount).toBe(1_007);
    pair.socket.appetite = 'now';
    await take(pair);
    expect(pair.outbox.bufferedAmount).toBe(0);
  });
});

describe('onDrain', () => {
  test('comes once after each wish, when everything has been taken', async () => {
    const pair = new Pair('later');
    pair.say('a');
    pair.outbox.wantDrain();
    pair.outbox.wantDrain();
    await settled();
    expect(pair.log).toEqual(['blocked']);
    pair.socket.appetite = 'now';
    await take(pair);
    expect(pair.log).toEqual(['blocked', 'unblocked', 'drain']);
    pair.say('b');
    await settled();
    expect(pair.log).toHaveLength(3);
    pair.say('c');
    pair.outbox.wantDrain();
    await settled();
    expect(pair.log).toEqual(['blocked', 'unblocked', 'drain', 'drain']);
  });

  test('comes for a deferred socket too, whether the wish is older than the bytes or not', async () => {
    const pair = new Pair('later', true);
    pair.outbox.wantDrain();
    pair.say('a');
    await settled();
    expect(pair.log).toEqual([]);
    await take(pair);
    await settled();
    expect(pair.log).toEqual(['drain']);
    pair.say('b');
    await settled();
    pair.outbox.wantDrain();
    await settled();
    expect(pair.log).toEqual(['drain']);
    await take(pair);
    await take(pair);
    await settled();
    expect(pair.log).toEqual(['drain', 'drain']);
  });

  test('is never called within relieve(): whoever relieves is in the middle of something', async () => {
    const pair = new Pair();
    pair.say('a');
    pair.outbox.wantDrain();
    pair.outbox.relieve();
    expect(pair.log).toEqual([]);
    await Promise.resolve();
    expect(pair.log).toEqual(['drain']);
    pair.outbox.cork();
    pair.say('b');
    pair.outbox.wantDrain();
    pair.outbox.relieve();
    expect(pair.log).toEqual(['drain']);
    pair.outbox.uncork();
    expect(pair.log).toEqual(['drain', 'drain']);
  });

  test('that throws costs no other outbox its bytes', async () => {
    const [bad, good] = [new Pair(), new Pair()];
    bad.onDrained = () => {
      throw new Error('mine');
    };
    const errors = await uncaughtExceptions(1, () => {
      bad.say('a');
      bad.outbox.wantDrain();
      good.say('b');
    });
    expect(errors).toMatchObject([{ message: 'mine' }]);
    await settled();
    expect([bad.said, good.said]).toEqual(['a', 'b']);
  });

  test('may send more, and wish again', async () => {
    const pair = new Pair();
    let rounds = 0;
    pair.onDrained = () => {
      if (++rounds === 5) return;
      pair.say(`${rounds}`);
      pair.outbox.wantDrain();
    };
    pair.say('0');
    pair.outbox.wantDrain();
    await settled();
    expect(pair.said).toBe('01234');
    expect(rounds).toBe(5);
  });

  test('never comes once the socket is destroyed', async () => {
    const pair = new Pair();
    pair.say('a');
    pair.outbox.wantDrain();
    pair.socket.destroy();
    await settled();
    expect(pair.log).toEqual([]);
  });
});

describe('callbacks', () => {
  test('are called when what was said before them has been taken, in order', async () => {
    const pair = new Pair('later');
    const calls: string[] = [];
    pair.say('a');
    pair.outbox.afterWrite(() => calls.push('a'));
    await Promise.resolve();
    pair.say('b');
    pair.outbox.afterWrite(() => calls.push('b'));
    await settled();
    expect(calls).toEqual([]);
    await take(pair);
    expect(calls).toEqual(['a']);
    await take(pair);
    expect(calls).toEqual(['a', 'b']);
  });

  test('of a message are called when its piece has been taken, although there is always more behind it', async () => {
    const pair = new Pair('later');
    const calls: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      pair.outbox.attach(Buffer.alloc(100_000, name));
      pair.outbox.afterWrite(() => calls.push(name));
    }
    await Promise.resolve();
    await take(pair);
    expect(calls).toEqual(['a']);
    pair.outbox.attach(Buffer.alloc(100_000, 'e'));
    await take(pair);
    expect(calls).toEqual(['a', 'b']);
    await take(pair);
    await take(pair);
    expect(calls).toEqual(['a', 'b', 'c', 'd']);
  });

  test('without bytes wait for those before them', async () => {
    const pair = new Pair('later', true);
    const calls: string[] = [];
    pair.say('a');
    await Promise.resolve();
    pair.outbox.afterWrite(() => calls.push('a'));
    await settled();
    expect(calls).toEqual([]);
    await take(pair);
    await take(pair);
    await settled();
    expect(calls).toEqual(['a']);
  });

  test('with nothing before them are called soon', async () => {
    const pair = new Pair();
    const callback = vi.fn();
    pair.outbox.afterWrite(callback);
    expect(callback).not.toHaveBeenCalled();
    await settled();
    expect(callback).toHaveBeenCalledOnce();
  });

  test('of what never leaves are told why: what waits, and what was under way', async () => {
    const pair = new Pair('never');
    const calls: [string, unknown][] = [];
    pair.say('under way');
    pair.outbox.afterWrite((error) => calls.push(['under way', error]));
    await Promise.resolve();
    pair.say('waits');
    pair.outbox.afterWrite((error) => calls.push(['waits', error]));
    pair.socket.destroy();
    await once(pair.socket, 'close');
    const reason = new Error('gone');
    pair.outbox.close(reason);
    await settled();
    expect(calls).toEqual([
      ['under way', expect.any(Error)],
      ['waits', reason],
    ]);
  });

  test('come with an error when Node reports none for what a destroyed socket had under way', async () => {
    const pair = new Pair('later');
    const callback = vi.fn();
    pair.say('a');
    pair.outbox.afterWrite(callback);
    await Promise.resolve();
    // As node:net does it: the write that is cancelled ends without an error.
    pair.socket.destroy();
    pair.socket.swallow();
    await settled();
    expect(callback.mock.calls).toEqual([[expect.any(Error)]]);
  });

  test('that throw keep no other from being called', async () => {
    const pair = new Pair();
    const calls: string[] = [];
    const errors = await uncaughtExceptions(1, () => {
      pair.say('a');
      pair.outbox.afterWrite(() => {
        throw new Error('mine');
      });
      pair.outbox.afterWrite(() => calls.push('second'));
    });
    expect(errors).toMatchObject([{ message: 'mine' }]);
    await settled();
    expect(calls).toEqual(['second']);
  });
});

describe('end()', () => {
  test('ends our side behind everything said, in a turn and outside', async () => {
    const pair = new Pair();
    pair.outbox.cork();
    pair.say('a');
    pair.outbox.end();
    pair.say('b');
    expect(pair.socket.writableEnded).toBe(false);
    pair.outbox.uncork();
    expect(pair.socket.writableEnded).toBe(true);
    expect(pair.said).toBe('ab');
  });

  test('waits for a socket that takes nothing', async () => {
    const pair = new Pair('later');
    pair.say('a');
    await Promise.resolve();
    pair.say('b');
    pair.outbox.end();
    await settled();
    expect(pair.socket.writableEnded).toBe(false);
    await take(pair);
    await take(pair);
    expect(pair.socket.writableEnded).toBe(true);
    expect(pair.said).toBe('ab');
  });

  test('is the end: what is said later never reaches the socket, which would fail for it', async () => {
    const pair = new Pair();
    const failed = vi.fn();
    pair.socket.on('error', failed);
    pair.say('a');
    pair.outbox.end();
    pair.outbox.end();
    const callback = vi.fn();
    pair.say('late');
    pair.outbox.afterWrite(callback);
    await settled();
    expect(failed).not.toHaveBeenCalled();
    expect(pair.said).toBe('a');
    const reason = new Error('gone');
    pair.outbox.close(reason);
    expect(callback.mock.calls).toEqual([[reason]]);
  });
});

describe('close()', () => {
  test('leaves nothing behind, and what comes later goes nowhere', async () => {
    const pair = new Pair('never');
    pair.say('a');
    await Promise.resolve();
    pair.say('b');
    pair.socket.destroy();
    pair.outbox.close(new Error('gone'));
    pair.say('late');
    await settled();
    expect(pair.said).toBe('');
    expect(pair.log).toEqual(['blocked']);
  });
});
