// Whether anything is missing: the ids of one room rise by one, whatever carries them. Looks at nothing but the ids, and
// believes neither the transports nor the server. (A room whose events are not for everybody would look torn to it.)
import { placeOf } from './event-id.js';

/** The check of one window. */
export class OffsetCheck {
  received = 0;
  duplicates = 0;
  /** Losses that were announced. */
  gaps = 0;
  /** Events that are missing, and nobody said so. */
  lost = 0;
  #epoch;
  #offset = 0;

  /** Where the room was entered. Later calls change nothing: where one stands is known then. */
  begin(id) {
    if (this.#epoch === undefined) this.#stand(id);
  }

  /**
   * An event has come.
   *
   * @returns how many are missing before it; -1 when it had come before.
   */
  judge(id) {
    const { epoch, offset } = placeOf(id);
    if (epoch === this.#epoch && offset <= this.#offset) {
      this.duplicates++;
      return -1;
    }
    // How many a log had that is no more, nobody knows: one at least.
    const missing = epoch === this.#epoch ? offset - this.#offset - 1 : Number(this.#epoch !== undefined);
    this.received++;
    this.lost += missing;
    this.#stand(id);
    return missing;
  }

  /** A loss was announced; it goes on behind `id`. */
  gap(id) {
    this.gaps++;
    this.#stand(id);
  }

  #stand(id) {
    const { epoch, offset } = placeOf(id);
    this.#epoch = epoch;
    this.#offset = offset;
  }
}
