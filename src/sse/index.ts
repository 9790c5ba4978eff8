// Server-Sent Events as an endpoint: HTML §9.2 over node:http, Express and Fastify, and over the Fetch API. Public as
// `sluice/sse`.
export { encodeComment, encodeEvent } from './encode-event.ts';
export type { CloseOptions, EventStream, EventStreamEnd } from './event-stream.ts';
export { type EventStreamResponse, eventStreamResponse, noEventStreamResponse } from './event-stream-response.ts';
export { type LastEventIdOptions, lastEventIdOf, lastEventIdOfRequest } from './last-event-id.ts';
export { openEventStream, refuseEventStream } from './open-event-stream.ts';
export { EventStreamDefaults, type EventStreamOptions, type SlowConsumerPolicy } from './options.ts';
