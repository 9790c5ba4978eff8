// The last pieces of one connection, both directions in the order in which they passed. Bounded: the oldest goes when a new
// one needs its place, and whoever reads can see by the indexes that something is missing.
import type { Author } from './dissection.ts';
import type { Piece } from './splitter.ts';

/** One recorded piece. */
export interface Entry extends Piece {
  /** Rises by one. */
  readonly index: number;
  readonly author: Author;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** What passed on one connection. */
export class Recording {
  readonly #most: number;
  readonly #entries: Entry[] = [];
  readonly #listeners = new Set<() => void>();
  #next = 0;

  /** @param most how many pieces are kept. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The index of the oldest entry that is still there. */
  get first(): number {
    return this.#next - this.#entries.length;
  }

  /** The index that the next entry will have. */
  get next(): number {
    return this.#next;
  }

  /** The entry at `index`; `undefined` when it is gone or not there yet. */
  at(index: number): Entry | undefined {
    return index < this.first ? undefined : this.#entries[index - this.first];
  }

  /** Adds a piece. */
  add(piece: Piece, author: Author, time: number): void {
    if (this.#entries.length === this.#most) this.#entries.shift();
    this.#entries.push({ ...piece, index: this.#next++, author, time });
    for (const listener of this.#listeners) listener();
  }

  /**
   * Calls `listener` after each entry.
   *
   * @returns what ends that.
   */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
