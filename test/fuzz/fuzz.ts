// The loop: changes inputs, reads them, keeps those that did something new, and stops at the first that an oracle does not
// like. What is new is told by the target's own words, not by coverage of its code: see CONTRIBUTING.md.
import type { FuzzTarget } from './fuzz-target.ts';
import { mutate } from './mutation.ts';
import { Random } from './random.ts';

/** An input that an oracle did not like. */
export interface Finding {
  readonly input: Buffer;
  readonly error: Error;
}

/** What came of a run. */
export interface FuzzReport {
  /** How many inputs were read. */
  readonly inputs: number;
  /** How many of them did something new, the seeds included. */
  readonly corpus: number;
  readonly finding: Finding | undefined;
}

/** How long to go on. */
export interface FuzzPlan {
  readonly seed: number;
  /** Asked before every input; told how many have been read. */
  readonly goOn: (inputs: number) => boolean;
  /** Told of every input before it is read: whoever watches for one that never ends needs it. */
  readonly onInput?: (input: Buffer) => void;
}

/** Reads one input. @returns what happened, or what an oracle did not like. */
export async function read(target: FuzzTarget, input: Buffer): Promise<string | Error> {
  try {
    // A copy, exactly as long as the input: nobody may read or write beside it.
    const answer = target.check(Buffer.from(input));
    return typeof answer === 'string' ? answer : await answer;
  } catch (error) {
    return error instanceof Error ? error : new Error(`thrown, and no Error: ${String(error)}`);
  }
}

/** Fuzzes `target`. The seeds come first. */
export async function fuzz(target: FuzzTarget, { seed, goOn, onInput }: FuzzPlan): Promise<FuzzReport> {
  const random = new Random(seed);
  const seen = new Set<string>();
  const corpus: Buffer[] = [];
  let inputs = 0;
  while (goOn(inputs)) {
    const isSeed = inputs < target.seeds.length;
    const input = isSeed ? (target.seeds[inputs] as Buffer) : mutate(corpus, random, target);
    onInput?.(input);
    const answer = await read(target, input);
    inputs++;
    if (typeof answer !== 'string') return { inputs, corpus: corpus.length, finding: { input, error: answer } };
    if (isSeed || !seen.has(answer)) corpus.push(input);
    seen.add(answer);
  }
  return { inputs, corpus: corpus.length, finding: undefined };
}

/** Makes a finding smaller, as long as the same kind of error stays: first by halves, in the end byte by byte. */
export async function minimise(target: FuzzTarget, { input, error }: Finding): Promise<Buffer> {
  let smallest = input;
  for (let size = Math.ceil(input.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length; ) {
      const shorter = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      const answer = await read(target, shorter);
      if (typeof answer !== 'string' && kindOf(answer) === kindOf(error)) smallest = shorter;
      else at += size;
    }
  }
  return smallest;
}

/** The same promise broken, with whatever data. */
function kindOf(error: Error): string {
  return error.message.split(':', 2).join(':').replaceAll(/\d+/g, 'n');
}
