// Judges what one subscriber was told, entry by entry: its events stand in order, none comes twice, none is missing unless a gap
// was announced, and no gap is announced where nothing is missing.
import { type Entry, type Place, placeOf } from './history.ts';
import type { Line } from './lineages.ts';

/** What can be wrong. */
export type Breach =
  | 'duplicate'
  | 'out of order'
  | 'lost silently'
  | 'phantom'
  | 'another content'
  | 'said twice'
  | 'appeared though refused'
  | 'overtaken'
  | 'needless gap'
  | 'log lost without a cause'
  | 'left behind'
  | 'went wrong';

/** Tells of one. `amount`: how many events it concerns. */
export type Complain = (breach: Breach, text: string, amount: number) => void;

/** Where an event stands in a log that went back. */
export type LineOf = (id: string, content: string) => Line;

/** Where a subscriber stands: nowhere before it has been told, and behind a gap wherever the next event is. */
type Standing = Place | 'nowhere' | 'behind a gap';

/** One subscriber of one room. */
export class Reader {
  readonly who: string;
  readonly room: string;
  readonly #complain: Complain;
  /** The newest event that it has, by epoch: no id above it has been delivered. */
  readonly #newest = new Map<string, number>();
  readonly #seen = new Set<string>();
  readonly #left = new Set<string>();
  #standing: Standing = 'nowhere';
  /** Where it stood when the last gap was announced. */
  #before: Place | undefined;
  /** The event that it was given last, unless there was a gap since. */
  #last: { readonly id: string; readonly content: string } | undefined;

  constructor(who: string, room: string, complain: Complain) {
    this.who = who;
    this.room = room;
    this.#complain = complain;
  }

  /** Where it stands; `undefined` while nobody knows. */
  get place(): Place | undefined {
    return typeof this.#standing === 'string' ? undefined : this.#standing;
  }

  onConnect(since: string | undefined): void {
    if (since !== undefined) return;
    // Who comes without a place is a new reader: it has no claim to what was before, and its instance may know less of the log
    // than the one it was on.
    this.#newest.clear();
    this.#seen.clear();
    this.#left.clear();
    this.#standing = 'nowhere';
    this.#before = undefined;
    this.#last = undefined;
  }

  onCursor(id: string): void {
    const told = this.#read(id);
    if (told === undefined) return;
    const standing = this.#standing;
    if (standing === 'behind a gap') this.#moveBehindGap(told);
    else if (standing !== 'nowhere' && standing.epoch !== told.epoch) this.#otherEpoch(standing, told);
    else if (standing !== 'nowhere' && standing.offset < told.offset) this.#hole(standing, told.offset);
    else if (standing !== 'nowhere' && standing.offset > told.offset) {
      this.#complain('out of order', `${this.who} stands at ${write(standing)} and is told ${id}`, 1);
    }
    this.#moveTo(told);
  }

  /** @param lineOf where an event stands in a log that went back, as far as that is known now. */
  onEvent(id: string, content: string, lineOf: LineOf): void {
    const event = this.#read(id);
    if (event === undefined) return;
    const standing = this.#standing;
    if (this.#seen.has(id)) {
      this.#complain('duplicate', `${this.who} was given ${id} twice`, 1);
      return;
    }
    this.#seen.add(id);
    if (this.#left.has(event.epoch) || (this.#newest.get(event.epoch) ?? -1) > event.offset) {
      this.#complain('out of order', `${this.who} was given ${id}, which is behind it`, 1);
      return;
    }
    if (standing === 'nowhere') this.#complain('out of order', `${this.who} was given ${id} before its place`, 1);
    else if (standing === 'behind a gap') this.#moveBehindGap({ ...event, offset: event.offset - 1 });
    else if (standing.epoch !== event.epoch) this.#otherEpoch(standing, event);
    else if (event.offset > standing.offset + 1) this.#hole(standing, event.offset - 1);
    const last = this.#last === undefined ? undefined : lineOf(this.#last.id, this.#last.content);
    const line = lineOf(id, content);
    if (line !== undefined && last !== undefined && line !== last) {
      this.#complain('lost silently', `${this.who} was led to ${id}, of a log that had gone back, without a gap`, 1);
    }
    this.#last = { id, content };
    this.#newest.set(event.epoch, event.offset);
    this.#moveTo(event);
  }

  onGap(id: string | undefined): void {
    this.#last = undefined;
    this.#before = this.place ?? this.#before;
    this.#standing = 'behind a gap';
    const told = id === undefined ? undefined : this.#read(id);
    if (told === undefined) return;
    this.#moveBehindGap(told);
    this.#moveTo(told);
  }

  #read(id: string): Place | undefined {
    const place = placeOf(id);
    if (place === undefined) this.#complain('went wrong', `${this.who} was told "${id}", which is no id`, 1);
    return place;
  }

  #moveBehindGap(to: Place): void {
    const before = this.#before;
    if (before === undefined || before.epoch !== to.epoch) return;
    if (before.offset === to.offset) {
      this.#complain('needless gap', `${this.who} was told of a gap at ${write(before)}, and nothing is missing`, 1);
    }
  }

  #otherEpoch(from: Place, to: Place): void {
    const text = `${this.who} stood at ${write(from)} and went on at ${write(to)}, another log, without a gap`;
    this.#complain('lost silently', text, 1);
  }

  #hole(from: Place, last: number): void {
    const first = write({ ...from, offset: from.offset + 1 });
    const lost = `${first} to ${write({ ...from, offset: last })}`;
    this.#complain('lost silently', `${this.who} was never given ${lost}`, last - from.offset);
  }

  #moveTo(place: Place): void {
    const { epoch } = this.place ?? this.#before ?? place;
    if (epoch !== place.epoch) this.#left.add(epoch);
    this.#standing = place;
  }
}

export function write({ epoch, offset }: Place): string {
  return `${epoch}-${offset}`;
}

/** Whether an entry is about `who`. */
export function isAbout(entry: Entry, who: string): boolean {
  return 'who' in entry && entry.who === who;
}
