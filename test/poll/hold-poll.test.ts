// The contract of every long poll, over node:http and over the Fetch API.
import { describe, expect, it } from 'vitest';
import { holdPoll, holdPollResponse, type Poll, type PollOptions } from '../../src/poll/index.ts';
import { deferred, serve } from './stages.ts';

type Polls = (options: PollOptions | undefined, answer: (poll: Poll) => void) => Promise<Response>;

const overNode: Polls = async (options, answer) => {
  const thrown = deferred<unknown>();
  const port = await serve((request, response) => {
    try {
      answer(holdPoll(request, response, options));
    } catch (error) {
      response.end();
      thrown.resolve(error);
    }
    thrown.resolve(undefined);
  });
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: 'close' } });
  const error = await thrown.promise;
  if (error !== undefined) throw error;
  return response;
};

const overFetch: Polls = async (options, answer) => {
  const { poll, response } = holdPollResponse(new Request('http://localhost/'), options);
  answer(poll);
  return response;
};

describe.each([
  ['node:http', overNode],
  ['the Fetch API', overFetch],
])('a poll over %s', (_name, polls) => {
  it('is answered with JSON that nobody keeps', async () => {
    const response = await polls({ headers: { 'X-Own': 1, 'Cache-Control': 'public' } }, (poll) => {
      const messages = [{ json: '{"n":1}', cursor: 'e-1' }];
      expect(poll.answer({ messages, cursor: 'e-1', timestamp: 5 })).toBe(1);
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect([response.headers.get('cache-control'), response.headers.get('x-own')]).toEqual(['no-store', '1']);
    const text = await response.text();
    expect(text).toBe('{"messages":[{"n":1}],"cursor":"e-1","gap":false,"timestamp":5}');
    expect(response.headers.get('content-length')).toBe(String(text.length));
  });

  it('is answered with no messages when nothing comes in time', async () => {
    const response = await polls({ holdTimeout: 5, cursor: 'e-1' }, () => {});
    expect(await response.json()).toMatchObject({ messages: [], cursor: 'e-1', gap: false });
  });

  it('is answered with 204 when it is dismissed', async () => {
    const response = await polls(undefined, (poll) => poll.dismiss());
    expect([response.status, await response.text()]).toEqual([204, '']);
  });

  it('is refused with a status and a time', async () => {
    const response = await polls(undefined, (poll) => poll.refuse(503, 30));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30']);
    expect(await response.json()).toEqual({ error: 'Service Unavailable' });
  });

  it('is not held with options that are wrong', async () => {
    await expect(polls({ holdTimeout: -1 }, () => {})).rejects.toThrow(RangeError);
  });
});

it('a response that has begun already cannot be held', async () => {
  const thrown = deferred<unknown>();
  const port = await serve((request, response) => {
    response.write('x');
    try {
      holdPoll(request, response);
    } catch (error) {
      thrown.resolve(error);
    }
    response.end();
  });
  await (await fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: 'close' } })).text();
  expect(await thrown.promise).toBeInstanceOf(TypeError);
});
