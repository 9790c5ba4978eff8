// Hex as people have it: with or without spaces, commas, colons, `0x` and `\x`; to bytes, or to where it stops being hex.

/** What stands between the digits and means nothing. */
const BETWEEN = /[\s,:_-]|0x|\\x/giu;
const NOT_HEX = /[^0-9a-f]/i;

/** The bytes, or a complaint in one line. */
export function readHex(text: string): Buffer | string {
  const digits = text.replace(BETWEEN, '');
  const wrong = NOT_HEX.exec(digits);
  if (wrong !== null) return `expected bytes in hex, got ${JSON.stringify(wrong[0])}`;
  if (digits === '') return 'expected bytes in hex, got nothing';
  if (digits.length % 2 === 1) return `expected two hex digits for each byte, got an odd number: ${digits.length}`;
  return Buffer.from(digits, 'hex');
}
