// undici's WebSocket, which is the one in Node and follows the browsers' API, against our server.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Agent, type CloseEvent, type MessageEvent, WebSocket as UndiciWebSocket } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from '../../src/index.ts';
import { localCertificate } from './certificates.ts';
import { describeWith, openssl } from './programs.ts';

const MEBIBYTE = 1_048_576;
const servers: WebSocketServer[] = [];
const agents: Agent[] = [];

async function echo(options: object): Promise<number> {
  const server = new WebSocketServer({ port: 0, ...options });
  servers.push(server);
  server.on('connection', (socket: WebSocket) => {
    socket.on('message', (data: Buffer, isBinary: boolean) => socket.send(data, { binary: isBinary }));
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function agent(options: Agent.Options = {}): Agent {
  const made = new Agent(options);
  agents.push(made);
  return made;
}

afterEach(async () => {
  for (const made of agents.splice(0)) await made.close();
  for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(() => resolve()));
});

function next<Type extends Event>(target: EventTarget, type: string): Promise<Type> {
  return new Promise((resolve) => target.addEventListener(type, (event) => resolve(event as Type), { once: true }));
}

async function converse(client: UndiciWebSocket): Promise<void> {
  await next(client, 'open');
  client.binaryType = 'arraybuffer';
  for (const message of ['', 'Schleuse', 'шлюз 水門 🌊'.repeat(1_000), 'x'.repeat(MEBIBYTE)]) {
    const answer = next<MessageEvent>(client, 'message');
    client.send(message);
    expect((await answer).data === message).toBe(true);
  }
  for (const length of [0, 125, 126, 65_535, 65_536, MEBIBYTE]) {
    const message = Buffer.alloc(length, 'sluice');
    const answer = next<MessageEvent>(client, 'message');
    client.send(message);
    expect(Buffer.from((await answer).data as ArrayBuffer).equals(message)).toBe(true);
  }
  const closed = next<CloseEvent>(client, 'close');
  client.close(4_001, 'fin');
  const { code, reason, wasClean } = await closed;
  expect({ code, reason, wasClean }).toEqual({ code: 4_001, reason: 'fin', wasClean: true });
}

describe("undici's WebSocket talks to our server", () => {
  it('uncompressed', async () => {
    const port = await echo({});
    await converse(new UndiciWebSocket(`ws://127.0.0.1:${port}`, { dispatcher: agent() }));
  });

  it('compressed, with what undici offers', async () => {
    const port = await echo({ perMessageDeflate: { threshold: 0 } });
    const client = new UndiciWebSocket(`ws://127.0.0.1:${port}`, { dispatcher: agent() });
    await converse(client);
    expect(client.extensions).toContain('permessage-deflate');
  });

  it('compressed, with context takeover', async () => {
    const options = { threshold: 0, serverNoContextTakeover: false, clientNoContextTakeover: false };
    const port = await echo({ perMessageDeflate: options });
    await converse(new UndiciWebSocket(`ws://127.0.0.1:${port}`, { dispatcher: agent() }));
  });

  it('with a subprotocol', async () => {
    const port = await echo({ handleProtocols: () => 'chat.v2' });
    const client = new UndiciWebSocket(`ws://127.0.0.1:${port}`, {
      protocols: ['chat.v1', 'chat.v2'],
      dispatcher: agent(),
    });
    await converse(client);
    expect(client.protocol).toBe('chat.v2');
  });
});

describeWith(openssl, "undici's WebSocket talks to our server over TLS", (path) => {
  it('with our certificate', async () => {
    const { key, cert } = localCertificate(path);
    const port = await echo({ tls: { key, cert } });
    await converse(new UndiciWebSocket(`wss://localhost:${port}`, { dispatcher: agent({ connect: { ca: cert } }) }));
  });
});
