// Where the bytes of a stream go: a response of node:http, or the reader of a Fetch response. Small, so that everything else
// is written once.

/** What became of bytes that were handed to a sink. */
export const Outcome = {
  /** They have been taken: nothing waits. */
  Taken: 0,
  /** They are on their way, and more may follow. Nobody says by himself when they have been taken. */
  Waiting: 1,
  /** They wait, and nothing may follow before {@link SinkOwner.onRoom}. */
  Full: 2,
} as const;
/** One of them. */
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** Told of what happens at the other side. */
export interface SinkOwner {
  /** Everything has been taken after {@link Outcome.Full}. */
  onRoom(): void;
  /** Everything has been taken after {@link Sink.awaitTaken}. */
  onTaken(): void;
  /** There is nobody any more. @param finished whether everything was taken first, and then the response ended. */
  onGone(finished: boolean): void;
}

/** One response's body. */
export interface Sink {
  /** Bytes that wait. */
  readonly bufferedAmount: number;
  /** From now on `owner` is told. Called once, before anything else. */
  start(owner: SinkOwner): void;
  /** @param bytes may be others' too, and are kept until they have been taken. */
  write(bytes: Buffer): Outcome;
  /** Asks for one {@link SinkOwner.onTaken}, while something waits and {@link Outcome.Waiting} was the last outcome. */
  awaitTaken(): void;
  /** Ends the response behind everything written. {@link SinkOwner.onGone} follows. */
  end(): void;
  /** Ends it at once, and the connection with it. */
  destroy(): void;
  /** Tells nobody any more, and holds on to nothing. */
  release(): void;
}

/** Of a response that has no body, or no reader any more. */
export const NOWHERE: Sink = Object.freeze({
  bufferedAmount: 0,
  start() {},
  write: () => Outcome.Taken,
  awaitTaken() {},
  end() {},
  destroy() {},
  release() {},
});
