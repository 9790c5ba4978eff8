// The contract that `ws` has with the programs written for it, as rows: what happens when a program does this? Each row
// is played by `ws` itself and by everything that stands in for it; where the answers differ, the row says so, and why.
import { describe, expect, test } from 'vitest';
import { clientRows } from './contract-client.ts';
import { handshakeRows } from './contract-handshake.ts';
import { machineRows } from './contract-machines.ts';
import { serverRows } from './contract-server.ts';
import { socketRows } from './contract-socket.ts';
import { streamRows } from './contract-stream.ts';
import { violationRows } from './contract-violations.ts';
import type { Row } from './row.ts';
import { Stage, type Subject } from './stage.ts';

export const CONTRACT: Readonly<Record<string, readonly Row[]>> = {
  'a server': serverRows,
  'the opening handshake of a server': handshakeRows,
  'a client': clientRows,
  'an open connection': socketRows,
  'a peer that breaks a rule': violationRows,
  createWebSocketStream: streamRows,
  'the machines below': machineRows,
};

/** Milliseconds for one row: a connection that hangs is found out before the test file as a whole is. */
const PATIENCE = 5_000;

/** Plays all rows with a subject. */
export function playContract(subject: Subject): void {
  for (const [topic, rows] of Object.entries(CONTRACT)) {
    describe(topic, () => {
      test.each(rows.map((row) => [row.name, row] as const))('%s', { timeout: PATIENCE }, async (_, row) => {
        const stage = new Stage(subject);
        try {
          const difference = row.differences.find(({ of }) => of.includes(subject.name));
          expect(await row.play(stage)).toEqual(difference === undefined ? row.expected : difference.expected);
        } finally {
          await stage.end();
        }
      });
    });
  }
}
