// The connections of the package `ioredis`.
import { Cluster, Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { isIoredis } from '../../src/redis/ioredis.ts';
import { connectionContract } from './connection.contract.ts';

connectionContract('ioredis');

test('a client and a Cluster are recognised, and nothing else', () => {
  expect(isIoredis(new Redis({ lazyConnect: true }))).toBe(true);
  expect(isIoredis(new Cluster([{ port: 1 }], { lazyConnect: true }))).toBe(true);
  for (const other of [undefined, null, {}, { duplicate: () => {} }]) expect(isIoredis(other)).toBe(false);
});
