// Frames as a client writes and reads them (RFC 6455 §5.2), written apart from src/ on purpose: a benchmark that checked
// sluice by sluice's own codec would find right whatever it does. Clear, not fast: used before the clock runs.
// @ts-check

export const Opcode = /** @type {const} */ ({ Text: 0x1, Binary: 0x2, Close: 0x8 });

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
  const length = payload.length;
  const header = Buffer.alloc(clientFrameLength(length) - length);
  header[0] = FIN | (rsv1 ? RSV1 : 0) | opcode;
  if (length <= 125) {
    header[1] = MASK | length;
  } else if (length <= 0xffff) {
    header[1] = MASK | 126;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = MASK | 127;
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  header.writeUInt32BE(key, header.length - 4);
  return Buffer.concat([header, masked(payload, header.subarray(-4))]);
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
