// The memory that outgoing frames are encoded into. All outboxes of the process share one slab: as a rule the kernel
// takes a write at once, and then the same bytes serve the next turn. Never holds a byte that somebody may still read.

/** Room for the answers to one large read; a frame that is larger gets a slab of its own. */
export const SLAB_SIZE = 65_536;

/** A piece of memory, filled from the front. */
export class Slab {
  readonly buffer: Buffer;
  /** Where the next bytes go. */
  position = 0;
  /** Regions that were handed to the kernel or wait for it. */
  #regions = 0;

  constructor(size: number) {
    // Every byte of a region is written before it leaves: `commit` counts only what was.
    this.buffer = Buffer.allocUnsafeSlow(size);
  }

  /** Whether `size` more bytes fit. */
  fits(size: number): boolean {
    return this.position + size <= this.buffer.length;
  }

  /** A region begins. */
  retain(): void {
    this.#regions++;
  }

  /** Nobody reads `count` of the regions any more. With none left, the memory is free from the front again. */
  release(count: number): void {
    this.#regions -= count;
    if (this.#regions === 0) this.position = 0;
  }
}
