// The broker of many machines, on the user's own client of Redis.
export type { RedisClient } from './connection.ts';
export { RedisBrokerDefaults, type RedisBrokerOptions } from './options.ts';
export { RedisBroker } from './redis-broker.ts';
