// A port of its own with TLS, and upgrades of an https server: the same WebSockets, encrypted.
import { once } from 'node:events';
import { createServer, get } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket as WsWebSocket } from 'ws';
import { type ClientInformation, WebSocketServer } from '../../src/server/index.ts';
import type { WebSocket } from '../../src/websocket/index.ts';
import { type Certificates, hasOpenssl, makeCertificates } from '../client/certificates.ts';
import { closed } from '../transport/socket-pairs.ts';
import { openingRequest } from './raw-client.ts';
import { echoServer, keep, portOf } from './servers.ts';

describe.runIf(hasOpenssl || process.env.CI === 'true')('over TLS', () => {
  let certificates: Certificates;
  beforeAll(() => {
    certificates = makeCertificates();
  });

  async function wsClient(port: number, path = '/'): Promise<WsWebSocket> {
    const client = new WsWebSocket(`wss://localhost:${port}${path}`, { ca: certificates.ca });
    onTestFinished(() => client.terminate());
    await once(client, 'open');
    return client;
  }

  test('a client of ws is let in, told to be secure, and echoed, small and large', async () => {
    let information: ClientInformation | undefined;
    const { port } = await echoServer({
      tls: certificates.server,
      maxPayload: 0,
      verifyClient: (given: ClientInformation) => {
        information = given;
        return true;
      },
    });
    const client = await wsClient(port);
    expect(information).toMatchObject({ secure: true, origin: undefined });
    for (const length of [0, 1, 125, 126, 4_096, 70_000, 3_000_000]) {
      const message = Buffer.alloc(length, length);
      client.send(message);
      const [echo] = await once(client, 'message');
      expect(Buffer.compare(echo, message)).toBe(0);
    }
    client.close(1000);
    expect((await once(client, 'close'))[0]).toBe(1000);
  });

  test('nothing is lost to a client that reads slowly', async () => {
    const { server, port } = await echoServer({ tls: certificates.server, maxBufferedAmount: 0 });
    const [[peer], client] = (await Promise.all([once(server, 'connection'), wsClient(port)])) as [
      [WebSocket],
      WsWebSocket,
    ];
    client.pause();
    const count = 200;
    for (let number = 0; number < count; number++) peer.send(Buffer.alloc(50_000, number));
    expect(peer.send('full')).toBe(false);
    const drained = once(peer, 'drain');
    const received: Buffer[] = [];
    client.on('message', (data: Buffer) => received.push(data));
    client.resume();
    await drained;
    while (received.length <= count) await once(client, 'message');
    for (const [number, data] of received.slice(0, count).entries()) {
      expect(data.equals(Buffer.alloc(50_000, number))).toBe(true);
    }
    expect(peer.bufferedAmount).toBe(0);
  });

  test('a page is served by the fallback, which knows that the connection is secure', async () => {
    const { port } = await echoServer({
      tls: certificates.server,
      fallback: (request, response) => response.end(String('encrypted' in request.socket)),
    });
    const outgoing = get({ port, host: 'localhost', ca: certificates.ca, agent: false });
    const [response] = await once(outgoing, 'response');
    expect(await text(response)).toBe('true');
  });

  test('the answer to a bad request arrives, and then the end', async () => {
    const { port } = await echoServer({ tls: certificates.server });
    const client = connectTls({ port, host: 'localhost', ca: certificates.ca });
    client.write(`${openingRequest(['Sec-WebSocket-Version: 8'])}and more`);
    expect(await text(client)).toMatch(/^HTTP\/1\.1 426 /);
  });

  test('clients that speak no TLS, or reset at any stage, end nothing', async () => {
    const { server, port } = await echoServer({ tls: certificates.server });
    for (let round = 0; round < 50; round++) {
      const plain = connect(port, '127.0.0.1');
      plain.on('error', () => {});
      await once(plain, 'connect');
      if (round % 2 === 0) plain.write(openingRequest());
      plain.resume();
      if (round % 2 === 1) plain.resetAndDestroy();
      await closed(plain);
      const secure = connectTls({ port, host: 'localhost', ca: certificates.ca });
      secure.on('error', () => {});
      await once(secure, 'secureConnect');
      if (round % 2 === 0) secure.write(openingRequest());
      secure.destroy();
      await closed(secure);
    }
    const client = await wsClient(port);
    client.send('honest');
    expect(String((await once(client, 'message'))[0])).toBe('honest');
    client.terminate();
    while (server.clients?.size !== 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test('an https server hands its upgrades over, with `server` and by handleUpgrade', async () => {
    for (const mode of ['server', 'handleUpgrade']) {
      const https = createServer({ ...certificates.server }, (_request, response) => response.end('page'));
      https.listen(0, 'localhost');
      await once(https, 'listening');
      const server = keep(new WebSocketServer(mode === 'server' ? { server: https } : { noServer: true }));
      const onOpen = (websocket: WebSocket): void => {
        websocket.on('message', (data) => websocket.send(data));
      };
      server.on('connection', onOpen);
      if (mode === 'handleUpgrade') {
        https.on('upgrade', (request, socket, head) => server.handleUpgrade(request, socket, head, onOpen));
      }
      const client = await wsClient((https.address() as AddressInfo).port);
      client.send('hello');
      expect(String((await once(client, 'message'))[0])).toBe('hello');
      client.close();
      await once(client, 'close');
      https.close();
    }
  });

  test('close() leaves nothing behind, though a client is in the middle of its TLS handshake', async () => {
    const server = new WebSocketServer({ port: 0, tls: certificates.server, handshakeTimeout: 50 });
    await once(server, 'listening');
    const halfway = connect(portOf(server), '127.0.0.1');
    halfway.on('error', () => {});
    await once(halfway, 'connect');
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await closed(halfway.resume());
  });
});
