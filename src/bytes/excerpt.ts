// A few bytes around one byte, copied, and the same in hexadecimal digits: how an error shows what a peer sent.
// Made when something has gone wrong and never before; never longer than seventeen bytes.

/** How many bytes are shown on either side of the one that is meant. */
export const EXCERPT_REACH = 8;

/**
 * What an {@link Excerpt} is a part of.
 *
 * - `'frames'`: the peer's frames as they lie in memory. Headers are as they came; payload is unmasked as far as it has
 *   been read, and still masked behind the byte that stopped the reading.
 * - `'inflated'`: a message after permessage-deflate was undone. Which byte on the wire became the bad one, nobody can say.
 * - `'head'`: the head of a request or of a response.
 * - `'body'`: the body of a response.
 */
export type ExcerptSource = 'frames' | 'inflated' | 'head' | 'body';

/** The bytes around the one that broke a rule, as many of them as were still at hand. */
export interface Excerpt {
  /** What they are a part of. */
  readonly of: ExcerptSource;
  /** At most {@link EXCERPT_REACH} before the byte that is meant, itself, and as many behind it. A copy. */
  readonly bytes: Buffer;
  /** Which of `bytes` is meant; `bytes.length` when it is the next one, which had not come or was not read. */
  readonly index: number;
  /** `bytes` in hexadecimal digits with the one that is meant in brackets: `81 05 [48] 65 6c`. */
  readonly hex: string;
}

/**
 * The bytes around `bytes[at]`.
 *
 * @param at up to `bytes.length`, which stands for the byte that would come next.
 */
export function excerptOf(of: ExcerptSource, bytes: Uint8Array, at: number, end: number = bytes.length): Excerpt {
  const start = Math.max(0, at - EXCERPT_REACH);
  const shown = bytes.subarray(start, Math.min(end, at + 1 + EXCERPT_REACH));
  // Not from Node's pool: an error may live long, and its `bytes.buffer` must not show other people's bytes.
  const copy = Buffer.alloc(shown.length);
  copy.set(shown);
  const index = at - start;
  return Object.freeze({ of, bytes: copy, index, hex: markedHex(copy, index) });
}

/** One byte as two hexadecimal digits. */
export function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function markedHex(bytes: Buffer, index: number): string {
  const digits = Array.from(bytes, hexByte);
  digits[index] = `[${digits[index] ?? ''}]`;
  return digits.join(' ');
}
