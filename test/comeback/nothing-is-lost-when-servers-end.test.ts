// Servers are killed, restarted and stopped, nginx is reloaded, and the log is lost, while clients in Node and in Chromium talk
// over each transport. Each hears the log of each room, in order, once; each thing said is in it once, and acknowledged.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFailed } from 'vitest';
import { type NginxProcess, replaceOnce } from '../examples/nginx-process.ts';
import type { Running } from '../examples/running.ts';
import type { Guest, Place } from './places.ts';
import { describeScene, Scene, START_TIMEOUT } from './scene.ts';

/** An instance that was away is asked again soon, and old workers last for a second: the shipped times would be waited for. */
const hasty = (configuration: string): string =>
  replaceOnce(
    configuration.replaceAll('fail_timeout=5s', 'fail_timeout=1s'),
    'worker_shutdown_timeout 10m',
    'worker_shutdown_timeout 1s',
  );

const RESTART = 1012;
/** Milliseconds: what servers say at least. Without a hint it would be a tenth of it. */
const EARLIEST = 500;

describeScene('what clients hear and say', (paths) => {
  let scene: Scene;
  let proxy: NginxProcess;
  let places: Place[];
  let origin: string;
  let rooms: string[];
  let guests: Guest[];
  let tests = 0;

  beforeAll(async () => {
    scene = await Scene.open(paths);
    proxy = await scene.nginx(hasty);
    origin = `https://localhost:${proxy.port}`;
    places = [scene.node(), await scene.page(origin)];
  }, START_TIMEOUT);
  afterAll(() => scene?.close(), START_TIMEOUT);

  /** Everybody comes, and talks. */
  beforeEach(async () => {
    onTestFailed(async () => console.log(await scene.describe(guests)));
    tests++;
    rooms = [`lobby ${tests}`, `yard ${tests}`];
    guests = await scene.everybody(places, origin, rooms);
    await each('talks');
    await each('hearsMore', 5);
  });

  afterEach(() => each('leaves'));

  const each = (question: 'talks' | 'hearsMore' | 'hasLost' | 'isOpen' | 'leaves', count = 0): Promise<unknown> =>
    Promise.all(guests.map((guest) => guest.ask(question, count)));

  it('is all that was said, when every server is killed and restarted', async () => {
    await Promise.all(scene.instances.map((instance) => instance.kill()));
    await each('hasLost', 1);
    await Promise.all(scene.instances.map((_, index) => scene.start(index)));
    await each('isOpen', 2);
    await each('hearsMore', 5);
    await scene.judge(guests, rooms);
  });

  it('is all that was said, when a server is killed and its clients come back on another one', async () => {
    const before = await Promise.all(scene.instances.map(connections));
    const most = before.indexOf(Math.max(...before));
    await scene.instances[most]?.kill();
    await Promise.race(guests.map((guest) => guest.ask('isOpen', 2)));
    await each('hearsMore', 5);
    // Those who were there are elsewhere now, for it has not been started again.
    const accounts = await Promise.all(guests.map((guest) => guest.ask('account')));
    expect(accounts.some(({ opens }) => opens.length > 1)).toBe(true);
    expect(accounts.map(({ state }) => state)).toEqual(guests.map(() => 'open'));
    await scene.start(most);
    await scene.judge(guests, rooms);
  });

  it('is all that was said, when every server is stopped, and clients come back when they were told to', async () => {
    const stopped = scene.instances.map(async (instance, index) => {
      expect(await instance.stop()).toBe(0);
      await scene.start(index);
    });
    await each('hasLost', 1);
    await Promise.all(stopped);
    await each('isOpen', 2);
    await each('hearsMore', 5);
    const accounts = await scene.judge(guests, rooms);
    for (const [index, { losses, opens }] of accounts.entries()) {
      const { name } = guests[index] as Guest;
      if (opens[0] === 'websocket') {
        const [first] = losses;
        expect(first?.code, name).toBe(RESTART);
        const hint = Number(/retry=(\d+)/.exec(first?.reason ?? '')?.[1]);
        expect(first?.delay, name).toBeGreaterThanOrEqual(hint);
        expect(first?.delay, name).toBeLessThanOrEqual(hint * 1.3);
      }
      // An event stream ends with `retry`, and whoever has asked is answered by 503. Who asks a little later is told nothing.
      const hinted = losses.filter(({ reason }) => reason === (opens[0] === 'sse' ? 'ended' : 'the server restarts'));
      for (const { delay } of hinted) expect(delay, name).toBeGreaterThanOrEqual(EARLIEST);
    }
  });

  it('goes on behind a gap that everybody is told of once, when the log is lost with the servers', async () => {
    const before = await scene.logs(guests, rooms);
    for (const guest of guests) for (const [room, log] of before) await guest.ask('hears', room, log.at(-1)?.id ?? '');
    await Promise.all(scene.instances.map((instance) => instance.kill()));
    await each('hasLost', 1);
    await scene.redis.ask('FLUSHALL');
    await Promise.all(scene.instances.map((_, index) => scene.start(index)));
    await each('isOpen', 2);
    await each('talks');
    await each('hearsMore', 3);
    await scene.judge(guests, rooms, before);
  });

  it('is all that was said, when nginx is reloaded and cuts its old workers off', async () => {
    const before = await proxy.reload();
    await Promise.all(before.map((worker) => proxy.ended(worker)));
    await each('hearsMore', 5);
    await scene.judge(guests, rooms);
  });

  async function connections({ origin: address }: Running): Promise<number> {
    const response = await fetch(`${address}/health`, { headers: { Connection: 'close' } });
    return ((await response.json()) as { transports: { websocket: number } }).transports.websocket;
  }
});
