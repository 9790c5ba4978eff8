// Frames as a client writes and reads them (RFC 6455 §5.2), written apart from src/ on purpose: a benchmark that checked
// sluice by sluice's own codec would find right whatever it does. Clear, not fast: used before the clock runs.
// @ts-check

export const Opcode = /** @type {const} */ ({ Text: 0x1, Binary: 0x2, Close: 0x8, Ping: 0x9, Pong: 0xa });

const FIN = 0x80;
const RSV1 = 0x40;
const MASK = 0x80;

/**
 * The bytes of a masked frame.
 *
 * @param {number} length of the payload
 * @returns {number}
 */
export function clientFrameLength(length) {
  return length + (length <= 125 ? 6 : length <= 0xffff ? 8 : 14);
}

/**
 * One masked frame.
 *
 * @param {number} opcode
 * @param {Buffer} payload
 * @param {number} key the masking key, 32 bits
 * @param {boolean} [rsv1] whether the payload is compressed (RFC 7692 §6)
 * @returns {Buffer}
 */
export function clientFrame(opcode, payload, key, rsv1 = false) {
  const header = headerOf(opcode, payload.length, MASK, rsv1);
  const keyBytes = Buffer.alloc(4);
  keyBytes.writeUInt32BE(key);
  return Buffer.concat([header, keyBytes, masked(payload, keyBytes)]);
}

/**
 * One frame that is not masked.
 *
 * @param {number} opcode
 * @param {Buffer} payload
 * @returns {Buffer}
 */
export function serverFrame(opcode, payload) {
  return Buffer.concat([headerOf(opcode, payload.length, 0, false), payload]);
}

/**
 * §5.2, up to the masking key.
 *
 * @param {number} opcode
 * @param {number} length of the payload
 * @param {number} mask the bit MASK, or 0
 * @param {boolean} rsv1
 * @returns {Buffer}
 */
function headerOf(opcode, length, mask, rsv1) {
  const first = FIN | (rsv1 ? RSV1 : 0) | opcode;
  if (length <= 125) return Buffer.from([first, mask | length]);
  if (length <= 0xffff) {
    const header = Buffer.from([first, mask | 126, 0, 0]);
    header.writeUInt16BE(length, 2);
    return header;
  }
  const header = Buffer.from([first, mask | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

/**
 * §5.3.
 *
 * @param {Buffer} payload
 * @param {Uint8Array} key four bytes
 * @returns {Buffer} a copy
 */
function masked(payload, key) {
  const result = Buffer.from(payload);
  for (let index = 0; index < result.length; index++) {
    /** @type {number} */ (result[index]) ^= /** @type {number} */ (key[index % 4]);
  }
  return result;
}

/**
 * @typedef {object} Frame
 * @property {number} opcode
 * @property {boolean} fin
 * @property {boolean} rsv1
 * @property {boolean} masked
 * @property {Buffer} payload unmasked
 * @property {number} end where the next frame begins
 */

/**
 * Reads the frame that begins at `start`.
 *
 * @param {Buffer} bytes
 * @param {number} start
 * @returns {Frame | undefined} `undefined` when it is not all there
 */
export function readFrame(bytes, start) {
  if (bytes.length - start < 2) return undefined;
  const first = /** @type {number} */ (bytes[start]);
  const second = /** @type {number} */ (bytes[start + 1]);
  const isMasked = (second & MASK) !== 0;
  let at = start + 2;
  let length = second & 0x7f;
  if (length === 126) {
    if (bytes.length - at < 2) return undefined;
    length = bytes.readUInt16BE(at);
    at += 2;
  } else if (length === 127) {
    if (bytes.length - at < 8) return undefined;
    length = Number(bytes.readBigUInt64BE(at));
    at += 8;
  }
  const payloadStart = at + (isMasked ? 4 : 0);
  if (bytes.length < payloadStart + length) return undefined;
  const payload = bytes.subarray(payloadStart, payloadStart + length);
  return {
    opcode: first & 0x0f,
    fin: (first & FIN) !== 0,
    rsv1: (first & RSV1) !== 0,
    masked: isMasked,
    payload: isMasked ? masked(payload, bytes.subarray(at, payloadStart)) : payload,
    end: payloadStart + length,
  };
}
