// RFC 6455 §5.2 once more, plain and slow, with nothing taken from src/: whoever judges an implementation must not be it.
// Writes any frame, legal or not; reads frames and keeps what their headers said.
import { randomBytes } from 'node:crypto';

/** A frame to be sent. What is not given is what the protocol wants. */
export interface OutgoingFrame {
  readonly opcode: number;
  readonly payload?: Buffer | string;
  readonly fin?: boolean;
  /** RSV1, RSV2, RSV3 as a number from 0 to 7. */
  readonly rsv?: number;
}

/** A frame that was received. */
export interface IncomingFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly masked: boolean;
  readonly payload: Buffer;
}

/** Writes a frame; with `masked` as a client's, under a random key. */
export function encodeFrame(frame: OutgoingFrame, masked: boolean): Buffer {
  const payload = Buffer.from(frame.payload ?? '');
  const header = [(frame.fin === false ? 0 : 0x80) | ((frame.rsv ?? 0) << 4) | frame.opcode];
  const maskBit = masked ? 0x80 : 0;
  if (payload.length <= 125) header.push(maskBit | payload.length);
  else if (payload.length <= 0xffff) header.push(maskBit | 126, payload.length >> 8, payload.length & 0xff);
  else {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(payload.length));
    header.push(maskBit | 127, ...length);
  }
  if (!masked) return Buffer.concat([Buffer.from(header), payload]);
  const key = nextKey();
  const body = Buffer.from(payload);
  for (let index = 0; index < body.length; index++) body[index]! ^= key[index & 3]!;
  return Buffer.concat([Buffer.from(header), key, body]);
}

/** Keys are fetched in advance: asking for four bytes a frame takes longer than all the rest of it. */
const KEYS = 1024;
let keys = Buffer.alloc(0);

function nextKey(): Buffer {
  if (keys.length === 0) keys = randomBytes(4 * KEYS);
  const key = keys.subarray(0, 4);
  keys = keys.subarray(4);
  return key;
}

/** Reads frames out of bytes that come in pieces. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The next whole frame, if it is there. */
  next(): IncomingFrame | undefined {
    const head = this.#peek(14);
    if (head.length < 2) return undefined;
    const masked = (head[1]! & 0x80) !== 0;
    let length = head[1]! & 0x7f;
    let at = 2;
    if (length === 126) {
      if (head.length < 4) return undefined;
      length = head.readUInt16BE(2);
      at = 4;
    } else if (length === 127) {
      if (head.length < 10) return undefined;
      length = Number(head.readBigUInt64BE(2));
      at = 10;
    }
    const keyAt = at;
    if (masked) at += 4;
    if (this.#length < at + length) return undefined;
    const all = this.#take(at + length);
    const payload = all.subarray(at);
    if (masked) for (let index = 0; index < length; index++) payload[index]! ^= all[keyAt + (index & 3)]!;
    return { opcode: head[0]! & 0x0f, fin: (head[0]! & 0x80) !== 0, rsv: (head[0]! >> 4) & 7, masked, payload };
  }

  #peek(count: number): Buffer {
    if (this.#chunks.length > 1 && this.#chunks[0]!.length < count) this.#chunks = [Buffer.concat(this.#chunks)];
    return (this.#chunks[0] ?? Buffer.alloc(0)).subarray(0, count);
  }

  #take(count: number): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    const rest = all.subarray(count);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length -= count;
    return Buffer.from(all.subarray(0, count));
  }
}
