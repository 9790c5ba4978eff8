// How a poll is answered: a response of node:http, or one of the Fetch API. Small, so that everything else is written once.

/** A whole response. */
export interface Answer {
  readonly status: number;
  /** Those that this status needs; without those of the application. */
  readonly fields: Readonly<Record<string, string>>;
  /** `undefined`: the status has none. */
  readonly body: Buffer | undefined;
}

/** One response. */
export interface Reply {
  /** From now on `onGone` will be called when there is nobody any more, or the answer has been taken: once. */
  start(onGone: () => void): void;
  /** Answers. Called once. */
  send(answer: Answer): void;
  /** Ends the connection at once. */
  destroy(): void;
}
