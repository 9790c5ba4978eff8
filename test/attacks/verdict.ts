// What a victim says to bytes: with which code it closes, and that nothing behind the offence was read; or that it takes
// them, for the controls.
import { expect } from 'vitest';
import { CLOSE, closeOf, type Frame, frame, TEXT } from '../websocket/raw-peer.ts';
import { Attacker, type Opening } from './attacker.ts';
import { Victim } from './victim.ts';
import type { VictimOptions } from './victim-report.ts';

/** A name, what is sent, and the close code that must come. */
export type Offence = readonly [name: string, bytes: Buffer, code: number];

const BEHIND = 'read behind the offence';

/** Sends each offence on a connection of its own, with a message behind it that must not be read. */
export async function isRefused(victim: Victim, offences: readonly Offence[], opening: Opening = {}): Promise<void> {
  for (const [name, bytes, code] of offences) {
    const attacker = await Attacker.open(victim, opening);
    attacker.send(bytes, frame(TEXT, BEHIND));
    const frames = await attacker.rest();
    attacker.socket.end();
    expect([name, frames.map(summary).at(-1)]).toEqual([name, `Close ${code}`]);
    expect([name, frames.some(({ payload }) => payload.toString() === BEHIND)]).toEqual([name, false]);
  }
}

/** What is sent, and what must come back in this order: `Text 5`, `Pong 0`, `Close 1000`. */
export type Neighbour = readonly [name: string, bytes: Buffer, answers: readonly string[]];

/** The same for what is legal: each is answered as it must be, and the connection lives on. */
export async function isTaken(
  options: VictimOptions,
  neighbours: readonly Neighbour[],
  opening: Opening = {},
): Promise<void> {
  const victim = await Victim.start(options);
  for (const [name, bytes, answers] of neighbours) {
    const attacker = await Attacker.open(victim, opening);
    attacker.send(bytes);
    const seen: string[] = [];
    for (let count = 0; count < answers.length; count++) seen.push(summary(await attacker.next()));
    expect([name, seen]).toEqual([name, answers]);
    if (answers.at(-1)?.startsWith('Close') === true) attacker.socket.end();
    else await attacker.leave();
  }
  const { uncaught } = await victim.report();
  expect(uncaught).toEqual([]);
}

const NAMES: Readonly<Record<number, string>> = {
  0: 'Continuation',
  1: 'Text',
  2: 'Binary',
  8: 'Close',
  9: 'Ping',
  10: 'Pong',
};

/** A frame in two words: what it is, and how long; a Close with its code. */
export function summary(seen: Frame | undefined): string {
  if (seen === undefined) return 'the end';
  if (seen.opcode === CLOSE) return `Close ${closeOf(seen).code}`;
  return `${NAMES[seen.opcode]} ${seen.payload.length}`;
}
