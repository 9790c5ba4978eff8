// nginx as others have it configured: it blocks upgrades, keeps event streams back, or has behind it what swallows every byte behind
// the handshake. Clients in Node and in Chromium find the best way that is free, remember it, and take the better one when it is.
import { afterAll, afterEach, beforeAll, expect, it, onTestFailed, onTestFinished } from 'vitest';
import { replaceOnce } from '../examples/nginx-process.ts';
import { TcpWay } from '../redis/tcp-way.ts';
import type { Guest, Place } from './places.ts';
import { type Change, describeScene, Scene, START_TIMEOUT } from './scene.ts';

const ALL = ['websocket', 'sse', 'poll'] as const;

/** Milliseconds: what is in the way is noticed soon, what is heard counts at once, and the better way is tried often. */
const IMPATIENT = { connectTimeout: 2_500, stableAfter: 0, betterTransportAfter: 300 } as const;

/** Without those fields nobody is asked to upgrade. */
const blocking: Change = (text) =>
  ['Upgrade $http_upgrade;', 'Connection $connection_field;'].reduce(
    (changed, field) =>
      replaceOnce(changed, `proxy_set_header ${field}`, `proxy_set_header ${field.split(' ')[0]} '';`),
    text,
  );

/** Deaf to what the server asks for, and with more room than the tests fill. */
const buffering: Change = (text) =>
  replaceOnce(
    text,
    'gzip off;',
    'gzip off; proxy_ignore_headers X-Accel-Buffering; proxy_buffering on; proxy_buffers 16 64k; proxy_buffer_size 64k;',
  );

/** WebSockets go another way. */
const detour = (port: number): Change => {
  return (text) =>
    replaceOnce(
      text,
      '    location / {',
      `    location = /ws { proxy_pass http://127.0.0.1:${port}; }\n    location / {`,
    );
};

describeScene('a way is found', (paths) => {
  let scene: Scene;
  let node: Place;
  const guests: Guest[] = [];

  beforeAll(async () => {
    scene = await Scene.open(paths);
    node = scene.node();
  }, START_TIMEOUT);
  afterEach(async () => {
    for (const guest of guests.splice(0)) await guest.ask('leaves');
  });
  afterAll(() => scene?.close(), START_TIMEOUT);

  const each = (question: 'talks' | 'hearsMore', count = 0): Promise<unknown> =>
    Promise.all(guests.map((guest) => guest.ask(question, count)));

  /** Clients come at both places behind the proxy that `change` makes, and end up on `way`, until the proxy is as it should be. */
  async function find(way: 'sse' | 'poll', change: Change): Promise<void> {
    onTestFailed(async () => console.log(await scene.describe(guests)));
    const proxy = await scene.nginx(change);
    onTestFinished(() => proxy.stop());
    const origin = `https://localhost:${proxy.port}`;
    const places = [node, await scene.page(origin)];
    const rooms = [`behind ${proxy.port}`];
    const enter = (place: Place): Promise<Guest> => scene.enter(place, origin, rooms, ALL, IMPATIENT);

    guests.push(...(await Promise.all(places.map(enter))));
    const first = await Promise.all(guests.map((guest) => guest.ask('account')));
    for (const { opens, losses } of first) {
      expect(opens).toEqual([way]);
      expect(losses).toHaveLength(ALL.indexOf(way));
    }
    await each('talks');
    await each('hearsMore', 3);

    // Somebody else in the same page, or process, has nothing to find out.
    const followers = await Promise.all(places.map(enter));
    for (const follower of followers) {
      expect(await follower.ask('account')).toMatchObject({ opens: [way], losses: [] });
    }
    // Later than the first: its log would begin in the middle.
    await Promise.all(followers.map((follower) => follower.ask('leaves')));

    proxy.configure();
    await proxy.reload();
    await Promise.all(guests.map((guest) => guest.ask('rides', 'websocket')));
    await each('hearsMore', 3);
    for (const { transport } of await scene.judge(guests, rooms)) expect(transport).toBe('websocket');
  }

  it('by event streams, where upgrades are blocked', () => find('sse', blocking));

  it('by polls, where upgrades are blocked and event streams kept back', () =>
    find('poll', (text) => buffering(blocking(text))));

  it('by event streams, where every byte behind the handshake is swallowed', async () => {
    const way = await new TcpWay(scene.instances[0]?.port ?? 0, undefined).open();
    onTestFinished(() => way.close());
    way.passHeadsOnly();
    await find('sse', detour(way.port));
  });
});
