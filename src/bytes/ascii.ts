// ASCII octets by name, one table of what an octet may be part of, and ASCII case-insensitive comparison.
// RFC 5234 Appendix B.1, RFC 9110 §5.5 and §5.6, RFC 3986 §2; "ASCII case-insensitive" as RFC 6455 §2.1 defines it.
// Never uses a regular expression, never looks at an octet twice, never folds anything but A to Z.

/** Horizontal tab. */
export const HTAB = 0x09;
/** Line feed. */
export const LF = 0x0a;
/** Carriage return. */
export const CR = 0x0d;
/** Space. */
export const SP = 0x20;
/** `"` */
export const DQUOTE = 0x22;
/** `#` */
export const NUMBER_SIGN = 0x23;
/** `%` */
export const PERCENT = 0x25;
/** `*` */
export const ASTERISK = 0x2a;
/** `,` */
export const COMMA = 0x2c;
/** `.` */
export const DOT = 0x2e;
/** `/` */
export const SLASH = 0x2f;
/** `0` */
export const DIGIT_ZERO = 0x30;
/** `:` */
export const COLON = 0x3a;
/** `;` */
export const SEMICOLON = 0x3b;
/** `=` */
export const EQUALS = 0x3d;
/** `[` */
export const LEFT_BRACKET = 0x5b;
/** `\` */
export const BACKSLASH = 0x5c;
/** `]` */
export const RIGHT_BRACKET = 0x5d;

/** Bit of {@link OCTET_CLASS}: `tchar` of RFC 9110 §5.6.2, what a token is made of. */
export const TCHAR = 1;
/** Bit of {@link OCTET_CLASS}: `VCHAR` of RFC 5234, a visible character. */
export const VCHAR = 2;
/** Bit of {@link OCTET_CLASS}: what a field value may hold: `VCHAR`, `obs-text`, SP and HTAB of RFC 9110 §5.5. */
export const FIELD_CONTENT = 4;
/** Bit of {@link OCTET_CLASS}: `qdtext` of RFC 9110 §5.6.4, what stands for itself inside a quoted string. */
export const QDTEXT = 8;
/** Bit of {@link OCTET_CLASS}: `0` to `9`. */
export const DIGIT = 16;
/** Bit of {@link OCTET_CLASS}: `HEXDIG` in either case. */
export const HEXDIG = 32;
/** Bit of {@link OCTET_CLASS}: `a` to `z`. */
export const LOWER_ALPHA = 64;
/** Bit of {@link OCTET_CLASS}: `unreserved` and `sub-delims` of RFC 3986 §2, what a registered name is made of. */
export const REG_NAME = 128;

/**
 * For every octet the grammar rules it may be part of, as a sum of {@link TCHAR}, {@link VCHAR}, {@link FIELD_CONTENT},
 * {@link QDTEXT}, {@link DIGIT}, {@link HEXDIG}, {@link LOWER_ALPHA} and {@link REG_NAME}.
 *
 * A code unit above 255 reads as `undefined`, and `undefined & TCHAR` is 0: what is not an octet is part of nothing.
 */
export const OCTET_CLASS: Uint8Array = classify();

function classify(): Uint8Array {
  const table = new Uint8Array(256);
  const add = (bit: number, first: number, last: number): void => {
    for (let octet = first; octet <= last; octet++) table[octet]! |= bit;
  };
  const addEach = (bit: number, characters: string): void => {
    for (let i = 0; i < characters.length; i++) add(bit, characters.charCodeAt(i), characters.charCodeAt(i));
  };
  for (const bit of [TCHAR, REG_NAME]) {
    add(bit, 0x30, 0x39);
    add(bit, 0x41, 0x5a);
    add(bit, 0x61, 0x7a);
  }
  addEach(TCHAR, "!#$%&'*+-.^_`|~");
  addEach(REG_NAME, "-._~!$&'()*+,;=");
  add(VCHAR, 0x21, 0x7e);
  add(FIELD_CONTENT, SP, 0x7e);
  add(FIELD_CONTENT, 0x80, 0xff);
  add(FIELD_CONTENT, HTAB, HTAB);
  add(QDTEXT, HTAB, HTAB);
  add(QDTEXT, SP, 0x21);
  add(QDTEXT, 0x23, 0x5b);
  add(QDTEXT, 0x5d, 0x7e);
  add(QDTEXT, 0x80, 0xff);
  add(DIGIT, 0x30, 0x39);
  add(HEXDIG, 0x30, 0x39);
  add(HEXDIG, 0x41, 0x46);
  add(HEXDIG, 0x61, 0x66);
  add(LOWER_ALPHA, 0x61, 0x7a);
  return table;
}

/** True when every character of `text` has the class `bit` in {@link OCTET_CLASS}; true for the empty text. */
export function consistsOf(text: string, bit: number): boolean {
  for (let i = 0; i < text.length; i++) {
    if ((OCTET_CLASS[text.charCodeAt(i)]! & bit) === 0) return false;
  }
  return true;
}

/** The code of the small letter when `code` is that of `A` to `Z`, else `code` itself. */
export function lowerCase(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
}

/** True when `text[start, end)` matches `other` in an ASCII case-insensitive manner (RFC 6455 §2.1). */
export function rangeEqualsIgnoringCase(text: string, start: number, end: number, other: string): boolean {
  if (end - start !== other.length) return false;
  for (let i = 0; i < other.length; i++) {
    const a = text.charCodeAt(start + i);
    const b = other.charCodeAt(i);
    if (a !== b && lowerCase(a) !== lowerCase(b)) return false;
  }
  return true;
}

/**
 * True when the two texts match in an ASCII case-insensitive manner (RFC 6455 §2.1): `K` matches `k`, U+212A does not.
 */
export function equalsIgnoringCase(text: string, other: string): boolean {
  return rangeEqualsIgnoringCase(text, 0, text.length, other);
}

/** The value of a hexadecimal digit; undefined behaviour for any octet that is not {@link HEXDIG}. */
export function hexadecimalValue(octet: number): number {
  return octet <= 0x39 ? octet - DIGIT_ZERO : (octet | 0x20) - 0x57;
}
