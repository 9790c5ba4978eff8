// The face of the client: that of the platform's WebSocket.
import { expect, test } from 'vitest';
import { ResilientWebSocket, type ResilientWebSocketOptions } from '../../src/resilient/index.ts';
import { FakeTransport, World } from './world.ts';

async function make(more: ResilientWebSocketOptions = {}) {
  const world = new World();
  const transport = new FakeTransport();
  const client = new ResilientWebSocket('http://localhost/ws', { platform: world, transports: [transport], ...more });
  await world.pass(0);
  return { world, client, transport };
}

test('has the constants of a WebSocket, on the class and on every instance', async () => {
  const { client } = await make();
  for (const target of [ResilientWebSocket, client]) {
    expect([target.CONNECTING, target.OPEN, target.CLOSING, target.CLOSED]).toEqual([0, 1, 2, 3]);
  }
  client.close();
});

test('takes subprotocols where a WebSocket does, before the options', () => {
  const world = new World();
  const transport = new FakeTransport();
  for (const protocols of ['a', ['a', 'b']]) {
    new ResilientWebSocket('ws://localhost/', protocols, { platform: world, transports: [transport] }).close();
  }
  expect(() => new ResilientWebSocket('ws://localhost/', 'a', { jitter: 2 })).toThrow(RangeError);
});

test('on… properties are listeners besides others, and can be taken away', async () => {
  const { client, transport } = await make();
  const told: string[] = [];
  const listener = (): void => void told.push('listener');
  client.onopen = listener;
  client.addEventListener('open', listener);
  client.onclose = null;
  transport.link.open();
  expect([told.length, client.onopen, client.onmessage]).toEqual([2, listener, null]);
  client.onopen = null;
  client.close();
});

test('tells url, bufferedAmount and binaryType as far as they are known', async () => {
  const { client, transport } = await make();
  expect([client.url, client.protocol, client.extensions, client.binaryType]).toEqual([
    'ws://localhost/ws',
    '',
    '',
    'blob',
  ]);
  client.binaryType = 'arraybuffer';
  client.send('äöü');
  expect([client.binaryType, client.bufferedAmount]).toEqual(['arraybuffer', 6]);
  transport.link.open();
  expect([transport.link.sent, client.bufferedAmount]).toEqual([['äöü'], 0]);
  client.close();
});

test.each([
  [1001, undefined, 'InvalidAccessError'],
  [2999, undefined, 'InvalidAccessError'],
  [5000, undefined, 'InvalidAccessError'],
  [1000, 'ä'.repeat(62), 'SyntaxError'],
])('close(%j, %j) is a mistake, and changes nothing', async (code, reason, name) => {
  const { client } = await make();
  expect(() => client.close(code, reason)).toThrow(expect.objectContaining({ name }));
  expect(client.readyState).toBe(client.CONNECTING);
  client.close(4000, 'ä'.repeat(61));
});

test('what is sent to a closed client is dropped aloud', async () => {
  const { client, world } = await make();
  const dropped: unknown[] = [];
  client.ondropped = ({ data }) => dropped.push(data);
  client.send('waits');
  client.close();
  expect(client.send('late')).toBe(false);
  await expect(client.sendWithBackpressure('later')).rejects.toMatchObject({ code: 'CLOSED' });
  await world.pass(0);
  expect([dropped, world.pending]).toEqual([['waits', 'late'], 0]);
});

test("overflow: 'close' closes for good with 4013", async () => {
  const { client, world, transport } = await make({ overflow: 'close', maxQueueLength: 1, highWaterMark: 0 });
  const told: unknown[] = [];
  client.ondropped = ({ data }) => told.push(data);
  transport.link.open();
  transport.link.bufferedAmount = 1;
  client.send('one');
  client.send('two');
  expect(transport.link.closedWith).toEqual([4013, 'overflow']);
  await world.pass(5_000);
  expect([told, client.readyState, world.pending]).toEqual([['two', 'one'], client.CLOSED, 0]);
});

test('a signal that is aborted already closes it at once', async () => {
  const { client, world } = await make({ signal: AbortSignal.abort() });
  expect([client.readyState, world.pending]).toEqual([client.CLOSED, 0]);
});
