// A poll over node:http: clients that go at each stage, and one that does not read.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdPoll, type Poll, type PollOptions } from '../../src/poll/index.ts';
import { clock } from '../../src/transport/index.ts';
import { ask, deferred, dial, GET, serve } from './stages.ts';

let timers = 0;
beforeEach(() => {
  timers = clock.size;
});
afterEach(() => expect(clock.size).toBe(timers));

/** One poll from both of its sides. */
async function poll(
  options?: PollOptions,
  wire = GET,
): Promise<{ poll: Poll; ended: Promise<string>; client: Socket }> {
  const opened = deferred<Poll>();
  const port = await serve((request, response) => opened.resolve(holdPoll(request, response, options)));
  const client = dial(port, wire);
  const made = await opened.promise;
  return { poll: made, client, ended: new Promise((resolve) => made.whenEnded(resolve)) };
}

describe('a poll over node:http', () => {
  it.each(['resetAndDestroy', 'destroy', 'end'] as const)('ends when its client leaves by %s', async (way) => {
    const { poll: held, client, ended } = await poll();
    client.resume();
    client[way]();
    expect(await ended).toBe('gone');
    expect(held.answer({ messages: [], cursor: null })).toBe(0);
  });

  it('ends with the client also when its response waits behind another one', async () => {
    const ended: Promise<string>[] = [];
    const asked = deferred<void>();
    const port = await serve((request, response) => {
      const held = holdPoll(request, response);
      ended.push(new Promise((resolve) => held.whenEnded(resolve)));
      if (ended.length === 2) asked.resolve();
    });
    const wire = GET.replace('Connection: close\r\n', '');
    const client = dial(port, wire + wire);
    await asked.promise;
    client.resetAndDestroy();
    expect(await Promise.all(ended)).toEqual(['gone', 'gone']);
  });

  it('is over when the client has gone before it', async () => {
    const ended = deferred<string>();
    const port = await serve((request, response) => {
      response.once('close', () => holdPoll(request, response).whenEnded(ended.resolve));
      request.socket.destroy();
    });
    dial(port, GET);
    expect(await ended.promise).toBe('gone');
  });

  it('ends the connection of a client that does not take the answer in time', async () => {
    const { poll: held, client } = await poll({ writeTimeout: 20, maxBatchSize: 64 * 1_048_576 });
    client.pause();
    const json = JSON.stringify('x'.repeat(32 * 1_048_576));
    const size = json.length;
    expect(held.answer({ messages: [{ json, cursor: '1' }], cursor: '1' })).toBe(1);
    // It reads only when the time is over: then the rest is not there any more.
    await waitForClock();
    let bytes = 0;
    client.on('data', (chunk) => {
      bytes += chunk.length;
    });
    client.resume();
    await once(client, 'close');
    expect(bytes).toBeLessThan(size);
  });

  it('has a length, and no body for HEAD', async () => {
    const port = await serve((request, response) => holdPoll(request, response, { cursor: 'a' }).release());
    const answer = await ask(port, GET.replace('GET', 'HEAD'));
    expect(answer).toMatch(/^content-length: \d+\r$/im);
    expect(answer.endsWith('\r\n\r\n')).toBe(true);
  });
});

/** Resolves when the clock is as it was before the test. */
async function waitForClock(): Promise<void> {
  while (clock.size > timers) await new Promise((resolve) => setImmediate(resolve));
}
