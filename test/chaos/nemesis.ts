// What goes wrong: each fault begins, lasts, and is healed. Which, when, where and for how long follows from the seed.
import { setTimeout as delay } from 'node:timers/promises';
import type { Chance } from '../soak/chance.ts';
import type { History } from './history.ts';
import type { Instance } from './instances.ts';
import type { Stage } from './stage.ts';

/** What a fault has to do with. */
interface Scene {
  readonly stage: Stage;
  /** One of the instances. */
  readonly instance: Instance;
  readonly chance: Chance;
  /** Milliseconds that it lasts. */
  readonly hold: number;
  /** Lets so many milliseconds pass. It rejects when the run is stopped: nothing is begun any more then. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

interface Fault {
  /** What is done, in words. */
  readonly what: string;
  /** What may be gone with it, although it was answered: then there is another log. */
  readonly loss?: 'all' | 'newest';
  /** Begins, lasts, and heals. */
  readonly run: (scene: Scene) => Promise<void>;
}

/** Milliseconds: a broker waits for Redis for ten seconds by default. */
const LONGER_THAN_ANYBODY_WAITS = 13_000;

/** All of them, by name. */
export const FAULTS = {
  'instance-kill': {
    what: 'SIGKILL to an instance, which is started again after a while',
    async run({ instance, hold, pause }) {
      await instance.kill();
      await pause(hold / 2);
      await instance.start();
    },
  },
  'instance-stop': {
    what: 'SIGSTOP to an instance, SIGCONT after a while',
    async run({ instance, hold, pause }) {
      instance.pause();
      await pause(hold);
      instance.resume();
    },
  },
  'instance-end': {
    what: 'SIGTERM to an instance, which must end with exit code 0; it is started again',
    async run({ instance, hold, pause }) {
      await instance.end();
      await pause(hold / 2);
      await instance.start();
    },
  },
  'rolling-restart': {
    what: 'SIGTERM to each instance in turn, the next when the one before serves again',
    async run({ stage, pause }) {
      for (const instance of stage.instances) {
        await instance.end();
        await instance.start();
        await pause(0);
      }
    },
  },
  'redis-kill': {
    what: 'SIGKILL to Redis, which is started again with its log',
    async run({ stage, hold, pause }) {
      await stage.redis.kill();
      await pause(hold);
      await stage.redis.restart();
    },
  },
  'redis-away': {
    what: 'SIGKILL to Redis, which is started again with its log after longer than anybody waits for it',
    async run({ stage, pause }) {
      await stage.redis.kill();
      await pause(LONGER_THAN_ANYBODY_WAITS);
      await stage.redis.restart();
    },
  },
  'redis-restart': {
    what: 'SHUTDOWN of Redis, which is started again at once',
    async run({ stage }) {
      // It hangs up instead of an answer.
      await stage.redis.ask('SHUTDOWN').catch(() => {});
      await stage.redis.kill();
      await stage.redis.restart();
    },
  },
  'redis-stop': {
    what: 'SIGSTOP to Redis, SIGCONT after a while',
    async run({ stage, hold, pause }) {
      stage.redis.pause();
      await pause(hold);
      stage.redis.resume();
    },
  },
  'redis-pause': {
    what: 'CLIENT PAUSE: everybody is connected and nobody is answered',
    async run({ stage, hold, pause }) {
      await stage.redis.ask('CLIENT', 'PAUSE', String(Math.round(hold)), 'ALL');
      await pause(hold);
    },
  },
  'redis-flush': {
    what: 'FLUSHALL',
    loss: 'all',
    async run({ stage }) {
      await stage.redis.ask('FLUSHALL');
    },
  },
  'redis-lose': {
    what: 'SIGKILL to Redis, which is started again without anything',
    loss: 'all',
    async run({ stage, hold, pause }) {
      await stage.redis.kill();
      stage.forget();
      await pause(hold / 2);
      await stage.redis.restart();
    },
  },
  'redis-rewind': {
    what: 'SIGKILL to Redis, which is started again with what it had a while before, as a replica that lagged',
    loss: 'newest',
    async run({ stage, hold, pause }) {
      stage.setAside();
      await pause(hold / 2);
      await stage.redis.kill();
      stage.goBack();
      await pause(hold / 4);
      await stage.redis.restart();
    },
  },
  'listeners-kill': {
    what: 'CLIENT KILL TYPE pubsub: only the connections that listen are lost',
    async run({ stage }) {
      await stage.redis.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
    },
  },
  'way-cut': {
    what: 'one instance is cut off from Redis: its connections are reset, and new ones, too',
    async run({ stage, instance, hold, pause }) {
      const way = stage.ways[instance.number];
      way?.cut();
      await pause(hold);
      way?.heal();
    },
  },
  'way-swallows': {
    what: 'what goes between one instance and Redis is swallowed without a word',
    async run({ stage, instance, hold, pause }) {
      const way = stage.ways[instance.number];
      way?.swallow();
      await pause(hold);
      way?.heal();
    },
  },
  'way-slow': {
    what: 'the way of one instance to Redis takes up to half a second each way, and has 2 to 20 kB a second',
    async run({ stage, instance, chance, hold, pause }) {
      const way = stage.ways[instance.number];
      if (way === undefined) return;
      way.slowness = { latency: chance.between(50, 500), rate: chance.size(2_000, 20_000) };
      await pause(hold);
      way.slowness = undefined;
    },
  },
  'nginx-reload': {
    what: 'nginx -s reload',
    async run({ stage }) {
      await stage.nginx.reload();
    },
  },
} as const satisfies Readonly<Record<string, Fault>>;
/** The name of one. */
export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** How hard a run is. Milliseconds. */
export interface Pace {
  readonly hold: readonly [least: number, most: number];
  readonly rest: readonly [least: number, most: number];
}

/** The faults of a run, in their order: each once, in another order each round. */
export function* scheduleOf(names: readonly FaultName[], chance: Chance): Generator<FaultName, never> {
  for (;;) {
    const left = [...names];
    while (left.length > 0) yield left.splice(chance.below(left.length), 1)[0] as FaultName;
  }
}

/** What a nemesis is told. */
export interface NemesisSettings {
  readonly stage: Stage;
  readonly history: History;
  readonly chance: Chance;
  readonly names: readonly FaultName[];
  readonly pace: Pace;
  /** Whether Redis may lose what it has answered when it is killed. */
  readonly isForgetful: boolean;
  /** Milliseconds. */
  readonly duration: number;
  /** Stops it. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Lets it go wrong for as long as it shall. When it resolves everything is healed; it rejects when it is stopped. */
export async function torment(settings: NemesisSettings): Promise<void> {
  const { stage, history, chance, names, pace, isForgetful, duration, signal, say } = settings;
  const pause = (milliseconds: number): Promise<void> => delay(milliseconds, undefined, { signal });
  const end = history.now + duration;
  let count = 0;
  for (const name of scheduleOf(names, chance)) {
    await pause(chance.between(...pace.rest));
    if (history.now > end) return;
    const fault: Fault = FAULTS[name];
    const instance = stage.instances[chance.below(stage.instances.length)] as Instance;
    const mayForget = isForgetful && (name === 'redis-kill' || name === 'redis-away');
    const loss = mayForget ? 'newest' : fault.loss;
    const began = history.now;
    const number = ++count;
    history.note({ kind: 'fault', fault: number, name, loss });
    say(`${(began / 1_000).toFixed(1).padStart(6)} s  ${name}`);
    await fault.run({ stage, instance, chance, hold: chance.between(...pace.hold), pause });
    signal.throwIfAborted();
    history.note({ kind: 'heal', fault: number, name });
    say(`${(history.now / 1_000).toFixed(1).padStart(6)} s  healed`);
  }
}
