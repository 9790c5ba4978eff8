// Clients of both packages are recognised by their shape.
import { expect, test } from 'vitest';
import { connectionMaker } from '../../src/redis/client.ts';
import { CLIENTS, CLUSTER_CLIENTS } from './brokers.ts';

const nobody = { onMessage: () => {}, onLost: () => {} };

test.each(Object.entries(CLIENTS))('a client of %s makes connections to one node', (_, makeClient) => {
  const connection = connectionMaker('client', makeClient(1))(nobody);
  expect(connection.isCluster).toBe(false);
  connection.destroy();
});

test.each(Object.entries(CLUSTER_CLIENTS))('a Cluster of %s makes connections to all nodes', (_, makeClient) => {
  const connection = connectionMaker('client', makeClient(1))(nobody);
  expect(connection.isCluster).toBe(true);
  connection.destroy();
});

test.each([undefined, null, 'redis://127.0.0.1', {}, { duplicate: () => ({}) }])('%j is no client', (client) => {
  expect(() => connectionMaker('subscriber', client)).toThrow(
    new TypeError('subscriber must be a client of the package redis (createClient or createCluster) or ioredis'),
  );
});
