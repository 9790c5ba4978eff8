// sluice and `ws`, each as client and as server of the other: the same conversation with every way to compress.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket as WsWebSocket, WebSocketServer as WsWebSocketServer } from 'ws';
import { WebSocket, WebSocketServer } from '../../src/index.ts';
import { localCertificate } from './certificates.ts';
import { type Client, converse } from './conversation.ts';
import { describeWith, openssl } from './programs.ts';

const WAYS_TO_COMPRESS = {
  'not at all': false,
  'with the defaults': true,
  'without context takeover, everything': {
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    threshold: 0,
  },
  'with context takeover both ways': { serverNoContextTakeover: false, clientNoContextTakeover: false, threshold: 0 },
  'with context takeover one way': { serverNoContextTakeover: true, clientNoContextTakeover: false, threshold: 0 },
  'in windows of 512 bytes': { serverMaxWindowBits: 9, clientMaxWindowBits: 9, threshold: 0 },
  'in windows of 1 KiB, with context takeover': {
    serverMaxWindowBits: 10,
    clientMaxWindowBits: 10,
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    threshold: 0,
  },
} as const;

type Server = WebSocketServer | WsWebSocketServer;
const servers: Server[] = [];

/** Starts an echo server; text comes back as text. */
async function echo(server: Server): Promise<number> {
  servers.push(server);
  // Both have the same face; TypeScript would have to be shown it twice.
  (server as WebSocketServer).on('connection', (socket) => {
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      socket.send(data, { binary: isBinary });
    });
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(() => resolve()));
});

for (const [way, perMessageDeflate] of Object.entries(WAYS_TO_COMPRESS)) {
  describe(`compressed ${way}`, () => {
    it('a client of ws talks to our server', async () => {
      const port = await echo(new WebSocketServer({ port: 0, perMessageDeflate }));
      const client = new WsWebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate });
      await once(client, 'open');
      expect(client.extensions).toBe(perMessageDeflate ? 'permessage-deflate' : '');
      await converse(client as unknown as Client);
    });

    it('our client talks to a server of ws', async () => {
      const port = await echo(new WsWebSocketServer({ port: 0, perMessageDeflate }));
      const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate });
      await once(client, 'open');
      expect(client.extensions).toBe(perMessageDeflate ? 'permessage-deflate' : '');
      await converse(client);
    });

    it('our client talks to our server', async () => {
      const port = await echo(new WebSocketServer({ port: 0, perMessageDeflate }));
      const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate });
      await once(client, 'open');
      await converse(client);
    });
  });
}

describe('the goodbye', () => {
  it('of our server arrives at a client of ws', async () => {
    const server = new WebSocketServer({ port: 0 });
    servers.push(server);
    server.on('connection', (socket: WebSocket) => socket.close(1013, 'später'));
    await once(server, 'listening');
    const client = new WsWebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const [code, reason] = await once(client, 'close');
    expect([code, String(reason)]).toEqual([1013, 'später']);
  });

  it('of a server of ws arrives at our client', async () => {
    const server = new WsWebSocketServer({ port: 0 });
    servers.push(server);
    server.on('connection', (socket) => socket.close(1013, 'später'));
    await once(server, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const [code, reason] = await once(client, 'close');
    expect([code, String(reason)]).toEqual([1013, 'später']);
  });
});

describeWith(openssl, 'over TLS', (path) => {
  it('a client of ws talks to our server', async () => {
    const { key, cert } = localCertificate(path);
    const port = await echo(new WebSocketServer({ port: 0, tls: { key, cert } }));
    const client = new WsWebSocket(`wss://localhost:${port}`, { ca: cert });
    await once(client, 'open');
    await converse(client as unknown as Client);
  });

  it('our client talks to a server of ws', async () => {
    const { key, cert } = localCertificate(path);
    const { createServer } = await import('node:https');
    const https = createServer({ key, cert }).listen(0);
    await once(https, 'listening');
    const server = new WsWebSocketServer({ server: https });
    servers.push(server);
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    const client = new WebSocket(`wss://localhost:${(https.address() as AddressInfo).port}`, { ca: cert });
    await once(client, 'open');
    await converse(client);
    https.close();
  });
});
