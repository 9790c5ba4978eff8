// Server-Sent Events as text: the only code that writes an event or a comment. HTML §9.2.5 (the grammar).
// Never writes a line that its caller did not ask for: a line end ends in a line of the same kind or in an error.

/**
 * An event for {@link writeEvent}. Every field is optional, but one of `data`, `id` and `retry` must be there.
 *
 * A lone surrogate in any field becomes U+FFFD, the replacement character, when the text is encoded as UTF-8, which is
 * the only encoding that an event stream has (HTML §9.2.5).
 */
export interface ServerSentEvent {
  /**
   * What the event says. CR, LF and CRLF all end a line, and all of them arrive as LF: JSON, which escapes both, arrives
   * as it was. The empty string is an event, too. Without data there is no event to be seen, and `id` and `retry` alone
   * are heeded.
   */
  readonly data?: string | undefined;
  /**
   * The last event ID, which a client sends back in `Last-Event-ID` when it comes again. It stays what it is for later
   * events that have none; the empty string takes it away (HTML §9.2.4). No CR, LF or NUL. Browsers send any other text
   * back, as UTF-8; clients that have `fetch` do it send Latin-1 at most, and whitespace at its ends is lost in a header.
   */
  readonly id?: string | undefined;
  /** The type of the event, `message` when absent or empty. No CR or LF; only together with `data`. */
  readonly event?: string | undefined;
  /** The reconnection time in milliseconds: a non-negative safe integer. A client heeds it from now on. */
  readonly retry?: number | undefined;
}

const LINE_END = /\r\n|\r|\n/g;

/**
 * Writes one event, the empty line that dispatches it included.
 *
 * @returns the text, to be sent as UTF-8. It depends on nothing that was written before, and may go to many.
 * @throws TypeError when `id` or `event` holds a CR or LF, or `id` a NUL, with which browsers ignore the whole field
 *   (HTML §9.2.6); when a field is not a string; when `event` comes without `data`; and when there is nothing to write.
 * @throws RangeError when `retry` is not a non-negative safe integer.
 */
export function writeEvent({ data, id, event, retry }: ServerSentEvent): string {
  let text = '';
  if (event !== undefined) {
    if (data === undefined) throw new TypeError('an event without data is never dispatched: its type is of no use');
    text += `event: ${requireOneLine('event', event)}\n`;
  }
  if (id !== undefined) {
    if (requireOneLine('id', id).includes('\0')) throw new TypeError('id holds a NUL: browsers would ignore it');
    text += `id: ${id}\n`;
  }
  if (retry !== undefined) {
    if (!Number.isSafeInteger(retry) || retry < 0) {
      throw new RangeError(`retry must be a non-negative integer of milliseconds, not ${String(retry)}`);
    }
    text += `retry: ${retry}\n`;
  }
  if (data !== undefined) text += prefixLines('data: ', requireString('data', data));
  if (text === '') throw new TypeError('an event must have data, an id or a retry');
  return `${text}\n`;
}

/**
 * Writes a comment, which no client shows to anybody: a sign of life for proxies. Each line of `text` becomes a comment
 * of its own. It may stand before and behind every event.
 *
 * @returns the text, to be sent as UTF-8.
 * @throws TypeError when `text` is not a string.
 */
export function writeComment(text: string): string {
  return prefixLines(': ', requireString('comment', text));
}

/** Puts `prefix` before every line of `text`. The space that ends it is the one a reader takes away (HTML §9.2.6). */
function prefixLines(prefix: string, text: string): string {
  return `${prefix}${text.replace(LINE_END, `\n${prefix}`)}\n`;
}

function requireString(name: string, value: string): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, not ${typeof value}`);
  return value;
}

/** A line end in a field that has one line would begin a line that is somebody else's. */
function requireOneLine(name: string, value: string): string {
  requireString(name, value);
  if (value.includes('\n') || value.includes('\r'))
    throw new TypeError(`${name} must be one line: it holds a CR or LF`);
  return value;
}
