// What becomes of memory that large messages have left behind. Sees to it once in a process, and only where such messages
// come; touches none of the memory itself.

/** Who reads so many bytes at a time frees as many with each message, and some megabytes with each collection of garbage. */
export const BULK_FROM = 16_384;

/**
 * As large as a block may be from which glibc learns: 32 MiB, what it keeps in front of it included. Two pages less.
 */
const BLOCK = 33_554_432 - 8_192;

let isDone = false;

/**
 * Has the allocator of the process keep freed memory for the next message, up to 64 MiB.
 *
 * glibc asks the kernel for every block above 128 KiB and gives it back at once; the next message then pays for each of its
 * pages anew. It stops doing so for sizes of which it has seen a block freed, as after any message of that size. One block
 * that nobody ever writes to shows it the largest it will learn from (mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD).
 * A mebibyte sent back costs a third of the time; other allocators do not mind. See docs/performance.md.
 */
export function keepFreedMemory(): void {
  if (isDone) return;
  isDone = true;
  try {
    // Garbage already: it is given back with the next.
    Buffer.allocUnsafeSlow(BLOCK);
  } catch {
    // Without so much address space the process is as it was.
  }
}
