// The checker is shown to find what it is for: the same guests and the same judge as in `npm run chaos`, on one server of this
// process whose log is lost once, and which has one bug. Without a bug they are content.
import { expect, onTestFinished, test } from 'vitest';
import { createWebSocketServer } from '../../src/app/index.ts';
import { Cast } from './cast.ts';
import { check, type Verdict } from './checker.ts';
import { History } from './history.ts';
import { LosableBroker } from './losable-broker.ts';
import { PLANTS, type Plant, plant } from './plants.ts';
import type { Breach } from './reader.ts';
import { Target } from './target.ts';

const MINUTE = 60_000;
/** Guests in a hurry: they move after a fraction of a second, and sleep for longer than the log is kept. */
const PATIENCE = { silence: 2_000, backoff: 20, longest: 100, stay: 150, sleep: 400, catchingUp: 5_000 };
const KEPT = 20;
/** Answered publishes until the log is lost, and from then until the end. */
const PUBLISHES = 150;

/** What each bug must be called. */
const BREACHES: Readonly<Record<Plant, Breach>> = {
  'skip-catch-up': 'lost silently',
  'deliver-twice': 'duplicate',
  'swallow-gaps': 'lost silently',
  'append-twice': 'said twice',
  'reuse-ids': 'another content',
  'forget-acknowledged': 'another content',
  'append-refused': 'appeared though refused',
  'spoil-events': 'phantom',
  'needless-gaps': 'needless gap',
};

async function run(bug?: Plant, rewinds = false): Promise<Verdict> {
  const broker = new LosableBroker(KEPT);
  const planted = bug === undefined ? undefined : plant(bug, broker);
  onTestFinished(() => planted?.uproot());
  const app = await createWebSocketServer(0, {
    broker: planted?.broker ?? broker,
    rate: { perSecond: 10_000, burst: 10_000 },
  });
  const target = new Target(app.url.slice(0, -1));
  const history = new History();
  const cast = new Cast({ target, history, seed: 1, rooms: 1, interval: 10, patience: PATIENCE, rewinds });
  onTestFinished(async () => {
    cast.stop();
    await target.close();
    await app.shutdown({ timeout: 0 });
    await broker.close();
  });
  cast.start();
  await published(history, PUBLISHES);
  history.note({ kind: 'fault', fault: 1, name: 'lose', loss: 'all' });
  await broker.lose();
  history.note({ kind: 'heal', fault: 1, name: 'lose' });
  await published(history, 2 * PUBLISHES);
  await cast.conclude([target]);
  return check(history.entries);
}

/** Waits until so many publishes have been answered. */
function published(history: History, count: number): Promise<void> {
  let answered = history.entries.filter(({ kind }) => kind === 'ack').length;
  return new Promise((resolve) => {
    history.onNote = () => {
      if (history.entries.at(-1)?.kind === 'ack') answered++;
      if (answered >= count) resolve();
    };
  });
}

test('whoever has no bug is found to have none, though a log was lost and many came too late', {
  timeout: MINUTE,
}, async () => {
  const { counts, findings } = await run();
  expect(findings).toEqual([]);
  expect(counts.acknowledged).toBeGreaterThanOrEqual(2 * PUBLISHES);
  expect(Object.keys(counts.deliveredBy).toSorted()).toEqual(['poll', 'sse', 'websocket']);
  // Six of ten are always there, and lose the log; who is away or has no place may come when it is over.
  expect(counts.gapsAnnounced).toBeGreaterThanOrEqual(6);
});

test.each(Object.entries(BREACHES) as [Plant, Breach][])(
  '%s is found: %s',
  {
    timeout: 2 * MINUTE,
  },
  async (bug, breach) => {
    const { breaches, findings } = await run(bug);
    expect(Object.keys(breaches), PLANTS[bug]).toContain(breach);
    expect(findings.find((finding) => finding.breach === breach)?.evidence).not.toEqual([]);
  },
);

test('a client that comes back from an id before its last one is found: duplicate', { timeout: MINUTE }, async () => {
  const { breaches } = await run(undefined, true);
  expect(Object.keys(breaches)).toContain('duplicate');
});
