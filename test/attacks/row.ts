// One row of the attack table as tests: the attack, what must be true after every attack, and a control that shows that the
// test can tell. What a row has measured is written to artefacts/attacks/ for the table that CI prints.
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isServed } from './honest.ts';
import { ROWS, type RowId } from './table.ts';
import { Victim } from './victim.ts';
import type { VictimOptions, VictimReport } from './victim-report.ts';

export const KIB = 1_024;
export const MIB = 1_048_576;

/** Milliseconds for a row: it waits for events and never for time, so only a hang takes so long. */
const PATIENCE = 120_000;

/** How a victim was before and after. */
export interface Outcome {
  readonly before: VictimReport;
  readonly after: VictimReport;
  /** Bytes by which the resident memory grew at the worst moment. */
  readonly growth: number;
}

/** A row. */
export interface Attack {
  /** What the server is; by default ours with all defaults, echoing. */
  readonly victim?: VictimOptions;
  /** Bytes by which the victim's memory may grow at the worst moment. */
  readonly bound: number;
  /** Does it, and checks what is special about the row. Everything it opens it closes. */
  readonly run: (victim: Victim) => Promise<void>;
  /** What shows that the test can tell, in words; and that it is so. */
  readonly control: readonly [string, () => Promise<void>];
}

/** Declares the tests of the row `id`. */
export function attack(id: RowId, row: Attack): void {
  describe(`${id}: ${ROWS[id]}`, () => {
    test('is withstood', { timeout: PATIENCE }, async () => {
      const victim = await Victim.start(row.victim);
      const outcome = await suffer(victim, row.run);
      keep(id, row, outcome);
      expect(outcome.after.uncaught).toEqual([]);
      expect(outcome.growth, 'bytes of memory at the worst moment').toBeLessThanOrEqual(row.bound);
    });
    test(`control: ${row.control[0]}`, { timeout: PATIENCE }, row.control[1]);
  });
}

/**
 * Lets `victim` suffer `run`, and waits until it is as before: an honest client is served, and descriptors, timers and
 * connections are back where they were.
 */
export async function suffer(victim: Victim, run: (victim: Victim) => Promise<void>): Promise<Outcome> {
  // What is made once, at the first connection, is not the attacker's doing.
  for (let warming = 0; warming < 3; warming++) await isServed(victim);
  await victim.until(({ clients }) => clients === 0);
  const before = await victim.ask({ ask: 'baseline' });
  await run(victim);
  await isServed(victim);
  const after = await victim.until(
    ({ clients, descriptors, timers }) =>
      clients === before.clients && descriptors <= before.descriptors && timers <= before.timers,
  );
  return { before, after, growth: after.peak - before.rss };
}

function keep(id: RowId, { bound }: Attack, { growth, after }: Outcome): void {
  mkdirSync('artefacts/attacks', { recursive: true });
  const { closed, violations, delay, cpu } = after;
  writeFileSync(`artefacts/attacks/${id}.json`, JSON.stringify({ id, bound, growth, closed, violations, delay, cpu }));
}
