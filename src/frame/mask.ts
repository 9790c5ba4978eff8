// Masking, RFC 6455 §5.3: byte i of the payload XOR byte (i mod 4) of the masking key. The same step masks and
// unmasks. A key is one 32-bit integer here, its first byte on the wire in the lowest eight bits.

/**
 * From this many bytes on, four at a time pays for lining up with memory. Measured on Node 20: 112 bytes cost 75 ns of
 * CPU either way, 1 KiB 210 ns instead of 610, 16 KiB 2.3 µs instead of 9.7.
 */
const WORDWISE_FROM = 112;

/** Four bytes at a time need the machine's byte order to be the key's. */
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** The masking key in the four bytes from `offset` on. */
export function readMaskingKey(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] as number) |
    ((bytes[offset + 1] as number) << 8) |
    ((bytes[offset + 2] as number) << 16) |
    ((bytes[offset + 3] as number) << 24)
  );
}

/** Writes the masking key into the four bytes from `offset` on. */
export function writeMaskingKey(bytes: Uint8Array, offset: number, key: number): void {
  bytes[offset] = key;
  bytes[offset + 1] = key >>> 8;
  bytes[offset + 2] = key >>> 16;
  bytes[offset + 3] = key >>> 24;
}

/** The key as the byte `count` places further on sees it: for a payload that goes on in the next chunk. */
export function rotateMaskingKey(key: number, count: number): number {
  const bits = (count & 3) << 3;
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}

/** Masks or unmasks `bytes[start, end)` where they lie: §5.3(e). */
export function mask(bytes: Uint8Array, start: number, end: number, key: number): void {
  if (end - start >= WORDWISE_FROM && LITTLE_ENDIAN) maskWordwise(bytes, start, end, key);
  else maskBytewise(bytes, start, end, key);
}

function maskBytewise(bytes: Uint8Array, start: number, end: number, key: number): void {
  const key1 = key >>> 8;
  const key2 = key >>> 16;
  const key3 = key >>> 24;
  let at = start;
  for (const last = end - 3; at < last; at += 4) {
    (bytes[at] as number) ^= key;
    (bytes[at + 1] as number) ^= key1;
    (bytes[at + 2] as number) ^= key2;
    (bytes[at + 3] as number) ^= key3;
  }
  if (at < end) (bytes[at] as number) ^= key;
  if (at + 1 < end) (bytes[at + 1] as number) ^= key1;
  if (at + 2 < end) (bytes[at + 2] as number) ^= key2;
}

function maskWordwise(bytes: Uint8Array, start: number, end: number, key: number): void {
  // The head up to the next multiple of four in memory, then whole words, then the tail: each with the key turned.
  const head = start + (-(bytes.byteOffset + start) & 3);
  maskBytewise(bytes, start, head, key);
  const turned = rotateMaskingKey(key, head - start);
  const count = Math.floor((end - head) / 4);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + head, count);
  let at = 0;
  // Four words to a round: a third less time for 16 KiB (Node 20).
  for (const last = count - 3; at < last; at += 4) {
    (words[at] as number) ^= turned;
    (words[at + 1] as number) ^= turned;
    (words[at + 2] as number) ^= turned;
    (words[at + 3] as number) ^= turned;
  }
  for (; at < count; at++) (words[at] as number) ^= turned;
  maskBytewise(bytes, head + count * 4, end, turned);
}
