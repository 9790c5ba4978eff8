// The answer to a poll as a promise of a Response.
import { expect, test } from 'vitest';
import { responseOf } from '../../src/poll/fetch-reply.ts';
import { holdPollResponse, type PollEnd } from '../../src/poll/index.ts';
import { clock } from '../../src/transport/index.ts';

const URL_ = 'http://localhost/';

test('a client that goes ends the poll, and the handler returns', async () => {
  const timers = clock.size;
  const controller = new AbortController();
  const { poll, response } = holdPollResponse(new Request(URL_, { signal: controller.signal }));
  const ends: PollEnd[] = [];
  poll.whenEnded((end) => ends.push(end));
  controller.abort();
  expect([ends, (await response).status, clock.size]).toEqual([['gone'], 204, timers]);
});

test('a client that has gone before is noticed when the handler has the poll', async () => {
  const timers = clock.size;
  const { poll, response } = holdPollResponse(new Request(URL_, { signal: AbortSignal.abort() }));
  expect(poll.isHeld).toBe(true);
  await response;
  expect([poll.isHeld, clock.size]).toEqual([false, timers]);
});

test('an answer leaves neither a listener nor a time behind', async () => {
  const timers = clock.size;
  const controller = new AbortController();
  const request = new Request(URL_, { signal: controller.signal });
  const { poll, response } = holdPollResponse(request);
  poll.release();
  expect(clock.size).toBe(timers);
  expect((await response).status).toBe(200);
  controller.abort();
  expect(poll.isHeld).toBe(false);
});

test('HEAD is answered without a body, and a field may stand twice', () => {
  const answer = { status: 200, fields: { 'Content-Length': '1' }, body: Buffer.from('1') };
  const response = responseOf(answer, 'HEAD', { 'Set-Cookie': ['a=1', 'b=2'] });
  expect([response.body, response.headers.get('content-length')]).toEqual([null, '1']);
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
});
