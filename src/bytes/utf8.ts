// UTF-8 as RFC 3629 §4 defines it, judged while it streams in: RFC 6455 §8.1 wants invalid text refused, and the
// earliest honest moment is the first byte that no valid text can have there. Never decodes, never keeps bytes.
import { isUtf8 } from 'node:buffer';

/** RFC 3629 §3: a continuation byte is 10xxxxxx. */
const CONTINUATION_MIN = 0x80;
const CONTINUATION_MAX = 0xbf;

/** From this many bytes on, one call of the platform's validator costs less than a loop of ours. */
const NATIVE_FROM = 48;

/** Returned by {@link Utf8Validator.push} when no byte so far is wrong. */
export const NO_BAD_BYTE = -1;

/** Whether the whole of `bytes` is valid UTF-8. */
export function isWholeUtf8(bytes: Uint8Array): boolean {
  const length = bytes.length;
  if (length < NATIVE_FROM) {
    let at = 0;
    while (at < length && (bytes[at] as number) < 0x80) at++;
    // Short ASCII, the commonest text there is, never leaves JavaScript.
    if (at === length) return true;
  }
  return isUtf8(bytes);
}

/**
 * The index of the byte that makes `bytes` invalid UTF-8: the first that cannot stand where it stands, or the last of all
 * when the text ends inside a character. For {@link isWholeUtf8} has said no; {@link NO_BAD_BYTE} where it says yes.
 */
export function indexOfBadByte(bytes: Buffer): number {
  const validator = new Utf8Validator();
  const bad = validator.push(bytes, 0, bytes.length);
  return bad !== NO_BAD_BYTE || validator.complete ? bad : bytes.length - 1;
}

/**
 * A validator for text that comes in pieces cut anywhere, also inside a character.
 *
 * Its state is what RFC 3629 §4's grammar still expects: how many continuation bytes, and the range of the next one,
 * which is narrower after E0, ED, F0 and F4 (no overlong forms, no surrogates, nothing above U+10FFFF).
 */
export class Utf8Validator {
  #expected = 0;
  #min = CONTINUATION_MIN;
  #max = CONTINUATION_MAX;

  /** Whether the text so far ends at the end of a character. */
  get complete(): boolean {
    return this.#expected === 0;
  }

  /** Forgets the text so far. */
  reset(): void {
    this.#expected = 0;
    this.#min = CONTINUATION_MIN;
    this.#max = CONTINUATION_MAX;
  }

  /** Stands where `other` stands: goes on with the same text, on its own. */
  continue(other: Utf8Validator): void {
    this.#expected = other.#expected;
    this.#min = other.#min;
    this.#max = other.#max;
  }

  /**
   * Judges `bytes[start, end)` as the continuation of all that was pushed before.
   *
   * @returns the index of the first byte that cannot stand where it stands, or {@link NO_BAD_BYTE}.
   */
  push(bytes: Buffer, start: number, end: number): number {
    let at = start;
    // Finish the character that the last piece began.
    while (this.#expected > 0 && at < end) {
      if (!this.#accept(bytes[at] as number)) return at;
      at++;
    }
    if (end - at >= NATIVE_FROM) {
      const boundary = lastBoundary(bytes, end);
      if (isUtf8(bytes.subarray(at, boundary))) at = boundary;
      // Otherwise the loop below finds the very byte: a failing connection has the time.
    }
    for (; at < end; at++) {
      if (!this.#accept(bytes[at] as number)) return at;
    }
    return NO_BAD_BYTE;
  }

  /** RFC 3629 §4, one byte of it. */
  #accept(byte: number): boolean {
    if (this.#expected === 0) return this.#begin(byte);
    if (byte < this.#min || byte > this.#max) return false;
    this.#expected--;
    this.#min = CONTINUATION_MIN;
    this.#max = CONTINUATION_MAX;
    return true;
  }

  /** The first byte of a character: says how many follow. */
  #begin(byte: number): boolean {
    if (byte < 0x80) return true;
    // A continuation byte alone; C0 and C1 would only be overlong forms; F5 and above would be past U+10FFFF.
    if (byte < 0xc2 || byte > 0xf4) return false;
    this.#expected = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte === 0xe0)
      this.#min = 0xa0; // below: two bytes would do
    else if (byte === 0xed)
      this.#max = 0x9f; // above: D800 to DFFF are surrogates
    else if (byte === 0xf0)
      this.#min = 0x90; // below: three bytes would do
    else if (byte === 0xf4) this.#max = 0x8f; // above: past U+10FFFF
    return true;
  }
}

/** The last index up to `end` before which no character is cut. At least three bytes must stand before `end`. */
function lastBoundary(bytes: Uint8Array, end: number): number {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[end - back] as number;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) {
      const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      return length > back ? end - back : end;
    }
  }
  return end;
}
