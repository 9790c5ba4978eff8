// What may be set of a RedisBroker, and what holds when nobody does. docs/limits.md has the same table.
import type { RedisClient } from './connection.ts';

/** The defaults: milliseconds, events, keys, commands and bytes. */
export const RedisBrokerDefaults = {
  prefix: 'sluice',
  history: 1_000,
  ttl: 3_600_000,
  maxKeys: 1_000,
  presenceTtl: 30_000,
  commandTimeout: 2_000,
  connectTimeout: 5_000,
  waitTimeout: 10_000,
  checkInterval: 5_000,
  maxPendingCommands: 10_000,
  maxPendingBytes: 16_777_216,
} as const;

/** What a `RedisBroker` is made with. All instances that share rooms must agree on the first six after the clients. */
export interface RedisBrokerOptions {
  /** Whose options the two connections of the broker are made with. It is left alone otherwise. */
  readonly client: RedisClient;
  /** The same for the connection that listens. Default `client`. Both must lead to the same Redis. */
  readonly subscriber?: RedisClient | undefined;
  /** What the name of every key and channel begins with. Without braces. Default `'sluice'`. */
  readonly prefix?: string | undefined;
  /** Events that are kept of each room. Default 1,000. */
  readonly history?: number | undefined;
  /** Milliseconds for which an event is kept. Default one hour. */
  readonly ttl?: number | undefined;
  /** Events of each room whose keys are remembered, for appending again what was perhaps appended. Default 1,000. */
  readonly maxKeys?: number | undefined;
  /** Milliseconds after which the members of an instance that says nothing are gone. Default 30,000. */
  readonly presenceTtl?: number | undefined;
  /** Milliseconds for an answer, before the connection is given up. Default 2,000. */
  readonly commandTimeout?: number | undefined;
  /** Milliseconds for connecting. Default 5,000. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds for which whatever is asked of the broker may wait for Redis to come back, in all. Default 10,000. */
  readonly waitTimeout?: number | undefined;
  /** Milliseconds after which a room that nobody spoke in is looked at, and a silent connection is tried. Default 5,000. */
  readonly checkInterval?: number | undefined;
  /** Commands that have no answer yet, waiting ones and sent ones together. Default 10,000. */
  readonly maxPendingCommands?: number | undefined;
  /** Bytes of the events of these. Default 16 MiB. */
  readonly maxPendingBytes?: number | undefined;
}

/** The same, with every default filled in. */
export type Settings = {
  readonly [Name in keyof typeof RedisBrokerDefaults]: (typeof RedisBrokerDefaults)[Name] extends number
    ? number
    : string;
};

/** @throws TypeError or RangeError naming the option that is not what it must be. */
export function readOptions(options: RedisBrokerOptions): Settings {
  const { prefix = RedisBrokerDefaults.prefix } = options;
  if (typeof prefix !== 'string') throw new TypeError(`prefix must be a string, got ${String(prefix)}`);
  // The first braces of a key decide which slot of a Cluster it is in, and those are the room's.
  if (/[{}]/.test(prefix)) throw new RangeError('prefix must not have braces');
  const number = (name: Exclude<keyof Settings, 'prefix'>): number => {
    const value = options[name] ?? RedisBrokerDefaults[name];
    if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${String(value)}`);
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`${name} must be a whole number above 0, got ${value}`);
    return value;
  };
  return {
    prefix,
    history: number('history'),
    ttl: number('ttl'),
    maxKeys: number('maxKeys'),
    presenceTtl: number('presenceTtl'),
    commandTimeout: number('commandTimeout'),
    connectTimeout: number('connectTimeout'),
    waitTimeout: number('waitTimeout'),
    checkInterval: number('checkInterval'),
    maxPendingCommands: number('maxPendingCommands'),
    maxPendingBytes: number('maxPendingBytes'),
  };
}
