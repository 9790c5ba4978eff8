// Somebody who reads a room for as long as the run lasts: comes again from its last id whenever its connection is over, with a
// growing pause, and, by its habit, changes the transport, stays away for a while, or begins without a place.
import type { Chance } from '../soak/chance.ts';
import { type Connection, connect, type Ears, type Reading } from './connections.ts';
import type { History } from './history.ts';
import { recognise } from './speech.ts';
import type { Target } from './target.ts';

/** What somebody does besides reading. */
export type Habit =
  /** Leaves when its connection is over, and never else. */
  | 'steady'
  /** Goes to another transport every few seconds. */
  | 'moving'
  /** Stays away for longer than the log is kept. */
  | 'sleepy'
  /** Forgets where it was. */
  | 'forgetful';

export const READINGS: readonly Reading[] = ['websocket', 'sse', 'poll'];

/** Milliseconds. */
export interface Patience {
  /** A connection that says nothing for so long is given up: the rooms are never silent for so long. */
  readonly silence: number;
  /** The first pause before coming again; twice as long each time, up to the longest. */
  readonly backoff: number;
  readonly longest: number;
  /** How long somebody stays that moves, on average, and how long somebody sleeps. */
  readonly stay: number;
  readonly sleep: number;
  /** At the end, for everybody to have everything. */
  readonly catchingUp: number;
}

export const PATIENCE: Patience = {
  silence: 8_000,
  backoff: 100,
  longest: 2_000,
  stay: 4_000,
  sleep: 12_000,
  catchingUp: 40_000,
};

/** One. */
export class Subscriber {
  readonly name: string;
  readonly room: string;
  readonly habit: Habit;
  readonly #target: Target;
  readonly #history: History;
  readonly #chance: Chance;
  readonly #patience: Patience;
  /** A bug of a client, planted: it comes back from an id before its last one. */
  readonly #rewinds: boolean;
  #transport: Reading;
  #cursor: string | undefined;
  #cursorBefore: string | undefined;
  #connection: Connection | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #departure: NodeJS.Timeout | undefined;
  #isSettling = false;
  #isOver = false;

  constructor(
    { name, room, habit, transport }: { name: string; room: string; habit: Habit; transport: Reading },
    { target, history, chance, patience = PATIENCE, rewinds = false }: SubscriberSurroundings,
  ) {
    this.name = name;
    this.room = room;
    this.habit = habit;
    this.#transport = transport;
    this.#target = target;
    this.#history = history;
    this.#chance = chance;
    this.#patience = patience;
    this.#rewinds = rewinds;
  }

  /** The last id that it knows. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  start(): void {
    this.#come();
    this.#planDeparture();
  }

  /** Comes, and stays: it is over soon, and everybody shall have everything. */
  settle(): void {
    this.#isSettling = true;
    clearTimeout(this.#departure);
    if (this.#connection !== undefined) return;
    clearTimeout(this.#timer);
    this.#come();
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#departure);
    clearTimeout(this.#timer);
    this.#drop();
  }

  #planDeparture(): void {
    if (this.habit === 'steady') return;
    this.#departure = setTimeout(() => this.#depart(), this.#stay());
  }

  /** At least a tenth of the mean. */
  #stay(): number {
    const { stay } = this.#patience;
    return stay / 10 + this.#chance.around(stay);
  }

  #depart(): void {
    this.#leave(this.habit);
    clearTimeout(this.#timer);
    let absence = 0;
    if (this.habit === 'moving') this.#transport = this.#chance.pick({ websocket: 1, sse: 1, poll: 1 });
    else if (this.habit === 'sleepy') absence = this.#patience.sleep * (0.5 + this.#chance.next());
    else if (this.habit === 'forgetful') this.#cursor = undefined;
    this.#timer = setTimeout(() => this.#come(), absence);
    this.#departure = setTimeout(() => this.#depart(), absence + this.#stay());
  }

  #come(): void {
    if (this.#isOver) return;
    const { name, room } = this;
    const since = this.#rewinds ? (this.#cursorBefore ?? this.#cursor) : this.#cursor;
    const transport = this.#transport;
    this.#history.note({ kind: 'connect', who: name, room, transport, since });
    this.#listen();
    this.#connection = connect(transport, { target: this.#target, room, name, since }, this.#ears(transport));
  }

  #ears(transport: Reading): Ears {
    const { name: who, room } = this;
    const history = this.#history;
    const hear = (id: string | undefined): void => {
      this.#failures = 0;
      if (id !== undefined && id !== this.#cursor) {
        this.#cursorBefore = this.#cursor;
        this.#cursor = id;
      }
      this.#listen();
    };
    return {
      onCursor(id) {
        history.note({ kind: 'cursor', who, room, id });
        hear(id);
      },
      onEvent(id, content) {
        history.note({ kind: 'event', who, room, id, content: recognise(content), transport });
        hear(id);
      },
      onGap(id) {
        history.note({ kind: 'gap', who, room, id });
        hear(id);
      },
      onOver: (reason, wait) => this.#onOver(reason, wait),
      onNonsense: (text) => history.note({ kind: 'wrong', text }),
    };
  }

  #onOver(reason: string, wait: number | undefined): void {
    this.#leave(reason);
    const { backoff, longest } = this.#patience;
    const pause = Math.min(longest, wait ?? backoff * 2 ** this.#failures) * (0.5 + this.#chance.next() / 2);
    this.#failures++;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#come(), this.#isSettling ? backoff : pause);
  }

  #leave(reason: string): void {
    if (this.#connection === undefined) return;
    this.#history.note({ kind: 'leave', who: this.name, room: this.room, reason });
    this.#drop();
  }

  #drop(): void {
    clearTimeout(this.#silence);
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** Starts to wait for the next sign of life. */
  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#onOver('nothing was heard', undefined), this.#patience.silence);
  }
}

/** What subscribers share. */
export interface SubscriberSurroundings {
  readonly target: Target;
  readonly history: History;
  readonly chance: Chance;
  readonly patience?: Patience;
  readonly rewinds?: boolean;
}
