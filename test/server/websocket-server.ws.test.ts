// Clients of `ws` against our server: what they send comes back unchanged, with and without compression, whatever both sides
// agreed about it; what is sent to all is framed and deflated once.
import { once } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type ClientOptions, WebSocket as WsWebSocket } from 'ws';
import { Deflater, type PerMessageDeflateOptions } from '../../src/deflate/index.ts';
import type { ServerOptions, WebSocketServer } from '../../src/server/index.ts';
import type { WebSocket } from '../../src/websocket/index.ts';
import { echoServer } from './servers.ts';

async function wsClient(port: number, options: ClientOptions = {}): Promise<WsWebSocket> {
  const client = new WsWebSocket(`ws://127.0.0.1:${port}/`, { maxPayload: 0, ...options });
  onTestFinished(() => client.terminate());
  await once(client, 'open');
  return client;
}

/** Text that shrinks, and is never twice the same. */
function json(number: number, length: number): string {
  let text = '';
  while (text.length < length) text += `{"number":${number},"text":"${(text.length * 31 + number) % 997}"},`;
  return text.slice(0, length);
}

const AGREEMENTS: [string, boolean | PerMessageDeflateOptions, ClientOptions['perMessageDeflate']][] = [
  ['no compression', false, true],
  ['compression that forgets', true, true],
  [
    'compression that remembers',
    { serverNoContextTakeover: false, clientNoContextTakeover: false, threshold: 0 },
    true,
  ],
  [
    'compression that remembers one way, in small windows',
    { serverNoContextTakeover: false, serverMaxWindowBits: 9, clientMaxWindowBits: 10, threshold: 0 },
    { clientNoContextTakeover: true, threshold: 0 },
  ],
];

describe.each(AGREEMENTS)('with %s', (_name, perMessageDeflate, offered) => {
  test('three hundred messages sent at once come back in order, from one byte to a megabyte', async () => {
    const { port } = await echoServer({ perMessageDeflate, maxPayload: 0, maxBufferedAmount: 0 });
    const client = await wsClient(port, { perMessageDeflate: offered });
    expect(client.extensions.startsWith('permessage-deflate')).toBe(perMessageDeflate !== false);
    const lengths = [1, 20, 125, 126, 1_000, 5_000, 40_000, 70_000, 300_000, 1_000_000];
    const messages = Array.from({ length: 300 }, (_, number) =>
      json(number, lengths[(number * 7) % (number % 30 === 0 ? lengths.length : 8)] as number),
    );
    const received: string[] = [];
    const all = new Promise<void>((resolve) => {
      client.on('message', (data) => {
        received.push(String(data));
        if (received.length === messages.length) resolve();
      });
    });
    for (const message of messages) client.send(message);
    await all;
    expect(received.every((text, index) => text === messages[index])).toBe(true);
    client.close(1000, 'enough');
    expect(await once(client, 'close')).toEqual([1000, Buffer.from('enough')]);
  });
});

describe('broadcast()', () => {
  async function crowd(
    options: ServerOptions,
    size: number,
  ): Promise<{ server: WebSocketServer; clients: WsWebSocket[] }> {
    const { server, port } = await echoServer(options);
    const clients = await Promise.all(Array.from({ length: size }, () => wsClient(port)));
    return { server, clients };
  }

  test('deflates once for all that agreed to the same', async () => {
    const { server, clients } = await crowd({ perMessageDeflate: true }, 10);
    const deflate = vi.spyOn(Deflater.prototype, 'deflate');
    const message = json(1, 10_000);
    const received = Promise.all(clients.map((client) => once(client, 'message')));
    expect(server.broadcast(message)).toBe(10);
    for (const [data] of await received) expect(String(data)).toBe(message);
    expect(deflate).toHaveBeenCalledOnce();
    deflate.mockRestore();
  });

  test('reaches a fast client though another one does not read at all', async () => {
    const { server, clients } = await crowd({ slowConsumer: 'drop-oldest', maxBufferedAmount: 1_048_576 }, 2);
    const [fast, slow] = clients as [WsWebSocket, WsWebSocket];
    slow.pause();
    let received = 0;
    const all = new Promise<void>((resolve) => fast.on('message', () => ++received === 500 && resolve()));
    for (let round = 0; round < 500; round++) {
      server.broadcast(Buffer.alloc(50_000, round));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await all;
    const waiting = [...(server.clients as Set<WebSocket>)].map((client) => client.bufferedAmount);
    expect(Math.max(...waiting)).toBeLessThan(3 * 1_048_576);
    slow.terminate();
  });

  test('does not mix with a message that is sent in parts', async () => {
    const { server, clients } = await crowd({}, 1);
    const [client] = clients as [WsWebSocket];
    const [websocket] = server.clients as Set<WebSocket>;
    const texts: string[] = [];
    const all = new Promise<void>((resolve) => {
      client.on('message', (data) => texts.push(String(data)) === 2 && resolve());
    });
    websocket?.send('part one, ', { fin: false });
    server.broadcast('to all');
    websocket?.send('part two');
    await all;
    expect(texts).toEqual(['part one, part two', 'to all']);
  });
});

test('a thousand clients that come and reset leave no count, no client and no listener behind', async () => {
  const { server, port } = await echoServer({ maxConnectionsPerIp: 50 });
  for (let round = 0; round < 25; round++) {
    const clients = await Promise.all(Array.from({ length: 40 }, () => wsClient(port)));
    for (const [index, client] of clients.entries()) {
      if (index % 2 === 0) client.send('on its way');
      client.terminate();
    }
    while ((server.clients as Set<WebSocket>).size > 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(server.listenerCount('connection')).toBe(1);
  // All fifty places are free again.
  await Promise.all(Array.from({ length: 50 }, () => wsClient(port)));
  await expect(wsClient(port)).rejects.toThrow(/429/);
}, 60_000);
