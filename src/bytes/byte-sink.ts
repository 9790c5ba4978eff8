// Where writers write: memory that belongs to somebody else, asked for piece by piece.
// Writers (frame/, later eventstream/) encode straight into it; it never knows what the bytes mean.

/**
 * Memory that accepts encoded bytes in order.
 *
 * The rule of use: `offset = reserve(size)`, write at most `size` bytes into `target` from `offset` on, then
 * `commit(written)`. Nothing may happen between the two calls; in particular `target` is read after `reserve`,
 * because `reserve` may change it.
 */
export interface ByteSink {
  /** Makes room for `size` bytes and returns the offset in {@link target} at which they start. */
  reserve(size: number): number;
  /** The memory behind the last {@link reserve}. Belongs to the sink; valid until the next call of any method. */
  readonly target: Buffer;
  /** Says how many of the reserved bytes were written. */
  commit(size: number): void;
  /** Appends `payload` without copying it: it must stay unchanged until the kernel has taken it. */
  attach(payload: Uint8Array): void;
  /** The same for bytes that never change, also when the kernel has taken them: others may have been given them too. */
  share(frame: Buffer): void;
}
