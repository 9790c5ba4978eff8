// A log that went back: what Redis forgot, others may have been told with the same ids, until somebody notices and the epoch
// ends. An id of such an epoch may mean two events; nobody may be led from one line of events to the other without a gap.
import { type Place, placeOf } from './history.ts';

/** Where an event stands: on the line that was lost, on the one that took its place, or before they part. */
export type Line = 'lost' | 'other' | undefined;

interface Parting {
  /** The least offset that means two events. */
  from: number;
  /** The entry at which that was first seen. */
  readonly since: number;
}

/** The epochs of one room. */
export class Lineages {
  /** Epochs that Redis may have gone back in. */
  readonly #suspects = new Set<string>();
  readonly #partings = new Map<string, Parting>();
  /** The entry at which an id was first seen. */
  readonly #firstSeen = new Map<string, number>();
  /** The content that took the place of another one, by id. */
  readonly #others = new Map<string, string>();

  /** Redis went back while `epochs` were known. */
  suspect(epochs: Iterable<string>): void {
    for (const epoch of epochs) this.#suspects.add(epoch);
  }

  /** Whether the order of answers says nothing any more. */
  isSuspect(epoch: string): boolean {
    return this.#suspects.has(epoch);
  }

  /** Epochs in which an id has meant two events: they must have ended. */
  get parted(): ReadonlySet<string> {
    return new Set(this.#partings.keys());
  }

  /** How many ids have meant two events. */
  get reused(): number {
    return this.#others.size;
  }

  see(id: string, index: number): void {
    if (!this.#firstSeen.has(id)) this.#firstSeen.set(id, index);
  }

  /** An id means `content`, and has meant something else. @returns whether a log that went back explains it. */
  part(id: string, { epoch, offset }: Place, content: string, index: number): boolean {
    if (!this.#suspects.has(epoch)) return false;
    const other = this.#others.get(id);
    this.#others.set(id, other ?? content);
    const parting = this.#partings.get(epoch);
    if (parting === undefined) this.#partings.set(epoch, { from: offset, since: index });
    else parting.from = Math.min(parting.from, offset);
    return other === undefined || other === content;
  }

  lineOf(id: string, content: string): Line {
    const place = placeOf(id);
    const parting = place && this.#partings.get(place.epoch);
    if (parting === undefined || place === undefined || place.offset < parting.from) return undefined;
    const other = this.#others.get(id);
    if (other !== undefined) return other === content ? 'other' : 'lost';
    return (this.#firstSeen.get(id) ?? 0) >= parting.since ? 'other' : 'lost';
  }
}
