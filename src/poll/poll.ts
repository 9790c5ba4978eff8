// What an application holds of one long poll, over whatever it is answered: RFC 9110, and RFC 6202 §2 for what it is.
import type { EncodedBatch, PollBatch } from './batch.ts';

/**
 * Why a poll is held no more. `'answered'`: {@link Poll.answer}. `'released'`: {@link Poll.release}, or nothing came within
 * `holdTimeout`. `'dismissed'`: {@link Poll.dismiss}, or `PollSessions` has got a newer one. `'refused'`:
 * {@link Poll.refuse}. `'gone'`: the client, or the network, has ended it.
 */
export type PollEnd = 'answered' | 'released' | 'dismissed' | 'refused' | 'gone';

/** A request that waits for messages. It is answered once; whatever comes later does nothing. */
export interface Poll {
  /** Whether it still waits. */
  readonly isHeld: boolean;
  /** Where its client stands; told by {@link release}. It may be moved on past messages that are not for this client. */
  cursor: string | null;

  /**
   * Calls `callback` once, when the poll is held no more; at once when it is not any more. Any number may be told, in order.
   */
  whenEnded(callback: (end: PollEnd) => void): void;

  /**
   * Answers with messages, as many as fit.
   *
   * @returns how many: those from the front. 0 when the poll is not held.
   * @throws TypeError for a message without JSON; the poll is held as before.
   */
  answer(batch: PollBatch): number;
  /** Answers with what `encodeBatch` made, for many polls that wait for the same. @returns as {@link answer}. */
  answerEncoded(batch: EncodedBatch): number;
  /** Answers with no messages: the client polls again. Comes by itself after `holdTimeout`. */
  release(): void;
  /** Answers with 204: the client has a newer poll. */
  dismiss(): void;
  /**
   * Answers with an error.
   *
   * @param status from 400 to 599.
   * @param retryAfter seconds until the client may come again (RFC 9110 §10.2.3), rounded up.
   * @throws RangeError when they are not.
   */
  refuse(status: number, retryAfter?: number): void;
}
