// What the looking glass says about bytes: every field with its place, the RFC's name for it, and what it means.
// Values alone, ready to be printed: no text in them moves a cursor. Never holds the bytes themselves.

/** One field on the wire. */
export interface Field {
  /** The RFC's name. */
  readonly name: string;
  /** Index of its first byte. */
  readonly offset: number;
  /** How many bytes it touches. */
  readonly length: number;
  /** Of a field smaller than a byte: its first bit, counted from the most significant as the RFCs do, and how many. */
  readonly bits: { readonly first: number; readonly count: number } | undefined;
  /** What it holds, in short. */
  readonly value: string;
  /** What that means, in one sentence. */
  readonly meaning: string;
  /** Where it is defined, as `RFC 6455 §5.2`. */
  readonly section: string;
}

/** A rule that the bytes break. */
export interface Breach {
  /** Index of the byte that breaks it. */
  readonly offset: number;
  /** What was done. */
  readonly text: string;
  /** What would have been right. */
  readonly expected: string;
  readonly section: string;
}

/** Who wrote the bytes. */
export type Author = 'client' | 'server';

/** One frame, or one half of the opening handshake, taken apart. */
export interface Dissection {
  readonly kind: 'frame' | 'request' | 'response';
  readonly author: Author;
  /** What it is: `Text`, `Close`, `GET /ws`. */
  readonly title: string;
  /** What it says, for a list: the text, the close code, or nothing. */
  readonly summary: string;
  /** Its whole length in bytes, as far as it is known from the bytes that are there. */
  readonly length: number;
  /** Whether the bytes that were given are all of it. */
  readonly complete: boolean;
  readonly fields: readonly Field[];
  /** Index of the first byte of the payload, and its bytes without the mask. */
  readonly payload: { readonly offset: number; readonly unmasked: Buffer } | undefined;
  readonly breach: Breach | undefined;
}

/** A field of `count` bits, the first of them bit `first` of the byte at `offset`. */
export function bitField(
  name: string,
  offset: number,
  first: number,
  count: number,
  value: string,
  meaning: string,
  section: string,
): Field {
  return { name, offset, length: 1, bits: { first, count }, value, meaning, section };
}

/** A field of whole bytes. */
export function byteField(
  name: string,
  offset: number,
  length: number,
  value: string,
  meaning: string,
  section: string,
): Field {
  return { name, offset, length, bits: undefined, value, meaning, section };
}

/** `1 byte`, `2 bytes`. */
export function byteCount(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}
