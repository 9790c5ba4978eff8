// Connections that an http server gets from our own listener: it reads every byte once and in order, however the bytes were
// cut, keeps its own times and its own end, and lets a later request on the same connection become a WebSocket.
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { closed } from '../transport/socket-pairs.ts';
import { openingRequest, RawClient, textFrame } from './raw-client.ts';
import { echoServer } from './servers.ts';

/** Answers with what it was asked, on one line. */
async function tell(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  // A client that breaks off gets no answer.
  const body = await text(incoming).catch(() => undefined);
  if (body !== undefined) response.end(`<${incoming.method} ${incoming.url} ${body}>`);
}

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const POST = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const CHUNKED = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

/** What the fallback said it was asked. */
function asked(seen: string): string[] {
  return [...seen.matchAll(/<([^>]*)>/g)].map((match) => match[1] as string);
}

describe('every byte is read once', () => {
  const requests = Buffer.from(`${GET('/1')}${POST('/2', 'body two')}${CHUNKED('/3', 'three')}${GET('/4')}`);
  const opening = Buffer.concat([Buffer.from(openingRequest()), textFrame('first'), textFrame('second')]);
  const all = Buffer.concat([requests, opening]);
  const answers = ['GET /1 ', 'POST /2 body two', 'POST /3 three', 'GET /4 '];

  async function check(port: number, cuts: readonly number[]): Promise<void> {
    const client = new RawClient(port);
    let from = 0;
    for (const cut of [...cuts, requests.length, all.length].sort((a, b) => a - b)) {
      // An upgrade waits for the answers before it: see below.
      if (from === requests.length) await client.until((text) => asked(text).length === answers.length);
      await client.send(all.subarray(from, cut));
      await new Promise((resolve) => setImmediate(resolve));
      from = cut;
    }
    const seen = await client.until((text) => text.includes('\u0081\u0006second'));
    expect(asked(seen)).toEqual(answers);
    expect(seen.match(/101 Switching Protocols/g)).toHaveLength(1);
    expect(seen.slice(seen.indexOf('\u0081'))).toBe('\u0081\u0005first\u0081\u0006second');
    client.socket.destroy();
    await closed(client.socket);
  }

  test('of requests that are pipelined, with bodies, and frames behind them, however they are cut', async () => {
    const { port } = await echoServer({ fallback: tell });
    await check(port, []);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: all.length - 1 }), { maxLength: 8 }), (cuts) =>
        check(port, cuts),
      ),
      { numRuns: 60 },
    );
  });

  test('of a body of many megabytes behind the head, while the fallback reads slowly', async () => {
    let bytes = 0;
    const { port } = await echoServer({
      fallback: async (incoming, response) => {
        for await (const chunk of incoming) {
          bytes += chunk.length;
          if (bytes % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        response.end(`<${bytes}>`);
      },
    });
    const client = request({ port, method: 'POST', host: '127.0.0.1' });
    client.end(Buffer.alloc(8 * 1024 * 1024));
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    expect(await text(response)).toBe(`<${8 * 1024 * 1024}>`);
  });

  test('of a request that asks first whether it may go on (RFC 9110 §10.1.1)', async () => {
    const { port } = await echoServer({ fallback: tell });
    const client = new RawClient(port);
    await client.send('POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n');
    await client.until((seen) => seen.includes('100 Continue'));
    await client.send('body');
    expect(asked(await client.until((seen) => seen.includes('>')))).toEqual(['POST /e body']);
    client.socket.destroy();
  });
});

test('an upgrade behind an answer that is still owed is not taken: that answer would come among our frames', async () => {
  const { server, port } = await echoServer({
    fallback: (_incoming, response) => setImmediate(() => response.end('<late>')),
  });
  const client = new RawClient(port);
  await client.send(`${GET('/1')}${openingRequest()}`);
  expect(await client.closed).not.toContain('101 Switching');
  expect(server.clients?.size).toBe(0);
});

test('nor is one behind two answers that were given at once: the second waits for the first', async () => {
  const { server, port } = await echoServer({ fallback: (_incoming, response) => response.end('<at once>') });
  const client = new RawClient(port);
  await client.send(`${GET('/1')}${GET('/2')}${openingRequest()}`);
  expect(await client.closed).not.toContain('101 Switching');
  expect(server.clients?.size).toBe(0);
});

describe('the times of a fallback that does not listen itself', () => {
  test('hold: a second request that never ends is answered by 408', async () => {
    const fallback = createServer(
      { headersTimeout: 40, requestTimeout: 60, connectionsCheckingInterval: 10, keepAliveTimeout: 60_000 },
      tell,
    );
    const { port } = await echoServer({ fallback });
    const client = new RawClient(port);
    await client.send(GET('/1'));
    await client.until((seen) => seen.includes('>'));
    await client.send('GET /2 HTTP/1.1\r\nHost: a\r\nX-Slow: ');
    expect(await client.closed).toContain('408 Request Timeout');
  });

  test('hold: a connection that is kept alive for nothing is closed', async () => {
    const { port } = await echoServer({ fallback: createServer({ keepAliveTimeout: 20 }, tell) });
    const client = new RawClient(port);
    await client.send(GET('/1'));
    expect(asked(await client.closed)).toEqual(['GET /1 ']);
  });
});

describe('the end', () => {
  test('waits for a request under way, which is answered', async () => {
    let finish: () => void = () => {};
    const { server, port } = await echoServer({
      fallback: (_incoming, response) => {
        finish = () => response.end('<answered>');
      },
    });
    const client = new RawClient(port);
    await client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    while (server.listenerCount('close') === 0 && client.status === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      if (finish.toString().includes('answered')) break;
    }
    const over = new Promise((resolve) => server.close(resolve));
    finish();
    expect(asked(await client.closed)).toEqual(['answered']);
    await over;
  });

  test('does not wait for an answer that never ends: shutdown() cuts it off when its time is over', async () => {
    const { server, port } = await echoServer({
      fallback: (_incoming, response) => void response.write('data: and so on\n\n'),
    });
    const client = new RawClient(port);
    await client.send(GET('/stream'));
    await client.until((seen) => seen.includes('and so on'));
    await server.shutdown({ timeout: 30 });
    await client.closed;
  });

  test('leaves a fallback that listens itself as it is', async () => {
    const fallback = createServer(tell).listen(0, '127.0.0.1');
    onTestFinished(() => void fallback.close());
    await once(fallback, 'listening');
    const { server, port } = await echoServer({ fallback });
    const through = new RawClient(port);
    await through.send(GET('/through'));
    await through.until((seen) => seen.includes('>'));
    await new Promise((resolve) => server.close(resolve));
    expect(fallback.listening).toBe(true);
    expect(fallback.listenerCount('upgrade')).toBe(0);
    const direct = new RawClient((fallback.address() as AddressInfo).port);
    await direct.send(GET('/direct'));
    expect(asked(await direct.until((seen) => seen.includes('>')))).toEqual(['GET /direct ']);
    direct.socket.destroy();
  });
});

test('a client that resets the connection at any stage, a hundred times each, ends nothing', async () => {
  const { server, port } = await echoServer({ fallback: tell });
  const stages = ['', 'GET / HT', GET('/1'), `${GET('/1')}GET /2 `, POST('/3', 'body').slice(0, -2), openingRequest()];
  for (const stage of stages) {
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const client = new RawClient(port);
        await once(client.socket, 'connect');
        if (stage !== '') await client.send(stage);
        client.socket.resetAndDestroy();
        await closed(client.socket);
      }),
    );
  }
  const client = new RawClient(port);
  await client.send(GET('/honest'));
  expect(asked(await client.until((seen) => seen.includes('>')))).toEqual(['GET /honest ']);
  client.socket.destroy();
  while ((server.clients?.size ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve));
});
