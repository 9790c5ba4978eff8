// What the two start lines of HTTP/1.1 have in common: how a head parser drives them, and the HTTP version in them.
// RFC 9112 §2.1 and §2.3. Never accepts a version it does not speak, never reads one in another spelling.
import { DIGIT, DIGIT_ZERO, OCTET_CLASS } from '../bytes/ascii.ts';
import { type HttpRefusal, HttpRefusals } from './refusal.ts';

/** A request line or a status line, read octet by octet. */
export interface StartLine {
  /** The CRLF that ends the line has been read. */
  readonly complete: boolean;
  /** What is wrong with the line, once something is. */
  readonly refusal: HttpRefusal | undefined;
  /** What is wrong with a line of this kind that never ends. */
  readonly tooLong: HttpRefusal;
  /**
   * Goes on reading `bytes[position, end)`, where the head begins at offset 0.
   *
   * @returns the offset of the first octet that was not read: `end` while the line is incomplete, the offset after its
   *   LF when it is complete, the offending octet when it is refused.
   */
  scan(bytes: Buffer, position: number, end: number): number;
  /** Makes it as good as new, for another line. */
  reset(): void;
}

const HTTP = [0x48, 0x54, 0x54, 0x50, 0x2f];
const MAJOR_AT = HTTP.length;
const DOT_AT = MAJOR_AT + 1;
const MINOR_AT = MAJOR_AT + 2;
const ONE = DIGIT_ZERO + 1;

/** How many octets `HTTP/1.1` has. */
export const VERSION_LENGTH = MINOR_AT + 1;

/**
 * Judges one octet of an HTTP version.
 *
 * @param index where the octet stands in the version, from 0 to {@link VERSION_LENGTH} - 1.
 * @returns what is wrong with it, `undefined` when nothing is.
 */
export function judgeVersionOctet(index: number, octet: number): HttpRefusal | undefined {
  if (index < MAJOR_AT) return octet === HTTP[index] ? undefined : HttpRefusals.InvalidVersion;
  if (index === DOT_AT) return octet === 0x2e ? undefined : HttpRefusals.InvalidVersion;
  if ((OCTET_CLASS[octet]! & DIGIT) === 0) return HttpRefusals.InvalidVersion;
  // RFC 9110 §2.5 would let us read 1.2 as 1.1. There is no 1.2, and one who says so speaks to somebody else.
  const supported = index === MAJOR_AT ? octet === ONE : octet <= ONE;
  return supported ? undefined : HttpRefusals.VersionNotSupported;
}

/** The minor version, 0 or 1, of the version that begins at `start` and was accepted; the major one is always 1. */
export function minorVersionAt(bytes: Buffer, start: number): number {
  return bytes[start + MINOR_AT]! - DIGIT_ZERO;
}
