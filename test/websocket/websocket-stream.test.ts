// WebSocketStream: the shape of the WHATWG proposal, over a client's WebSocket and over a server's.
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { ReadableStreamDefaultReader } from 'node:stream/web';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer as WsServer, WebSocket as WsWebSocket } from 'ws';
import '../../src/client/index.ts';
import { acceptResponse, serializeResponse } from '../../src/handshake/index.ts';
import { Defaults, establish, readSettings, WebSocket } from '../../src/websocket/index.ts';
import { WebSocketError, WebSocketStream, type WebSocketStreamOptions } from '../../src/websocket/websocket-stream.ts';
import { answer, rawServer } from '../client/raw-server.ts';

/** A server of `ws`, and the first WebSocket on it. */
async function peer(): Promise<{ url: string; connected: Promise<WsWebSocket> }> {
  const server = new WsServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (protocols) => [...protocols].at(-1) ?? false,
  });
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const websocket of server.clients) websocket.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  const connected = once(server, 'connection').then(([websocket]) => websocket as WsWebSocket);
  return { url: `ws://127.0.0.1:${(server.address() as { port: number }).port}/a`, connected };
}

/** Both ends of an open connection: a stream on ours, a WebSocket of `ws` on the other. */
async function pair(options: WebSocketStreamOptions & Record<string, unknown> = {}) {
  const { url, connected } = await peer();
  const stream = new WebSocketStream(url, options);
  const [connection, other] = await Promise.all([stream.opened, connected]);
  const reader = connection.readable.getReader();
  const writer = connection.writable.getWriter();
  // Whoever is not interested in how a writer ends must not be ended by it.
  writer.closed.catch(() => {});
  reader.closed.catch(() => {});
  return { stream, connection, other, reader, writer };
}

async function rest(reader: ReadableStreamDefaultReader<string | Uint8Array>): Promise<(string | Uint8Array)[]> {
  const chunks: (string | Uint8Array)[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
  return chunks;
}

describe('a stream that is opened by a URL', () => {
  test('says what was agreed', async () => {
    const { stream, connection, other } = await pair({ protocols: ['a', 'b'] });
    expect(stream.url).toBe(`ws://127.0.0.1:${new URL(stream.url).port}/a`);
    expect(connection).toMatchObject({ protocol: 'b', extensions: '' });
    expect(other.protocol).toBe('b');
    expect((await pair({ protocols: 'c' })).connection.protocol).toBe('c');
  });

  test('passes the other options on to the client', async () => {
    const server = await rawServer((request) => request.socket.write(request.acceptance()));
    const stream = new WebSocketStream(new URL(server.url), { headers: { 'X-A': 'b' } });
    await stream.opened;
    expect(server.requests[0]?.header('X-A')).toBe('b');
    server.requests[0]?.socket.destroy();
    await expect(stream.closed).rejects.toThrow(WebSocketError);
  });

  test('carries text as strings and bytes as Uint8Arrays, both ways', async () => {
    const { other, reader, writer } = await pair();
    const received: [string, boolean][] = [];
    const all = new Promise<void>((resolve) => {
      other.on('message', (data, isBinary) => {
        if (received.push([String(data), isBinary]) === 3) resolve();
      });
    });
    for (const chunk of ['a', Buffer.from('b'), new TextEncoder().encode('c').buffer]) await writer.write(chunk);
    other.send('d');
    other.send(Buffer.of(1, 2));
    expect((await reader.read()).value).toBe('d');
    const { value } = await reader.read();
    expect(value).toBeInstanceOf(Uint8Array);
    expect([...(value as Uint8Array)]).toEqual([1, 2]);
    await all;
    expect(received).toEqual([
      ['a', false],
      ['b', true],
      ['c', true],
    ]);
  });

  test.each([
    ['nowhere', {}],
    ['ws://localhost/#a', {}],
    ['ws://localhost/', { protocols: ['a', 'a'] }],
  ])('is not: %s with %j', (url, options) => {
    expect(() => new WebSocketStream(url, options)).toThrow(SyntaxError);
  });

  test('that cannot be opened rejects both promises, with the reason', async () => {
    const server = await rawServer(({ socket }) => socket.end(answer('HTTP/1.1 404 Not Found')));
    const stream = new WebSocketStream(server.url);
    const failure = { name: 'WebSocketError', message: 'Unexpected server response: 404', closeCode: 1006, reason: '' };
    await expect(stream.opened).rejects.toMatchObject(failure);
    await expect(stream.closed).rejects.toMatchObject({
      ...failure,
      cause: { code: 'WS_ERR_HANDSHAKE_UNEXPECTED_RESPONSE' },
    });
  });

  test('that nobody looks at may fail without harm', async () => {
    const server = await rawServer(({ socket }) => socket.destroy());
    new WebSocketStream(server.url);
    const [socket] = await once(server.server, 'connection');
    await once(socket, 'close');
  });
});

describe('backpressure', () => {
  test('reaches the writer: a write waits while the peer does not read', async () => {
    const { other, writer } = await pair({ perMessageDeflate: false, highWaterMark: 1024 });
    other.pause();
    const chunk = Buffer.alloc(1 << 20);
    let written = 0;
    const writing = (async () => {
      for (let index = 0; index < 20; index++) {
        await writer.write(chunk);
        written++;
      }
    })();
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBeLessThan(20);
    other.resume();
    await writing;
    expect(written).toBe(20);
  });
});

describe('the end', () => {
  test('by us resolves `closed`, and closes what is read', async () => {
    const { stream, other, reader, writer } = await pair();
    const closed = once(other, 'close');
    stream.close({ closeCode: 3000, reason: 'done' });
    expect(await closed).toEqual([3000, Buffer.from('done')]);
    expect(await stream.closed).toEqual({ closeCode: 3000, reason: 'done' });
    expect(await rest(reader)).toEqual([]);
    await expect(writer.write('a')).rejects.toThrow(WebSocketError);
  });

  test('with a reason alone is a normal one, without anything says nothing', async () => {
    const one = await pair();
    one.stream.close({ reason: 'done' });
    expect(await one.stream.closed).toEqual({ closeCode: 1000, reason: 'done' });
    const other = await pair();
    other.stream.close();
    expect(await other.stream.closed).toEqual({ closeCode: 1005, reason: '' });
  });

  test('with a code that may not be sent is a TypeError', async () => {
    const { stream } = await pair();
    expect(() => stream.close({ closeCode: 1006 })).toThrow(TypeError);
    stream.close();
    await stream.closed;
  });

  test('by the peer comes behind its messages', async () => {
    const { stream, other, reader } = await pair();
    other.send('a');
    other.send('b');
    other.close(1001, 'going');
    expect(await rest(reader)).toEqual(['a', 'b']);
    expect(await stream.closed).toEqual({ closeCode: 1001, reason: 'going' });
  });

  test('without a closing handshake is an error everywhere', async () => {
    const { stream, other, reader, writer } = await pair();
    other.terminate();
    const failure = { name: 'WebSocketError', closeCode: 1006, message: expect.stringContaining('closing handshake') };
    await expect(stream.closed).rejects.toMatchObject(failure);
    await expect(reader.read()).rejects.toMatchObject(failure);
    await expect(writer.write('a')).rejects.toMatchObject(failure);
  });

  test('by a broken rule says which', async () => {
    const server = await rawServer((request) =>
      request.socket.write(Buffer.concat([Buffer.from(request.acceptance()), Buffer.from('a100', 'hex')])),
    );
    const stream = new WebSocketStream(server.url);
    await expect(stream.closed).rejects.toMatchObject({ cause: { code: 'WS_ERR_UNEXPECTED_RSV_2_3' } });
  });

  test('of what is written closes the connection, and waits for that', async () => {
    const { stream, other, writer } = await pair();
    const seen: string[] = [];
    other.on('message', (data) => seen.push(String(data)));
    const closed = once(other, 'close');
    void writer.write('a');
    await writer.close();
    expect(seen).toEqual(['a']);
    expect((await closed)[0]).toBe(1005);
    expect(await stream.closed).toEqual({ closeCode: 1005, reason: '' });
  });

  test.each([
    ['abort', (parts: Awaited<ReturnType<typeof pair>>, reason: unknown) => parts.writer.abort(reason)],
    ['cancel', (parts: Awaited<ReturnType<typeof pair>>, reason: unknown) => parts.reader.cancel(reason)],
  ] as const)('by %s() is as its reason says, where it may', async (_, stop) => {
    for (const [reason, closeCode, text] of [
      [undefined, 1005, ''],
      [new Error('no'), 1005, ''],
      [new WebSocketError('enough', { closeCode: 3001, reason: 'enough' }), 3001, 'enough'],
      [new WebSocketError('enough', { closeCode: 1006 }), 1005, ''],
    ] as const) {
      const parts = await pair();
      await stop(parts, reason);
      expect(await parts.stream.closed).toEqual({ closeCode, reason: text });
    }
  });

  test('by cancel() comes through behind messages that nobody reads any more', async () => {
    const { stream, other, reader } = await pair({ perMessageDeflate: false });
    for (let index = 0; index < 200; index++) other.send('x'.repeat(10_000));
    await reader.read();
    await reader.cancel();
    expect(await stream.closed).toEqual({ closeCode: 1005, reason: '' });
  });
});

describe('a signal', () => {
  test('that is aborted already opens nothing, and is the reason', async () => {
    const reason = new Error('enough');
    const createConnection = (): never => expect.unreachable();
    const stream = new WebSocketStream('ws://localhost/', { signal: AbortSignal.abort(reason), createConnection });
    await expect(stream.opened).rejects.toBe(reason);
    await expect(stream.closed).rejects.toBe(reason);
  });

  test('ends the opening handshake', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const server = await rawServer(() => controller.abort(reason));
    const stream = new WebSocketStream(server.url, { signal: controller.signal });
    await expect(stream.opened).rejects.toBe(reason);
    await expect(stream.closed).rejects.toBe(reason);
  });

  test('has no effect on an open connection, nor on how it is said to have ended', async () => {
    const controller = new AbortController();
    const { stream, other, reader } = await pair({ signal: controller.signal });
    controller.abort();
    other.send('a');
    expect((await reader.read()).value).toBe('a');
    other.terminate();
    await expect(stream.closed).rejects.toThrow(WebSocketError);
  });
});

describe("a server's WebSocket", () => {
  /** A WebSocket of ours on the server's side, as the event `connection` gives it, and its client. */
  async function accepted(): Promise<{ websocket: WebSocket; other: WsWebSocket }> {
    const made = new Promise<WebSocket>((resolve) => {
      void rawServer((request) => {
        const key = request.header('Sec-WebSocket-Key') as string;
        request.socket.removeAllListeners('data');
        request.socket.write(serializeResponse(acceptResponse({ key })));
        const websocket = new WebSocket(null);
        establish(websocket, {
          socket: request.socket as Duplex,
          head: Buffer.alloc(0),
          settings: readSettings(
            {},
            { isServer: true, nextMaskingKey: undefined, threshold: Defaults.threshold, heartbeat: false },
          ),
          compression: undefined,
          protocol: '',
          extensions: '',
        });
        resolve(websocket);
      }).then(({ url }) => {
        other = new WsWebSocket(url, { perMessageDeflate: false });
      });
    });
    let other: WsWebSocket | undefined;
    const websocket = await made;
    if (other?.readyState !== WsWebSocket.OPEN) await once(other as WsWebSocket, 'open');
    return { websocket, other: other as WsWebSocket };
  }

  test('is wrapped, and open at once', async () => {
    const { websocket, other } = await accepted();
    const stream = new WebSocketStream(websocket);
    expect(stream.url).toBe('');
    const { readable, writable } = await stream.opened;
    other.send('a');
    const reader = readable.getReader();
    expect((await reader.read()).value).toBe('a');
    const message = once(other, 'message');
    const writer = writable.getWriter();
    await writer.write('b');
    expect(String((await message)[0])).toBe('b');
    stream.close({ closeCode: 1001 });
    expect(await stream.closed).toEqual({ closeCode: 1001, reason: '' });
  });

  test('is read no faster than its reader reads', async () => {
    const { websocket, other } = await accepted();
    let messages = 0;
    websocket.on('message', () => messages++);
    const { readable } = await new WebSocketStream(websocket).opened;
    for (let index = 0; index < 50; index++) other.send('x'.repeat(10_000));
    other.close(1000);
    // Turns enough for everything to come that nobody holds up.
    for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(messages).toBeLessThan(5);
    expect(await rest(readable.getReader())).toHaveLength(50);
  });

  test('that is closed already cannot be', async () => {
    const { websocket, other } = await accepted();
    websocket.terminate();
    expect(() => new WebSocketStream(websocket)).toThrow(TypeError);
    await once(websocket, 'close');
    expect(() => new WebSocketStream(websocket)).toThrow(TypeError);
    if (other.readyState !== WsWebSocket.CLOSED) await once(other, 'close');
  });
});
