// Who publishes and who reads, in each room: subscribers on all transports and with all habits, a publisher of each kind. When it
// is over everybody is waited for.
import { setTimeout as delay } from 'node:timers/promises';
import { Chance } from '../soak/chance.ts';
import { endOf } from './connections.ts';
import type { History } from './history.ts';
import { Numbers, Publisher } from './publisher.ts';
import { type Habit, PATIENCE, type Patience, READINGS, Subscriber } from './subscriber.ts';
import type { Target } from './target.ts';

/** What the cast is told. */
export interface CastSettings {
  readonly target: Target;
  readonly history: History;
  readonly seed: number;
  readonly rooms: number;
  readonly interval: number;
  readonly patience?: Patience;
  /** The bug of a client: see {@link Subscriber}. */
  readonly rewinds?: boolean;
}

/** In each room; the steady ones on each transport. */
const STEADY = 2;
const HABITS: readonly Habit[] = ['moving', 'moving', 'sleepy', 'forgetful'];
/** Milliseconds between two looks at who has everything. */
const GLANCE = 300;
/** As often in a row everybody must have everything: what was given up by its publisher may still be on its way. */
const CALM_LOOKS = 4;

/** Everybody. */
export class Cast {
  readonly subscribers: readonly Subscriber[];
  readonly #rooms: readonly string[];
  readonly #publishers: readonly Publisher[];
  readonly #history: History;
  readonly #patience: Patience;

  constructor({ target, history, seed, rooms, interval, patience = PATIENCE, rewinds = false }: CastSettings) {
    this.#history = history;
    this.#patience = patience;
    this.#rooms = Array.from({ length: rooms }, (_, index) => `room ${index + 1}`);
    const numbers = new Numbers();
    const chanceOf = (index: number): Chance => new Chance(seed * 1_000_003 + index * 7_919);
    let count = 0;
    this.#publishers = this.#rooms.flatMap((room) =>
      (['post', 'websocket'] as const).map((transport) => {
        const surroundings = { target, history, chance: chanceOf(++count), numbers, interval };
        return new Publisher(`publisher ${count}`, room, transport, surroundings);
      }),
    );
    this.subscribers = this.#rooms.flatMap((room) => {
      const steady = READINGS.flatMap((transport) =>
        Array.from({ length: STEADY }, () => ({ habit: 'steady' as Habit, transport })),
      );
      const others = HABITS.map((habit, index) => ({ habit, transport: READINGS[index % READINGS.length] ?? 'sse' }));
      return [...steady, ...others].map(({ habit, transport }) => {
        const surroundings = { target, history, chance: chanceOf(++count), patience, rewinds };
        return new Subscriber({ name: `${habit} ${count}`, room, habit, transport }, surroundings);
      });
    });
  }

  start(): void {
    for (const subscriber of this.subscribers) subscriber.start();
    for (const publisher of this.#publishers) publisher.start();
  }

  /** Resolves when every publisher has said something that it had not begun before: what has been healed shows by it. */
  async speak(): Promise<void> {
    await Promise.all(this.#publishers.map((publisher) => publisher.next()));
  }

  /** Nobody says anything new, everybody reads; then the ends of the logs are noted, by the word of each of `doors`. */
  async conclude(doors: readonly Target[]): Promise<void> {
    await Promise.all(this.#publishers.map((publisher) => publisher.stop()));
    for (const subscriber of this.subscribers) subscriber.settle();
    const last = this.#history.now + this.#patience.catchingUp;
    let ends = await this.#ends(doors);
    for (let calm = 0; calm < CALM_LOOKS && this.#history.now < last; ) {
      await delay(GLANCE);
      const before = JSON.stringify(ends);
      ends = await this.#ends(doors);
      calm = JSON.stringify(ends) === before && this.#haveAll(ends) ? calm + 1 : 0;
    }
    for (const [instance, byRoom] of ends.entries()) {
      for (const [room, id] of byRoom) this.#history.note({ kind: 'end', room, id, instance });
    }
  }

  stop(): void {
    for (const subscriber of this.subscribers) subscriber.stop();
    for (const publisher of this.#publishers) publisher.end();
  }

  #ends(doors: readonly Target[]): Promise<Map<string, string>[]> {
    const ask = async (door: Target, room: string): Promise<[string, string]> => [
      room,
      await endOf(door, room).catch((error: Error) => `nobody says: ${error.message}`),
    ];
    return Promise.all(
      doors.map(async (door) => new Map(await Promise.all(this.#rooms.map((room) => ask(door, room))))),
    );
  }

  #haveAll(ends: readonly ReadonlyMap<string, string>[]): boolean {
    return ends.every((byRoom) => this.subscribers.every(({ room, cursor }) => cursor === byRoom.get(room)));
  }
}
