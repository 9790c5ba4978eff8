// UTF-8 judged as slowly and as obviously as can be: the ABNF of RFC 3629 §4, copied rule by rule and tried one by one.

type Range = readonly [first: number, last: number];

const TAIL: Range = [0x80, 0xbf];

/** `UTF8-1` to `UTF8-4`, one line for each alternative of the grammar. */
const CHARACTERS: readonly (readonly Range[])[] = [
  [[0x00, 0x7f]],
  [[0xc2, 0xdf], TAIL],
  [[0xe0, 0xe0], [0xa0, 0xbf], TAIL],
  [[0xe1, 0xec], TAIL, TAIL],
  [[0xed, 0xed], [0x80, 0x9f], TAIL],
  [[0xee, 0xef], TAIL, TAIL],
  [[0xf0, 0xf0], [0x90, 0xbf], TAIL, TAIL],
  [[0xf1, 0xf3], TAIL, TAIL, TAIL],
  [[0xf4, 0xf4], [0x80, 0x8f], TAIL, TAIL],
];

/** What is to be said about some bytes. */
export interface Verdict {
  /** The first byte that no text can have there; -1 when there is none. */
  readonly bad: number;
  /** Whether the bytes before it end at the end of a character. */
  readonly complete: boolean;
}

/** Judges `bytes` as the beginning of a text. */
export function slowVerdict(bytes: Uint8Array): Verdict {
  let at = 0;
  while (at < bytes.length) {
    // How many bytes from here on some character could begin with.
    let matched = 0;
    let whole = false;
    for (const character of CHARACTERS) {
      const length = character.findIndex(([first, last], index) => {
        const byte = bytes[at + index];
        return byte === undefined || byte < first || byte > last;
      });
      if (length === -1) {
        whole = true;
        matched = character.length;
        break;
      }
      matched = Math.max(matched, length);
    }
    if (!whole) {
      const bad = at + matched;
      return { bad: bad < bytes.length ? bad : -1, complete: false };
    }
    at += matched;
  }
  return { bad: -1, complete: true };
}

/** Beginnings, middles and ends of characters of every length, right and wrong: what the odd texts are made of. */
export const PIECES: readonly Buffer[] = [
  '61',
  'c3a9',
  'e282ac',
  'f09f9880',
  '7f',
  'c280',
  'dfbf',
  'e0a080',
  'ed9fbf',
  'ee8080',
  'efbfbf',
  'efbbbf',
  'f0908080',
  'f48fbfbf',
  // wrong from here on: alone, overlong, surrogates, above U+10FFFF, cut off, never a byte of UTF-8
  '80',
  'bf',
  'c080',
  'c1bf',
  'e08080',
  'e09fbf',
  'eda080',
  'edbfbf',
  'f0808080',
  'f08fbfbf',
  'f4908080',
  'f5808080',
  'c3',
  'e2',
  'e282',
  'f0',
  'f09f',
  'f09f98',
  'fe',
  'ff',
].map((hex) => Buffer.from(hex, 'hex'));
