// Cuts the same octets in every way a network may: whole, octet by octet, in two at every place, with empty chunks
// between. A reader that remembers where it was sees no difference; the tests of every incremental reader loop over
// these.

/** One way to cut, with a name for the message of a failed test. */
export interface Cutting {
  readonly name: string;
  readonly chunks: readonly Buffer[];
}

/** Every cutting of `bytes`: n + 2 of them for n octets. Each chunk is a copy, which may be overwritten after use. */
export function cuttingsOf(bytes: Buffer): Cutting[] {
  const cuttings: Cutting[] = [{ name: 'whole', chunks: [Buffer.from(bytes)] }];
  const octets = Array.from(bytes, (octet) => Buffer.of(octet));
  cuttings.push({ name: 'octet by octet', chunks: octets });
  cuttings.push({
    name: 'octet by octet, an empty chunk before each',
    chunks: octets.flatMap((octet) => [Buffer.alloc(0), Buffer.from(octet)]),
  });
  for (let at = 1; at < bytes.length; at++) {
    cuttings.push({
      name: `in two at ${at}`,
      chunks: [Buffer.from(bytes.subarray(0, at)), Buffer.from(bytes.subarray(at))],
    });
  }
  return cuttings;
}

/** Cuts `bytes` at the given places, which may be in any order and beyond the end. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => Math.min(place, bytes.length)))].sort((a, b) => a - b);
  const chunks: Buffer[] = [];
  let start = 0;
  for (const place of [...sorted, bytes.length]) {
    chunks.push(Buffer.from(bytes.subarray(start, place)));
    start = place;
  }
  return chunks;
}
