// Whether bytes are UTF-8 (RFC 6455 §8.1): ours, whole and in pieces, beside what the platform has.
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
