// What a connection sends: the frames of a round over and over, any number of them in one write and without a copy.
// @ts-check

export class Requests {
  #frames;
  #most;
  /** The round, and as much of the next one as a write may reach into. */
  #bytes;
  /** Where each frame of {@link #bytes} begins, and where the last one ends. */
  #starts;
  /** Slices by index and count. */
  /** @type {(Buffer | undefined)[]} */
  #slices = [];

  /**
   * @param {readonly Buffer[]} frames one round
   * @param {number} most frames in one write
   */
  constructor(frames, most) {
    this.#frames = frames;
    this.#most = most;
    const all = Array.from(
      { length: frames.length - 1 + most },
      (_, index) => frames[index % frames.length] ?? Buffer.alloc(0),
    );
    this.#bytes = Buffer.concat(all);
    const starts = [0];
    for (const frame of all) starts.push(/** @type {number} */ (starts.at(-1)) + frame.length);
    this.#starts = starts;
  }

  /** Frames of a round. */
  get length() {
    return this.#frames.length;
  }

  /**
   * @param {number} index of the first, in the round
   * @param {number} count at least 1, at most what the constructor was told
   * @returns {Buffer}
   */
  slice(index, count) {
    const place = index * this.#most + count - 1;
    let slice = this.#slices[place];
    if (slice === undefined) {
      slice = this.#bytes.subarray(this.#starts[index], this.#starts[index + count]);
      this.#slices[place] = slice;
    }
    return slice;
  }
}
