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

/** Stands for none. */
export const NO_SLAB = new Slab(0);

/** The one that all outboxes of the process share, until it is full. */
let shared = new Slab(SLAB_SIZE);

/** What one outbox has of the shared slab. */
export class Tenancy {
  /** The shared slab as it was for the last region, and how many regions of it are ours and not known to be free. */
  #home = NO_SLAB;
  #regions = 0;

  /** Whether nothing there is ours. */
  get isOver(): boolean {
    return this.#regions === 0;
  }

  /** A region of up to `size` bytes begins. Returns the slab it is in, at whose end it grows. */
  beginRegion(size: number): Slab {
    if (!shared.fits(size)) shared = new Slab(SLAB_SIZE);
    // What was ours in an earlier slab is that slab's business: it never starts from the front again.
    if (this.#home !== shared) this.#regions = 0;
    this.#home = shared;
    this.#regions++;
    shared.retain();
    return shared;
  }

  /** Nobody reads any of our regions any more. */
  end(): void {
    if (this.#home === shared) shared.release(this.#regions);
    this.#home = NO_SLAB;
    this.#regions = 0;
  }
}
