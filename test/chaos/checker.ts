// Holds everything that was seen against what rooms promise: docs/rooms.md. Pure: entries in, a verdict out. It knows nothing of
// how it came about, and believes nobody: not the instances, not Redis, not the subscribers.
import { type Entry, type Place, placeOf } from './history.ts';
import { Lineages } from './lineages.ts';
import { type Breach, isAbout, Reader, write } from './reader.ts';

/** One thing that was promised and is not so, with the entries that show it. */
export interface Finding {
  readonly breach: Breach;
  readonly text: string;
  readonly evidence: readonly Entry[];
}

/** What was counted. */
export interface Counts {
  published: number;
  acknowledged: number;
  /** Refused, in words that say that nothing was appended. */
  refused: number;
  /** Nobody can say whether they were appended, nor does anybody ask again. */
  unknown: number;
  delivered: number;
  deliveredBy: Record<string, number>;
  connections: number;
  gapsAnnounced: number;
  /** Events that were answered with an id of a log that was lost, and were given to nobody: a gap says so. */
  lostWithTheLog: number;
  /** Ids that meant two events, of a log that went back and ended. */
  reusedIds: number;
  duplicates: number;
  outOfOrder: number;
  lostSilently: number;
  phantoms: number;
  /** Faults by name. */
  faults: Record<string, number>;
}

/** The end of it. */
export interface Verdict {
  readonly counts: Counts;
  /** Findings by kind; those of `findings` are the first of each. */
  readonly breaches: Readonly<Partial<Record<Breach, number>>>;
  readonly findings: readonly Finding[];
}

/** Findings that are kept in words, of each kind: who reads the first knows where to look. */
const KEPT = 5;
/** Entries of a subscriber that are shown with a finding. */
const EVIDENCE = 12;

interface Publish {
  readonly op: number;
  readonly room: string;
  readonly content: string;
  /** The newest id that had been answered when it began, by epoch. */
  readonly answered: ReadonlyMap<string, number>;
  state: 'open' | 'ack' | 'fail' | 'unknown';
}

/** What is known of one room. */
class RoomLog {
  /** Content by id, whoever has said so. */
  readonly contents = new Map<string, string>();
  /** Offset by epoch and content. */
  readonly places = new Map<string, number>();
  /** The newest answered offset, by epoch. */
  readonly answered = new Map<string, number>();
  readonly acknowledged: Place[] = [];
  readonly delivered = new Set<string>();
  readonly epochs = new Set<string>();
  readonly ends = new Set<string>();
  readonly lineages = new Lineages();
}

/** Judges. */
export function check(entries: readonly Entry[]): Verdict {
  const checker = new Checker(entries);
  for (const [index, entry] of entries.entries()) checker.take(entry, index);
  return checker.conclude();
}

class Checker {
  readonly #entries: readonly Entry[];
  readonly #publishes = new Map<number, Publish>();
  readonly #byContent = new Map<string, Publish>();
  readonly #rooms = new Map<string, RoomLog>();
  readonly #readers = new Map<string, Reader>();
  readonly #findings: Finding[] = [];
  readonly #breaches: Partial<Record<Breach, number>> = {};
  readonly #counts: Counts = {
    published: 0,
    acknowledged: 0,
    refused: 0,
    unknown: 0,
    delivered: 0,
    deliveredBy: {},
    connections: 0,
    gapsAnnounced: 0,
    lostWithTheLog: 0,
    reusedIds: 0,
    duplicates: 0,
    outOfOrder: 0,
    lostSilently: 0,
    phantoms: 0,
    faults: {},
  };
  #losses = 0;
  #isGoingBack = false;
  #index = 0;

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  take(entry: Entry, index: number): void {
    this.#index = index;
    const counts = this.#counts;
    switch (entry.kind) {
      case 'invoke':
        counts.published++;
        this.#invoke(entry);
        break;
      case 'ack':
        counts.acknowledged++;
        this.#acknowledge(entry);
        break;
      case 'fail':
        counts.refused++;
        this.#settle(entry.op, 'fail');
        break;
      case 'unknown':
        counts.unknown++;
        this.#settle(entry.op, 'unknown');
        break;
      case 'connect':
        counts.connections++;
        this.#readerOf(entry).onConnect(entry.since);
        break;
      case 'cursor':
        this.#seeEpoch(entry.room, entry.id);
        this.#readerOf(entry).onCursor(entry.id);
        break;
      case 'gap':
        counts.gapsAnnounced++;
        if (entry.id !== undefined) this.#seeEpoch(entry.room, entry.id);
        this.#readerOf(entry).onGap(entry.id);
        break;
      case 'event':
        counts.delivered++;
        counts.deliveredBy[entry.transport] = (counts.deliveredBy[entry.transport] ?? 0) + 1;
        this.#deliver(entry);
        break;
      case 'fault':
        counts.faults[entry.name] = (counts.faults[entry.name] ?? 0) + 1;
        if (entry.loss !== undefined) this.#losses++;
        this.#isGoingBack = entry.loss === 'newest';
        this.#suspectLogs();
        break;
      case 'heal':
        this.#suspectLogs();
        this.#isGoingBack = false;
        break;
      case 'end':
        this.#roomOf(entry.room).ends.add(entry.id);
        break;
      case 'wrong':
        this.#report('went wrong', entry.text, [entry]);
        break;
    }
  }

  conclude(): Verdict {
    this.#index = this.#entries.length;
    for (const [room, log] of this.#rooms) this.#concludeRoom(room, log);
    if (this.#counts.delivered === 0) this.#report('went wrong', 'nothing was delivered', []);
    return { counts: this.#counts, breaches: this.#breaches, findings: this.#findings };
  }

  // ---- publishes

  #invoke({ op, room, content }: Entry & { kind: 'invoke' }): void {
    const answered = new Map(this.#roomOf(room).answered);
    const publish: Publish = { op, room, content, answered, state: 'open' };
    this.#publishes.set(op, publish);
    this.#byContent.set(content, publish);
  }

  #acknowledge(entry: Entry & { kind: 'ack' }): void {
    const { op, id } = entry;
    const place = placeOf(id);
    const publish = this.#settle(op, 'ack');
    if (place === undefined || publish === undefined) {
      this.#report('went wrong', `publish ${op} was answered with "${id}"`, [entry]);
      return;
    }
    const { room, content, answered } = publish;
    const log = this.#roomOf(room);
    log.acknowledged.push(place);
    this.#seeContent(room, id, content, [entry]);
    const before = answered.get(place.epoch) ?? 0;
    if (place.offset <= before && !log.lineages.isSuspect(place.epoch)) {
      const text = `${content} was said after the answer ${write({ ...place, offset: before })}, and became ${id}`;
      this.#report('overtaken', text, [entry, ...this.#aboutContent(content)]);
    }
    log.answered.set(place.epoch, Math.max(log.answered.get(place.epoch) ?? 0, place.offset));
  }

  #settle(op: number, state: Publish['state']): Publish | undefined {
    const publish = this.#publishes.get(op);
    if (publish !== undefined) publish.state = state;
    return publish;
  }

  // ---- deliveries

  #deliver(entry: Entry & { kind: 'event' }): void {
    const { room, id, content, who } = entry;
    const publish = this.#byContent.get(content);
    if (publish?.room !== room) {
      this.#counts.phantoms++;
      this.#report('phantom', `${who} was given ${id}, which nobody has said in ${room}: ${content.slice(0, 200)}`, [
        entry,
      ]);
    } else {
      this.#seeContent(room, id, content, [entry]);
    }
    this.#roomOf(room).delivered.add(id);
    const { lineages } = this.#roomOf(room);
    this.#readerOf(entry).onEvent(id, content, (each, said) => lineages.lineOf(each, said));
  }

  /** Somebody says that `id` is `content`. Everybody has to say the same, and nothing is said twice in one log. */
  #seeContent(room: string, id: string, content: string, evidence: readonly Entry[]): void {
    const log = this.#roomOf(room);
    this.#seeEpoch(room, id);
    const place = placeOf(id);
    if (place === undefined) return;
    log.lineages.see(id, this.#index);
    const known = log.contents.get(id);
    if (known === undefined) log.contents.set(id, content);
    else if (known !== content && !log.lineages.part(id, place, content, this.#index)) {
      this.#report('another content', `${id} of ${room} is ${known} and ${content}`, [
        ...evidence,
        ...this.#aboutContent(known),
        ...this.#aboutContent(content),
      ]);
    }
    const key = `${place.epoch} ${content}`;
    const offset = log.places.get(key) ?? place.offset;
    log.places.set(key, offset);
    if (offset !== place.offset) {
      const text = `${content} is ${write({ ...place, offset })} and ${id} of ${room}`;
      this.#report('said twice', text, [...evidence, ...this.#aboutContent(content)]);
    }
  }

  #seeEpoch(room: string, id: string): void {
    const place = placeOf(id);
    if (place !== undefined) this.#roomOf(room).epochs.add(place.epoch);
  }

  /** While Redis may go back, it may do so in all logs there are. */
  #suspectLogs(): void {
    if (!this.#isGoingBack) return;
    for (const { lineages, epochs } of this.#rooms.values()) lineages.suspect(epochs);
  }

  // ---- at the end

  #concludeRoom(room: string, log: RoomLog): void {
    const { epochs, ends, acknowledged, delivered, lineages } = log;
    if (epochs.size > 1 + this.#losses) {
      const text = `${room} has had ${epochs.size} logs, and the log was lost ${this.#losses} times: ${[...epochs]}`;
      this.#report('log lost without a cause', text, []);
    }
    this.#concludeRefused(room, log);
    const [end] = [...ends].map(placeOf);
    if (ends.size !== 1 || end === undefined) {
      this.#report('left behind', `the instances do not agree where ${room} ends: ${[...ends]}`, []);
      return;
    }
    this.#counts.reusedIds += lineages.reused;
    if (lineages.parted.has(end.epoch)) {
      this.#report('another content', `${room} ends in ${end.epoch}, in which an id has meant two events`, []);
    }
    for (const place of acknowledged) {
      if (place.epoch !== end.epoch) {
        if (!delivered.has(write(place))) this.#counts.lostWithTheLog++;
      } else if (place.offset > end.offset) {
        this.#report('lost silently', `${write(place)} was answered, and ${room} ends at ${write(end)}`, []);
      }
    }
    for (const reader of this.#readers.values()) {
      if (reader.room === room) this.#concludeReader(reader, end);
    }
  }

  /** What was refused in words that say that it was not appended must never be heard. */
  #concludeRefused(room: string, log: RoomLog): void {
    for (const [id, content] of log.contents) {
      if (this.#byContent.get(content)?.state !== 'fail') continue;
      this.#report('appeared though refused', `${content} was refused, and is ${id} of ${room}`, [
        ...this.#aboutContent(content),
      ]);
    }
  }

  #concludeReader({ who, place, room }: Reader, end: Place): void {
    if (place?.epoch === end.epoch && place.offset === end.offset) return;
    const where = place === undefined ? 'nowhere' : `at ${write(place)}`;
    if (place?.epoch === end.epoch) this.#counts.lostSilently += Math.max(0, end.offset - place.offset);
    this.#report('left behind', `${who} stands ${where}, and ${room} ends at ${write(end)}`, this.#aboutReader(who));
  }

  // ---- what is known

  #roomOf(room: string): RoomLog {
    const log = this.#rooms.get(room) ?? new RoomLog();
    this.#rooms.set(room, log);
    return log;
  }

  #readerOf({ who, room }: { readonly who: string; readonly room: string }): Reader {
    const known = this.#readers.get(who);
    if (known !== undefined) return known;
    const reader = new Reader(who, room, (breach, text, amount) => {
      if (breach === 'duplicate') this.#counts.duplicates += amount;
      if (breach === 'out of order') this.#counts.outOfOrder += amount;
      if (breach === 'lost silently') this.#counts.lostSilently += amount;
      this.#report(breach, text, this.#isWanted(breach) ? this.#aboutReader(who) : []);
    });
    this.#readers.set(who, reader);
    return reader;
  }

  #isWanted(breach: Breach): boolean {
    return (this.#breaches[breach] ?? 0) < KEPT;
  }

  #report(breach: Breach, text: string, evidence: readonly Entry[]): void {
    if (this.#isWanted(breach)) this.#findings.push({ breach, text, evidence });
    this.#breaches[breach] = (this.#breaches[breach] ?? 0) + 1;
  }

  /** The last of what was seen of a subscriber, until now. */
  #aboutReader(who: string): Entry[] {
    const found: Entry[] = [];
    for (let index = Math.min(this.#index, this.#entries.length - 1); index >= 0 && found.length < EVIDENCE; index--) {
      const entry = this.#entries[index] as Entry;
      if (isAbout(entry, who)) found.unshift(entry);
    }
    return found;
  }

  /** All that was seen of a publish, but for its deliveries beyond the first few. */
  #aboutContent(content: string): Entry[] {
    const op = this.#byContent.get(content)?.op;
    return this.#entries
      .filter((entry) => ('op' in entry && entry.op === op) || (entry.kind === 'event' && entry.content === content))
      .slice(0, EVIDENCE);
  }
}
