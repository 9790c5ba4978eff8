// The client in Node against the real server: killed and restarted, and behind proxies that are in the way. After each, all
// messages have come, in order, once.
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { poll, type ResilientWebSocketOptions, sse, type Transport, websocket } from '../../src/resilient/index.ts';
import { numbers, Reader, Stage } from './stage.ts';

const ALL: readonly Transport[] = [websocket, sse, poll];
/** Milliseconds, so that what is in the way is noticed soon. */
const IMPATIENT = { connectTimeout: 300, pingInterval: 150, pingTimeout: 150, stableAfter: 100 } as const;

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

/** A writer over a free way, and a reader over the one that is tried, in one room. */
async function pair(options: ResilientWebSocketOptions = {}) {
  const client = stage.client(options);
  const reader = new Reader(client);
  await client.join('lobby');
  return { client, reader };
}

async function say(contents: readonly string[]): Promise<void> {
  for (const content of contents) await stage.app.rooms.publish('lobby', { type: 'MESSAGE', content, from: 'server' });
}

describe.each([
  ['websocket', websocket],
  ['sse', sse],
  ['poll', poll],
] as const)('over %s', (name, transport) => {
  test('hears and says', async () => {
    const { client, reader } = await pair({ transports: [transport] });
    expect(client.transport).toBe(name);
    const ids = await Promise.all(numbers(1, 20).map((content) => client.publish('lobby', content)));
    await reader.has(20);
    expect(reader.contents).toEqual(numbers(1, 20));
    expect(new Set(ids).size).toBe(20);
    expect(client.cursorOf('lobby')).toBe(ids.at(-1));
  });

  test('comes back to a server that was killed and has restarted, and catches up', async () => {
    const { client, reader } = await pair({ transports: [transport], maxAttempts: Number.POSITIVE_INFINITY });
    await say(numbers(1, 3));
    await reader.has(3);
    for (let round = 1; round <= 3; round++) {
      const from = round * 10;
      await stage.kill();
      if (client.state !== 'waiting') await once(client, 'reconnecting');
      const said = numbers(from, from + 4).map((content) => client.publish('lobby', content));
      await stage.start();
      await Promise.all(said);
      await reader.has(3 + round * 5);
    }
    expect(reader.contents).toEqual([...numbers(1, 3), ...numbers(10, 14), ...numbers(20, 24), ...numbers(30, 34)]);
    expect(reader.gaps).toEqual([]);
  });
});

describe('finds a way', () => {
  test.each([
    ['upgrades are refused', 'refuse', 'pass', 'sse'],
    ['upgrades are never answered', 'ignore', 'pass', 'sse'],
    ['bytes vanish behind the handshake', 'swallow', 'pass', 'sse'],
    ['upgrades are refused and event streams held back', 'refuse', 'buffer', 'poll'],
    ['upgrades are refused and event streams too', 'refuse', 'refuse', 'poll'],
  ] as const)('where %s', async (_, upgradeMode, streamMode, transport) => {
    stage.upgradeMode = upgradeMode;
    stage.streamMode = streamMode;
    const { client, reader } = await pair({ ...IMPATIENT, transports: ALL });
    expect(client.transport).toBe(transport);
    await Promise.all(numbers(1, 10).map((content) => client.publish('lobby', content)));
    await reader.has(10);
    expect(reader.contents).toEqual(numbers(1, 10));
  });

  test('from the same cursor, when all bytes vanish in the middle of a conversation', async () => {
    stage.upgradeMode = 300;
    const { client, reader } = await pair({ ...IMPATIENT, transports: ALL });
    expect(client.transport).toBe('websocket');
    const said = numbers(1, 30).map((content) => client.publish('lobby', content));
    await Promise.all(said);
    await reader.has(30);
    expect(reader.contents).toEqual(numbers(1, 30));
    expect(client.transport).toBe('sse');
  });

  test('and takes the better one again when it is free', async () => {
    stage.upgradeMode = 'refuse';
    const { client, reader } = await pair({ ...IMPATIENT, transports: ALL, betterTransportAfter: 50 });
    expect(client.transport).toBe('sse');
    await say(numbers(1, 5));
    stage.upgradeMode = 'pass';
    let count = 5;
    while (client.transport !== 'websocket') {
      await say(numbers(++count, count));
      await reader.has(count);
    }
    await say(numbers(count + 1, count + 5));
    await reader.has(count + 5);
    expect(reader.contents).toEqual(numbers(1, count + 5));
  });
});
