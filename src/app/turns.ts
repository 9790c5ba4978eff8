// What one client has said and nobody has dealt with yet. What concerns one room is dealt with in the order in which it was
// said; nothing waits for another room. Where nothing has to be waited for, it is done before take() returns.

/** Deals with something. Never rejects. */
export type Turn = () => Promise<void> | undefined;

/** The turns of one client. */
export class Turns {
  /** The end of the last turn of each room that has one. */
  readonly #last = new Map<string, Promise<void>>();
  readonly #onChange: () => void;
  #count = 0;

  /** @param onChange called whenever {@link count} has changed. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** How many are not over. */
  get count(): number {
    return this.#count;
  }

  /** Takes a turn behind those of the same room. */
  take(room: string, turn: Turn): void {
    const before = this.#last.get(room);
    const running = before === undefined ? turn() : before.then(turn);
    if (running === undefined) return;
    this.#count++;
    const end = running.then(() => {
      this.#count--;
      if (this.#last.get(room) === end) this.#last.delete(room);
      this.#onChange();
    });
    this.#last.set(room, end);
    this.#onChange();
  }

  /** Does something when all turns that were taken until now are over: at once when they are. */
  afterAll(act: () => void): void {
    if (this.#last.size === 0) act();
    else void Promise.all(this.#last.values()).then(act);
  }
}
