// Event streams over HTTP/2, by Node's compatibility API: many responses in one connection, and no field of a connection.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openEventStream } from '../../src/sse/index.ts';
import { clock } from '../../src/transport/index.ts';

test('two streams of one connection: one is read to its end, the other is broken off', async () => {
  const timers = clock.size;
  const ends: string[] = [];
  let onBothEnded: () => void = () => {};
  const bothEnded = new Promise<void>((resolve) => {
    onBothEnded = resolve;
  });
  const server = createServer((request, response) => {
    const exchange = [request, response] as unknown as [IncomingMessage, ServerResponse];
    const stream = openEventStream(...exchange, { retry: 5, retrySpread: 0 });
    stream.onEnd = (end) => {
      if (ends.push(`${request.url} ${end}`) === 2) onBothEnded();
    };
    stream.send({ data: 'x' });
    if (request.url === '/short') stream.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const long = session.request({ ':path': '/long' });
  await once(long, 'data');
  const short = session.request({ ':path': '/short' });
  const [headers] = (await once(short, 'response')) as [Record<string, string>];
  expect([headers['content-type'], headers['connection']]).toEqual(['text/event-stream', undefined]);
  let text = '';
  for await (const chunk of short) text += chunk;
  expect(text).toBe('retry: 5\n\ndata: x\n\n');
  long.close();
  await bothEnded;
  expect(ends.toSorted()).toEqual(['/long gone', '/short closed']);
  expect(clock.size).toBe(timers);
  session.close();
  await new Promise((resolve) => server.close(resolve));
});
