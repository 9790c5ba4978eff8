// The connections of the package `redis`.
import { createClient, createClientPool, createCluster } from 'redis';
import { expect, test } from 'vitest';
import { isNodeRedis } from '../../src/redis/node-redis.ts';
import { connectionContract } from './connection.contract.ts';

connectionContract('node-redis');

test('a client and a Cluster are recognised, and nothing else', () => {
  expect(isNodeRedis(createClient())).toBe(true);
  expect(isNodeRedis(createCluster({ rootNodes: [] }))).toBe(true);
  for (const other of [undefined, null, {}, createClientPool()]) expect(isNodeRedis(other)).toBe(false);
});
