// What --redis asks for: `sluice/redis`, over whichever of the packages redis and ioredis is installed. Both are loaded only
// now, for not everybody has one. Never repeats the URL, which may hold a password.
import type { Broker } from '../rooms/index.ts';
import type { ServeOptions } from './command-line.ts';

type RedisSettings = NonNullable<ServeOptions['redis']>;

/** The packages: each makes a client, which need not connect. */
export interface RedisPackages {
  redis(): Promise<typeof import('redis')>;
  ioredis(): Promise<Pick<typeof import('ioredis'), 'Redis'>>;
}

const PACKAGES: RedisPackages = { redis: () => import('redis'), ioredis: () => import('ioredis') };

/**
 * The broker that the settings speak of. It connects, and goes on trying to, by itself.
 *
 * @param packages for a test without one of them.
 * @throws Error in one line when neither package is installed, or the settings cannot be used.
 */
export async function brokerFor(
  { url, prefix }: RedisSettings,
  history: number | undefined,
  packages = PACKAGES,
): Promise<Broker> {
  const client = await clientOf(url, packages);
  const { RedisBroker } = await import('../redis/index.ts');
  return new RedisBroker({ client, prefix, history });
}

async function clientOf(url: string, { redis, ioredis }: RedisPackages): Promise<{ duplicate(): unknown }> {
  const nodeRedis = await unlessMissing(redis);
  if (nodeRedis !== undefined) return nodeRedis.createClient({ url });
  const other = await unlessMissing(ioredis);
  if (other !== undefined) return new other.Redis(url, { lazyConnect: true });
  throw new Error('--redis needs the package redis or ioredis, and neither is installed: npm install redis');
}

async function unlessMissing<Module>(load: () => Promise<Module>): Promise<Module | undefined> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
