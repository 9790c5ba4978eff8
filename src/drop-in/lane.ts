// Messages that go through a machine which takes one at a time, in the order in which they were handed over, and whose
// answers never come inside the call. Parts of a message are kept until it is whole.

/** The answer: an error, or the outcome. */
export type Done = (error: Error | null, data?: Buffer) => void;

/** Takes one whole message, and answers once, now or later. */
type Machine = (payload: Buffer, done: Done) => void;

interface Waiting {
  /** `undefined` for a part: its answer is empty, and comes in its turn. */
  readonly payload: Buffer | undefined;
  readonly callback: Done;
}

const NOTHING = Buffer.alloc(0);

/** First in, first out, one at a time. */
export class Lane {
  readonly #machine: Machine;
  #parts: Buffer[] = [];
  #waiting: Waiting[] = [];
  #current: Waiting | undefined = undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** @param fin `false`: more of the same message follows. */
  add(data: Buffer, fin: boolean, callback: Done): void {
    this.#parts.push(data);
    const payload = fin ? this.#whole() : undefined;
    this.#waiting.push({ payload, callback });
    if (this.#current === undefined) this.#next();
  }

  /** There will be no outcome: everybody is told why. */
  abandon(error: Error): void {
    const abandoned = this.#current === undefined ? this.#waiting : [this.#current, ...this.#waiting];
    this.#parts = [];
    this.#waiting = [];
    this.#current = undefined;
    for (const { callback } of abandoned) callback(error);
  }

  #whole(): Buffer {
    const parts = this.#parts;
    this.#parts = [];
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  #next(): void {
    const current = this.#waiting.shift();
    this.#current = current;
    if (current === undefined) return;
    // In a turn of its own: a caller that is answered before its call returns has to be written with both in mind.
    process.nextTick(() => {
      if (this.#current === current) this.#start(current);
    });
  }

  #start(current: Waiting): void {
    const done: Done = (error, data) => {
      if (this.#current !== current) return;
      this.#next();
      if (error === null) current.callback(null, data);
      else current.callback(error);
    };
    if (current.payload === undefined) done(null, NOTHING);
    else this.#machine(current.payload, done);
  }
}
