// Runs a soak: starts the server and the crowds, lets the guests come and go, measures, and ends all that it has started.
// Says what was measured; what it means is judged in verdict.ts.
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Child } from '../../bench/processes.mjs';
import type { CrowdProgress, CrowdSettings } from './hall.ts';
import { type Fault, type Options, type Plan, planOf } from './options.ts';
import type { Rest, Sample, SettledSample } from './samples.ts';
import type { ServerSettings } from './server.ts';

/** Everything that was measured. */
export interface SoakRecord {
  readonly connections: number;
  readonly minutes: number;
  readonly seed: number;
  readonly fault: Fault | undefined;
  readonly plan: Plan;
  /** After the rehearsal, while nobody was there. */
  readonly before: Rest;
  /** Every second, from the first guest of the soak to the end. */
  readonly samples: readonly Sample[];
  /** With garbage collected, while the guests came and went. */
  readonly settled: readonly SettledSample[];
  /** When everybody had left. */
  readonly after: Rest;
  /** Seconds at which all guests had come and settled in, and at which they were told to leave. */
  readonly arrived: number;
  readonly left: number;
  /** All processes of guests together, rehearsal included. */
  readonly guests: CrowdProgress;
}

/** Processes of guests. */
const CROWDS = 2;
/** Guests of the rehearsal: each kind of life, in every process, and a few more. */
const REHEARSAL_GUESTS = 100;
const ROOM_SIZE = 20;
/** Samples after a garbage collection: four for each third. */
const SAMPLES_NEEDED = 12;
/** How many times as long as planned a soak may last for them. */
const LONGEST_EXTENSION = 4;
/** Milliseconds between two looks at what goes on while somebody waits. */
const GLANCE = 250;
/** Milliseconds for the server to notice that everybody has gone. */
const LONGEST_NOTICE = 30_000;

const fileAt = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Told now and then how it goes. */
export type Progress = (phase: string, sample: Sample, guests: CrowdProgress) => void;

/**
 * Runs it.
 *
 * @throws Error when a process dies, does not answer, or does not end in time.
 */
export async function soak(
  { connections, minutes, life, seed, fault }: Pick<Options, 'connections' | 'minutes' | 'life' | 'seed' | 'fault'>,
  progress: Progress,
): Promise<SoakRecord> {
  const stage = new Stage(planOf(minutes, life === undefined ? undefined : life * 1_000), seed, progress);
  try {
    await stage.open(fault);
    await stage.rehearse(Math.min(connections, REHEARSAL_GUESTS));
    const before = await stage.rest();
    await stage.play(connections);
    const after = await stage.rest();
    await stage.server.ask('shutdown');
    return { connections, minutes, seed, fault, plan: stage.plan, before, after, ...stage.outcome() };
  } finally {
    await stage.end();
  }
}

class Stage {
  readonly plan: Plan;
  readonly server: Child;
  readonly #crowds: readonly Child[];
  readonly #seed: number;
  readonly #progress: Progress;
  readonly #samples: Sample[] = [];
  readonly #settled: SettledSample[] = [];
  #guests: CrowdProgress = sumOf([]);
  #rehearsed: CrowdProgress = sumOf([]);
  #port = 0;
  #pid = 0;
  #began = 0;
  #arrived = 0;
  #left = 0;

  constructor(plan: Plan, seed: number, progress: Progress) {
    this.plan = plan;
    this.#seed = seed;
    this.#progress = progress;
    const flags = ['--expose-gc'];
    this.server = new Child({ name: 'the server', file: fileAt('./server.js'), core: undefined, flags });
    this.#crowds = Array.from(
      { length: CROWDS },
      (_, index) => new Child({ name: `crowd ${index}`, file: fileAt('./crowd.js'), core: undefined }),
    );
  }

  async open(fault: Fault | undefined): Promise<void> {
    const settings: ServerSettings = { heartbeat: this.plan.heartbeat, fault };
    const { port, pid } = await this.server.ask('start', settings);
    this.#port = port;
    this.#pid = pid;
  }

  async rehearse(guests: number): Promise<void> {
    // Other connections than those of the soak: their numbers must not come twice in a room.
    await this.#begin(guests, 1_000, CROWDS);
    const end = performance.now() + this.plan.rehearsal;
    while (performance.now() < end) {
      await delay(this.plan.sampling);
      await this.#look('rehearsal');
    }
    await this.#leave('rehearsal');
    this.#rehearsed = this.#guests;
    this.#guests = sumOf([]);
  }

  async play(connections: number): Promise<void> {
    this.#began = performance.now();
    await this.#begin(connections, this.plan.arrival, 0);
    this.#arrived = (this.plan.arrival + this.plan.settlingIn) / 1_000;
    let nextSettling = this.#arrived;
    let isFirst = true;
    while (this.#hasTime) {
      await this.#look('soak');
      if (this.#seconds >= nextSettling) {
        nextSettling += this.plan.settling / 1_000;
        const settled = { ...(await this.server.ask('settled')), ...this.#circumstances() };
        // The delays of the first are those of the arrival.
        if (!isFirst) this.#settled.push(settled);
        isFirst = false;
      }
      await delay(this.plan.sampling - ((this.#seconds * 1_000) % this.plan.sampling));
    }
    this.#left = this.#seconds;
    await this.#leave('leaving');
  }

  /** The server with nobody there: waits until it has noticed, and the garbage has gone. */
  async rest(): Promise<Rest> {
    const end = performance.now() + LONGEST_NOTICE;
    while ((await this.server.ask('sockets')) > 0 && performance.now() < end) await delay(GLANCE);
    // What one collection lets go of, for example by a finalizer, is found by the next.
    for (let round = 0; round < 4; round++) {
      await this.server.ask('settled');
      await delay(GLANCE);
    }
    const settled = await this.server.ask('settled');
    const [sockets, rooms] = [await this.server.ask('sockets'), await this.server.ask('rooms')];
    return { ...settled, ...this.#circumstances(), sockets, rooms };
  }

  outcome(): Pick<SoakRecord, 'samples' | 'settled' | 'arrived' | 'left' | 'guests'> {
    return {
      samples: this.#samples,
      settled: this.#settled,
      arrived: this.#arrived,
      left: this.#left,
      guests: sumOf([this.#rehearsed, this.#guests]),
    };
  }

  async end(): Promise<void> {
    await Promise.all([this.server, ...this.#crowds].map((child) => child.end().catch(() => child.kill())));
  }

  /** A machine that is too busy for the samples that a judgement needs gets more time for them, not without end. */
  get #hasTime(): boolean {
    const { soak } = this.plan;
    const gone = this.#seconds * 1_000;
    return gone < soak || (this.#settled.length < SAMPLES_NEEDED && gone < LONGEST_EXTENSION * soak);
  }

  get #seconds(): number {
    return (performance.now() - this.#began) / 1_000;
  }

  async #begin(guests: number, arrival: number, firstIndex: number): Promise<void> {
    await Promise.all(
      this.#crowds.map((crowd, index) => {
        const settings: CrowdSettings = {
          port: this.#port,
          guests: Math.floor(guests / CROWDS) + (index < guests % CROWDS ? 1 : 0),
          arrival,
          life: this.plan.life,
          heartbeat: this.plan.heartbeat,
          patience: this.plan.patience,
          roomSize: ROOM_SIZE,
          seed: this.#seed,
          index: firstIndex + index,
        };
        return crowd.ask('begin', settings);
      }),
    );
  }

  async #look(phase: string): Promise<void> {
    const [figures, ...guests] = await Promise.all([
      this.server.ask('figures'),
      ...this.#crowds.map((crowd) => crowd.ask('progress')),
    ]);
    this.#guests = sumOf(guests);
    const sample: Sample = { ...figures, ...this.#circumstances() };
    if (this.#began > 0) this.#samples.push(sample);
    this.#progress(phase, sample, this.#guests);
  }

  async #leave(phase: string): Promise<void> {
    await Promise.all(this.#crowds.map((crowd) => crowd.ask('leave')));
    // A guest may wait for its echoes, then for its end, and be at the beginning of both.
    const end = performance.now() + 3 * this.plan.patience;
    do {
      await delay(GLANCE);
      await this.#look(phase);
    } while (this.#guests.present > 0 && performance.now() < end);
    if (this.#guests.present > 0) throw new Error(`${this.#guests.present} guests did not leave`);
  }

  #circumstances(): { at: number; descriptors: number | undefined } {
    return { at: this.#began === 0 ? 0 : this.#seconds, descriptors: descriptorsOf(this.#pid) };
  }
}

function descriptorsOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync(`/proc/${pid}/fd`).length;
}

function sumOf(all: readonly CrowdProgress[]): CrowdProgress {
  const lives: { [life: string]: number } = {};
  for (const crowd of all) {
    for (const [life, count] of Object.entries(crowd.lives)) lives[life] = (lives[life] ?? 0) + count;
  }
  const total = (name: Exclude<keyof CrowdProgress, 'lives' | 'complaints'>): number =>
    all.reduce((sum, crowd) => sum + crowd[name], 0);
  return {
    lives,
    said: total('said'),
    heard: total('heard'),
    overheard: total('overheard'),
    bytes: total('bytes'),
    abandoned: total('abandoned'),
    pongs: total('pongs'),
    present: total('present'),
    failures: total('failures'),
    complaints: all.flatMap(({ complaints }) => complaints),
  };
}
