// Whether the work for an input grows with its size, or with a power of it: measured in CPU time and told as a ratio, so that
// a slow machine says the same as a fast one.

/** Microseconds of CPU time that the small input takes at least: less than this, the measurement is noise. */
const ENOUGH = 2_000;
/** The best of so many is what counts: whatever disturbs a measurement makes it longer. */
const ATTEMPTS = 9;
/** After so many it may be enough: not before, for a small input that was disturbed makes everything look linear. */
const FEWEST_ATTEMPTS = 4;
/** The large input is so many times the small one. */
const TIMES = 8;

/** A ratio of less than this is linear: 8 would be, 64 is quadratic, and this lies in the middle. */
export const LINEAR = 24;

/** The work for eight times `size`, as a multiple of that for `size`. */
export function growthOf(work: (size: number) => void, size: number): number {
  let rounds = 1;
  while (cost(work, size, rounds) < ENOUGH) rounds *= 2;
  let small = Number.POSITIVE_INFINITY;
  let large = Number.POSITIVE_INFINITY;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    small = Math.min(small, cost(work, size, rounds));
    large = Math.min(large, cost(work, size * TIMES, rounds));
    if (attempt >= FEWEST_ATTEMPTS && large / small < LINEAR) break;
  }
  return large / small;
}

function cost(work: (size: number) => void, size: number, rounds: number): number {
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) work(size);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
