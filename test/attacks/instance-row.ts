// A row of the table that is a fault of instances, seen from outside: by guests over every transport, and judged as
// `npm run chaos` judges.
import { describe, expect, onTestFinished, test } from 'vitest';
import { ROWS, type RowId } from './table.ts';

/** Milliseconds for a row: it waits for events and never for time, so only a hang takes so long. */
const PATIENCE = 180_000;

/** A fault. */
export interface InstanceFault {
  /** Lets it happen, and checks that nobody has lost anything without a sign. */
  readonly run: () => Promise<void>;
  /** What shows that the test can tell, in words; and that it is so. */
  readonly control: readonly [string, () => Promise<void>];
}

/** Declares the tests of the row `id`. */
export function fault(id: RowId, { run, control }: InstanceFault): void {
  describe(`${id}: ${ROWS[id]}`, () => {
    test('is withstood', { timeout: PATIENCE }, () => alive(run));
    test(`control: ${control[0]}`, { timeout: PATIENCE }, control[1]);
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
