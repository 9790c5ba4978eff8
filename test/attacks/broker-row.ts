// A row of the table that is not an attack on a server, but a fault between a broker and its Redis: a real one, which is killed,
// stopped, emptied or cut off while followers of rooms note what they are told.
import { describe, expect, onTestFinished, test } from 'vitest';
import { CLIENTS, type ClientMaker } from '../redis/brokers.ts';
import type { Follower } from '../redis/follower.ts';
import { ROWS, type RowId } from './table.ts';

/** Milliseconds for a row: it waits for events and never for time, so only a hang takes so long. */
const PATIENCE = 60_000;

/** A fault. */
export interface Fault {
  /** Lets it happen, with clients of one package, and checks that nothing was lost without a sign, or came twice. */
  readonly run: (makeClient: ClientMaker) => Promise<void>;
  /** What shows that the test can tell, in words; and that it is so. */
  readonly control: readonly [string, (makeClient: ClientMaker) => Promise<void>];
}

/** Declares the tests of the row `id`, for each package that clients come from. */
export function fault(id: RowId, { run, control }: Fault): void {
  describe.each(Object.entries(CLIENTS))(`${id}: ${ROWS[id]}, with %s`, (_, makeClient) => {
    test('is withstood', { timeout: PATIENCE }, () => alive(() => run(makeClient)));
    test(`control: ${control[0]}`, { timeout: PATIENCE }, () => alive(() => control[1](makeClient)));
  });
}

/** Nothing may be thrown where nobody catches it. */
async function alive(run: () => Promise<void>): Promise<void> {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', note).on('unhandledRejection', note);
  onTestFinished(() => void process.off('uncaughtException', note).off('unhandledRejection', note));
  await run();
  expect(uncaught).toEqual([]);
}

/** Checks what every follower must be able to say: its events stand in order, none twice, none missing but in a gap. */
export function expectOrder({ events }: Follower): void {
  const seen = new Set<string>();
  let holes = 0;
  for (const [index, { epoch, offset }] of events.entries()) {
    expect(seen.has(`${epoch}-${offset}`), `${epoch}-${offset} twice`).toBe(false);
    seen.add(`${epoch}-${offset}`);
    const before = events[index - 1];
    if (before?.epoch === epoch && offset !== before.offset + 1) holes++;
  }
  expect(holes, 'holes').toBe(0);
}
