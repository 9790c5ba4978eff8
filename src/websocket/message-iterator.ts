// `for await (const { data, isBinary } of ws)`: messages by pulling. The socket stands still while nobody pulls, so that a
// slow loop slows the peer down instead of filling memory.
import type { EventEmitter } from 'node:events';
import { ReadyState } from './ready-state.ts';

/** A message as the loop gets it. */
export interface Message {
  /** A Buffer of UTF-8 for text; for binary data what `binaryType` says. */
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** What a WebSocket offers to the loop. */
export interface MessageSource extends EventEmitter {
  readonly readyState: ReadyState;
  pause(): void;
  resume(): void;
}

interface Pull {
  resolve(result: IteratorResult<Message, undefined>): void;
  reject(error: Error): void;
}

const DONE: IteratorResult<Message, undefined> = Object.freeze({ done: true, value: undefined });

/** The messages of `source` from now on. Leaving the loop stops the listening, not the connection. */
export class MessageIterator implements AsyncIterableIterator<Message, undefined> {
  readonly #source: MessageSource;
  readonly #messages: Message[] = [];
  readonly #pulls: Pull[] = [];
  #over = false;
  #error: Error | undefined = undefined;

  constructor(source: MessageSource) {
    this.#source = source;
    this.#over = source.readyState === ReadyState.CLOSED;
    if (this.#over) return;
    source.on('message', this.#onMessage);
    source.on('error', this.#onError);
    source.on('close', this.#onClose);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    const value = this.#messages.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (this.#over) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#pulls.push({ resolve, reject });
      // Behind that: a message that was held back comes within this call.
      this.#source.resume();
    });
  }

  return(): Promise<IteratorResult<Message, undefined>> {
    this.#end();
    this.#messages.length = 0;
    this.#source.resume();
    return Promise.resolve(DONE);
  }

  readonly #onMessage = (data: Buffer, isBinary: boolean): void => {
    const pull = this.#pulls.shift();
    if (pull === undefined) this.#messages.push({ data, isBinary });
    else pull.resolve({ done: false, value: { data, isBinary } });
    // The next one is wanted only when somebody pulls.
    if (this.#pulls.length === 0) this.#source.pause();
  };

  readonly #onError = (error: Error): void => {
    const pull = this.#pulls.shift();
    if (pull === undefined) this.#error = error;
    else pull.reject(error);
  };

  readonly #onClose = (): void => this.#end();

  #end(): void {
    this.#over = true;
    this.#source.removeListener('message', this.#onMessage);
    this.#source.removeListener('error', this.#onError);
    this.#source.removeListener('close', this.#onClose);
    for (const pull of this.#pulls.splice(0)) pull.resolve(DONE);
  }
}
