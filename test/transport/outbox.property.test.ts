// Many outboxes over the one shared slab, whatever is said, held back, taken and ended in whatever order: every byte comes
// out where it belongs, exactly once, unchanged; `bufferedAmount` is right at every moment; everybody who waits is told.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Outbox } from '../../src/transport/outbox.ts';
import type { OutboxOwner } from '../../src/transport/outbox-owner.ts';
import { SLAB_SIZE } from '../../src/transport/slab.ts';
import { FakeSocket } from './fake-socket.ts';

/** One outbox beside what it should have done. */
class Subject implements OutboxOwner {
  readonly socket: FakeSocket;
  readonly outbox: Outbox;
  /** Everything said, in order. */
  readonly #said: Buffer[] = [];
  #saidBytes = 0;
  readonly #deferred: boolean;
  readonly #name: number;
  #wantsDrain = false;
  #isClosed = false;
  /** For each callback what had been said before it. */
  readonly #waiting: number[] = [];
  #called = 0;
  isCorked = false;

  constructor(name: number, deferred: boolean, appetite: 'now' | 'later') {
    this.#name = name;
    this.#deferred = deferred;
    this.socket = new FakeSocket(appetite);
    this.outbox = new Outbox(this.socket, this, deferred);
    this.socket.on('drain', () => this.outbox.onSocketDrain());
  }

  onWaiting(): void {}
  onBlocked(): void {
    expect(this.outbox.blocked).toBe(true);
    expect(this.socket.writableLength).toBeGreaterThan(0);
  }

  onUnblocked(): void {
    expect(this.outbox.blocked).toBe(false);
    expect(this.socket.writableLength).toBe(0);
  }

  onDrain(): void {
    // Once for each wish, and only when there is nothing left.
    expect(this.#wantsDrain).toBe(true);
    expect(this.outbox.bufferedAmount).toBe(0);
    this.#wantsDrain = false;
  }

  #pattern(size: number): Buffer {
    const bytes = Buffer.allocUnsafe(size);
    for (let index = 0; index < size; index++) bytes[index] = (this.#saidBytes + index) * 31 + this.#name * 77 + 5;
    this.#said.push(Buffer.from(bytes));
    this.#saidBytes += size;
    return bytes;
  }

  write(size: number, spare: number): void {
    const offset = this.outbox.reserve(size + spare);
    const { target } = this.outbox;
    // Whatever was in the spare room is nobody's.
    target.fill(0xee, offset, offset + size + spare);
    target.set(this.#pattern(size), offset);
    this.outbox.commit(size);
  }

  attach(size: number): void {
    this.outbox.attach(this.#pattern(size));
  }

  share(size: number): void {
    this.outbox.share(this.#pattern(size));
  }

  callback(): void {
    const order = this.#waiting.length;
    const before = this.#saidBytes;
    this.#waiting.push(before);
    this.outbox.afterWrite((error) => {
      expect(order).toBe(this.#called++);
      if (this.#isClosed) return;
      expect(error ?? undefined).toBeUndefined();
      expect(this.socket.takenBytes).toBeGreaterThanOrEqual(before);
    });
  }

  wantDrain(): void {
    this.#wantsDrain = true;
    this.outbox.wantDrain();
  }

  check(): void {
    if (!this.#isClosed) expect(this.outbox.bufferedAmount).toBe(this.#saidBytes - this.socket.takenBytes);
    if (!this.#deferred && !this.outbox.blocked && !this.#isClosed) expect(this.socket.writableLength).toBe(0);
  }

  close(): void {
    this.#isClosed = true;
    this.socket.destroy();
    this.outbox.close(new Error('gone'));
  }

  /** Nothing is held back any more. */
  async finish(): Promise<void> {
    if (this.isCorked) this.outbox.uncork();
    this.socket.appetite = 'now';
    // A wish made while nothing waited is about the next bytes.
    if (!this.#isClosed) this.write(1, 0);
    do {
      this.socket.swallow();
      await nextTurn();
    } while (this.socket.isHolding);
    const said = Buffer.concat(this.#said);
    const { taken } = this.socket;
    if (this.#isClosed) {
      expect(taken.equals(said.subarray(0, taken.length))).toBe(true);
    } else {
      expect(taken.equals(said)).toBe(true);
      expect(this.outbox.bufferedAmount).toBe(0);
      expect(this.#wantsDrain).toBe(false);
    }
    expect(this.#called).toBe(this.#waiting.length);
    this.close();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 200 }) },
  { weight: 3, arbitrary: fc.integer({ min: 200, max: 17_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 17_000, max: SLAB_SIZE * 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(SLAB_SIZE - 1, SLAB_SIZE, SLAB_SIZE + 1, 4_096, 16_384, 131_072, 131_073) },
);
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('write' as const), size, spare: fc.nat(50) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('attach' as const), size }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('share' as const), size }) },
  {
    weight: 14,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...([
          'cork',
          'uncork',
          'callback',
          'wantDrain',
          'relieve',
          'flush',
          'take',
          'now',
          'once',
          'later',
          'wait',
        ] as const),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const) }) },
);

test('random lives of five outboxes over one slab', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(4), step), { maxLength: 150 }),
      fc.array(fc.tuple(fc.boolean(), fc.constantFrom('now' as const, 'later' as const)), {
        minLength: 5,
        maxLength: 5,
      }),
      async (steps, sockets) => {
        const subjects = sockets.map(([deferred, appetite], name) => new Subject(name, deferred, appetite));
        const closed = new Set<Subject>();
        for (const [who, action] of steps) {
          const subject = subjects[who] as Subject;
          if (closed.has(subject)) continue;
          switch (action.kind) {
            case 'write':
              subject.write(action.size, action.spare);
              break;
            case 'attach':
              subject.attach(action.size);
              break;
            case 'share':
              subject.share(action.size);
              break;
            case 'cork':
              subject.outbox.cork();
              subject.isCorked = true;
              break;
            case 'uncork':
              subject.isCorked = false;
              subject.outbox.uncork();
              break;
            case 'callback':
              subject.callback();
              break;
            case 'wantDrain':
              subject.wantDrain();
              break;
            case 'relieve':
              subject.outbox.relieve();
              break;
            case 'flush':
              if (!subject.isCorked) subject.outbox.flush();
              break;
            case 'take':
              subject.socket.swallow();
              break;
            case 'now':
            case 'once':
            case 'later':
              subject.socket.appetite = action.kind;
              break;
            case 'wait':
              await nextTurn();
              break;
            case 'close':
              subject.close();
              closed.add(subject);
              break;
          }
          for (const each of subjects) each.check();
        }
        for (const subject of subjects) await subject.finish();
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);
