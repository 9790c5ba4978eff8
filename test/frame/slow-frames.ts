// Frames written and read as slowly and as obviously as can be, straight from the figure of RFC 6455 §5.2: bits as text,
// masking byte by byte with §5.3's formula. The oracle for the fast code, and the pen for frames that break the rules.

/** A frame, with everything about it that can be wrong. */
export interface SlowFrame {
  readonly fin?: boolean;
  readonly rsv1?: boolean;
  readonly rsv2?: boolean;
  readonly rsv3?: boolean;
  readonly opcode: number;
  /** Four bytes, in the order of the wire; none: not masked. */
  readonly key?: Uint8Array | undefined;
  readonly payload?: Uint8Array | string;
  /** The payload length to announce, when it is not the length of {@link payload}. */
  readonly announced?: number | bigint;
  /** In how many bits to announce it; by default in the fewest. */
  readonly lengthBits?: 7 | 16 | 64;
}

/** `48 65` to bytes. */
export function hex(bytes: string): Buffer {
  return Buffer.from(bytes.replaceAll(/\s/g, ''), 'hex');
}

/** §5.3: "transformed-octet-i = original-octet-i XOR masking-key-octet-(i MOD 4)". */
export function slowMask(payload: Uint8Array, key: Uint8Array): Buffer {
  return Buffer.from(Array.from(payload, (octet, i) => octet ^ (key[i % 4] as number)));
}

/** The bytes of a key as it stands on the wire, from the integer that the fast code uses. */
export function keyBytes(key: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(key | 0);
  return bytes;
}

/** The bytes of one frame. */
export function encodeFrame(frame: SlowFrame): Buffer {
  const payload = Buffer.from(frame.payload ?? '');
  const length = BigInt(frame.announced ?? payload.length);
  const lengthBits = frame.lengthBits ?? (length < 126n ? 7 : length < 65_536n ? 16 : 64);
  const bit = (set: boolean | undefined) => (set ? '1' : '0');
  const bits = (value: number | bigint, width: number) => value.toString(2).padStart(width, '0');
  const header = [
    bit(frame.fin ?? true),
    bit(frame.rsv1),
    bit(frame.rsv2),
    bit(frame.rsv3),
    bits(frame.opcode, 4),
    bit(frame.key !== undefined),
    lengthBits === 7 ? bits(length, 7) : bits(lengthBits === 16 ? 126 : 127, 7) + bits(length, lengthBits),
  ].join('');
  const bytes = header.match(/.{8}/g) as string[];
  return Buffer.concat([
    Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2))),
    frame.key ?? Buffer.alloc(0),
    frame.key === undefined ? payload : slowMask(payload, frame.key),
  ]);
}

/** The bytes of several frames. */
export function encodeFrames(frames: readonly SlowFrame[]): Buffer {
  return Buffer.concat(frames.map(encodeFrame));
}

/** A frame that was read, and how many bytes it took. */
export interface DecodedFrame {
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly opcode: number;
  readonly masked: boolean;
  readonly payload: Buffer;
  readonly size: number;
}

/** Reads whole frames, judging nothing. Throws when the bytes end inside a frame. */
export function decodeFrames(bytes: Buffer): DecodedFrame[] {
  const frames: DecodedFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const begin = at;
    const bits = [...bytes.subarray(at, at + 2)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    at += 2;
    let length = BigInt(`0b${bits.slice(9)}`);
    if (length === 126n) {
      length = BigInt(bytes.readUInt16BE(at));
      at += 2;
    } else if (length === 127n) {
      length = bytes.readBigUInt64BE(at);
      at += 8;
    }
    const masked = bits[8] === '1';
    const key = bytes.subarray(at, at + 4);
    if (masked) at += 4;
    const wire = bytes.subarray(at, at + Number(length));
    if (wire.length < Number(length)) throw new RangeError('the bytes end inside a frame');
    at += wire.length;
    frames.push({
      fin: bits[0] === '1',
      rsv1: bits[1] === '1',
      opcode: Number.parseInt(bits.slice(4, 8), 2),
      masked,
      payload: masked ? slowMask(wire, key) : Buffer.from(wire),
      size: at - begin,
    });
  }
  return frames;
}
