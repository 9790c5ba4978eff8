// examples/nginx: three instances of `sluice serve` with Redis between them, behind a real nginx with the shipped configuration,
// over TLS. No sticky sessions: whoever comes back goes on behind its last id, on whichever instance (I5, and I1 from outside).
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { localCertificate } from '../interop/certificates.ts';
import { describeWith, openssl, redis } from '../interop/programs.ts';
import { RedisServer } from '../redis/redis-server.ts';
import type { Ear } from './ears.ts';
import { INSTALL_TIMEOUT, Installed, registry } from './installed.ts';
import { NginxProcess, nginx, replaceOnce } from './nginx-process.ts';
import { Running } from './running.ts';
import { Visitor } from './visitor.ts';

const REDIS = 'redis://127.0.0.1:6379';

/** What an instance says of its clients. */
interface Health {
  readonly status: string;
  readonly transports: { readonly websocket: number; readonly sse: number; readonly poll: number };
}

describeWith(registry, 'with a registry', () => {
  describeWith(openssl, 'with a certificate', (opensslPath) => {
    describeWith(redis, 'with Redis', (redisPath) => {
      describeWith(nginx, 'examples/nginx', (path) => {
        const certificate = localCertificate(opensslPath);
        let example: Installed;
        let store: RedisServer;
        let instances: Running[];
        let proxy: NginxProcess;

        beforeAll(async () => {
          [example, store] = await Promise.all([Installed.of('nginx'), RedisServer.start(redisPath)]);
          instances = await Promise.all([serve(), serve(), serve()]);
          proxy = await NginxProcess.start({ path, certificate, instances: portsOf(instances) });
        }, INSTALL_TIMEOUT);
        afterAll(async () => {
          await proxy?.stop();
          await Promise.all((instances ?? []).map((instance) => instance.kill()));
          await store?.stop();
          await example?.remove();
        }, INSTALL_TIMEOUT);

        /** Starts an instance as the example does. @param flags more of them. */
        function serve(flags = ''): Promise<Running> {
          const start = example.manifest().scripts['start'] as string;
          return Running.start(example, replaceOnce(start, REDIS, `redis://127.0.0.1:${store.port}`) + flags);
        }

        function portsOf([first, second, third]: readonly Running[]): [number, number, number] {
          return [first, second, third].map((running) => (running as Running).port) as [number, number, number];
        }

        /** @param localAddress the address it comes from. */
        function visitor(localAddress = '127.0.0.1', { port } = proxy): Visitor {
          const come = new Visitor(port, certificate.cert, localAddress);
          onTestFinished(() => come.leave());
          return come;
        }

        /** Comes until every instance has an event stream and a WebSocket. */
        async function everywhere(guest: Visitor) {
          const streams: Ear[] = [];
          const websockets: Ear[] = [];
          const polls: Ear[] = [];
          const least = async (transport: 'sse' | 'websocket'): Promise<number> => {
            const all = await Promise.all(instances.map(healthOf));
            return Math.min(...all.map(({ transports }) => transports[transport]));
          };
          // Whoever has fewest gets the next one: these are few.
          while ((await least('sse')) === 0) streams.push(await guest.eventSource());
          while ((await least('websocket')) === 0) websockets.push((await guest.websocket()).comeAgain());
          for (const _ of instances) polls.push(await guest.poll());
          return { streams, websockets, polls };
        }

        async function healthOf({ origin }: Running): Promise<Health> {
          return (await (await fetch(`${origin}/health`, { headers: { Connection: 'close' } })).json()) as Health;
        }

        it('leads everybody to TLS', async () => {
          const response = await fetch(`http://127.0.0.1:${proxy.plainPort}/api/stream?room=a`, { redirect: 'manual' });
          expect([response.status, response.headers.get('location')]).toEqual([
            308,
            'https://127.0.0.1/api/stream?room=a',
          ]);
        });

        it('serves the page, and keeps to itself what is not for the world', async () => {
          const { get } = visitor();
          const page = await get('/');
          expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
          expect((await get('/health')).status).toBe(200);
          expect((await get('/metrics')).status).toBe(404);
        });

        it('lets a client of one instance be heard on all, over every transport', async () => {
          const guest = visitor();
          const { streams, websockets, polls } = await everywhere(guest);
          const said = [];
          for (const content of ['one', 'two', 'three']) said.push({ id: await guest.say(content), content });
          for (const ear of [...streams, ...websockets, ...polls]) {
            await ear.hears('three');
            expect(ear.said).toEqual(said);
          }
        });

        it('takes the page of its own host, with its port, and no other one', async () => {
          const guest = visitor();
          const ear = await guest.websocket({ origin: `https://localhost:${proxy.port}` });
          await guest.say('to the page');
          await ear.hears('to the page');
          await expect(guest.websocket({ origin: 'https://localhost' })).rejects.toThrow('403');
          await expect(guest.websocket({ origin: 'https://elsewhere.example' })).rejects.toThrow('403');
        });

        it.each(['SIGTERM', 'SIGKILL'] as const)(
          'loses and repeats nothing when an instance ends by %s',
          async (signal) => {
            // One that has not seen an instance fail: it would lead nobody there for a while.
            const fresh = await NginxProcess.start({ path, certificate, instances: portsOf(instances) });
            onTestFinished(() => fresh.stop());
            const guest = visitor('127.0.0.1', fresh);
            const { streams, websockets, polls } = await everywhere(guest);
            const ears: Ear[] = [...streams, ...websockets, ...polls];
            const said: string[] = [];
            const say = async (content: string): Promise<void> => {
              await guest.say(content);
              said.push(content);
            };
            const [ended] = instances as [Running];
            await say('before');
            await Promise.all(ears.map((ear) => ear.hears('before')));
            if (signal === 'SIGTERM') expect(await ended.stop()).toBe(0);
            else await ended.kill();
            await say('while some are away');
            await say('and once more');
            await Promise.all(ears.map((ear) => ear.hears('and once more')));
            instances[0] = await serve(` --port ${ended.port}`);
            await say('when all are back');
            await Promise.all(ears.map((ear) => ear.hears('when all are back')));
            for (const ear of ears) expect(ear.contents).toEqual(said);
            // Who was there has had to come again, to another instance; nobody else has.
            for (const those of [streams, websockets]) {
              const again = those.filter(({ connections }) => connections > 1);
              expect(again.length).toBeGreaterThan(0);
              expect(again.length).toBeLessThan(those.length);
            }
          },
          // EventSources wait for up to four seconds before they come again, each time.
          60_000,
        );

        it('cuts nobody off by a reload, and serves whoever is new (I5)', async () => {
          const [guest, later] = [visitor(), visitor()];
          const ears = [await guest.eventSource(), (await guest.websocket()).comeAgain(), await guest.poll()];
          await guest.say('before');
          await Promise.all(ears.map((ear) => ear.hears('before')));
          const before = await proxy.reload();
          const newcomer = await later.eventSource();
          await later.say('said through a new worker');
          await Promise.all([newcomer, ...ears].map((ear) => ear.hears('said through a new worker')));
          for (const ear of ears) expect(ear.contents).toEqual(['before', 'said through a new worker']);
          const [source, websocket] = ears as [(typeof ears)[0], (typeof ears)[0]];
          // Neither has had to come again: those who have been told to end serve them still.
          expect([source.connections, websocket.connections]).toEqual([1, 1]);
          expect(before.some((worker) => proxy.workers.has(worker))).toBe(true);
          await guest.leave();
          await Promise.all(before.map((worker) => proxy.ended(worker)));
        });

        it('tells the instances who a client is, which the client cannot do', async () => {
          const counting = await serve(' --max-connections-per-ip 1');
          const believing = await NginxProcess.start({
            path,
            certificate,
            instances: [counting.port, counting.port, counting.port],
          });
          onTestFinished(async () => {
            await believing.stop();
            await counting.kill();
          });
          const [one, other] = [visitor('127.0.0.2', believing), visitor('127.0.0.3', believing)];
          expect(await one.stream()).toBe(200);
          expect(await one.stream()).toBe(429);
          expect(await one.stream({ 'X-Forwarded-For': '127.0.0.9' })).toBe(429);
          await expect(one.websocket()).rejects.toThrow('429');
          expect(await other.stream()).toBe(200);
        });

        it('would have all clients share one address, were it not believed', async () => {
          const doubting = await Running.start(example, 'sluice serve --max-connections-per-ip 1');
          const proxied = await NginxProcess.start({
            path,
            certificate,
            instances: [doubting.port, doubting.port, doubting.port],
          });
          onTestFinished(async () => {
            await proxied.stop();
            await doubting.kill();
          });
          expect(await visitor('127.0.0.2', proxied).stream()).toBe(200);
          expect(await visitor('127.0.0.3', proxied).stream()).toBe(429);
        });
      });
    });
  });
});
