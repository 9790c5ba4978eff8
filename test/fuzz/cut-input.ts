// How an input says itself in which pieces it is to be read: its first bytes are options and lengths of chunks. So a saved
// input reproduces alone, and what changes an input changes the cuts too.

/** Behind the byte of options, the low half of the second byte says how many lengths follow. */
const MAX_LENGTHS = 15;

/** An input taken apart. */
export interface CutInput {
  /** Eight bits for the target to use as it likes. */
  readonly options: number;
  /** What is to be read. */
  readonly body: Buffer;
  /** The same in pieces, each a copy that may be overwritten. The lengths are used again and again until nothing is left. */
  readonly chunks: readonly Buffer[];
}

/** Reads the options and the cuts from the front of an input; what is missing is zero. */
export function cutInput(input: Buffer): CutInput {
  const options = input[0] ?? 0;
  const count = (input[1] ?? 0) & MAX_LENGTHS;
  const lengths = [...input.subarray(2, 2 + count)];
  const body = input.subarray(2 + count);
  return { options, body, chunks: cut(body, lengths) };
}

/** Makes an input: the opposite of {@link cutInput}. */
export function inputOf(body: Buffer | string, options = 0, lengths: readonly number[] = []): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
  return Buffer.concat([Buffer.of(options, lengths.length, ...lengths), bytes]);
}

function cut(body: Buffer, lengths: readonly number[]): Buffer[] {
  if (!lengths.some((length) => length > 0)) return [Buffer.from(body)];
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < body.length; turn++) {
    // A length of 0 is an empty chunk: a network never sends one, a stream may.
    const end = Math.min(body.length, at + (lengths[turn % lengths.length] as number));
    chunks.push(Buffer.from(body.subarray(at, end)));
    at = end;
  }
  return chunks;
}
