// The body of a Fetch response as a sink: a ReadableStream (WHATWG Streams §4) that holds no more than its high-water mark,
// and is filled when its reader pulls. Whoever reads it is the client here: a server of the Fetch API, as a rule.
import { Outcome, type Sink, type SinkOwner } from './sink.ts';

/** Bytes that the stream wants to hold for its reader. */
const HIGH_WATER_MARK = 16_384;

/** One response's body. */
export class FetchSink implements Sink {
  /** What the response is made of. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #signal: AbortSignal;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined = undefined;
  #owner: SinkOwner | undefined = undefined;
  #isFull = false;
  #awaitsTaken = false;
  #isEnding = false;
  readonly #onAbort = (): void => {
    // A server that cancels no body of a client who has gone would wait for its end.
    this.#controller?.close();
    this.#leave(false);
  };

  /** @param signal of the request: aborted when the client has gone. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
    // Not a byte stream: those take the memory of what they are given, and ours belongs to other streams as well.
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#onPull(),
        cancel: () => this.#leave(false),
      },
      { highWaterMark: HIGH_WATER_MARK, size: (chunk) => chunk.byteLength },
    );
  }

  get bufferedAmount(): number {
    // `null` when the stream has failed.
    return HIGH_WATER_MARK - (this.#controller?.desiredSize ?? HIGH_WATER_MARK);
  }

  start(owner: SinkOwner): void {
    this.#owner = owner;
    this.#signal.addEventListener('abort', this.#onAbort);
  }

  write(bytes: Buffer): Outcome {
    this.#controller?.enqueue(bytes);
    const { bufferedAmount } = this;
    if (bufferedAmount === 0) return Outcome.Taken;
    if (bufferedAmount < HIGH_WATER_MARK) return Outcome.Waiting;
    this.#isFull = true;
    return Outcome.Full;
  }

  awaitTaken(): void {
    this.#awaitsTaken = true;
  }

  end(): void {
    this.#isEnding = true;
    this.#onPull();
  }

  destroy(): void {
    this.#controller?.error(new Error('the event stream was ended'));
  }

  release(): void {
    this.#owner = undefined;
    this.#controller = undefined;
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  /** The reader has taken something, and there is room; called now and then also when it has not. */
  #onPull(): void {
    if (this.bufferedAmount > 0) return;
    if (this.#isFull) {
      this.#isFull = false;
      this.#owner?.onRoom();
    } else if (this.#awaitsTaken) {
      this.#awaitsTaken = false;
      this.#owner?.onTaken();
    } else if (this.#isEnding) {
      // Not before: of a stream that is closed nobody hears any more whether its rest has been read.
      this.#controller?.close();
      this.#leave(true);
    }
  }

  #leave(finished: boolean): void {
    this.#owner?.onGone(finished);
  }
}
