// `sluice/ws`: a class of its own, with the limits of `ws`, whose instances are WebSockets of the package too.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import * as sluice from '../../src/drop-in/sluice.ts';
import { WebSocket, WebSocketServer } from '../../src/drop-in/ws.ts';

const servers: WebSocketServer[] = [];

async function listening(options: object = {}): Promise<[server: WebSocketServer, url: string]> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  servers.push(server);
  await once(server, 'listening');
  return [server, `ws://127.0.0.1:${(server.address() as AddressInfo).port}`];
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.shutdown();
});

describe('a WebSocket of sluice/ws', () => {
  it('is of the class beside its server, and of the package', async () => {
    const [server, url] = await listening();
    const connection = once(server, 'connection');
    const client = new WebSocket(url);
    const [socket] = await connection;
    for (const made of [client, socket]) {
      expect(made).toBeInstanceOf(WebSocket);
      expect(made).toBeInstanceOf(sluice.WebSocket);
    }
    expect(server).toBeInstanceOf(sluice.WebSocketServer);
  });

  it('has names and companions of its own', () => {
    expect([WebSocket.name, WebSocketServer.name]).toEqual(['WebSocket', 'WebSocketServer']);
    expect(WebSocket).not.toBe(sluice.WebSocket);
    expect(WebSocket.WebSocket).toBe(WebSocket);
    expect(WebSocket.Server).toBe(WebSocketServer);
    expect(Object.keys(WebSocket)).toEqual(expect.arrayContaining(['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED']));
  });

  it('can be extended, on a server as well', async () => {
    class Mine extends WebSocket {
      readonly mark = 'mine';
    }
    const [server, url] = await listening({ WebSocket: Mine });
    const connection = once(server, 'connection');
    const client = new Mine(url);
    const [socket] = await connection;
    expect([client.mark, socket.mark]).toEqual(['mine', 'mine']);
  });

  it.each([
    ['behind the address', (url: string, options: object) => new WebSocket(url, options)],
    ['behind subprotocols', (url: string, options: object) => new WebSocket(url, ['chat'], options)],
    ['behind undefined', (url: string, options: object) => new WebSocket(url, undefined, options)],
  ])('takes its options %s, and completes them', async (_, open) => {
    const [server, url] = await listening({ perMessageDeflate: true });
    const connection = once(server, 'connection');
    const client = open(url, { headers: { 'X-Mine': 'yes' } });
    const [, request] = await connection;
    expect(request.headers['x-mine']).toBe('yes');
    expect(request.headers['sec-websocket-extensions']).toBe('permessage-deflate; client_max_window_bits');
    await once(client, 'open');
    expect(client.extensions).toBe('permessage-deflate');
  });

  it('takes no options at all', async () => {
    const [, url] = await listening();
    const client = new WebSocket(url);
    await once(client, 'open');
    expect(client.protocol).toBe('');
    expect(() => new WebSocketServer()).toThrow(TypeError);
  });
});
