import { once } from 'node:events';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { NO_LEASE } from '../../src/server/address-limits.ts';
import { Opening } from '../../src/server/opening.ts';
import { clock } from '../../src/transport/index.ts';
import { CLOSE_1000, openingRequest, RawClient, textFrame } from './raw-client.ts';
import { echoServer } from './servers.ts';

const ACCEPTED = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

describe('an opening handshake', () => {
  it('may come byte by byte', async () => {
    const { port } = await echoServer();
    const client = new RawClient(port);
    await client.drip(openingRequest());
    expect(await client.head()).toContain(ACCEPTED);
    client.socket.destroy();
  });

  it('loses no byte of the frames behind it, wherever the packet is cut', async () => {
    const { port } = await echoServer();
    const bytes = Buffer.concat([Buffer.from(openingRequest()), textFrame('one'), textFrame('two'), CLOSE_1000]);
    const headEnd = openingRequest().length;
    for (const cut of [headEnd - 2, headEnd, headEnd + 1, headEnd + 3, headEnd + 9, bytes.length - 1, bytes.length]) {
      const client = new RawClient(port);
      await client.send(bytes.subarray(0, cut));
      if (cut < bytes.length) await client.send(bytes.subarray(cut));
      const text = await client.closed;
      expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe('\x81\x03one\x81\x03two\x88\x02\x03\xe8');
    }
  });

  it('is answered before the frames behind it, which may be a mebibyte', async () => {
    const { port } = await echoServer();
    const payload = Buffer.alloc(1_048_576, 0x61);
    const header = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0]);
    const client = new RawClient(port);
    await client.send(Buffer.concat([Buffer.from(openingRequest()), header, payload, CLOSE_1000]));
    const text = await client.closed;
    expect(text.startsWith('HTTP/1.1 101 ')).toBe(true);
    expect(client.received.subarray(-4).toString('hex')).toBe('880203e8');
    expect(client.received.length).toBe(text.indexOf('\r\n\r\n') + 4 + 10 + payload.length + 4);
  });

  it('followed by an invalid frame is accepted, then the connection fails with 1002', async () => {
    const { port } = await echoServer();
    const client = await RawClient.exchange(
      port,
      Buffer.concat([Buffer.from(openingRequest()), Buffer.from('ff00', 'hex')]),
    );
    expect(client.status).toBe(101);
    const close = client.received.subarray(client.text.indexOf('\r\n\r\n') + 4);
    expect([close[0], close.readUInt16BE(2)]).toEqual([0x88, 1002]);
  });

  it('that is not done in time is answered by 408, however many bytes have come', async () => {
    const { port } = await echoServer({ handshakeTimeout: 60 });
    const silent = new RawClient(port);
    const slow = new RawClient(port);
    await slow.send('GET / HTTP/1.1\r\nHost: loc');
    const texts = await Promise.all([silent.closed, slow.closed]);
    for (const text of texts) expect(text).toMatch(/^HTTP\/1\.1 408 [\s\S]*Connection: close/);
  });

  it.each([
    ['a head longer than maxHeaderSize', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(2_000)}`, 431],
    ['a request line longer than that', `GET /${'a'.repeat(2_000)}`, 414],
    ['more fields than maxHeadersCount', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(12)}`, 431],
    ['a line without CR', 'GET / HTTP/1.1\nHost: a\n\n', 400],
    ['no HTTP at all', '\x16\x03\x01\x02\x00', 400],
  ])('with %s is refused before its end', async (_case, bytes, status) => {
    const { port } = await echoServer({ maxHeaderSize: 1_024, maxHeadersCount: 10 });
    const client = await RawClient.exchange(port, bytes);
    expect(client.status).toBe(status);
    expect(client.text).toContain('\r\nConnection: close');
  });

  it('is forgotten when its client leaves at any stage', async () => {
    const { server, port } = await echoServer({ maxConnectionsPerIp: 1_000 });
    const request = openingRequest();
    for (let cut = 0; cut <= request.length; cut += 7) {
      const client = new RawClient(port);
      await once(client.socket, 'connect');
      await client.send(request.slice(0, cut));
      if (cut % 2 === 0) client.socket.resetAndDestroy();
      else client.socket.end();
      await client.closed;
    }
    // Everything that was counted is given back: the server closes only when nothing is open.
    for (const websocket of server.clients ?? []) websocket.terminate();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    expect(clock.size).toBe(0);
  });

  it('leaves no listener but the one of errors on a socket that is gone', async () => {
    const socket = new Socket();
    const untouched = new Socket();
    const gone: Opening[] = [];
    const host = {
      onRequest() {},
      onRefusal() {},
      parser: undefined,
      onGone: (one: Opening) => void gone.push(one),
    };
    const opening = new Opening(socket, host, { handshakeTimeout: 1_000 }, NO_LEASE);
    socket.destroy();
    await once(socket, 'close');
    expect(gone).toEqual([opening]);
    opening.done();
    for (const event of ['data', 'end', 'close']) {
      expect([event, socket.listenerCount(event)]).toEqual([event, untouched.listenerCount(event)]);
    }
    expect(socket.listenerCount('error')).toBe(1);
    expect(clock.size).toBe(0);
  });
});
