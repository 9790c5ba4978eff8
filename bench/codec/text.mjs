// Whether bytes are UTF-8 (RFC 6455 §8.1): ours, whole and in pieces, beside what the platform
// has and beside the table of RFC 3629 §4.
// @ts-check
import { isUtf8 } from 'node:buffer';
import { expectEqual } from './contest.mjs';

const TEXT_SIZES = [16, 64, 1024, 16_384];

/** @typedef {import('./contest.mjs').Contest} Contest */
/** @typedef {import('./contest.mjs').Contestant} Contestant */
/** @typedef {import('./contest.mjs').Sluice} Sluice */

/**
 * @param {Sluice} sluice
 * @returns {Contest[]}
 */
export function textContests(sluice) {
  return Object.entries(TEXTS).flatMap(([name, text]) =>
    TEXT_SIZES.map((size) => ({
      title: `UTF-8 ${size} B, ${name}`,
      contestants: () => validating(sluice, text, size),
    })),
  );
}

/** First bytes of a character, how many follow, and what the second may be: RFC 3629 §4. */
const LEADS = /** @type {const} */ ([
  [0x00, 0x7f, 0, 0x80, 0xbf],
  [0xc2, 0xdf, 1, 0x80, 0xbf],
  [0xe0, 0xe0, 2, 0xa0, 0xbf],
  [0xe1, 0xec, 2, 0x80, 0xbf],
  [0xed, 0xed, 2, 0x80, 0x9f],
  [0xee, 0xef, 2, 0x80, 0xbf],
  [0xf0, 0xf0, 3, 0x90, 0xbf],
  [0xf1, 0xf3, 3, 0x80, 0xbf],
  [0xf4, 0xf4, 3, 0x80, 0x8f],
]);

/**
 * The oracle.
 *
 * @param {Uint8Array} bytes
 * @returns {boolean}
 */
export function isUtf8Plainly(bytes) {
  let index = 0;
  while (index < bytes.length) {
    const first = bytes[index++] ?? 0;
    const lead = LEADS.find(([low, high]) => first >= low && first <= high);
    if (lead === undefined) return false;
    let [, , following, low, high] = /** @type {readonly number[]} */ (lead);
    for (; /** @type {number} */ (following) > 0; /** @type {number} */ (following)--) {
      const next = bytes[index++] ?? 0;
      if (next < /** @type {number} */ (low) || next > /** @type {number} */ (high)) return false;
      [low, high] = [0x80, 0xbf];
    }
  }
  return true;
}

const TEXTS = {
  ASCII: 'the quick brown fox jumps over the lazy dog; ',
  'mixed scripts': 'Schleuse, écluse, шлюз, 水門, 🚰; ',
};

/**
 * @param {Sluice} sluice
 * @param {string} text to be repeated
 * @param {number} size
 * @returns {Contestant[]}
 */
function validating(sluice, text, size) {
  const { isWholeUtf8, NO_BAD_BYTE, Utf8Validator } = sluice.bytes;
  let valid = Buffer.from(text.repeat(Math.ceil(size / text.length)));
  // Cut at a character.
  for (let end = size; !isUtf8(valid.subarray(0, end)); end--) valid = valid.subarray(0, end);
  valid = valid.subarray(0, size);
  const half = valid.length >> 1;
  const invalid = Buffer.concat([valid.subarray(0, -1), Buffer.from([0xff])]);
  const inPieces = (/** @type {Buffer} */ bytes) => {
    const validator = new Utf8Validator();
    return (
      validator.push(bytes, 0, half) === NO_BAD_BYTE &&
      validator.push(bytes, half, bytes.length) === NO_BAD_BYTE &&
      validator.complete
    );
  };
  const inDecoder = (/** @type {Buffer} */ bytes) => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      return true;
    } catch {
      return false;
    }
  };
  return [
    { name: 'sluice: isWholeUtf8', judge: isWholeUtf8 },
    { name: 'sluice: Utf8Validator, two pieces', judge: inPieces },
    { name: 'node:buffer isUtf8', judge: isUtf8 },
    { name: 'TextDecoder, fatal', judge: inDecoder },
    { name: 'byte by byte', judge: isUtf8Plainly },
  ].map(({ name, judge }) => ({
    name,
    messages: 1,
    run: () => {
      judge(valid);
    },
    check: () => {
      expectEqual([judge(valid), judge(invalid)], [true, false], 'the verdict');
      return 2;
    },
  }));
}
