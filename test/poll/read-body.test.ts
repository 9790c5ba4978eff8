// Bodies over node:http: within limits they are read; on every other path the response ends, and so does the connection.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BodyOptions, readBody } from '../../src/poll/index.ts';
import { clock } from '../../src/transport/index.ts';
import { ask, deferred, dial, readAll, serve } from './stages.ts';

let timers = 0;
let texts: (string | undefined)[] = [];
beforeEach(() => {
  timers = clock.size;
  texts = [];
});
afterEach(() => expect(clock.size).toBe(timers));

const start = (options?: BodyOptions, onRead = (): void => {}): Promise<number> =>
  serve(async (request, response) => {
    const text = await readBody(request, response, options);
    texts.push(text);
    if (text !== undefined) response.end(`read ${text}`);
    onRead();
  });

const post = (fields: string, body: string | Buffer = ''): Buffer =>
  Buffer.concat([
    Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n\r\n`),
    Buffer.from(body as string),
  ]);

describe('a body', () => {
  it.each([
    ['with a length', post('Content-Length: 6', 'ключ'.slice(0, 3)), 'клю'],
    ['in chunks', post('Transfer-Encoding: chunked', '2\r\nab\r\n1\r\nc\r\n0\r\n\r\n'), 'abc'],
    ['that is empty', post('Content-Length: 0'), ''],
    ['as long as it may be', post('Content-Length: 10', '0123456789'), '0123456789'],
  ])('%s is read', async (_how, wire, text) => {
    const answer = await ask(await start({ maxBodySize: 10 }), wire);
    expect([answer.slice(0, 15), answer.endsWith('read ')]).toEqual(['HTTP/1.1 200 OK', text === '']);
    expect(texts).toEqual([text]);
  });

  it.each([
    ['that says it is too long', post('Content-Length: 11'), 413],
    ['that is too long, in chunks', post('Transfer-Encoding: chunked', '6\r\n012345\r\n5\r\n01234\r\n'), 413],
    ['that is no UTF-8', post('Content-Length: 2', Buffer.from([0xc3, 0x28])), 400],
    ['that is compressed', post('Content-Encoding: gzip\r\nContent-Length: 2', 'xx'), 415],
    ['that never comes', post('Content-Length: 2', 'x'), 408],
  ])('%s is refused, and the connection ends', async (_how, wire, status) => {
    const answer = await ask(await start({ maxBodySize: 10, bodyTimeout: 20 }), wire);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toMatch(/^\{"error":"[^"]+"\}$/);
    expect(texts).toEqual([undefined]);
  });

  it('that is too long is answered also to a client that sends all of it before it reads', async () => {
    const port = await start({ maxBodySize: 10 });
    const client = dial(port, post('Content-Length: 3000000'));
    client.write(Buffer.alloc(3_000_000));
    expect(await readAll(client)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('that is cut off by its client leaves nothing behind', async () => {
    for (const way of ['destroy', 'resetAndDestroy', 'end'] as const) {
      const read = deferred<void>();
      const port = await start({}, read.resolve);
      const client = dial(port, post('Content-Length: 5', 'x'));
      await new Promise((resolve) => client.once('connect', resolve));
      client.resume();
      client[way]();
      await read.promise;
    }
    expect(texts).toEqual([undefined, undefined, undefined]);
    while (clock.size > timers) await new Promise((resolve) => setImmediate(resolve));
  });

  it('that is no HTTP is no body either', async () => {
    const port = await start();
    await ask(port, post('Transfer-Encoding: chunked', 'zz\r\nab\r\n'));
    expect(texts).toEqual([undefined]);
  });

  it('is not read after somebody else has read it', async () => {
    const thrown = deferred<unknown>();
    const port = await serve(async (request, response) => {
      for await (const _ of request);
      await readBody(request, response).catch(thrown.resolve);
      response.end();
    });
    await ask(port, post('Content-Length: 1', 'x'));
    expect(await thrown.promise).toBeInstanceOf(TypeError);
  });

  it('leaves no descriptor behind, however many are bad', async () => {
    const port = await start({ maxBodySize: 10 });
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: 25 }, (_, index) =>
          ask(port, index % 2 === 0 ? post('Content-Length: 11', '01234567890') : post('Content-Length: 1', '\xff')),
        ),
      );
    }
    expect(texts.every((text) => text === undefined || text.length === 1)).toBe(true);
    expect(clock.size).toBe(timers);
  });
});
