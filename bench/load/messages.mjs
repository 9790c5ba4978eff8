// The messages of a row, and their frames encoded beforehand: a round of different ones that is sent over and over. They
// differ, so that answers in the wrong order are noticed; they are made from a seed, so that every run sends the same.
// @ts-check
import { constants, deflateRawSync } from 'node:zlib';
import { clientFrame, Opcode } from './frames.mjs';

/** A round has about this many bytes: enough to differ, little enough to stay in the cache of the load generator. */
const ROUND_BYTES = 64 * 1024;
const FEWEST = 2;
const MOST = 16;

/** `00 00 ff ff`, which RFC 7692 §7.2.1 cuts off. */
const DEFLATE_TAIL = 4;

/**
 * @typedef {object} Round
 * @property {Buffer[]} payloads
 * @property {Buffer[]} frames one of each payload, as the client sends it
 * @property {number} opcode of all of them
 */

/**
 * @param {{ content: 'binary' | 'text' | 'json', size: number, compression: import('../rows.mjs').Row['compression'] }} row
 * @returns {Round}
 */
export function roundOf({ content, size, compression }) {
  const random = generator(0x5eed);
  const count = Math.min(MOST, Math.max(FEWEST, Math.floor(ROUND_BYTES / size)));
  const opcode = content === 'binary' ? Opcode.Binary : Opcode.Text;
  const payloads = Array.from({ length: count }, (_, index) => CONTENTS[content](size, random, index));
  const frames = payloads.map((payload) => {
    // Where the context may be taken over, it need not be.
    const compressed = compression !== 'none';
    return clientFrame(opcode, compressed ? deflated(payload) : payload, random(), compressed);
  });
  return { payloads, frames, opcode };
}

/** @type {Record<'binary' | 'text' | 'json', (size: number, random: () => number, index: number) => Buffer>} */
const CONTENTS = {
  binary: (size, random) => {
    const payload = Buffer.alloc(size);
    for (let index = 0; index < size; index++) payload[index] = random();
    return payload;
  },
  text: (size, random) => {
    const payload = Buffer.alloc(size);
    for (let index = 0; index < size; index++) payload[index] = 0x20 + (random() % 0x5f);
    return payload;
  },
  json,
};

/**
 * A message such as applications send: repeated names, numbers and words that differ.
 *
 * @param {number} size bytes at least, and fewer than one entry more
 * @param {() => number} random
 * @param {number} index
 * @returns {Buffer}
 */
function json(size, random, index) {
  const items = [];
  let text = '';
  while (text.length < size) {
    const id = random() % 1e6;
    items.push({
      id,
      symbol: (random() % 0xffff).toString(36),
      price: (random() % 1e5) / 100,
      side: id % 2 ? 'buy' : 'sell',
    });
    text = JSON.stringify({ type: 'trades', sequence: index, items });
  }
  return Buffer.from(text);
}

/**
 * RFC 7692 §7.2.1, in a window of its own: without context takeover.
 *
 * @param {Buffer} payload
 * @returns {Buffer}
 */
function deflated(payload) {
  const data = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH });
  return data.subarray(0, data.length - DEFLATE_TAIL);
}

/**
 * Marsaglia's xorshift with 32 bits.
 *
 * @param {number} seed not 0
 * @returns {() => number} the next number from 1 to 2^32 - 1
 */
function generator(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
