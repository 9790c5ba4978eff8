// Stands in for the Inflater of deflate/: answers at once or later, as a test wants it, and counts what it was asked.
import type { InflateFailure, Inflater, InflateSink } from '../../src/deflate/index.ts';

/** What it makes of a payload: the same bytes between brackets, so that nobody takes one for the other. */
export function inflatedForm(payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('<'), payload, Buffer.from('>')]);
}

export class FakeInflater {
  /** What to answer instead of {@link inflatedForm}. */
  answer: Buffer | InflateFailure | undefined = undefined;
  /** Whether to answer later, by {@link finish}. */
  slow = false;
  /** What was asked: the payloads and their limits. */
  readonly asked: { payload: Buffer; maxLength: number }[] = [];
  closed = 0;
  #sink: InflateSink | undefined = undefined;

  inflate(payload: Buffer, maxLength: number, sink: InflateSink): Buffer | InflateFailure | undefined {
    if (this.closed > 0) throw new TypeError('this Inflater is closed');
    if (this.#sink !== undefined) throw new TypeError('an Inflater takes one message at a time');
    this.asked.push({ payload: Buffer.from(payload), maxLength });
    if (!this.slow) return this.answer ?? inflatedForm(payload);
    this.#sink = sink;
    return undefined;
  }

  /** Gives the answer that is owed. */
  finish(): void {
    const sink = this.#sink;
    const payload = this.asked.at(-1)?.payload;
    if (sink === undefined || payload === undefined) throw new Error('nothing is being inflated');
    this.#sink = undefined;
    const answer = this.answer ?? inflatedForm(payload);
    if (Buffer.isBuffer(answer)) sink.onInflated(answer);
    else sink.onInflateFailed(answer);
  }

  close(): void {
    this.closed++;
    this.#sink = undefined;
  }

  /** As the type that the code under test wants: a class with private fields has no other double. */
  get asInflater(): Inflater {
    return this as unknown as Inflater;
  }
}
