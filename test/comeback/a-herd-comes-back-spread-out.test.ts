// 200 clients lose a real server at one moment, and come back to it over real sockets: `npm run herd -- --real` in small. What is
// compared are the times of their schedules, the delays that the clients themselves have chosen, by seeded chance: which attempt
// finds the server is decided by events, so that no clock and no load can change the figures. When they came is not looked at.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { peak } from '../../scripts/herd/simulation.mjs';
import { stampede } from '../../scripts/herd/stampede.mjs';
import { Built } from './built.ts';

const CLIENTS = 200;
/** Milliseconds: a tenth of what it is by default. */
const UNIT = 100;
/** Milliseconds, for a machine that does much else. */
const TIMEOUT = 60_000;

let built: Built;

beforeAll(() => {
  built = new Built();
}, TIMEOUT);
afterAll(() => built?.remove());

const herd = (jitter: number | undefined): ReturnType<typeof stampede> =>
  stampede({
    server: built.server,
    client: pathToFileURL(join(built.server, '../../resilient-node/index.js')).href,
    clients: CLIENTS,
    processes: 1,
    unit: UNIT,
    jitter,
    failures: 4,
  });

it(
  'all come back, with jitter at least five times less densely than without',
  async () => {
    const [none, jitter] = await Promise.all([herd(0), herd(undefined)]);
    expect([none.connections, jitter.connections]).toEqual([CLIENTS, CLIENTS]);
    expect(none.schedule).toEqual(Array.from({ length: CLIENTS }, () => 31 * UNIT));
    expect(peak(jitter.schedule, UNIT) * 5).toBeLessThanOrEqual(peak(none.schedule, UNIT));
  },
  TIMEOUT,
);
