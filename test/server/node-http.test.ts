import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { openingRequest, RawClient } from './raw-client.ts';
import { echoServer } from './servers.ts';

/** The request that a `connection` listener gets for these fields. */
async function requestFor(lines: readonly string[]): Promise<IncomingMessage> {
  const { server, port } = await echoServer();
  const connected = once(server, 'connection');
  const client = new RawClient(port);
  await client.send(openingRequest(lines, 'GET /chat?room=1 HTTP/1.1'));
  const [, request] = await connected;
  return request;
}

describe('the request of a connection on a port of its own', () => {
  it('is one of node:http, and says what the client asked for', async () => {
    const request = await requestFor([]);
    expect(request).toBeInstanceOf(IncomingMessage);
    expect(request).toMatchObject({ method: 'GET', url: '/chat?room=1', httpVersion: '1.1', complete: true });
    expect(request.socket.remoteAddress).toContain('127.0.0.1');
  });

  it('has its headers in the three forms of node:http', async () => {
    const request = await requestFor(['X-Twice: a', 'x-twice: b', 'Cookie: c=1', 'Cookie: d=2']);
    expect(request.headers).toMatchObject({ host: 'localhost', 'x-twice': 'a, b', cookie: 'c=1; d=2' });
    expect(request.headersDistinct['x-twice']).toEqual(['a', 'b']);
    expect(request.rawHeaders.slice(-8)).toEqual(['X-Twice', 'a', 'x-twice', 'b', 'Cookie', 'c=1', 'Cookie', 'd=2']);
  });

  it('may be given other headers, as middleware does', async () => {
    const request = await requestFor([]);
    request.headers = { replaced: 'yes' };
    request.headersDistinct = { replaced: ['yes'] };
    request.rawHeaders = ['Replaced', 'yes'];
    expect(request.headers).toEqual({ replaced: 'yes' });
    expect(request.headersDistinct).toEqual({ replaced: ['yes'] });
    expect(request.rawHeaders).toEqual(['Replaced', 'yes']);
  });

  it('has a header called __proto__ as a header, and nothing else', async () => {
    const request = await requestFor(['__proto__: polluted']);
    expect(Object.hasOwn(request.headers, '__proto__')).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.entries(request.headersDistinct)).toContainEqual(['__proto__', ['polluted']]);
  });

  it('has an empty body that ends', async () => {
    expect(await text(await requestFor([]))).toBe('');
  });
});
