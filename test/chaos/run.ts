// One run from its first process to its last. Says what was seen; what it means is judged in checker.ts.
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Chance } from '../soak/chance.ts';
import { Cast } from './cast.ts';
import { Endings } from './endings.ts';
import { type Entry, History } from './history.ts';
import { type Pace, torment } from './nemesis.ts';
import type { Options } from './options.ts';
import { Stage } from './stage.ts';
import { PATIENCE } from './subscriber.ts';

const MINUTE = 60_000;
/** Milliseconds: the shortest faults and rests, longer than the two seconds that a broker waits for an answer of Redis. */
const LEAST_HOLD = 2_200;
const LEAST_REST = 700;
/** What is added to them in a run of so many minutes, and in proportion in a shorter one. */
const MORE_HOLD = 3_000;
const MORE_REST = 2_000;
const MINUTES_FOR_MORE = 3;
/** Milliseconds in which everything is well, at the beginning and, so that it is seen to be, at the end. */
const CALM = 2_000;
const CATCHING_UP_IN_VAIN = 5_000;

/** How hard a run of so many minutes is: a short one has shorter faults, so that it has them all. */
export function paceOf(minutes: number): Pace {
  const share = Math.min(1, minutes / MINUTES_FOR_MORE);
  return {
    hold: [LEAST_HOLD, Math.round(LEAST_HOLD + MORE_HOLD * share)],
    rest: [LEAST_REST, Math.round(LEAST_REST + MORE_REST * share)],
  };
}

const abort = new AbortController();
let running: Promise<readonly Entry[]> | undefined;

/** Ends a run, whatever it is doing, and all that it has started. Resolves when nothing is left. */
export async function stop(): Promise<void> {
  abort.abort();
  await running?.catch(() => {});
}

/**
 * Runs it, once in a process.
 *
 * @throws Error when something cannot be started, or it was stopped.
 */
export function run(options: Options, say: (line: string) => void): Promise<readonly Entry[]> {
  running = play(options, say);
  return running;
}

async function play(options: Options, say: (line: string) => void): Promise<readonly Entry[]> {
  const { minutes, seed, rooms, interval, faults, fsync, plant } = options;
  const { signal } = abort;
  const history = new History();
  const endings = new Endings();
  try {
    const stage = await Stage.open(options, history, endings);
    signal.throwIfAborted();
    // With a bug somebody may wait for ever.
    const patience = plant === undefined ? PATIENCE : { ...PATIENCE, catchingUp: CATCHING_UP_IN_VAIN };
    const cast = new Cast({ target: stage.target, history, seed, rooms, interval, patience });
    endings.add(() => cast.stop());
    cast.start();
    const start = history.now;
    await delay(CALM, undefined, { signal });
    await torment({
      stage,
      history,
      chance: new Chance(seed),
      names: faults,
      pace: paceOf(minutes),
      isForgetful: fsync !== 'always',
      duration: minutes * MINUTE - (history.now - start),
      signal,
      say,
    });
    await delay(CALM, undefined, { signal });
    // However long the last fault has kept them: without it nobody could say whether it is over.
    await Promise.race([cast.speak(), once(signal, 'abort')]);
    signal.throwIfAborted();
    // It starts nothing: nobody has to wait for its end.
    await Promise.race([cast.conclude(stage.doors), once(signal, 'abort')]);
    signal.throwIfAborted();
    return history.entries;
  } finally {
    await endings.run();
  }
}
