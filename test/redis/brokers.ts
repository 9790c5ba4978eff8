// Brokers for tests: over clients of both packages, each over names that nobody else uses, and closed with the test.
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { onTestFinished } from 'vitest';
import type { RedisClient } from '../../src/redis/connection.ts';
import type { RedisBrokerOptions } from '../../src/redis/options.ts';
import { RedisBroker } from '../../src/redis/redis-broker.ts';
import type { Broker, BrokerStatus } from '../../src/rooms/broker.ts';
import type { BrokerKind } from '../rooms/broker.contract.ts';

/** Makes a client that is not connected, for a server on loopback or a Cluster of them. */
export type ClientMaker = (...ports: readonly number[]) => RedisClient;

/** A client of either package, for one node. */
export const CLIENTS: Readonly<Record<string, ClientMaker>> = {
  'node-redis': (port) => createClient({ socket: { host: '127.0.0.1', port: port as number } }),
  ioredis: (port) => new Redis({ host: '127.0.0.1', port: port as number, lazyConnect: true }),
};

/** The same for a Cluster. */
export const CLUSTER_CLIENTS: Readonly<Record<string, ClientMaker>> = {
  'node-redis': (...ports) =>
    createCluster({ rootNodes: ports.map((port) => ({ socket: { host: '127.0.0.1', port } })) }),
  ioredis: (...ports) =>
    new Cluster(
      ports.map((port) => ({ host: '127.0.0.1', port })),
      { lazyConnect: true },
    ),
};

/** Times that a test can wait for. */
export const QUICK = { commandTimeout: 300, connectTimeout: 1_000, waitTimeout: 20_000, checkInterval: 200 };

let stores = 0;

/** Names that nobody else uses. */
export function freshPrefix(): string {
  stores++;
  return `test${process.pid}-${stores}`;
}

/** Opens a broker, and waits until it is up. The test closes it. */
export async function openBroker(options: RedisBrokerOptions): Promise<RedisBroker> {
  const broker = new RedisBroker(options);
  await reaches(broker, 'up');
  return broker;
}

/** The same, and it is closed with the test. */
export async function brokerOf(options: RedisBrokerOptions): Promise<RedisBroker> {
  const broker = new RedisBroker(options);
  onTestFinished(() => broker.close());
  await reaches(broker, 'up');
  return broker;
}

const watchers = new WeakMap<Broker, Set<(status: BrokerStatus) => void>>();

/** Calls back with each status of `broker`; several may. */
export function watchStatus(broker: Broker, callback: (status: BrokerStatus) => void): () => void {
  let callbacks = watchers.get(broker);
  if (callbacks === undefined) {
    callbacks = new Set();
    watchers.set(broker, callbacks);
    const all = callbacks;
    broker.onStatus = (status) => {
      for (const each of all) each(status);
    };
  }
  const all = callbacks.add(callback);
  return () => all.delete(callback);
}

/** Resolves when `broker` says so. */
export async function reaches(broker: Broker, status: BrokerStatus): Promise<void> {
  if (broker.status === status) return;
  await new Promise<void>((resolve) => {
    const forget = watchStatus(broker, (now) => {
      if (now !== status) return;
      forget();
      resolve();
    });
  });
}

/** How the contract suite opens brokers over `client`; `ask` asks Redis, all of its nodes. */
export function kindOf(client: () => RedisClient, ask: (...command: readonly string[]) => Promise<string>): BrokerKind {
  const made = new Map<Broker, RedisBrokerOptions>();
  const open = async (options: RedisBrokerOptions): Promise<Broker> => {
    const broker = await openBroker(options);
    made.set(broker, options);
    return broker;
  };
  const optionsOf = (broker: Broker): RedisBrokerOptions => made.get(broker) as RedisBrokerOptions;
  return {
    open: (keeping) => open({ client: client(), prefix: freshPrefix(), ...QUICK, ...keeping }),
    peerOf: (broker) => open(optionsOf(broker)),
    // Redis has the time: its own expiry is waited for.
    age: async (broker) => {
      while ((await ask('KEYS', `${optionsOf(broker).prefix}:*:log`)).trim() !== '');
    },
    lose: async () => {
      await ask('FLUSHALL', 'SYNC');
    },
  };
}
