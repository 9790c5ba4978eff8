import { expect, test } from 'vitest';
import { webSocketUrlOf } from '../../src/resilient/attempt.ts';
import { ResilientWebSocket } from '../../src/resilient/index.ts';
import { FakeTransport, World } from './world.ts';

test.each([
  ['ws://host/ws', 'ws://host/ws'],
  ['https://host', 'wss://host/'],
  ['http://host/a?b#c', 'ws://host/a?b'],
  [new URL('wss://host:444/'), 'wss://host:444/'],
])('%s is %s', (given, url) => expect(webSocketUrlOf(given)).toBe(url));

test.each(['ftp://host/', 'nonsense'])('%s is no URL of a WebSocket: said at once', (url) => {
  expect(() => new ResilientWebSocket(url)).toThrow();
});

test('a transport that throws is an attempt that failed', async () => {
  const world = new World();
  const transport = new FakeTransport();
  transport.open = () => {
    throw new SyntaxError('no such thing');
  };
  const client = new ResilientWebSocket('ws://localhost/', { platform: world, transports: [transport] });
  const errors: string[] = [];
  client.onerror = ({ message }) => errors.push(message);
  await world.pass(0);
  expect([errors, client.state]).toEqual([['no such thing'], 'waiting']);
  client.close();
  await world.pass(0);
  expect(world.pending).toBe(0);
});
