// What guests and server say to each other. Every message follows from its own header, so that whoever hears one can tell
// whether each of its bytes is right, also when somebody else said it.
import { Chance } from './chance.ts';

/** What the server does with a message, by its first character. */
export const Wish = {
  /** Send it back. */
  Echo: 'e',
  /** Send it to everybody in the room, me included. */
  Room: 'r',
  /** Send so many blocks of {@link FLOOD_BLOCK} bytes, whether I read them or not. */
  Flood: 'f',
  /** Close with {@link FAREWELL}. */
  Farewell: 'c',
} as const;
export type Wish = (typeof Wish)[keyof typeof Wish];

/** Bytes of one message of a flood. */
export const FLOOD_BLOCK = 65_536;

/** The close code of a server that was asked to close. */
export const FAREWELL = 4_000;

/** A wish, and three numbers of eight hexadecimal digits: who, the how manieth, and where in the book. */
export const HEADER_LENGTH = 25;

const BOOK_SIZE = 524_288;

/** Words of one to three bytes a character; a message may begin and end in the middle of any. */
const WORDS = ['sluice', 'gate', 'écluse', 'Schleuse', 'шлюз', '水門', 'weir', 'eau', 'lock', 'Pegel', '\n'];

/** What messages are cut from: the same in every process that was given the same seed. */
export class Book {
  readonly #binary = Buffer.allocUnsafe(BOOK_SIZE);
  readonly #text: Buffer;

  constructor(seed: number) {
    const chance = new Chance(seed);
    for (let at = 0; at < BOOK_SIZE; at += 4) this.#binary.writeUInt32LE(chance.below(2 ** 32), at);
    let text = '';
    while (text.length < BOOK_SIZE) text += `${WORDS[chance.below(WORDS.length)]} `;
    this.#text = Buffer.from(text);
  }

  /** A message of `size` bytes or, of text, up to two more: no character is cut. */
  write(message: Omit<Message, 'length'>, size: number): Buffer {
    const { at, isBinary } = message;
    return Buffer.concat([Buffer.from(headerOf(message), 'latin1'), this.#passage(at, size, isBinary)]);
  }

  /** A place in the book from which `size` bytes can be read. */
  place(chance: Chance, size: number, isBinary: boolean): number {
    let at = chance.below(BOOK_SIZE - size - 2);
    if (!isBinary) while (isInside(this.#text, at)) at++;
    return at;
  }

  /** Reads a message, or says what is wrong with it. */
  read(data: Buffer, isBinary: boolean): Message | string {
    if (data.length < HEADER_LENGTH) return `${data.length} bytes are no message of ours`;
    const header = data.toString('latin1', 0, HEADER_LENGTH);
    const [who, number, at] = [1, 9, 17].map((start) => Number.parseInt(header.slice(start, start + 8), 16));
    const message = {
      wish: header[0] as Wish,
      who: who as number,
      number: number as number,
      at: at as number,
      isBinary,
    };
    // parseInt is content with less than eight digits.
    if (header !== headerOf(message)) {
      return `a header that nobody wrote: ${JSON.stringify(header)}`;
    }
    const length = data.length - HEADER_LENGTH;
    const passage = (isBinary ? this.#binary : this.#text).subarray(message.at, message.at + length);
    if (passage.compare(data, HEADER_LENGTH) !== 0) return `${length} bytes that are not those of ${hex(message.at)}`;
    return { ...message, length };
  }

  #passage(at: number, size: number, isBinary: boolean): Buffer {
    if (isBinary) return this.#binary.subarray(at, at + size);
    let end = at + size;
    while (isInside(this.#text, end)) end++;
    return this.#text.subarray(at, end);
  }
}

/** A message as its header tells it. */
export interface Message {
  readonly wish: Wish;
  /** The connection that said it first. */
  readonly who: number;
  /** Counted by connection, those to rooms apart from the others. */
  readonly number: number;
  /** The place in the book. */
  readonly at: number;
  readonly isBinary: boolean;
  /** Bytes behind the header. */
  readonly length: number;
}

function headerOf({ wish, who, number, at }: Omit<Message, 'length'>): string {
  return `${wish}${hex(who)}${hex(number)}${hex(at)}`;
}

function hex(number: number): string {
  return number.toString(16).padStart(8, '0');
}

/** Whether a character has begun before `at` and goes on. */
function isInside(text: Buffer, at: number): boolean {
  return ((text[at] ?? 0) & 0xc0) === 0x80;
}
