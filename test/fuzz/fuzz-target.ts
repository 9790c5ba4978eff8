// What the fuzzer knows of the thing it fuzzes: inputs to begin with, words of its language, and a check that throws when
// an oracle is not content.

/** Something that reads a peer's bytes. */
export interface FuzzTarget {
  /** The folder of its regressions. */
  readonly name: string;
  /** Inputs to begin with: most of them legal, some known attacks. */
  readonly seeds: readonly Buffer[];
  /** What is put in here and there: delimiters, names, lengths at their boundaries. */
  readonly dictionary: readonly Buffer[];
  /** Where the parts of an input begin, so that whole ones can be left out, doubled or moved. */
  readonly partsOf?: (input: Buffer) => number[];
  /**
   * Reads `input` and holds what came of it against the oracles. The input must not be changed.
   *
   * @returns what happened, in a few words without the data: an input with words never seen is worth changing further.
   * @throws anything when an oracle is not content, or the target threw.
   */
  readonly check: (input: Buffer) => string | Promise<string>;
}

/** Throws unless `kept`. */
export function require(kept: boolean, promise: string): void {
  if (!kept) throw new Error(`broken: ${promise}`);
}

/** Throws unless two readings, compared as JSON, are the same. */
export function requireSame(first: unknown, second: unknown, promise: string): void {
  const [a, b] = [JSON.stringify(first), JSON.stringify(second)];
  if (a !== b) throw new Error(`broken: ${promise}: ${a} is not ${b}`);
}

/** Finds every place behind one of `separators`: parts for {@link FuzzTarget.partsOf}. */
export function behindEach(separators: string): (input: Buffer) => number[] {
  const codes = new Set(Buffer.from(separators, 'latin1'));
  return (input) => {
    const places: number[] = [];
    for (let at = 0; at < input.length; at++) if (codes.has(input[at] as number)) places.push(at + 1);
    return places;
  };
}
