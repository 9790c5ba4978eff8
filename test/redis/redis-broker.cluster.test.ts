// A RedisBroker over a real Redis Cluster of three masters, with the clients of both packages.
import { afterAll, beforeAll } from 'vitest';
import { describeWith, redis } from '../interop/programs.ts';
import { brokerContract } from '../rooms/broker.contract.ts';
import { CLUSTER_CLIENTS, kindOf } from './brokers.ts';
import { RedisCluster } from './redis-server.ts';

describeWith(redis, 'a RedisBroker over a Cluster', (path) => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await RedisCluster.start(path);
  }, 60_000);
  afterAll(() => cluster.stop());

  for (const [name, makeClient] of Object.entries(CLUSTER_CLIENTS)) {
    brokerContract(
      `RedisBroker with ${name}`,
      kindOf(
        () => makeClient(...cluster.nodes.map(({ port }) => port)),
        async (...command) => (await cluster.ask(...command)).join('\n'),
      ),
    );
  }
});
