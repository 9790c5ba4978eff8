// Which package a client is of: recognised by its shape, because neither is imported here.
import type { ConnectionListener, RedisConnection } from './connection.ts';
import { ioredisConnection, isIoredis } from './ioredis.ts';
import { isNodeRedis, nodeRedisConnection } from './node-redis.ts';

/** Makes a connection that tells `listener` what happens on it. */
export type ConnectionMaker = (listener: ConnectionListener) => RedisConnection;

/**
 * Recognises a client by its shape: neither package is imported here.
 *
 * @throws TypeError when it is neither.
 */
export function connectionMaker(name: string, client: unknown): ConnectionMaker {
  if (isIoredis(client)) return (listener) => ioredisConnection(client, listener);
  if (isNodeRedis(client)) return (listener) => nodeRedisConnection(client, listener);
  throw new TypeError(`${name} must be a client of the package redis (createClient or createCluster) or ioredis`);
}
