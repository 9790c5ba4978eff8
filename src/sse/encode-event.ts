// An event as the bytes that every stream sends: encoded once, whoever many read it. HTML §9.2.5: UTF-8, always.
// Never writes a line itself: eventstream/writer.ts is the only code that does.
import { type ServerSentEvent, writeComment, writeEvent } from '../eventstream/index.ts';

/**
 * Encodes one event, for `sendEncoded` of any number of streams.
 *
 * @returns bytes that must not be changed: streams keep them and share them until they have been sent.
 * @throws TypeError or RangeError as `writeEvent` of `sluice/eventstream`, when the event cannot be written as it is.
 */
export function encodeEvent(event: ServerSentEvent): Buffer {
  return Buffer.from(writeEvent(event));
}

/**
 * Encodes a comment, which no client shows to anybody.
 *
 * @returns bytes as those of {@link encodeEvent}.
 * @throws TypeError when `text` is not a string.
 */
export function encodeComment(text: string): Buffer {
  return Buffer.from(writeComment(text));
}
