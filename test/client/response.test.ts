// A server's answer as the application sees it: the head in the shape of `http.IncomingMessage`, the body as a Readable.
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { HandshakeResponse } from '../../src/client/response.ts';
import { ResponseHeadParser } from '../../src/http/index.ts';

function responseOf(...lines: string[]): HandshakeResponse {
  const parser = new ResponseHeadParser();
  parser.push(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  return new HandshakeResponse(parser.head, new PassThrough());
}

test('the head has the shape of an IncomingMessage', () => {
  const response = responseOf('HTTP/1.0 404 Not  Here', 'X-A: 1', 'x-a: 2', 'Set-Cookie: b', '__proto__: c');
  expect(response).toMatchObject({
    statusCode: 404,
    statusMessage: 'Not  Here',
    httpVersion: '1.0',
    httpVersionMajor: 1,
    httpVersionMinor: 0,
    rawHeaders: ['X-A', '1', 'x-a', '2', 'Set-Cookie', 'b', '__proto__', 'c'],
  });
  expect(Object.entries(response.headers)).toEqual([
    ['x-a', '1, 2'],
    ['set-cookie', ['b']],
    ['__proto__', 'c'],
  ]);
});

describe('a body', () => {
  test('of a 101 does not exist, whatever is said and comes', async () => {
    const response = responseOf('HTTP/1.1 101 Switching Protocols', 'Content-Length: 3');
    response.receive(Buffer.from('abc'));
    response.peerEnded();
    response.lost();
    expect(response.complete).toBe(true);
    expect(await text(response)).toBe('');
  });

  test('of a length ends there, and what follows is not part of it', async () => {
    const response = responseOf('HTTP/1.1 404 Not Found', 'Content-Length: 3');
    response.receive(Buffer.from('ab'));
    expect(response.complete).toBe(false);
    response.receive(Buffer.from('cd'));
    expect(response.complete).toBe(true);
    response.receive(Buffer.from('ef'));
    response.lost();
    expect(await text(response)).toBe('abc');
  });

  test('in chunks is put together', async () => {
    const response = responseOf('HTTP/1.1 404 Not Found', 'Transfer-Encoding: chunked');
    for (const octet of Buffer.from('3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n')) response.receive(Buffer.of(octet));
    expect(response.complete).toBe(true);
    expect(await text(response)).toBe('abcde');
  });

  test('without a length lasts until the end of the connection', async () => {
    const response = responseOf('HTTP/1.1 404 Not Found');
    response.receive(Buffer.from('abc'));
    response.peerEnded();
    response.lost();
    expect(response.complete).toBe(true);
    expect(await text(response)).toBe('abc');
  });

  test('that is not there is complete at once', async () => {
    const response = responseOf('HTTP/1.1 204 No Content');
    expect(response.complete).toBe(true);
    expect(await text(response)).toBe('');
  });

  test('that ends too early is an error for whoever listens', async () => {
    const response = responseOf('HTTP/1.1 404 Not Found', 'Content-Length: 3');
    response.receive(Buffer.from('ab'));
    const failed = once(response, 'error');
    response.peerEnded();
    expect((await failed)[0]).toMatchObject({ code: 'WS_ERR_HANDSHAKE_INCOMPLETE_BODY', section: 'RFC 9112 §8' });
  });

  test('whose connection is lost is an error for whoever listens', async () => {
    const response = responseOf('HTTP/1.1 404 Not Found', 'Content-Length: 3');
    const failed = once(response, 'error');
    response.lost();
    expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  test('that breaks off does not bring down a process that does not listen', async () => {
    const response = responseOf('HTTP/1.1 404 Not Found', 'Content-Length: 3');
    // Not once(): that would listen to 'error' as well.
    const closed = new Promise((resolve) => response.on('close', resolve));
    response.lost();
    await closed;
    expect(response.complete).toBe(false);
    response.receive(Buffer.from('abc'));
    response.peerEnded();
    expect(response.complete).toBe(false);
  });

  test('whose framing is ambiguous says so from the start', () => {
    const response = responseOf('HTTP/1.1 404 Not Found', 'Content-Length: 3', 'Transfer-Encoding: chunked');
    expect(response.fault?.code).toBe('WS_ERR_HANDSHAKE_LENGTH_WITH_TRANSFER_ENCODING');
    expect(responseOf('HTTP/1.1 404 Not Found').fault).toBeUndefined();
  });

  test('that is not read stops the socket, and reading it lets the socket go on', async () => {
    const response = responseOf('HTTP/1.1 404 Not Found', 'Content-Length: 200000');
    expect(response.socket.isPaused()).toBe(false);
    response.receive(Buffer.alloc(100_000));
    expect(response.socket.isPaused()).toBe(true);
    response.once('data', () => {});
    await once(response, 'data');
    expect(response.socket.isPaused()).toBe(false);
    response.destroy();
  });
});
