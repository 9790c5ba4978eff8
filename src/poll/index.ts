// Long polling as an endpoint: requests that are held until there is something to say, and bodies that clients send
// (RFC 6202 §2), over node:http, Express and Fastify, and over the Fetch API. Public as `sluice/poll`.
export { type EncodedBatch, encodeBatch, type PollBatch, type PollMessage } from './batch.ts';
export { holdPoll, holdPollResponse, type PollResponse } from './hold-poll.ts';
export {
  type BatchLimits,
  type BodyOptions,
  PollDefaults,
  type PollOptions,
  type PollSessionsOptions,
} from './options.ts';
export type { Poll, PollEnd } from './poll.ts';
export { PollSessions } from './poll-sessions.ts';
export { queryOf, sinceOf } from './query.ts';
export { readBody } from './read-body.ts';
export { readRequestBody } from './read-request-body.ts';
