// Masking and unmasking, which are the same: ours beside the loop that RFC 6455 §5.3 describes.
// @ts-check
import { expectEqual, KEY, payloadOf, SIZES } from './contest.mjs';

/** @typedef {import('./contest.mjs').Contest} Contest */
/** @typedef {import('./contest.mjs').Contestant} Contestant */
/** @typedef {import('./contest.mjs').Sluice} Sluice */

/**
 * @param {Sluice} sluice
 * @returns {Contest[]}
 */
export function maskingContests(sluice) {
  return SIZES.map((size) => ({ title: `mask ${size} B`, contestants: () => masking(sluice, size) }));
}

/**
 * RFC 6455 §5.3, as it is written there: the oracle.
 *
 * @param {Uint8Array} bytes
 * @param {Uint8Array} key
 */
function maskByByte(bytes, key) {
  for (let index = 0; index < bytes.length; index++) {
    /** @type {number} */ (bytes[index]) ^= /** @type {number} */ (key[index % 4]);
  }
}

/**
 * @param {Sluice} sluice
 * @param {number} size
 * @returns {Contestant[]}
 */
function masking(sluice, size) {
  const { mask } = sluice.frame;
  const bytes = payloadOf(size);
  const key = Buffer.alloc(4);
  key.writeInt32LE(KEY);
  return [
    {
      name: 'sluice: mask',
      messages: 1,
      run: () => mask(bytes, 0, size, KEY),
      check: () => {
        const alignments = 8;
        for (let offset = 0; offset < alignments; offset++) {
          const wanted = payloadOf(size);
          maskByByte(wanted, key);
          const found = Buffer.concat([Buffer.alloc(offset), payloadOf(size)]);
          mask(found, offset, offset + size, KEY);
          expectEqual(found.subarray(offset), wanted, `the payload at offset ${offset}`);
        }
        return alignments;
      },
    },
    { name: 'byte by byte', messages: 1, run: () => maskByByte(bytes, key), check: () => 0 },
  ];
}
