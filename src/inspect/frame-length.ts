// How long a frame is, from its first bytes: RFC 6455 §5.2. Unlike the frame parser it refuses nothing: a looking glass
// shows wrong frames too.

/** §5.2: the values of the seven bits that say where the length really is. */
export const LENGTH_IN_16_BITS = 126;
export const LENGTH_IN_64_BITS = 127;
/** Two bytes, eight of extended length, four of masking key. */
export const LONGEST_HEADER = 14;
/** §5.3. */
export const MASKING_KEY_LENGTH = 4;

const SHORTEST_HEADER = 2;
const MASK = 0x80;
const LENGTH_7 = 0x7f;

/** The measures of a frame. */
export interface FrameLength {
  /** Bytes of the header, masking key included. */
  readonly header: number;
  /** Bytes of extended length: 0, 2 or 8. */
  readonly extended: number;
  readonly masked: boolean;
  /** Bytes of the payload. Above 2^53 not exact. */
  readonly payload: number;
}

/** The measures of the frame at the beginning of `bytes`; `undefined` while its length is not all there. */
export function readFrameLength(bytes: Buffer): FrameLength | undefined {
  if (bytes.length < SHORTEST_HEADER) return undefined;
  const second = bytes.readUInt8(1);
  const masked = (second & MASK) !== 0;
  const short = second & LENGTH_7;
  const extended = short === LENGTH_IN_64_BITS ? 8 : short === LENGTH_IN_16_BITS ? 2 : 0;
  if (bytes.length < SHORTEST_HEADER + extended) return undefined;
  const payload = extended === 8 ? Number(bytes.readBigUInt64BE(2)) : extended === 2 ? bytes.readUInt16BE(2) : short;
  return { header: SHORTEST_HEADER + extended + (masked ? MASKING_KEY_LENGTH : 0), extended, masked, payload };
}
