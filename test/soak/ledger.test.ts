// The judge of every message, judged: a message that is lost, twice, swapped, spoiled or another's must not pass.
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { Chance } from './chance.ts';
import { Ledger, type Tally } from './ledger.ts';
import { Book, Wish } from './speech.ts';

const book = new Book(7);
let tally: Tally;
let complaints: string[];

beforeEach(() => {
  tally = { said: 0, heard: 0, overheard: 0, bytes: 0, abandoned: 0 };
  complaints = [];
});

function ledgerOf(who: number): Ledger {
  return new Ledger(book, who, tally, (complaint) => complaints.push(complaint));
}

describe('what one has said oneself', () => {
  test('passes when it comes back whole and in order, text and binary, of any length', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ size: fc.integer({ min: 1, max: 5_000 }), isBinary: fc.boolean() }), { minLength: 1 }),
        fc.nat(),
        (messages, seed) => {
          const ledger = ledgerOf(3);
          const chance = new Chance(seed);
          const before = tally.heard;
          const said = messages.map(({ size, isBinary }) => ledger.say(Wish.Echo, size, isBinary, chance));
          for (const [index, data] of said.entries()) {
            const { isBinary } = messages[index] as (typeof messages)[number];
            if (!isBinary) expect(Buffer.from(data.toString()).equals(data)).toBe(true);
            ledger.hear(data, isBinary);
          }
          expect(complaints).toEqual([]);
          expect(ledger.owed).toBe(0);
          expect(tally.heard - before).toBe(said.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('fails when any byte of it is another', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (size, where, change) => {
          complaints = [];
          const ledger = ledgerOf(3);
          const data = ledger.say(Wish.Echo, size, true, new Chance(where));
          data[where % data.length]! ^= change;
          ledger.hear(data, true);
          expect(complaints).toHaveLength(1);
          expect(ledger.owed).toBe(1);
        },
      ),
    );
  });

  test('fails when it is cut short, or comes as the other kind', () => {
    const ledger = ledgerOf(3);
    const data = ledger.say(Wish.Echo, 50, true, new Chance(1));
    ledger.hear(data.subarray(0, 40), true);
    ledger.hear(data.subarray(0, 10), true);
    ledger.hear(data, false);
    expect(complaints).toHaveLength(3);
    expect(tally.heard).toBe(0);
  });

  test('fails when one is lost, and names it', async () => {
    const ledger = ledgerOf(3);
    ledger.say(Wish.Echo, 50, true, new Chance(1));
    const second = ledger.say(Wish.Echo, 60, true, new Chance(2));
    const paid = ledger.paid();
    ledger.hear(second, true);
    await paid;
    expect(complaints).toEqual([expect.stringMatching(/^binary message e0 of 50 bytes .* did not come back$/)]);
    expect(tally).toMatchObject({ said: 2, heard: 1 });
  });

  test('fails when two are swapped', () => {
    const ledger = ledgerOf(3);
    const said = [1, 2].map((seed) => ledger.say(Wish.Echo, 50, true, new Chance(seed)));
    for (const data of said.reverse()) ledger.hear(data, true);
    expect(complaints).toHaveLength(2);
  });

  test('fails when it comes twice', () => {
    const ledger = ledgerOf(3);
    const data = ledger.say(Wish.Echo, 50, true, new Chance(1));
    ledger.hear(data, true);
    ledger.hear(data, true);
    expect(complaints).toEqual([expect.stringContaining('was not owed')]);
  });

  test('is not waited for by whoever breaks off', () => {
    const ledger = ledgerOf(3);
    const data = ledger.say(Wish.Echo, 50, true, new Chance(1));
    ledger.abandon();
    ledger.hear(data, true);
    expect(complaints).toEqual([]);
    expect(tally).toMatchObject({ said: 1, heard: 0, abandoned: 1 });
  });
});

test('is lost when nothing more will come', () => {
  const ledger = ledgerOf(3);
  ledger.say(Wish.Echo, 50, true, new Chance(1));
  ledger.close();
  expect(ledger.owed).toBe(0);
  expect(tally).toMatchObject({ said: 1, heard: 0, abandoned: 0 });
});

describe('what others say in the room', () => {
  test('passes from the first that is heard, each behind the one before', () => {
    const [speaker, listener] = [ledgerOf(3), ledgerOf(4)];
    const said = [1, 2, 3].map((seed) => speaker.say(Wish.Room, 50, false, new Chance(seed)));
    for (const data of said.slice(1)) listener.hear(data, false);
    expect(complaints).toEqual([]);
    expect(tally.overheard).toBe(2);
  });

  test('fails when one is left out, or comes twice', () => {
    const [speaker, listener] = [ledgerOf(3), ledgerOf(4)];
    const said = [1, 2, 3].map((seed) => speaker.say(Wish.Room, 50, false, new Chance(seed)));
    for (const index of [0, 2, 2]) listener.hear(said[index] as Buffer, false);
    expect(complaints).toHaveLength(2);
  });

  test('fails when it was an echo for somebody else', () => {
    const [speaker, listener] = [ledgerOf(3), ledgerOf(4)];
    listener.hear(speaker.say(Wish.Echo, 50, false, new Chance(1)), false);
    expect(complaints).toEqual([expect.stringContaining('was not for us')]);
  });
});
