// Random lives of a room against a model: whatever the broker withholds, repeats, loses and says late, every member hears
// every event once and in order, or is told of a gap.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Position } from '../../src/rooms/broker.ts';
import { formatId, parseId } from '../../src/rooms/event-id.ts';
import { Membership } from '../../src/rooms/membership.ts';
import { Room, type RoomOwner } from '../../src/rooms/room.ts';
import { Guest } from './guest.ts';
import { UnreliableBroker } from './unreliable-broker.ts';

interface PersonalStep {
  readonly do: 'leave' | 'slow' | 'drain';
  readonly who: number;
  readonly room: number;
}

type Step =
  | { readonly do: 'publish'; readonly count: number }
  | { readonly do: 'join'; readonly back: number }
  | PersonalStep
  | { readonly do: 'withhold' | 'release' | 'repeat' | 'deafen' | 'doubt' | 'turn' | 'lose' }
  | { readonly do: 'fail'; readonly count: number };

const plain = (...names: readonly ('withhold' | 'release' | 'repeat' | 'deafen' | 'doubt' | 'turn' | 'lose')[]) =>
  fc.constantFrom(...names).map((name): Step => ({ do: name }));

const publish = fc
  .nat({ max: 200 })
  .map((count): Step => ({ do: 'publish', count: count < 150 ? 1 + (count % 5) : count }));
const join = fc.nat({ max: 300 }).map((back): Step => ({ do: 'join', back }));
const about = fc
  .record({ do: fc.constantFrom('leave', 'slow', 'drain'), who: fc.nat(), room: fc.nat({ max: 20 }) })
  .map((step): Step => step as Step);
const fail = fc.integer({ min: 1, max: 3 }).map((count): Step => ({ do: 'fail', count }));
const COMMON = [
  publish,
  publish,
  join,
  about,
  about,
  fail,
  plain('withhold', 'release', 'repeat', 'deafen', 'doubt', 'turn'),
];

/** More than any life needs until everybody has heard everything. */
const TURNS = 5_000;

/** One life of a room. */
class Life {
  readonly broker: UnreliableBroker;
  readonly guests: Guest[] = [];
  /** What was published, by its id. */
  readonly said = new Map<string, string>();
  end: Position = { epoch: '', offset: 0 };
  #number = 0;
  readonly #owner: RoomOwner;
  readonly #room: Room;

  constructor(history: number) {
    this.broker = new UnreliableBroker({ history });
    this.#owner = { broker: this.broker, onLeave: () => {}, onGap: () => {} };
    this.#room = new Room('lobby', this.#owner);
  }

  async begin(): Promise<void> {
    await this.#room.open();
    this.end = this.#room.end;
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'publish') for (let count = 0; count < step.count; count++) await this.#publish();
    else if (step.do === 'join') this.#join(step.back);
    else if (step.do === 'fail') this.broker.failures = step.count;
    else if (step.do === 'withhold') this.broker.isWithholding = true;
    else if (step.do === 'deafen') this.broker.isDeaf = true;
    else if (step.do === 'turn') await turn();
    else if ('who' in step) this.#about(step);
    else this.broker[step.do]();
    if (step.do === 'lose') await this.#publish();
  }

  async #publish(): Promise<void> {
    this.#number++;
    this.end = await this.broker.append('lobby', `{"number":${this.#number}}`, { except: undefined, key: undefined });
    this.said.set(formatId(this.end.epoch, this.end.offset), `{"number":${this.#number}`);
  }

  #join(back: number): void {
    const guest = new Guest();
    const membership = new Membership(`${this.guests.length}`, 'lobby', undefined, guest);
    guest.membership = membership;
    this.guests.push(guest);
    const offset = this.end.offset - back;
    this.#room.add(membership, { since: offset < 0 ? undefined : { ...this.end, offset }, history: 0 });
  }

  #about(step: PersonalStep): void {
    const guest = this.guests[step.who % Math.max(1, this.guests.length)];
    if (guest === undefined) return;
    if (step.do === 'leave') guest.membership?.end('left');
    else if (step.do === 'slow') guest.room = Math.min(guest.room, step.room);
    else guest.drain(step.room);
  }

  /** All lines are mended, and everybody reads on until nothing is left. */
  async settle(isDoubtful: boolean): Promise<void> {
    this.broker.failures = 0;
    this.broker.release();
    this.broker.isDeaf = false;
    // What was lost shows either because the broker says so, or by the next event.
    if (isDoubtful) this.broker.doubt();
    else await this.#publish();
    const waiting = (): Guest[] => this.guests.filter((guest) => !guest.membership?.isOver && !this.#isAtEnd(guest));
    for (let turns = 0; waiting().length > 0; turns++) {
      expect(turns, 'turns until everybody has read on').toBeLessThan(TURNS);
      this.#room.retryNow();
      for (const guest of waiting()) if (!guest.isReady) guest.drain();
      await turn();
    }
    for (const guest of this.guests) guest.membership?.end('left');
    this.#room.close();
  }

  #isAtEnd({ membership }: Guest): boolean {
    return membership?.epoch === this.end.epoch && membership.offset === this.end.offset;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What is wrong with what a guest has heard. */
function complaints(guest: Guest, said: ReadonlyMap<string, string>): string[] {
  const wrong: string[] = [];
  let known: Position | undefined;
  for (const heard of guest.heard) {
    if (heard.kind !== 'event') {
      known = parseId(heard.cursor);
      continue;
    }
    const { epoch, offset } = parseId(heard.id) as Position;
    if (epoch !== known?.epoch || offset !== known.offset + 1)
      wrong.push(`${heard.id} behind ${JSON.stringify(known)}`);
    if (!heard.text.startsWith(said.get(heard.id) ?? 'nothing')) wrong.push(`${heard.id} says ${heard.text}`);
    known = { epoch, offset };
  }
  return wrong;
}

async function live(history: number, isDoubtful: boolean, steps: readonly Step[]): Promise<Life> {
  const life = new Life(history);
  await life.begin();
  for (const step of steps) await life.take(step);
  await life.settle(isDoubtful);
  for (const guest of life.guests) expect(complaints(guest, life.said)).toEqual([]);
  return life;
}

const life = (...steps: readonly fc.Arbitrary<Step>[]) => fc.array(fc.oneof(...steps), { minLength: 5, maxLength: 60 });

test('as long as nothing is forgotten every member hears every event, once and in order', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), life(...COMMON), async (isDoubtful, steps) => {
      const { guests } = await live(1_000_000, isDoubtful, steps);
      for (const guest of guests) expect(guest.gaps).toBe(0);
    }),
    { numRuns: 150 },
  );
});

test('what is forgotten, or lost with its epoch, is announced, and nothing else is lost', {
  timeout: 60_000,
}, async () => {
  let gaps = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 100 }),
      fc.boolean(),
      life(...COMMON, plain('lose')),
      async (history, isDoubtful, steps) => {
        const { guests } = await live(history, isDoubtful, steps);
        for (const guest of guests) gaps += guest.gaps;
      },
    ),
    { numRuns: 150 },
  );
  // The lives were hard enough for the test to have been one.
  expect(gaps).toBeGreaterThan(50);
});
