// Everything real: redis-server, a way to it for each of three instances, the instances, and nginx before them. What was started
// is ended by its id on every path, and its folders go.

import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NginxProcess, nginx } from '../examples/nginx-process.ts';
import { localCertificate } from '../interop/certificates.ts';
import { RedisServer } from '../redis/redis-server.ts';
import { TcpWay } from '../redis/tcp-way.ts';
import type { Endings } from './endings.ts';
import type { History } from './history.ts';
import { Instance } from './instances.ts';
import type { Options } from './options.ts';
import { Target } from './target.ts';

const INSTANCES = 3;

/** All of it. */
export class Stage {
  readonly redis: RedisServer;
  readonly ways: readonly TcpWay[];
  readonly instances: readonly Instance[];
  readonly nginx: NginxProcess;
  /** Through nginx. */
  readonly target: Target;
  /** Past nginx, to one instance each. */
  readonly doors: readonly Target[];
  readonly #folder: string;

  private constructor(parts: Parts) {
    const { redis, ways, instances, proxy, certificate, folder } = parts;
    this.redis = redis;
    this.ways = ways;
    this.instances = instances;
    this.nginx = proxy;
    this.target = new Target(`https://localhost:${proxy.port}`, certificate.cert);
    this.doors = instances.map(({ port }) => new Target(`http://127.0.0.1:${port}`));
    this.#folder = folder;
  }

  /** Starts everything. What was started before something failed is ended. */
  static async open({ fsync, history: kept, plant }: Options, history: History, endings: Endings): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-chaos-'));
    endings.add(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'log'));
    // As somebody has it who wants to keep what was answered: docs/redis.md.
    const durable = ['--dir', join(folder, 'log'), '--appendonly', 'yes', '--appendfsync', fsync];
    const redis = await RedisServer.start(process.env['REDIS_SERVER'] ?? 'redis-server', ...durable);
    endings.add(() => redis.stop());
    const ways: TcpWay[] = [];
    const instances: Instance[] = [];
    for (let number = 0; number < INSTANCES; number++) {
      const way = await new TcpWay(redis.port, undefined).open();
      endings.add(() => way.close());
      ways.push(way);
      // Both packages, side by side.
      const client = number === 0 ? 'ioredis' : 'redis';
      const settings = { port: await freePort(), redisPort: way.port, client, history: kept, bug: plant } as const;
      const instance = new Instance(number, settings, history);
      endings.add(() => instance.kill());
      instances.push(instance);
    }
    await Promise.all(instances.map((instance) => instance.start()));
    if (nginx.path === undefined) throw new Error(`${nginx.name} is missing`);
    const certificate = localCertificate('openssl');
    const ports = instances.map(({ port }) => port) as [number, number, number];
    const proxy = await NginxProcess.start({ path: nginx.path, certificate, instances: ports });
    endings.add(() => proxy.stop());
    const stage = new Stage({ redis, ways, instances, proxy, certificate, folder });
    for (const target of [stage.target, ...stage.doors]) endings.add(() => target.close());
    return stage;
  }

  /** What Redis has on disk now, set aside. */
  setAside(): void {
    cpSync(join(this.#folder, 'log'), join(this.#folder, 'aside'), { recursive: true });
  }

  /** Redis must not run. */
  forget(): void {
    rmSync(join(this.#folder, 'log'), { recursive: true, force: true });
    mkdirSync(join(this.#folder, 'log'));
  }

  /** Puts what was set aside in its place again. Redis must not run. */
  goBack(): void {
    this.forget();
    cpSync(join(this.#folder, 'aside'), join(this.#folder, 'log'), { recursive: true });
    rmSync(join(this.#folder, 'aside'), { recursive: true, force: true });
  }
}

interface Parts {
  readonly redis: RedisServer;
  readonly ways: readonly TcpWay[];
  readonly instances: readonly Instance[];
  readonly proxy: NginxProcess;
  readonly certificate: { readonly cert: Buffer; readonly key: Buffer };
  readonly folder: string;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
