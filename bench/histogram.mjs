// Latencies by the million in a few kilobytes: 64 buckets to each power of two, so that a value read back is at most
// 1.6 % too low. Recording one is an addition to an array: the load generator must cost less than what it measures.
// @ts-check

/** Buckets to each power of two. */
const STEPS = 64;
const STEP_BITS = 6;
/** Nanoseconds up to 2^41: half an hour. */
const POWERS = 36;
const NANOSECONDS = 1e6;

/** Counts milliseconds. */
export class Histogram {
  #counts = new Float64Array(STEPS * POWERS);
  #count = 0;

  /** How many values there are. */
  get count() {
    return this.#count;
  }

  /** @param {number} milliseconds */
  record(milliseconds) {
    const index = bucketOf(milliseconds * NANOSECONDS);
    /** @type {number} */ (this.#counts[index]) += 1;
    this.#count += 1;
  }

  /**
   * The value that this part of all values does not exceed.
   *
   * @param {number} part 0 to 1
   * @returns {number} milliseconds; 0 when there are no values
   */
  percentile(part) {
    const wanted = Math.max(1, Math.ceil(part * this.#count));
    let seen = 0;
    for (let index = 0; index < this.#counts.length; index++) {
      seen += /** @type {number} */ (this.#counts[index]);
      if (seen >= wanted) return lowestOf(index) / NANOSECONDS;
    }
    return 0;
  }

  /** Forgets everything. */
  reset() {
    this.#counts.fill(0);
    this.#count = 0;
  }
}

/**
 * @param {number} nanoseconds
 * @returns {number} the first `STEPS` buckets hold one value each, then each power of two is cut into `STEPS`
 */
function bucketOf(nanoseconds) {
  if (nanoseconds < STEPS) return Math.max(0, Math.floor(nanoseconds));
  const power = Math.min(Math.floor(Math.log2(nanoseconds)), POWERS + STEP_BITS - 2);
  const step = Math.min(STEPS - 1, Math.floor((nanoseconds / 2 ** power - 1) * STEPS));
  return (power - STEP_BITS + 1) * STEPS + step;
}

/**
 * @param {number} index
 * @returns {number} nanoseconds at which the bucket begins
 */
function lowestOf(index) {
  if (index < STEPS) return index;
  const power = Math.floor(index / STEPS) + STEP_BITS - 1;
  return 2 ** power * (1 + (index % STEPS) / STEPS);
}
