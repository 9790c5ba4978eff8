// What one connection has said and must hear again: every message of its own once, in order, byte for byte; of the others
// in its room every one from the first that it hears. Judges; it sends and receives nothing.
import type { Chance } from './chance.ts';
import { type Book, type Message, Wish } from './speech.ts';

/** How much was said and heard in a process. */
export interface Tally {
  /** Messages said. */
  said: number;
  /** Messages of one's own that came back and were found right. */
  heard: number;
  /** Messages of others in the room that were found right. */
  overheard: number;
  /** Bytes of both. */
  bytes: number;
  /** Messages whose echo nobody waited for, because their sender broke off. */
  abandoned: number;
}

/** The account of one connection. */
export class Ledger {
  readonly #book: Book;
  readonly #who: number;
  readonly #tally: Tally;
  readonly #complain: (complaint: string) => void;
  /** What has not come back, in order. */
  readonly #owed: Message[] = [];
  /** By sender: the number of the last message to the room. */
  readonly #others = new Map<number, number>();
  #echoes = 0;
  #toTheRoom = 0;
  #whenPaid: (() => void) | undefined;
  #isClosed = false;

  /**
   * @param who the number of this connection, of which there is no second one.
   * @param tally counts what happens here.
   * @param complain is told of everything that is wrong.
   */
  constructor(book: Book, who: number, tally: Tally, complain: (complaint: string) => void) {
    this.#book = book;
    this.#who = who;
    this.#tally = tally;
    this.#complain = complain;
  }

  /** How many messages have not come back. */
  get owed(): number {
    return this.#owed.length;
  }

  /** Makes a message that must come back. */
  say(wish: typeof Wish.Echo | typeof Wish.Room, size: number, isBinary: boolean, chance: Chance): Buffer {
    const number = wish === Wish.Echo ? this.#echoes++ : this.#toTheRoom++;
    const at = this.#book.place(chance, size, isBinary);
    const data = this.#book.write({ wish, who: this.#who, number, at, isBinary }, size);
    this.#owed.push(this.#book.read(data, isBinary) as Message);
    this.#tally.said++;
    return data;
  }

  /** A message has come. */
  hear(data: Buffer, isBinary: boolean): void {
    if (this.#isClosed) return;
    const message = this.#book.read(data, isBinary);
    if (typeof message === 'string') {
      this.#complain(message);
      return;
    }
    this.#tally.bytes += data.length;
    if (message.who === this.#who) this.#hearOwn(message);
    else this.#hearOther(message);
  }

  #hearOwn(message: Message): void {
    const place = this.#owed.findIndex((owed) => describe(owed) === describe(message));
    if (place === -1) {
      this.#complain(`${describe(message)} came, and was not owed`);
      return;
    }
    // Those before it will not come any more: the order of messages is part of what is promised.
    for (const lost of this.#owed.splice(0, place)) this.#complain(`${describe(lost)} did not come back`);
    this.#owed.shift();
    this.#tally.heard++;
    if (this.#owed.length === 0) this.#whenPaid?.();
  }

  #hearOther(message: Message): void {
    const last = this.#others.get(message.who);
    this.#others.set(message.who, message.number);
    if (message.wish !== Wish.Room) this.#complain(`${describe(message)} was not for us`);
    else if (last !== undefined && message.number !== last + 1) {
      this.#complain(`${describe(message)} came from the room behind number ${last}`);
    } else this.#tally.overheard++;
  }

  /** Resolves when everything has come back. */
  paid(): Promise<void> {
    if (this.#owed.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenPaid = resolve;
    });
  }

  /** Nobody waits for the rest; `ws` still delivers what it had received when it was told to break off. */
  abandon(): void {
    this.#tally.abandoned += this.#owed.length;
    this.close();
  }

  /** Nothing more will come. What is owed has been lost. */
  close(): void {
    this.#isClosed = true;
    this.#owed.length = 0;
  }
}

function describe({ wish, number, at, isBinary, length }: Message): string {
  return `${isBinary ? 'binary' : 'text'} message ${wish}${number} of ${length} bytes from ${at}`;
}
