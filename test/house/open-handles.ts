// Setup file of every test file: when its last test is over, no socket, server, child process or timer may be left open.
// What was there before the file was read, vitest's own channels for example, is the baseline and not counted.
import { afterAll } from 'vitest';
import { settle, takeInventory } from './leftovers.ts';

/** Milliseconds: longer than the 4 s for which Node's own fetch keeps an idle connection. */
const PATIENCE = Number(process.env.OPEN_HANDLES_PATIENCE ?? 6_000);

// Both are made at their first use, and that use may be a test's.
void process.stdout;
void process.stderr;

// Taken here and not in a hook: by then vitest has a timer running, which would excuse one of a test's.
const before = takeInventory();

// Hooks run in reverse order of registration: this one, registered first, comes after every afterAll of the file.
afterAll(async () => {
  const left = await settle(before, PATIENCE);
  if (left.length > 0) throw new Error(`left open after the last test of this file: ${left.join(', ')}`);
}, PATIENCE * 2);
