// What the compressed messages are made of: five kinds of data that compress very differently, made here from a seed so that
// every run sends the same bytes.

/** A kind of data. */
export interface Corpus {
  readonly name: string;
  readonly isText: boolean;
  readonly data: Buffer;
}

const SIZE = 262_144;

/** A small generator of numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS =
  'der Schleusenwärter öffnet das Tor und zählt die Schiffe bevor Wasser über Wehre fällt während Möwen kreisen'.split(
    ' ',
  );

function repeatUntil(make: (random: () => number) => string, seed: number): Buffer {
  const random = randomFrom(seed);
  let out = '';
  while (out.length < SIZE) out += make(random);
  return Buffer.from(out);
}

const word = (random: () => number): string => WORDS[Math.floor(random() * WORDS.length)]!;

function records(random: () => number): string {
  const id = Math.floor(random() * 1e9);
  return `{"id":${id},"name":"${word(random)} ${word(random)}","active":${random() > 0.5},"level":${random().toFixed(4)}},\n`;
}

function prose(random: () => number): string {
  return `${word(random)}${random() > 0.9 ? '.\n' : ' '}`;
}

function markup(random: () => number): string {
  return `<li class="item ${word(random)}"><a href="/${word(random)}/${Math.floor(random() * 1e4)}">${word(random)}</a></li>\n`;
}

/** Neighbouring bytes alike, as in a picture. */
function picture(): Buffer {
  const random = randomFrom(2);
  const data = Buffer.alloc(SIZE);
  for (let index = 1; index < SIZE; index++) data[index] = data[index - 1]! + Math.floor(random() * 5) - 2;
  return data;
}

/** Stretches of text between stretches that do not compress at all, as in a document with pictures. */
function mixed(): Buffer {
  const random = randomFrom(5);
  const data = repeatUntil(prose, 6).subarray(0, SIZE);
  for (let index = 0; index < SIZE; index++) if ((index >> 12) & 1) data[index] = Math.floor(random() * 256);
  return data;
}

/** In the order of sections 12.1 to 12.5. */
export const corpora: readonly Corpus[] = [
  { name: 'records in JSON', isText: true, data: repeatUntil(records, 1) },
  { name: 'a picture', isText: false, data: picture() },
  { name: 'prose', isText: true, data: repeatUntil(prose, 3) },
  { name: 'HTML', isText: true, data: repeatUntil(markup, 4) },
  { name: 'text and noise', isText: false, data: mixed() },
];

/** A piece of `length` bytes from somewhere in the corpus; of text, cut between characters. */
export function pieceOf(corpus: Corpus, length: number, random: () => number): Buffer {
  const start = Math.floor(random() * (corpus.data.length - length));
  if (!corpus.isText) return corpus.data.subarray(start, start + length);
  const isContinuation = (at: number): boolean => (corpus.data[at]! & 0xc0) === 0x80;
  let [from, to] = [start, start + length];
  while (from < to && isContinuation(from)) from++;
  while (to > from && to < corpus.data.length && isContinuation(to)) to--;
  return corpus.data.subarray(from, to);
}
