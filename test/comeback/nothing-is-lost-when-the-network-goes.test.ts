// The network goes and comes again: by the browser's offline mode, and for a host of its own, whose cable is pulled, or swallows
// every packet without a word. Somebody who stays goes on talking; whoever was away hears all of it, in order, once.
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, onTestFailed } from 'vitest';
import type { NginxProcess } from '../examples/nginx-process.ts';
import { describeWith } from '../interop/programs.ts';
import { TcpWay } from '../redis/tcp-way.ts';
import { HOST_ADDRESS, NetworkNamespace, namespaces } from './network-namespace.ts';
import { type Guest, PagePlace, type Place } from './places.ts';
import { describeScene, Scene, START_TIMEOUT } from './scene.ts';

describeScene('what clients hear and say', (paths) => {
  let scene: Scene;
  let here: Place;
  let guests: Guest[] = [];
  let tests = 0;

  afterEach(async () => {
    for (const guest of guests.splice(0)) await guest.ask('leaves');
  });
  afterAll(() => scene?.close(), START_TIMEOUT);

  /** Somebody stays, the others are those who will be away; all talk. */
  async function gather(places: readonly Place[], origin: string, way = origin) {
    onTestFailed(async () => console.log(await scene.describe(guests)));
    tests++;
    const rooms = [`lobby ${tests}`, `yard ${tests}`];
    const staying = await scene.enter(here, origin, rooms, ['websocket']);
    const away = await scene.everybody(places, way, rooms);
    guests = [staying, ...away];
    await Promise.all(guests.map((guest) => guest.ask('talks')));
    await Promise.all(guests.map((guest) => guest.ask('hearsMore', 3)));
    return { rooms, staying, away };
  }

  /** Everybody is back, and has heard of it. */
  async function again(away: readonly Guest[]): Promise<void> {
    await Promise.all(away.map((guest) => guest.ask('isOpen', 2)));
    await Promise.all(away.map((guest) => guest.ask('hearsMore', 3)));
  }

  describeWith({ name: 'the browser', path: paths.chromium }, 'in the browser’s offline mode', () => {
    let page: PagePlace;
    let way: TcpWay;
    let proxy: NginxProcess;

    beforeAll(async () => {
      scene = await Scene.open(paths, HOST_ADDRESS);
      here = scene.node();
      proxy = await scene.nginx();
      way = await new TcpWay(proxy.port, undefined).open();
      scene.atTheEnd(() => way.close());
      page = await scene.page(`https://localhost:${way.port}`);
    }, START_TIMEOUT);

    it('are all that was said, and they are offline until the browser is not', async () => {
      const { rooms, staying, away } = await gather(
        [page],
        `https://localhost:${proxy.port}`,
        `https://localhost:${way.port}`,
      );
      await page.context.setOffline(true);
      // What Chromium leaves of a connection when it is told so differs: nothing comes through, either.
      way.swallow();
      await Promise.all(away.map((guest) => guest.ask('is', 'offline')));
      await staying.ask('hearsMore', 5);
      way.heal();
      await page.context.setOffline(false);
      await again(away);
      await scene.judge(guests, rooms);
    });
  });

  describeWith(namespaces, 'on a host of its own', () => {
    let host: NetworkNamespace;
    let origin: string;
    let places: Place[];

    beforeAll(async () => {
      host = new NetworkNamespace();
      scene.atTheEnd(() => host.remove());
      const proxy = await scene.nginx((text) => text.replaceAll('listen 127.0.0.1:', `listen ${HOST_ADDRESS}:`));
      origin = `https://${HOST_ADDRESS}:${proxy.port}`;
      const browser = await scene.launch(host.wrap(paths.chromium, join(scene.built.folder, 'chromium')));
      places = [scene.node(...host.before), await PagePlace.open(browser, origin)];
    }, START_TIMEOUT);

    it('are all that was said, when every packet is swallowed, which only the watchdog notices', async () => {
      const { rooms, staying, away } = await gather(places, origin);
      host.swallow();
      await Promise.all(away.map((guest) => guest.ask('hasLost', 1)));
      await staying.ask('hearsMore', 5);
      host.heal();
      await again(away);
      for (const { losses } of (await scene.judge(guests, rooms)).slice(1)) {
        expect(losses[0]).toMatchObject({ code: 1006, reason: 'silence' });
      }
    });

    it('are all that was said, when the cable is pulled', async () => {
      const { rooms, staying, away } = await gather(places, origin);
      host.unplug();
      await Promise.all(away.map((guest) => guest.ask('hasLost', 1)));
      await staying.ask('hearsMore', 5);
      host.plug();
      await again(away);
      await scene.judge(guests, rooms);
    });
  });
});
