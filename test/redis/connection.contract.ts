// What this folder relies on of a connection, whichever package it comes from: against a real Redis, and servers that are none.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connectionMaker } from '../../src/redis/client.ts';
import type { RedisConnection } from '../../src/redis/connection.ts';
import { describeWith, redis } from '../interop/programs.ts';
import { CLIENTS, CLUSTER_CLIENTS } from './brokers.ts';
import { RedisCluster, RedisServer } from './redis-server.ts';

/** What was heard on a connection. */
interface Heard {
  readonly connection: RedisConnection;
  readonly messages: string[];
  /** Resolves with the first message, and with the first loss. */
  readonly message: Promise<string>;
  readonly lost: Promise<Error>;
}

function connect(client: unknown): Heard {
  const messages: string[] = [];
  let onMessage: (message: string) => void = () => {};
  let onLost: (error: Error) => void = () => {};
  const message = new Promise<string>((resolve) => {
    onMessage = resolve;
  });
  const lost = new Promise<Error>((resolve) => {
    onLost = resolve;
  });
  const connection = connectionMaker(
    'client',
    client,
  )({
    onMessage: (channel, text) => {
      messages.push(`${channel}: ${text}`);
      onMessage(text);
    },
    onLost,
  });
  onTestFinished(() => connection.destroy());
  return { connection, messages, message, lost };
}

/** A server that takes every connection and never says a word. */
async function silentServer(): Promise<{ port: number; accepted: Promise<unknown> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, accepted: once(server, 'connection') };
}

/** Declares the tests of the package `name`. */
export function connectionContract(name: 'node-redis' | 'ioredis'): void {
  const makeClient = CLIENTS[name] as (typeof CLIENTS)[string];

  describeWith(redis, `a connection of ${name}`, (path) => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await RedisServer.start(path);
    });
    afterAll(() => server.stop());

    test('asks, and is answered in text; an error of Redis is told by its first word', async () => {
      const { connection } = connect(makeClient(server.port));
      await connection.open();
      expect(connection.isCluster).toBe(false);
      expect(await connection.send('', ['SET', 'k', 'é'])).toBe('OK');
      expect(await connection.send('', ['GET', 'k'])).toBe('é');
      await expect(connection.send('', ['HGET', 'k', 'f'])).rejects.toThrow(/^WRONGTYPE /);
      await expect(connection.send('', ['EVALSHA', '0'.repeat(40), '0'])).rejects.toThrow(/^NOSCRIPT /);
    });

    test('hears what is said on a channel, from when Redis has said so until it has said so again', async () => {
      const { connection, messages, message } = connect(makeClient(server.port));
      await connection.open();
      await connection.subscribe('a');
      await server.ask('PUBLISH', 'a', 'hello');
      expect(await message).toBe('hello');
      await connection.unsubscribe('a');
      expect(await server.ask('PUBLISH', 'a', 'nobody')).toBe('0');
      expect(messages).toEqual(['a: hello']);
    });

    test('that is lost says so, and whatever waits rejects', async () => {
      const { connection, lost } = connect(makeClient(server.port));
      await connection.open();
      const waiting = connection.send('', ['BLPOP', 'nothing', '0']).catch((error: Error) => error);
      await server.ask('CLIENT', 'KILL', 'TYPE', 'normal');
      expect(await lost).toBeInstanceOf(Error);
      expect(await waiting).toBeInstanceOf(Error);
      await expect(connection.send('', ['PING'])).rejects.toBeInstanceOf(Error);
    });

    test('that cannot be made rejects, and is not tried again', async () => {
      const gone = createServer().listen(0, '127.0.0.1');
      await once(gone, 'listening');
      const { port } = gone.address() as AddressInfo;
      gone.close();
      const { connection } = connect(makeClient(port));
      await expect(connection.open()).rejects.toBeInstanceOf(Error);
    });

    test('that is destroyed while it opens leaves nothing, whatever the server does', async () => {
      const silent = await silentServer();
      const { connection } = connect(makeClient(silent.port));
      const opening = connection.open().catch(() => {});
      await silent.accepted;
      connection.destroy();
      const early = connect(makeClient(silent.port)).connection;
      early.open().catch(() => {});
      early.destroy();
      void opening;
    });

    test('that is destroyed hears nothing more and says nothing more', async () => {
      const { connection, messages } = connect(makeClient(server.port));
      await connection.open();
      await connection.subscribe('a');
      connection.destroy();
      connection.destroy();
      while ((await server.ask('PUBLISH', 'a', 'late')) !== '0');
      expect(messages).toEqual([]);
    });

    test('leaves the client that it was made of alone', async () => {
      const client = makeClient(server.port) as unknown as { connect(): Promise<unknown>; disconnect(): unknown };
      await client.connect();
      onTestFinished(() => void client.disconnect());
      const { connection } = connect(client);
      await connection.open();
      await connection.send('', ['PING']);
      connection.destroy();
      expect(await (client as unknown as { ping(): Promise<string> }).ping()).toBe('PONG');
    });
  });

  describeWith(redis, `a connection of ${name} to a Cluster`, (path) => {
    let cluster: RedisCluster;
    beforeAll(async () => {
      cluster = await RedisCluster.start(path);
    }, 60_000);
    afterAll(() => cluster.stop());

    const makeCluster = (): unknown => CLUSTER_CLIENTS[name]?.(...cluster.nodes.map(({ port }) => port));

    test('asks the node that has the key, and hears sharded channels on all of them', async () => {
      const { connection, messages, message } = connect(makeCluster());
      await connection.open();
      expect(connection.isCluster).toBe(true);
      // Keys of three nodes: b is in slot 3300, c in 7365, a in 15495.
      for (const key of ['a', 'b', 'c']) {
        expect(await connection.send(key, ['EVAL', "return redis.call('SET', KEYS[1], '1')", '1', key])).toBe('OK');
        await connection.subscribe(key);
      }
      for (const key of ['a', 'b', 'c']) {
        await connection.send(key, ['EVAL', "return redis.call('SPUBLISH', KEYS[1], 'hello')", '1', key]);
      }
      await message;
      while (messages.length < 3) await connection.send('a', ['GET', 'a']);
      expect(messages.toSorted()).toEqual(['a: hello', 'b: hello', 'c: hello']);
      await connection.unsubscribe('a');
    });

    test('is lost when a node hangs up on whoever listens', async () => {
      const { connection, lost } = connect(makeCluster());
      await connection.open();
      for (const channel of ['a', 'b', 'c']) await connection.subscribe(channel);
      await cluster.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
      expect(await lost).toBeInstanceOf(Error);
    });
  });
}
