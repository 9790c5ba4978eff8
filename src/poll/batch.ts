// The body of an answer, from messages that are JSON already: RFC 8259. Nothing is parsed or written a second time.
import { amount, type BatchLimits, PollDefaults } from './options.ts';

/** One message. */
export interface PollMessage {
  /** It, as JSON: the application's promise, nobody looks. */
  readonly json: string | Uint8Array;
  /** Where a client stands that has this message and those before it. */
  readonly cursor: string;
}

/** What a poll is answered with. */
export interface PollBatch {
  /** Oldest first. No more are asked for than fit into the answer, and one. */
  readonly messages: Iterable<PollMessage>;
  /** Where the client stands that has all of {@link messages}: of an answer that holds fewer, the last one's is told. */
  readonly cursor: string | null;
  /** Whether there were messages before these that the client can no longer be given. Default `false`. */
  readonly gap?: boolean | undefined;
  /** When it is answered, in milliseconds since 1970. Default: now. */
  readonly timestamp?: number | undefined;
}

/** An answer, made once for any number of polls that want the same. */
export interface EncodedBatch {
  /** The body. It must not be changed. */
  readonly body: Buffer;
  /** How many messages are in it: those from the front of the batch. */
  readonly count: number;
  /** The cursor that it tells. */
  readonly cursor: string | null;
}

const HEAD = Buffer.from('{"messages":[');
const COMMA = Buffer.from(',');

/**
 * Encodes as many messages as one answer may hold, from the front.
 *
 * @throws TypeError for a message without JSON, or an option that is no number; RangeError for one that is less than 1.
 */
export function encodeBatch(batch: PollBatch, limits: BatchLimits = {}): EncodedBatch {
  const most = amount('maxMessages', limits.maxMessages, PollDefaults.maxMessages, 1);
  const room = amount('maxBatchSize', limits.maxBatchSize, PollDefaults.maxBatchSize, 1);
  const pieces: Uint8Array[] = [HEAD];
  let { cursor } = batch;
  let last: string | null = null;
  let count = 0;
  let bytes = 0;
  for (const message of batch.messages) {
    const json = typeof message.json === 'string' ? Buffer.from(message.json) : message.json;
    if (!(json instanceof Uint8Array) || json.length === 0) throw new TypeError('a message of a poll must be JSON');
    bytes += json.length + (count === 0 ? 0 : COMMA.length);
    if (count > 0 && (count >= most || bytes > room)) {
      cursor = last;
      break;
    }
    if (count > 0) pieces.push(COMMA);
    pieces.push(json);
    last = message.cursor;
    count++;
  }
  const { gap = false, timestamp = Date.now() } = batch;
  const rest = JSON.stringify({ cursor, gap, timestamp });
  pieces.push(Buffer.from(`],${rest.slice(1)}`));
  return { body: Buffer.concat(pieces), count, cursor };
}
