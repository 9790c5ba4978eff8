// Both loops, and what nobody caught meanwhile.
import { type Fault, FaultPlan } from './faulty-socket.ts';
import type { Scenario } from './scenarios.ts';
import { type Misdeed, Planted, Stage } from './stage.ts';

/** What came of a loop. */
export interface LoopReport {
  readonly runs: number;
  /** What was not as it must be, with the number of the run. */
  readonly complaints: readonly string[];
}

/** No scenario has so many steps: a loop that gets here would not end. */
const MAX_RUNS = 400;

/** Plays `scenario` again and again, with `fault` at the first operation, at the second, until it is not met any more. */
export function playWithFaults(scenario: Scenario, fault: Fault, isSecure: boolean): Promise<LoopReport> {
  return loop(async (at) => {
    const stage = new Stage(new FaultPlan(fault, at), isSecure);
    await stage.play(scenario);
    return { complaints: stage.complaints, isLast: !stage.plan.happened };
  });
}

/** The same for upcalls. */
export function playWithMisdeeds(scenario: Scenario, misdeed: Misdeed): Promise<LoopReport> {
  return loop(async (at) => {
    const stage = new Stage(new FaultPlan('none', 0), false, misdeed, at);
    await stage.play(scenario);
    return { complaints: stage.complaints, isLast: !stage.misbehaved };
  });
}

async function loop(
  run: (at: number) => Promise<{ complaints: readonly string[]; isLast: boolean }>,
): Promise<LoopReport> {
  const found: string[] = [];
  for (let at = 1; at <= MAX_RUNS; at++) {
    const uncaught = new Uncaught();
    const { complaints, isLast } = await run(at);
    const all = [...complaints, ...uncaught.end()];
    found.push(...all.map((complaint) => `${at}: ${complaint}`));
    // What one run has left behind would be blamed on the next.
    if (isLast || all.length > 0) return { runs: at, complaints: found };
  }
  return { runs: MAX_RUNS, complaints: ['the loop does not end'] };
}

const FATAL = ['uncaughtException', 'unhandledRejection'] as const;

/** Listens where the process would end, in the place of those who listen there. */
class Uncaught {
  readonly #errors: unknown[] = [];
  readonly #displaced = FATAL.map((event) => [event, process.rawListeners(event)] as const);
  readonly #listen = (error: unknown): void => void this.#errors.push(error);

  constructor() {
    for (const event of FATAL) {
      process.removeAllListeners(event);
      process.on(event as 'uncaughtException', this.#listen);
    }
  }

  /** What nobody caught, apart from what the application threw on purpose. */
  end(): string[] {
    for (const [event, listeners] of this.#displaced) {
      process.removeAllListeners(event);
      for (const listener of listeners) process.on(event, listener as never);
    }
    return this.#errors
      .filter((error) => !(error instanceof Planted))
      .map((error) => `uncaught: ${(error as Error).stack}`);
  }
}
