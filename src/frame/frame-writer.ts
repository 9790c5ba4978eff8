// One frame to bytes, RFC 6455 §5.2, in memory that the caller lends (a ByteSink). Chooses the minimal length, masks
// while it copies. Never looks at what the payload means, never keeps anything.
import type { ByteSink } from '../bytes/index.ts';
import { mask, writeMaskingKey } from './mask.ts';

const FIN = 0x80;
const RSV1 = 0x40;
const MASK = 0x80;
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;
const MAX_7_BITS = 125;
const MAX_16_BITS = 0xffff;
const TWO_TO_THE_32 = 0x1_0000_0000;

/** What stands for a masking key in an unmasked frame, as a server sends it. Outside the range of keys. */
export const UNMASKED = 0x1_0000_0000;

/** UTF-8 needs at most three bytes for one unit of UTF-16. */
const MAX_BYTES_PER_UNIT = 3;

/** A payload of at least this many bytes is attached to the sink instead of copied into it. See docs/performance.md. */
export const ATTACH_FROM = 16_384;

/** The length of the header before `payloadLength` bytes. */
export function frameHeaderLength(payloadLength: number, masked: boolean): number {
  const length = payloadLength <= MAX_7_BITS ? 2 : payloadLength <= MAX_16_BITS ? 4 : 10;
  return masked ? length + 4 : length;
}

/**
 * Writes a frame's header into `target` at `offset`.
 *
 * @param key the masking key, or {@link UNMASKED}.
 * @returns the offset behind it, where the payload belongs.
 */
export function writeFrameHeader(
  target: Uint8Array,
  offset: number,
  opcode: number,
  fin: boolean,
  rsv1: boolean,
  payloadLength: number,
  key: number,
): number {
  const maskBit = key === UNMASKED ? 0 : MASK; // §5.3(a)
  // §5.2(a): RSV2 and RSV3 are nobody's.
  target[offset] = (fin ? FIN : 0) | (rsv1 ? RSV1 : 0) | opcode;
  let at = offset + 2;
  // §5.2(e)(h): the minimal number of bytes, in network byte order.
  if (payloadLength <= MAX_7_BITS) {
    target[offset + 1] = maskBit | payloadLength;
  } else if (payloadLength <= MAX_16_BITS) {
    target[offset + 1] = maskBit | LENGTH_IN_16_BITS;
    target[at] = payloadLength >>> 8;
    target[at + 1] = payloadLength;
    at += 2;
  } else {
    target[offset + 1] = maskBit | LENGTH_IN_64_BITS;
    writeUint32(target, at, Math.floor(payloadLength / TWO_TO_THE_32));
    writeUint32(target, at + 4, payloadLength);
    at += 8;
  }
  if (key !== UNMASKED) {
    writeMaskingKey(target, at, key);
    at += 4;
  }
  return at;
}

function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}

/**
 * Writes one frame with `payload` to `sink`: §6.1(c).
 *
 * A masked payload is copied whole (§10.3(b)), and the caller's bytes must not change. An unmasked one is copied up to
 * {@link ATTACH_FROM} bytes and attached from there on.
 *
 * @param key the masking key, or {@link UNMASKED}.
 */
export function writeFrame(
  sink: ByteSink,
  opcode: number,
  fin: boolean,
  rsv1: boolean,
  payload: Uint8Array,
  key: number,
): void {
  const length = payload.length;
  const masked = key !== UNMASKED;
  const headerLength = frameHeaderLength(length, masked);
  if (!masked && length >= ATTACH_FROM) {
    const offset = sink.reserve(headerLength);
    writeFrameHeader(sink.target, offset, opcode, fin, rsv1, length, key);
    sink.commit(headerLength);
    sink.attach(payload);
    return;
  }
  const offset = sink.reserve(headerLength + length);
  const target = sink.target;
  const start = writeFrameHeader(target, offset, opcode, fin, rsv1, length, key);
  target.set(payload, start);
  if (masked) mask(target, start, start + length, key);
  sink.commit(headerLength + length);
}

/**
 * Writes one frame with the UTF-8 of `text` (§5.6(a)) to `sink`, encoded straight into its memory.
 *
 * @param key the masking key, or {@link UNMASKED}.
 */
export function writeTextFrame(sink: ByteSink, opcode: number, fin: boolean, text: string, key: number): void {
  const masked = key !== UNMASKED;
  // The header's length depends on the payload's. That of short text is not counted beforehand: as a rule it has no more bytes
  // than units, and where it has, and needs the longer header, it is moved.
  const isShort = text.length <= MAX_7_BITS;
  const room = isShort ? text.length * MAX_BYTES_PER_UNIT : Buffer.byteLength(text, 'utf8');
  const offset = sink.reserve(frameHeaderLength(room, masked) + room);
  const target = sink.target;
  const expected = offset + frameHeaderLength(isShort ? 0 : room, masked);
  const length = target.write(text, expected, room, 'utf8');
  const start = offset + frameHeaderLength(length, masked);
  if (start !== expected) target.copyWithin(start, expected, expected + length);
  writeFrameHeader(target, offset, opcode, fin, false, length, key);
  if (masked) mask(target, start, start + length, key);
  sink.commit(start + length - offset);
}
