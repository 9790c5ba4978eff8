// Much to say leaves in pieces: Node tells when the kernel has taken all that it was given, so more at a time would hide that it
// takes any (RFC 6455 §6.1(g)). Copies nothing.

/** The most bytes handed to a socket at a time. */
export const PIECE = 131_072;

/** Takes {@link PIECE} bytes off the front of `pending`; `undefined` where it has no more than that: all of it may go. */
export function takePiece(pending: Buffer[]): Buffer[] | undefined {
  let count = 0;
  let bytes = 0;
  while (count < pending.length && bytes < PIECE) bytes += (pending[count++] as Buffer).length;
  if (count === pending.length && bytes <= PIECE) return undefined;
  const piece = pending.splice(0, count);
  if (bytes > PIECE) {
    const last = piece[count - 1] as Buffer;
    const kept = last.length - (bytes - PIECE);
    piece[count - 1] = last.subarray(0, kept);
    pending.unshift(last.subarray(kept));
  }
  return piece;
}
