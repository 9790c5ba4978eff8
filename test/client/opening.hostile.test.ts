// A client against hostile and broken servers: every answer that is not right fails, with a code that says why, and gives
// the socket back. RFC 6455 §4.1, RFC 7692 §7.1, RFC 9112.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ClientOptions, HandshakeRequest, HandshakeResponse } from '../../src/client/index.ts';
import { clock } from '../../src/transport/index.ts';
import { client, type Failure, failureOf } from './outcomes.ts';
import { acceptOf, answer, type RawRequest, rawServer } from './raw-server.ts';

/** How a client fails when a server does `respond`; the server sees its connection closed. */
async function failureAfter(
  respond: (request: RawRequest) => void,
  options: ClientOptions = {},
  protocols: string[] = [],
): Promise<Failure> {
  const server = await rawServer(respond);
  const failure = await failureOf(client(server.url, options, protocols));
  await gone(server.sockets[0] as Socket);
  expect(clock.size).toBe(0);
  return failure;
}

/** Waits until the server's end is closed; by an error or not, is not the server's to say. */
function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.destroyed ? resolve() : socket.on('close', () => resolve())));
}

/** A 101 in which a line is another, or left out. */
function crooked(request: RawRequest, name: string, ...lines: string[]): string {
  const right = request
    .acceptance()
    .split('\r\n')
    .filter((line) => line !== '');
  const others = right.filter((line) => !line.toLowerCase().startsWith(name.toLowerCase()));
  return answer(...others, ...lines);
}

describe('a 101 fails', () => {
  test.each<[string, string, string[], string]>([
    ['without Upgrade', 'Upgrade', [], 'MISSING_UPGRADE'],
    ['with another Upgrade', 'Upgrade', ['Upgrade: h2c'], 'INVALID_UPGRADE'],
    ['with two', 'Upgrade', ['Upgrade: websocket', 'Upgrade: websocket'], 'INVALID_UPGRADE'],
    ['without Connection', 'Connection', [], 'CONNECTION_WITHOUT_UPGRADE'],
    ['with another Connection', 'Connection', ['Connection: notupgrade'], 'CONNECTION_WITHOUT_UPGRADE'],
    ['without an accept value', 'Sec-WebSocket-Accept', [], 'MISSING_ACCEPT'],
    ['with a wrong one', 'Sec-WebSocket-Accept', [`Sec-WebSocket-Accept: ${acceptOf('')}`], 'ACCEPT_MISMATCH'],
  ])('%s', async (_, name, lines, code) => {
    const failure = await failureAfter((request) => request.socket.write(crooked(request, name, ...lines)));
    expect(failure.code).toBe(`WS_ERR_HANDSHAKE_${code}`);
    expect(failure.section).toMatch(/^RFC \d+ §/);
    expect(failure.message).toContain(`(${failure.section}, byte `);
  });

  // RFC 6455 §4.1(B)
  test('in HTTP/1.0, which has no upgrade', async () => {
    const failure = await failureAfter((request) => request.socket.write(request.acceptance().replace('1.1', '1.0')));
    expect(failure.code).toBe('WS_ERR_HANDSHAKE_HTTP_VERSION_TOO_LOW');
  });

  // RFC 6455 §4.1(ad), §1.3(b)
  test('whose accept value differs in case only: it is compared exactly', async () => {
    const failure = await failureAfter((request) => {
      const accept = acceptOf(request.header('Sec-WebSocket-Key') as string);
      const swapped = accept.replace(/[a-z]/gi, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()));
      request.socket.write(crooked(request, 'Sec-WebSocket-Accept', `Sec-WebSocket-Accept: ${swapped}`));
    });
    expect(failure.code).toBe('WS_ERR_HANDSHAKE_ACCEPT_MISMATCH');
  });

  // RFC 6455 §4.1(B)
  test('with the right accept value twice', async () => {
    const failure = await failureAfter((request) => {
      const line = `Sec-WebSocket-Accept: ${acceptOf(request.header('Sec-WebSocket-Key') as string)}`;
      request.socket.write(request.acceptance(line));
    });
    expect(failure.code).toBe('WS_ERR_HANDSHAKE_DUPLICATE_ACCEPT');
  });

  // RFC 6455 §4.1(af)
  test.each<[string, string[], string]>([
    ['x', [], 'UNREQUESTED_PROTOCOL'],
    ['', ['a'], 'UNKNOWN_PROTOCOL'],
    ['x', ['a'], 'UNKNOWN_PROTOCOL'],
    ['A', ['a'], 'UNKNOWN_PROTOCOL'],
    ['a, b', ['a', 'b'], 'UNKNOWN_PROTOCOL'],
  ])('with the subprotocol %j when %j were offered', async (protocol, offered, code) => {
    const respond = (request: RawRequest): unknown =>
      request.socket.write(request.acceptance(`Sec-WebSocket-Protocol: ${protocol}`));
    expect((await failureAfter(respond, {}, offered)).code).toBe(`WS_ERR_HANDSHAKE_${code}`);
  });

  // RFC 6455 §4.1(A)
  test('without a subprotocol when some were offered', async () => {
    const failure = await failureAfter((request) => request.socket.write(request.acceptance()), {}, ['a']);
    expect(failure.code).toBe('WS_ERR_HANDSHAKE_MISSING_PROTOCOL');
  });

  // RFC 6455 §4.1(ae), §7.2.1(a), §9.1(a); RFC 7692 §5(b)(e)(g)(A), §7(e)(f)(g)(h)
  test.each<[string, ClientOptions['perMessageDeflate'], string]>([
    ['foo', true, 'UNREQUESTED_EXTENSION'],
    ['foo', false, 'UNREQUESTED_EXTENSION'],
    ['permessage-deflate', false, 'UNREQUESTED_EXTENSION'],
    ['permessage-deflate, foo', true, 'UNREQUESTED_EXTENSION'],
    ['Permessage-Deflate', true, 'UNREQUESTED_EXTENSION'],
    ['__proto__', true, 'UNREQUESTED_EXTENSION'],
    ['permessage-deflate, permessage-deflate', true, 'REPEATED_EXTENSION'],
    ['foo;=', true, 'MALFORMED_EXTENSION_LIST'],
    ['', true, 'MALFORMED_EXTENSION_LIST'],
    ['permessage-deflate; constructor', {}, 'UNKNOWN_PARAMETER'],
    ...['=0', '=7', '=16', '=1000', '=08', '=9.5', '=""', ''].map((value): [string, object, string] => [
      `permessage-deflate; server_max_window_bits${value}`,
      {},
      value === '=""' ? 'MALFORMED_EXTENSION_LIST' : 'SERVER_MAX_WINDOW_BITS_VALUE',
    ]),
    ['permessage-deflate; server_max_window_bits=', {}, 'MALFORMED_EXTENSION_LIST'],
    ['permessage-deflate; server_max_window_bits=+9', {}, 'SERVER_MAX_WINDOW_BITS_VALUE'],
    ['permessage-deflate; server_max_window_bits=9; server_max_window_bits=9', {}, 'REPEATED_PARAMETER'],
    ['permessage-deflate; client_max_window_bits=7', {}, 'CLIENT_MAX_WINDOW_BITS_VALUE'],
    [
      'permessage-deflate; server_no_context_takeover; client_max_window_bits',
      {},
      'CLIENT_MAX_WINDOW_BITS_MISSING_VALUE',
    ],
    [
      'permessage-deflate; server_no_context_takeover; client_max_window_bits=9',
      { clientMaxWindowBits: false },
      'CLIENT_MAX_WINDOW_BITS_NOT_OFFERED',
    ],
    ['permessage-deflate', {}, 'SERVER_CONTEXT_TAKEOVER'],
  ])('with the extensions %j when the offer was of %j', async (extensions, perMessageDeflate, code) => {
    const respond = (request: RawRequest): unknown =>
      request.socket.write(request.acceptance(`Sec-WebSocket-Extensions: ${extensions}`));
    expect((await failureAfter(respond, { perMessageDeflate })).code).toBe(`WS_ERR_HANDSHAKE_${code}`);
  });
});

describe('an answer fails that is no HTTP/1.1', () => {
  // RFC 6455 §4.1(ag)
  test.each<[string, string]>([
    ['\x16\x03\x01 not HTTP', 'INVALID_VERSION'],
    ['HTTP/2.0 101\r\n\r\n', 'VERSION_NOT_SUPPORTED'],
    ['HTTP/1.1 1O1 x\r\n\r\n', 'INVALID_STATUS_CODE'],
    ['HTTP/1.1 101 x\n\n', 'BARE_LINE_FEED'],
    ['HTTP/1.1 101 x\r\nA : b\r\n\r\n', 'WHITESPACE_BEFORE_COLON'],
    ['HTTP/1.1 101 x\r\nA: b\r\n c\r\n\r\n', 'OBSOLETE_FOLD'],
    [`HTTP/1.1 101 x\r\nA: ${'b'.repeat(20_000)}`, 'HEAD_TOO_LARGE'],
    [`HTTP/1.1 101 x\r\n${'a: b\r\n'.repeat(101)}`, 'TOO_MANY_FIELDS'],
  ])('%j', async (text, code) => {
    const failure = await failureAfter((request) => request.socket.write(text, 'latin1'));
    expect(failure.code).toBe(`WS_ERR_HANDSHAKE_${code}`);
  });

  test.each<[ClientOptions, string]>([
    [{ maxHeaderSize: 20 }, 'HEAD_TOO_LARGE'],
    [{ maxHeadersCount: 2 }, 'TOO_MANY_FIELDS'],
  ])('or is too large for %j', async (options, code) => {
    const failure = await failureAfter((request) => request.socket.write(request.acceptance()), options);
    expect(failure.code).toBe(`WS_ERR_HANDSHAKE_${code}`);
  });

  test('endless headers are cut off at the limit', async () => {
    const failure = await failureAfter(({ socket }) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\n');
      const more = (): void => {
        while (!socket.destroyed && socket.write('a: b\r\n')) if (socket.writableLength > 0) break;
        if (!socket.destroyed) setImmediate(more);
      };
      more();
    });
    expect(failure.code).toBe('WS_ERR_HANDSHAKE_TOO_MANY_FIELDS');
  });

  test('a flood of interim responses is cut off', async () => {
    const failure = await failureAfter(({ socket }) => socket.write(answer('HTTP/1.1 100 Continue').repeat(1000)));
    expect(failure.code).toBe('WS_ERR_HANDSHAKE_TOO_MANY_INTERIM_RESPONSES');
    expect(failure.section).toBe('RFC 9110 §15.2');
  });
});

describe('a server that goes away', () => {
  test.each<[string, (request: RawRequest) => unknown]>([
    ['ends the connection', ({ socket }) => socket.end()],
    ['ends it in the middle of the head', ({ socket }) => socket.end('HTTP/1.1 101 Switching')],
    ['ends it after an interim response', ({ socket }) => socket.end(answer('HTTP/1.1 100 Continue'))],
    ['resets it', ({ socket }) => socket.resetAndDestroy()],
    ['destroys it', ({ socket }) => socket.destroy()],
  ])('%s: ECONNRESET', async (_, respond) => {
    expect((await failureAfter(respond)).code).toBe('ECONNRESET');
  });

  test('before the request is even sent', async () => {
    const server = await rawServer(() => {});
    server.server.on('connection', (socket: Socket) => socket.resetAndDestroy());
    expect((await failureOf(client(server.url, { finishRequest() {} }))).code).toBe('ECONNRESET');
  });

  // RFC 6455 §7.1.5(a), §7.2.1(b)
  test('right behind its 101 closes an open connection: 1006', async () => {
    const server = await rawServer((request) => request.socket.end(request.acceptance()));
    const websocket = client(server.url);
    const events: unknown[] = [];
    websocket.on('open', () => events.push('open'));
    const closed = new Promise((resolve) => websocket.on('close', resolve));
    events.push(await closed);
    expect(events).toEqual(['open', 1006]);
  });

  test('does not bring down a process that does not listen to errors', async () => {
    const server = await rawServer(({ socket }) => socket.write(answer('HTTP/1.1 101 Switching Protocols')));
    const closed = new Promise((resolve) => client(server.url).on('close', resolve));
    expect(await closed).toBe(1006);
  });
});

describe('a response that is not a 101', () => {
  const found = answer('HTTP/1.1 404 Not Found', 'Content-Length: 3', 'X-A: 1');

  test.each([200, 204, 400, 401, 404, 426, 503, 999])('fails with its status: %i', async (status) => {
    const failure = await failureAfter(({ socket }) => socket.write(answer(`HTTP/1.1 ${status} X`)));
    expect(failure).toMatchObject({
      message: `Unexpected server response: ${status}`,
      code: 'WS_ERR_HANDSHAKE_UNEXPECTED_RESPONSE',
      statusCode: status,
      section: 'RFC 6455 §4.1',
    });
  });

  test('is a redirect that is not followed by default', async () => {
    const failure = await failureAfter(({ socket }) => socket.write(answer('HTTP/1.1 302 Found', 'Location: /')));
    expect(failure.message).toBe('Unexpected server response: 302');
  });

  /** The request and the response that a listener of 'unexpected-response' is given, and what becomes of the WebSocket. */
  async function unexpected(respond: (request: RawRequest) => void, options: ClientOptions = {}) {
    const server = await rawServer(respond);
    const websocket = client(server.url, options);
    const events: string[] = [];
    websocket.on('error', (error: Failure) => events.push(error.message));
    websocket.on('close', () => events.push('close'));
    const [request, response] = await new Promise<[HandshakeRequest, HandshakeResponse]>((resolve) => {
      websocket.on('unexpected-response', (...told: [HandshakeRequest, HandshakeResponse]) => resolve(told));
    });
    return { websocket, request, response, events, closed: gone(server.sockets[0] as Socket) };
  }

  test('is handed to whoever listens, with its body, and the connection closes behind it', async () => {
    const { websocket, request, response, events, closed } = await unexpected(({ socket }) => {
      socket.write(`${found}a`);
      setImmediate(() => socket.write('bc and more'));
    });
    expect(request.path).toBe('/');
    expect(response).toMatchObject({ statusCode: 404, statusMessage: 'Not Found' });
    expect(response.headers['x-a']).toBe('1');
    expect(Buffer.concat(await response.toArray()).toString()).toBe('abc');
    await closed;
    expect(clock.size).toBe(0);
    // As in `ws`, the WebSocket is the listener's to end.
    expect(events).toEqual([]);
    const over = new Promise((resolve) => websocket.on('close', resolve));
    websocket.terminate();
    await over;
    expect(events).toEqual(['WebSocket was closed before the connection was established', 'close']);
  });

  test('may have a body in chunks, or one until the end', async () => {
    const chunked = await unexpected(({ socket }) =>
      socket.write(`${answer('HTTP/1.1 500 X', 'Transfer-Encoding: chunked')}3\r\nabc\r\n0\r\n\r\n`),
    );
    expect(String(await chunked.response.toArray())).toBe('abc');
    const ended = await unexpected(({ socket }) => socket.end(`${answer('HTTP/1.1 500 X')}abc`));
    expect(String(await ended.response.toArray())).toBe('abc');
  });

  test.each<[string, (request: HandshakeRequest, response: HandshakeResponse) => unknown]>([
    ['request.abort()', (request) => request.abort()],
    ['request.destroy()', (request) => request.destroy(new Error('enough'))],
    ['response.destroy()', (_, response) => response.destroy()],
  ])('may be dropped by %s', async (_, drop) => {
    const { request, response, events, closed } = await unexpected(({ socket }) => socket.write(`${found}a`));
    const over = new Promise((resolve) => response.on('close', resolve));
    drop(request, response);
    await Promise.all([over, closed]);
    expect(response.complete).toBe(false);
    expect(clock.size).toBe(0);
    expect(events).toEqual([]);
  });

  test('that breaks off is an error of the response', async () => {
    const { response, events } = await unexpected(({ socket }) => socket.end(`${found}a`));
    await expect(response.toArray()).rejects.toMatchObject({ code: 'WS_ERR_HANDSHAKE_INCOMPLETE_BODY' });
    const reset = await unexpected(({ socket }) => {
      socket.write(`${found}a`, () => socket.resetAndDestroy());
    });
    // Some systems tell of a reset as of an end.
    await expect(reset.response.toArray()).rejects.toMatchObject({
      code: expect.stringMatching(/^ECONNRESET$|_INCOMPLETE_BODY$/),
    });
    expect([...events, ...reset.events]).toEqual([]);
  });

  test('whose body never ends is cut off in time', async () => {
    const { websocket, response, events } = await unexpected(({ socket }) => socket.write(`${found}a`), {
      handshakeTimeout: 1_000,
    });
    response.resume();
    await new Promise((resolve) => websocket.on('close', resolve));
    expect(events).toEqual(['Opening handshake has timed out', 'close']);
    expect(response.destroyed).toBe(true);
  });

  test('may be ended by closing the WebSocket at once', async () => {
    const server = await rawServer(({ socket }) => socket.write(found));
    const websocket = client(server.url);
    websocket.on('unexpected-response', () => websocket.close());
    expect((await failureOf(websocket)).code).toBe('WS_ERR_HANDSHAKE_ABORTED');
  });

  test.each([
    ['Content-Length: 3', 'Transfer-Encoding: chunked', 'LENGTH_WITH_TRANSFER_ENCODING'],
    ['Content-Length: 3', 'Content-Length: 3', 'INVALID_CONTENT_LENGTH'],
    ['Transfer-Encoding: gzip', 'X: y', 'INVALID_TRANSFER_ENCODING'],
  ])('whose body is ambiguous fails: %s, %s', async (one, other, code) => {
    const server = await rawServer(({ socket }) => socket.write(answer('HTTP/1.1 404 X', one, other)));
    const websocket = client(server.url);
    websocket.on('unexpected-response', () => expect.unreachable());
    expect((await failureOf(websocket)).code).toBe(`WS_ERR_HANDSHAKE_${code}`);
  });
});

test.each<[string, (request: RawRequest) => unknown]>([
  ['says nothing', () => {}],
  ['sends a byte now and then', ({ socket }) => drip(socket)],
])('a server that %s is given up after handshakeTimeout', async (_, respond) => {
  const failure = await failureAfter(respond, { handshakeTimeout: 50 });
  expect(failure).toMatchObject({
    message: 'Opening handshake has timed out',
    code: 'WS_ERR_HANDSHAKE_TIMED_OUT',
  });
});

test('a server that says nothing is given up after timeout without a byte', async () => {
  const failure = await failureAfter(() => {}, { handshakeTimeout: 0, timeout: 50 });
  expect(failure.message).toBe('Opening handshake has timed out');
});

// RFC 6455 §7.1.7(a)
test('frames that break the protocol behind a good 101 fail the open connection', async () => {
  const server = await rawServer((request) => {
    // RSV2 is set.
    request.socket.write(Buffer.concat([Buffer.from(request.acceptance()), Buffer.from('a100', 'hex')]));
  });
  const websocket = client(server.url);
  const opened = once(websocket, 'open');
  const failed = new Promise<Failure>((resolve) => websocket.on('error', resolve));
  await opened;
  expect((await failed).code).toBe('WS_ERR_UNEXPECTED_RSV_2_3');
});

/** Writes a head without end, as slowly as turns of the loop go by. */
function drip(socket: Socket): void {
  socket.write('HTTP/1.1 101 x\r\na: ');
  const timer = setInterval(() => socket.write('b'), 10);
  socket.on('close', () => clearInterval(timer));
}
