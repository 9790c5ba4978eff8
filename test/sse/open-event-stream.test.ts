// Event streams over node:http, as their bytes are: what node says of the connection, and clients that go at each stage.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type EventStream, openEventStream, refuseEventStream } from '../../src/sse/index.ts';
import { clock } from '../../src/transport/index.ts';
import { deferred, endOf, listen, shut } from './stages.ts';

type Served = Awaited<ReturnType<typeof listen>>;

let served: Served | undefined;
const clients: Socket[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  if (served !== undefined) await shut(served.server);
  served = undefined;
});

async function serve(listener: (request: IncomingMessage, response: ServerResponse) => void): Promise<Served> {
  served = await listen(listener);
  return served;
}

/** Asks, and tells all that is answered until `enough` is in it, or to the end. */
async function ask(port: number, wire: string, enough = '\0never'): Promise<string> {
  const client = dial(port, wire);
  let answer = '';
  for await (const chunk of client) {
    answer += chunk;
    if (answer.includes(enough)) break;
  }
  return answer;
}

function dial(port: number, wire: string): Socket {
  const client = connect(port, '127.0.0.1');
  client.on('error', () => {});
  clients.push(client);
  client.write(wire);
  return client;
}

describe('a response that is an event stream', () => {
  const once200 = (request: IncomingMessage, response: ServerResponse): void => {
    const stream = openEventStream(request, response, { retry: 5, retrySpread: 0 });
    stream.send({ data: 'x' });
    stream.send({ data: 'y' });
    stream.close();
  };

  it.each([
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
    'GET / HTTP/1.0\r\n\r\n',
  ])('ends with the connection, without a chunk, and says so once: %j', async (wire) => {
    const { port } = await serve(once200);
    // To the end of the connection.
    const answer = await ask(port, wire);
    expect(answer.match(/^connection: .*$/gim)).toEqual(['Connection: close']);
    expect(answer).not.toMatch(/^(?:transfer-encoding|content-length|keep-alive):/im);
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe('retry: 5\n\ndata: x\n\ndata: y\n\n');
  });

  it('has its fields sent at once, also when there is no reconnection time to be told', async () => {
    const { port } = await serve((request, response) => {
      openEventStream(request, response, { retry: false });
    });
    expect(await ask(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', '\r\n\r\n')).toContain('text/event-stream');
  });

  it('cannot be one that has begun already', async () => {
    let thrown: unknown;
    const { port } = await serve((request, response) => {
      response.write('x');
      try {
        openEventStream(request, response);
      } catch (error) {
        thrown = error;
      }
      response.end();
    });
    await ask(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(thrown).toBeInstanceOf(TypeError);
  });

  it('is 204 where an EventSource shall not come again', async () => {
    const { port } = await serve((_request, response) => refuseEventStream(response));
    const answer = await ask(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 204 /);
    expect(answer).toMatch(/^cache-control: no-store$/im);
  });
});

describe('a client that goes away', () => {
  const WIRE = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

  it('before the stream is opened leaves a stream that is over', async () => {
    const timers = clock.size;
    const opened = deferred<{ stream: EventStream; ended: Promise<string> }>();
    const { port } = await serve((request, response) => {
      // As an application that looks something up first.
      response.once('close', () => {
        const stream = openEventStream(request, response);
        opened.resolve({ stream, ended: endOf(stream) });
      });
      clients.at(-1)?.resetAndDestroy();
    });
    dial(port, WIRE);
    const { stream, ended } = await opened.promise;
    expect([stream.isOpen, stream.send({ data: 'x' })]).toEqual([false, false]);
    expect(await ended).toBe('gone');
    expect(clock.size).toBe(timers);
  });

  it.each(['resetAndDestroy', 'destroy', 'end'] as const)('by %s is noticed, and nothing stays behind', async (way) => {
    const timers = clock.size;
    const ended = deferred<string>();
    const { port } = await serve((request, response) => {
      openEventStream(request, response).onEnd = ended.resolve;
    });
    const client = dial(port, WIRE);
    await once(client, 'data');
    client.resume();
    client[way]();
    expect(await ended.promise).toBe('gone');
    expect(clock.size).toBe(timers);
  });

  it('while its response waits behind another one is noticed as well', async () => {
    const timers = clock.size;
    const ended: Promise<string>[] = [];
    const asked = deferred<void>();
    const { port } = await serve((request, response) => {
      ended.push(endOf(openEventStream(request, response)));
      if (ended.length === 2) asked.resolve();
    });
    const client = dial(port, WIRE + WIRE);
    await asked.promise;
    client.resetAndDestroy();
    expect(await Promise.all(ended)).toEqual(['gone', 'gone']);
    expect(clock.size).toBe(timers);
  });

  it('that sends a body nobody wants is noticed when it goes', async () => {
    const ended = deferred<string>();
    const { port } = await serve((request, response) => {
      openEventStream(request, response).onEnd = ended.resolve;
    });
    const client = dial(port, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${'.'.repeat(900_000)}`);
    await once(client, 'data');
    client.end();
    expect(await ended.promise).toBe('gone');
  });
});
