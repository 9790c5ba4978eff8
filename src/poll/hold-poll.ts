// Long polls for `(request, response)` of node:http and of frameworks that stand on it, and for handlers of the Fetch API.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { additionalFields } from './answers.ts';
import { FetchReply } from './fetch-reply.ts';
import { HeldPoll, readSettings } from './held-poll.ts';
import { NodeReply } from './node-reply.ts';
import type { PollOptions } from './options.ts';
import type { Poll } from './poll.ts';

/**
 * Holds `request` until it is answered, or `holdTimeout` is over.
 *
 * In Express it is called with what Express gives; in Fastify with `request.raw` and `reply.raw`, after `reply.hijack()`.
 *
 * @throws TypeError or RangeError for an option that is not what it must be, and TypeError for fields that cannot be sent
 *   or have been sent already.
 */
export function holdPoll(request: IncomingMessage, response: ServerResponse, options: PollOptions = {}): Poll {
  const settings = readSettings(options);
  if (response.headersSent) throw new TypeError('the response has begun already: it cannot be held');
  for (const [name, value] of additionalFields(options.headers)) response.setHeader(name, value);
  return new HeldPoll(new NodeReply(request, response), settings, options.cursor ?? null);
}

/** What {@link holdPollResponse} makes. */
export interface PollResponse {
  readonly poll: Poll;
  /** What the handler returns. */
  readonly response: Promise<Response>;
}

/**
 * Holds `request` until it is answered, or `holdTimeout` is over. The client has gone when the request's signal is aborted.
 *
 * @throws TypeError or RangeError for an option that is not what it must be.
 */
export function holdPollResponse(request: Request, options: PollOptions = {}): PollResponse {
  const reply = new FetchReply(request, options.headers);
  const poll = new HeldPoll(reply, readSettings(options), options.cursor ?? null);
  return { poll, response: reply.response };
}
