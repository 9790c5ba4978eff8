// One row of the contract: something a program does, and what it sees then. What it sees is plain data, so that a
// difference between two subjects can be written down beside the reason for it.
import type { Role, Stage, SubjectName } from './stage.ts';

export interface Row {
  readonly name: string;
  /** Does it, and gives what was seen. */
  play(stage: Stage): unknown;
  /** What `ws` shows, and whoever stands in for it. */
  readonly expected: unknown;
  readonly differences: readonly Difference[];
}

/** Where a stand-in shows something else than `ws`. */
export interface Difference {
  readonly of: readonly SubjectName[];
  readonly expected: unknown;
  readonly because: string;
}

export function row<Seen>(
  name: string,
  play: (stage: Stage) => Seen | Promise<Seen>,
  expected: unknown,
  ...differences: Difference[]
): Row {
  return { name, play, expected, differences };
}

/** One row for each end of a connection that the subject may be. */
export function rows<Seen>(
  name: string,
  play: (stage: Stage, role: Role) => Seen | Promise<Seen>,
  expected: unknown,
  ...differences: Difference[]
): Row[] {
  return (['server', 'client'] as const).map((role) =>
    row(`${name} (as a ${role})`, (stage) => play(stage, role), expected, ...differences),
  );
}

/** sluice shows something else, with either set of limits. */
export function unlike(expected: unknown, because: string): Difference {
  return { of: ['sluice', 'sluice/ws'], expected, because };
}

/** sluice shows something else with its own limits. */
export function stricter(expected: unknown, because: string): Difference {
  return { of: ['sluice'], expected, because };
}
