// Stands in for the Deflater of deflate/: answers at once, later, or not at all, as a test wants it.
import type { Deflater, DeflateSink } from '../../src/deflate/index.ts';

/** What it makes of a payload: the same bytes between brackets, so that nobody takes one for the other. */
export function deflatedForm(payload: Uint8Array | string): Buffer {
  return Buffer.concat([Buffer.from('<'), Buffer.from(payload), Buffer.from('>')]);
}

export class FakeDeflater {
  contextTakeover = false;
  key = 'fake';
  /** Whether to answer later, by {@link finish} or {@link fail}. */
  slow = false;
  /** What to throw instead of answering. */
  failure: Error | undefined = undefined;
  /** The payloads that were asked for. */
  readonly asked: string[] = [];
  /** The payload that was asked for last, itself. */
  last: Buffer | undefined = undefined;
  closed = 0;
  #pending: { payload: Buffer; sink: DeflateSink } | undefined = undefined;

  deflate(payload: Buffer, sink: DeflateSink): Buffer | undefined {
    if (this.closed > 0) throw new TypeError('this Deflater is closed');
    if (this.#pending !== undefined) throw new TypeError('a Deflater takes one message at a time');
    if (!Buffer.isBuffer(payload)) throw new TypeError('zlib takes bytes');
    this.asked.push(payload.toString());
    this.last = payload;
    if (this.failure !== undefined) throw this.failure;
    if (!this.slow) return deflatedForm(payload);
    this.#pending = { payload, sink };
    return undefined;
  }

  /** Gives the answer that is owed. */
  finish(): void {
    const { payload, sink } = this.#take();
    sink.onDeflated(deflatedForm(payload));
  }

  /** Says that there is no memory. */
  fail(): void {
    this.#take().sink.onDeflateFailed(new Error('no memory'));
  }

  /** Whether an answer is owed. */
  get busy(): boolean {
    return this.#pending !== undefined;
  }

  close(): void {
    this.closed++;
    this.#pending = undefined;
  }

  /** As the type that the code under test wants: a class with private fields has no other double. */
  get asDeflater(): Deflater {
    return this as unknown as Deflater;
  }

  #take(): { payload: Buffer; sink: DeflateSink } {
    const pending = this.#pending;
    if (pending === undefined) throw new Error('nothing is being deflated');
    this.#pending = undefined;
    return pending;
  }
}
