// Bytes of a peer as text that a person may safely see in a terminal or on a page: what would move a cursor, ring a bell,
// end a line or turn the reading direction round is shown by its code point instead of being carried out.

/** Control characters, separators of lines, what turns the direction of text, and halves of surrogate pairs. */
const NOT_SHOWN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
/** Two digits suffice for the control characters of ASCII and latin1. */
const LAST_SHORT_CODE = 0xff;

/** `text` with everything that must not be carried out spelt as `\x1b` or `\u{202e}`. */
export function harmless(text: string): string {
  return text.replace(NOT_SHOWN, (character) => {
    const code = character.codePointAt(0) as number;
    const digits = code.toString(16);
    return code <= LAST_SHORT_CODE ? `\\x${digits.padStart(2, '0')}` : `\\u{${digits}}`;
  });
}

/** The first `limit` characters of `bytes` read as UTF-8, made {@link harmless}; ends in `…` when there is more. */
export function readable(bytes: Uint8Array, limit: number): string {
  const characters = [...Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')];
  const text = harmless(characters.slice(0, limit).join(''));
  return characters.length > limit ? `${text}…` : text;
}
