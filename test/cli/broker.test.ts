import { expect, onTestFinished, test } from 'vitest';
import { brokerFor, type RedisPackages } from '../../src/cli/broker.ts';
import { RedisBroker } from '../../src/redis/index.ts';

/** Nobody listens there. */
const URL = 'redis://:a-password@127.0.0.1:1';

const missing = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' }));
const PACKAGES: RedisPackages = { redis: () => import('redis'), ioredis: () => import('ioredis') };

test.each([
  ['redis', { ...PACKAGES, ioredis: missing }],
  ['ioredis', { ...PACKAGES, redis: missing }],
])('with %s alone there is a broker, which goes on trying by itself', async (_, packages) => {
  const broker = await brokerFor({ url: URL, prefix: 'test' }, 5, packages);
  onTestFinished(() => broker.close());
  expect(broker).toBeInstanceOf(RedisBroker);
  expect(broker.status).toBe('down');
});

test('what is installed is loaded', async () => {
  const broker = await brokerFor({ url: URL, prefix: undefined }, undefined);
  await broker.close();
});

test('with neither it is one clear line, without the password', async () => {
  const none = { redis: missing, ioredis: missing };
  await expect(brokerFor({ url: URL, prefix: undefined }, undefined, none)).rejects.toThrow(
    /^--redis needs the package redis or ioredis, and neither is installed: npm install redis$/,
  );
});

test('a package that is broken is not taken for a missing one', async () => {
  const broken = { ...PACKAGES, redis: () => Promise.reject(new Error('broken')) };
  await expect(brokerFor({ url: URL, prefix: undefined }, undefined, broken)).rejects.toThrow('broken');
});

test('a prefix that cannot be one is refused', async () => {
  await expect(brokerFor({ url: URL, prefix: '{' }, undefined)).rejects.toThrow('prefix must not have braces');
});
