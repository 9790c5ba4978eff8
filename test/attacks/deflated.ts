// Compressed messages for the attack rows: a bomb, and what is no DEFLATE data at all.
import { constants, deflateRawSync } from 'node:zlib';
import { BINARY, type FrameOptions, frame } from '../websocket/raw-peer.ts';
import { MIB } from './row.ts';

/** RFC 7692 §7.2.1: DEFLATE data that ends with an empty block, without the last four bytes of that. */
export function deflated(data: Buffer): Buffer {
  return deflateRawSync(data, { level: 9, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

/** A frame that says it is compressed. */
export function compressed(payload: Buffer, opcode = BINARY, options: FrameOptions = {}): Buffer {
  return frame(opcode, payload, { rsv1: true, ...options });
}

/** What a bomb becomes, and the bomb: 16 KiB. */
export const EXPLODED = 16 * MIB;
export const BOMB = deflated(Buffer.alloc(EXPLODED));
/** What may be inflated before a limit of 1 MiB is noticed, and what that takes besides. */
export const BOMB_BOUND = 12 * MIB;

/** RFC 7692 §7.2.3.4: "Hello" in a block with BFINAL set, and the byte that the end of a message needs then. */
export const FINAL = Buffer.from([0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]);
/** RFC 7692 §7.2.3.2: "Hello" again, as a reference into the window. */
export const REFERENCE = Buffer.from([0xf2, 0x00, 0x11, 0x00, 0x00]);
/** The four bytes that step 2 of RFC 7692 §7.2.1 takes off. */
export const TAIL = Buffer.from([0, 0, 0xff, 0xff]);
/** A block type that is none. */
export const CORRUPT = Buffer.from([0x07, 0xff]);
