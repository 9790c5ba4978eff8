// Handlers of the Fetch API: a Request in, a Response out.
import { expect, test } from 'vitest';
import { eventStreamResponse, noEventStreamResponse } from '../../src/sse/event-stream-response.ts';
import { clock } from '../../src/transport/index.ts';
import { endOf } from './stages.ts';

test('fields of the application may stand more than once, and never win', async () => {
  const headers = { 'Set-Cookie': ['a=1', 'b=2'], 'Cache-Control': 'public', 'Content-Length': 5 };
  const { stream, response } = eventStreamResponse(new Request('http://localhost/'), { headers });
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
  expect(response.headers.has('content-length')).toBe(false);
  expect(response.headers.has('connection')).toBe(false);
  stream.destroy();
});

test('a request whose client has gone already has a stream that is over', async () => {
  const timers = clock.size;
  const { stream, response } = eventStreamResponse(new Request('http://localhost/', { signal: AbortSignal.abort() }));
  expect([stream.isOpen, response.body]).toEqual([false, null]);
  expect(await endOf(stream)).toBe('gone');
  expect(clock.size).toBe(timers);
});

test('a request that is aborted later ends its stream', async () => {
  const controller = new AbortController();
  const { stream, response } = eventStreamResponse(new Request('http://localhost/', { signal: controller.signal }));
  const ended = endOf(stream);
  controller.abort();
  expect(await ended).toBe('gone');
  await response.body?.cancel();
});

test('a field that cannot be sent is refused, and leaves nothing behind', () => {
  const timers = clock.size;
  const headers = { 'X-Own': 'a\r\nSet-Cookie: b' };
  expect(() => eventStreamResponse(new Request('http://localhost/'), { headers })).toThrow(TypeError);
  expect(clock.size).toBe(timers);
});

test('who shall not come again gets 204', () => {
  const response = noEventStreamResponse();
  expect([response.status, response.body, response.headers.get('cache-control')]).toEqual([204, null, 'no-store']);
});
