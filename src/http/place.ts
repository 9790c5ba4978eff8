// Which octet of a head a rule is about: a part of its start line, or the value of a field. RFC 9112 §3, §4, §5.
// For heads that have been accepted as HTTP, when what they say is wrong. Reads a head again, so never on the way of a good one.
import { equalsIgnoringCase, HTAB, SP } from '../bytes/ascii.ts';
import { type Excerpt, excerptOf } from '../bytes/index.ts';

/** What of a head a rule is about. */
export interface Place {
  /** The name of the field; `undefined` for the start line. */
  readonly field: string | undefined;
  /** Which line of that field, or which part of the start line: from 0. */
  readonly index: number;
}

/** Where a rule was found broken. */
export interface Finding {
  /** Which octet it is, counted from the beginning of the head or of the body. */
  readonly offset: number;
  /** The octets around it; `undefined` when they are not at hand any more. */
  readonly excerpt: Excerpt | undefined;
}

/** The part of a start line that stands behind so many spaces. */
export function startLinePart(index: number): Place {
  return Object.freeze({ field: undefined, index });
}

/** A line of the field `name`. */
export function fieldLine(name: string, index = 0): Place {
  return Object.freeze({ field: name, index });
}

const LINE_END = '\r\n';

/**
 * Finds the first octet of `place`: of a field, of its value. What is not there is found missing where the head ends, at
 * the CR of its empty line.
 *
 * @param head a whole head, one character per octet.
 */
export function findPlace(head: string, place: Place): Finding {
  const offset = place.field === undefined ? offsetInStartLine(head, place.index) : offsetOfField(head, place);
  return { offset, excerpt: excerptOf('head', Buffer.from(head, 'latin1'), offset) };
}

function offsetInStartLine(head: string, index: number): number {
  // RFC 9112 §2.2: an empty line may come before a request line.
  let at = head.startsWith(LINE_END) ? LINE_END.length : 0;
  for (let part = 0; part < index; part++) at = head.indexOf(' ', at) + 1;
  return at;
}

function offsetOfField(head: string, { field, index }: Place): number {
  let line = lineBehind(head, offsetInStartLine(head, 0));
  for (let missing = index; line < head.length && !head.startsWith(LINE_END, line); line = lineBehind(head, line)) {
    const colon = head.indexOf(':', line);
    if (equalsIgnoringCase(head.slice(line, colon), field as string) && missing-- === 0)
      return valueAt(head, colon + 1);
  }
  return line;
}

function lineBehind(head: string, line: number): number {
  const end = head.indexOf(LINE_END, line);
  return end === -1 ? head.length : end + LINE_END.length;
}

/** RFC 9112 §5: spaces and tabs before the value are no part of it. */
function valueAt(head: string, start: number): number {
  let at = start;
  while (head.charCodeAt(at) === SP || head.charCodeAt(at) === HTAB) at++;
  return at;
}
