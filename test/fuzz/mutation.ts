// Changes an input a little, in the ways that parsers get wrong: bits, lengths at their boundaries, parts left out, doubled
// and moved, words of the target's language, the front of one input before the back of another.
import type { FuzzTarget } from './fuzz-target.ts';
import type { Random } from './random.ts';

/** Longer inputs are cut: what a parser does with 4 KiB it does with more, and only more slowly. */
const MAX_INPUT = 4096;
/** The most that is inserted of one byte, or taken away, at once. */
const MAX_STRETCH = 300;
/** Changes to one input, at most. */
const MAX_CHANGES = 4;

const INTERESTING_BYTES = [0, 1, 9, 10, 13, 32, 34, 44, 58, 59, 61, 92, 125, 126, 127, 128, 191, 192, 254, 255];
const INTERESTING_NUMBERS = [0, 1, 125, 126, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff];
const INTERESTING_LONG_NUMBERS = [
  0n,
  125n,
  65_535n,
  65_536n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

type Change = (input: Buffer, random: Random, target: FuzzTarget, corpus: readonly Buffer[]) => Buffer;

/** Replaces `[start, end)` of `input`. */
function replace(input: Buffer, start: number, end: number, by: Uint8Array): Buffer {
  return Buffer.concat([input.subarray(0, start), by, input.subarray(end)]);
}

/** The bounds of a part, or of any stretch where the target knows of no parts. */
function stretch(input: Buffer, random: Random, target: FuzzTarget): [start: number, end: number] {
  const parts = random.below(3) === 0 ? [] : (target.partsOf?.(input) ?? []);
  if (parts.length > 1) {
    const first = random.below(parts.length);
    const start = parts[first] as number;
    return [start, parts[first + 1 + random.below(2)] ?? input.length];
  }
  const start = random.below(input.length + 1);
  return [start, Math.min(input.length, start + random.below(MAX_STRETCH))];
}

function place(input: Buffer, random: Random, target: FuzzTarget): number {
  const parts = random.below(2) === 0 ? [] : (target.partsOf?.(input) ?? []);
  return parts.length > 0 ? random.pick(parts) : random.below(input.length + 1);
}

const CHANGES: readonly Change[] = [
  function flipBit(input, random) {
    if (input.length === 0) return input;
    const changed = Buffer.from(input);
    const at = random.below(changed.length);
    changed[at] = (changed[at] as number) ^ (1 << random.below(8));
    return changed;
  },
  function setByte(input, random) {
    if (input.length === 0) return input;
    const changed = Buffer.from(input);
    changed[random.below(changed.length)] = random.below(3) === 0 ? random.below(256) : random.pick(INTERESTING_BYTES);
    return changed;
  },
  function setNumber(input, random) {
    const changed = Buffer.from(input);
    if (changed.length < 8) return changed;
    if (random.below(2) === 0) {
      changed.writeUInt16BE(random.pick(INTERESTING_NUMBERS), random.below(changed.length - 1));
    } else {
      changed.writeBigUInt64BE(random.pick(INTERESTING_LONG_NUMBERS), random.below(changed.length - 7));
    }
    return changed;
  },
  function insertByte(input, random, target) {
    const at = place(input, random, target);
    const count = random.below(8) === 0 ? random.below(MAX_STRETCH) : 1;
    return replace(input, at, at, Buffer.alloc(count, random.pick(INTERESTING_BYTES)));
  },
  function insertWord(input, random, target) {
    const at = place(input, random, target);
    return replace(input, at, at, random.pick(target.dictionary));
  },
  function overwriteByWord(input, random, target) {
    const at = random.below(input.length + 1);
    const word = random.pick(target.dictionary);
    return replace(input, at, Math.min(input.length, at + word.length), word);
  },
  function leaveOut(input, random, target) {
    const [start, end] = stretch(input, random, target);
    return replace(input, start, end, Buffer.alloc(0));
  },
  function leaveOutByte(input, random) {
    const at = random.below(input.length + 1);
    return replace(input, at, Math.min(input.length, at + 1), Buffer.alloc(0));
  },
  function double(input, random, target) {
    const [start, end] = stretch(input, random, target);
    const times = random.below(6) === 0 ? 2 + random.below(40) : 1;
    return replace(input, end, end, Buffer.concat(Array(times).fill(input.subarray(start, end))));
  },
  function move(input, random, target) {
    const [start, end] = stretch(input, random, target);
    const without = replace(input, start, end, Buffer.alloc(0));
    const at = place(without, random, target);
    return replace(without, at, at, input.subarray(start, end));
  },
  function truncate(input, random) {
    return input.subarray(0, random.below(input.length + 1));
  },
  function splice(input, random, target, corpus) {
    const other = random.pick(corpus);
    return Buffer.concat([
      input.subarray(0, place(input, random, target)),
      other.subarray(place(other, random, target)),
    ]);
  },
  function insertPart(input, random, target, corpus) {
    const other = random.pick(corpus);
    const at = place(input, random, target);
    return replace(input, at, at, other.subarray(...stretch(other, random, target)));
  },
];

/** A changed copy of one of the inputs of `corpus`. */
export function mutate(corpus: readonly Buffer[], random: Random, target: FuzzTarget): Buffer {
  let input = random.pick(corpus);
  for (let changes = 1 + random.below(MAX_CHANGES); changes > 0; changes--) {
    input = random.pick(CHANGES)(input, random, target, corpus);
  }
  return Buffer.from(input.subarray(0, MAX_INPUT));
}
