// One long poll over whatever it is answered: held for a time, answered once, and given back on every way out. RFC 6202 §2.
import { clock, type Timed } from '../transport/index.ts';
import { jsonAnswer, NO_CONTENT, refusal } from './answers.ts';
import { type EncodedBatch, encodeBatch, type PollBatch } from './batch.ts';
import { amount, PollDefaults, type PollOptions } from './options.ts';
import type { Poll, PollEnd } from './poll.ts';
import type { Answer, Reply } from './reply.ts';

const NO_MESSAGES: readonly never[] = [];

/** {@link PollOptions} as they are used. */
export interface PollSettings {
  readonly holdTimeout: number;
  readonly writeTimeout: number;
  readonly maxMessages: number;
  readonly maxBatchSize: number;
}

/** @throws TypeError or RangeError naming the option that is not what it must be. */
export function readSettings(options: PollOptions): PollSettings {
  return {
    holdTimeout: amount('holdTimeout', options.holdTimeout, PollDefaults.holdTimeout),
    writeTimeout: amount('writeTimeout', options.writeTimeout, PollDefaults.writeTimeout),
    maxMessages: amount('maxMessages', options.maxMessages, PollDefaults.maxMessages, 1),
    maxBatchSize: amount('maxBatchSize', options.maxBatchSize, PollDefaults.maxBatchSize, 1),
  };
}

/** A poll. */
export class HeldPoll implements Poll, Timed {
  clockIndex = -1;
  clockDeadline = 0;
  cursor: string | null;
  readonly #reply: Reply;
  readonly #settings: PollSettings;
  #callbacks: ((end: PollEnd) => void)[] = [];
  #end: PollEnd | undefined = undefined;

  /** @param reply which this poll alone starts and answers. */
  constructor(reply: Reply, settings: PollSettings, cursor: string | null) {
    this.cursor = cursor;
    this.#reply = reply;
    this.#settings = settings;
    clock.schedule(this, clock.now() + settings.holdTimeout);
    reply.start(() => this.#leave());
  }

  get isHeld(): boolean {
    return this.#end === undefined;
  }

  whenEnded(callback: (end: PollEnd) => void): void {
    if (this.#end === undefined) this.#callbacks.push(callback);
    else callback(this.#end);
  }

  answer(batch: PollBatch): number {
    return this.isHeld ? this.answerEncoded(encodeBatch(batch, this.#settings)) : 0;
  }

  answerEncoded({ body, count }: EncodedBatch): number {
    if (!this.isHeld) return 0;
    this.#send(jsonAnswer(body), 'answered');
    return count;
  }

  release(): void {
    if (!this.isHeld) return;
    const { body } = encodeBatch({ messages: NO_MESSAGES, cursor: this.cursor });
    this.#send(jsonAnswer(body), 'released');
  }

  dismiss(): void {
    if (this.isHeld) this.#send(NO_CONTENT, 'dismissed');
  }

  refuse(status: number, retryAfter?: number): void {
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(`a poll is refused with a status from 400 to 599, not ${String(status)}`);
    }
    if (retryAfter !== undefined && !(retryAfter >= 0 && retryAfter <= Number.MAX_SAFE_INTEGER)) {
      throw new RangeError(`retryAfter must be a non-negative number of seconds, not ${String(retryAfter)}`);
    }
    if (!this.isHeld) return;
    const more = retryAfter === undefined ? undefined : { 'Retry-After': String(Math.ceil(retryAfter)) };
    this.#send(refusal(status, more), 'refused');
  }

  #send(answer: Answer, end: PollEnd): void {
    const { writeTimeout } = this.#settings;
    // It is the answer's time from here on; a reply that is over at once takes it back.
    if (writeTimeout === 0) clock.cancel(this);
    else clock.schedule(this, clock.now() + writeTimeout);
    this.#end = end;
    this.#reply.send(answer);
    this.#tell(end);
  }

  /** There is nobody any more, or the answer has been taken. */
  #leave(): void {
    clock.cancel(this);
    if (!this.isHeld) return;
    this.#end = 'gone';
    this.#tell('gone');
  }

  #tell(end: PollEnd): void {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const callback of callbacks) callback(end);
  }

  onTime(): void {
    if (this.isHeld) this.release();
    else this.#reply.destroy();
  }
}
